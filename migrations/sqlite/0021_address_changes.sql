-- Changes of an address that people ask for on the page of preferences: both mailboxes must agree.
-- The same file name stands in migrations/postgres, with the same tables.
CREATE TABLE address_changes (
    id           INTEGER PRIMARY KEY,
    customer     INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    -- The new address, sealed.
    address      BLOB NOT NULL,
    -- The record that asks the mailbox that they have, and a keyed hash of that mailbox.
    record       INTEGER NOT NULL,
    former       BLOB NOT NULL CHECK (length(former) = 32),
    -- When it agreed; then the new mailbox is asked, of whoever has it.
    agreed_at    INTEGER,
    guest        INTEGER,
    guest_handle BLOB CHECK (guest_handle IS NULL OR length(guest_handle) = 16),
    guest_record INTEGER,
    -- Whether nobody was known by that address before.
    made_guest   INTEGER NOT NULL DEFAULT 0 CHECK (made_guest IN (0, 1)),
    -- When that agreed, too, and the address was changed.
    done_at      INTEGER
) STRICT;

CREATE INDEX address_changes_by_customer ON address_changes (customer, at);
CREATE INDEX address_changes_by_record ON address_changes (record);
CREATE INDEX address_changes_by_guest ON address_changes (guest, agreed_at) WHERE guest IS NOT NULL;
CREATE INDEX address_changes_by_question ON address_changes (guest_record) WHERE guest_record IS NOT NULL;
CREATE INDEX address_changes_by_handle ON address_changes (guest_handle) WHERE done_at IS NOT NULL;
-- Whoever brings the address that they had means them.
CREATE INDEX address_changes_from ON address_changes (former) WHERE done_at IS NOT NULL;
