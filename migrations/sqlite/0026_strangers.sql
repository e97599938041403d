-- Whoever is known by nothing but what was asked of their mailbox: by a sign-up, or by somebody's wish for another address. They said
-- nothing, and no source names them.
-- The same file name stands for both databases.
CREATE VIEW strangers AS
SELECT c.id
FROM customers c
WHERE c.external_id IS NULL AND c.version = 1
    AND NOT EXISTS (SELECT 1 FROM consents k WHERE k.customer = c.id)
    AND NOT EXISTS (SELECT 1 FROM bars b WHERE b.customer = c.id)
    AND NOT EXISTS (SELECT 1 FROM requests q WHERE q.customer = c.id)
    AND NOT EXISTS (
        SELECT 1 FROM records r
        WHERE r.customer = c.id AND r.kind <> 'customer'
            AND NOT EXISTS (SELECT 1 FROM sign_ups o WHERE o.record = r.id)
            AND NOT EXISTS (SELECT 1 FROM address_changes g WHERE g.guest_record = r.id));
