"""What arrived on the wire, held against the standards by a second parser and a second DKIM implementation.

    target/python/bin/python3 tests/tools/check_wire.py --dns dns.txt --sender salon.example FOLDER

FOLDER holds messages as a server took them, one `.eml` each, dots unstuffed; `dns.txt` holds lines `name value`, the TXT
records of the DKIM keys. Prints a line for every rule that a message breaks, then a summary; ends with 1 if there is
one. `--mutate` breaks a copy of each message in turn by every header that DKIM must protect, and wants it refused.

Sources: RFC 8058 (one click), 2369 and 2919 (List-*), 5322 and 5321 (form), 3834 (automatic mail), 6376 and 8301 (DKIM).
"""

import argparse
import email
import email.policy
import re
import sys
from pathlib import Path

import dkim

ONCE = ["From", "To", "Date", "Subject", "Message-ID", "Reply-To", "MIME-Version", "Content-Type", "List-Unsubscribe"]
ONCE += ["List-Unsubscribe-Post", "List-Id", "Auto-Submitted", "Feedback-ID"]
AT_MOST_ONCE = ["Cc", "Bcc", "Sender", "List-Help", "List-Subscribe", "List-Post", "List-Owner", "List-Archive"]
AT_MOST_ONCE += ["Content-Transfer-Encoding", "In-Reply-To", "References"]
SIGNED = ["from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "list-unsubscribe"]
SIGNED += ["list-unsubscribe-post", "list-id", "auto-submitted", "feedback-id"]
# Named once more than they occur, so that nobody can add another one.
OVERSIGNED = ["from", "to", "subject", "date", "reply-to", "list-unsubscribe", "list-unsubscribe-post"]


def header_block(raw):
    return raw.partition(b"\r\n\r\n")[0]


def raw_headers(raw):
    """(lower-case name, value with its folds) as they stand on the wire."""
    unfolded = re.split(rb"\r\n(?![ \t])", header_block(raw))
    return [(name.decode("ascii").lower(), value) for name, _, value in (line.partition(b":") for line in unfolded)]


def form(raw):
    """RFC 5322 2.1.1, 2.2 and 5321 4.5.3.1.6: lines, line ends, 7 bits."""
    if raw.replace(b"\r\n", b"").count(b"\r") or raw.replace(b"\r\n", b"").count(b"\n"):
        yield "a bare CR or LF (RFC 5322 2.3)"
    if any(byte > 126 or (byte < 32 and byte not in b"\t\r\n") for byte in raw):
        yield "a byte that is not printable 7-bit ASCII"
    if max(map(len, raw.split(b"\r\n"))) > 998:
        yield "a line of more than 998 octets (RFC 5322 2.1.1)"
    if not raw.endswith(b"\r\n"):
        yield "no line end at the end"
    if any(not re.fullmatch(r"[!-9;-~]+", name) for name, _ in raw_headers(raw)):
        yield "a header name with forbidden characters (RFC 5322 2.2)"


def structure(message):
    """MIME as a strict parser sees it: a text, an HTML version, perhaps a calendar entry; no remote content."""
    parts = list(message.walk())
    for part in parts:
        for defect in part.defects:
            yield f"the parser found a defect: {type(defect).__name__}"
        for name, value in part.items():
            for defect in getattr(value, "defects", ()):
                yield f"the parser found a defect in {name}: {type(defect).__name__}"
    leaves = [part for part in parts if not part.is_multipart()]
    kinds = [part.get_content_type() for part in leaves]
    if kinds[:2] != ["text/plain", "text/html"] or set(kinds[2:]) - {"text/calendar"}:
        yield f"the parts are {kinds}, not a text, then HTML, then perhaps a calendar entry"
    for part in leaves:
        encoding = part.get("Content-Transfer-Encoding", "7bit").lower()
        if encoding not in ("7bit", "quoted-printable", "base64"):
            yield f"a part is encoded as {encoding}"
        if not part.get_content().strip():
            yield f"the {part.get_content_type()} part is empty"
        if part.get_content_type() == "text/html":
            if re.search(r"<img[^>]+src=[\"']?https?:", part.get_content(), re.I):
                yield "the HTML loads a remote image: a tracking pixel could hide there (promise P10)"
            if re.search(r"<script|javascript:", part.get_content(), re.I):
                yield "the HTML holds a script"


def headers(message, raw, sender):
    """RFC 5322 3.6: which headers, how often, with what in them."""
    counts = {}
    for name, _ in raw_headers(raw):
        counts[name] = counts.get(name, 0) + 1
    for name in ONCE:
        if counts.get(name.lower(), 0) != 1:
            yield f"{name} stands there {counts.get(name.lower(), 0)} times, not once"
    for name in AT_MOST_ONCE:
        if counts.get(name.lower(), 0) > 1:
            yield f"{name} stands there more than once"
    if counts.get("bcc"):
        yield "a Bcc header"
    if message["From"] and (len(message["From"].addresses) != 1 or message["From"].addresses[0].domain != sender):
        yield f"From is not one author at {sender} (RFC 9989 4.4)"
    if message["To"] and len(message["To"].addresses) != 1:
        yield "To does not name exactly one person"
    for name in ("From", "To", "Reply-To"):
        for address in message[name].addresses if message[name] else ():
            if len(address.username) > 64 or len(address.domain) > 255 or len(address.addr_spec) > 254:
                yield f"an address in {name} is too long (RFC 5321 4.5.3.1)"
    if not re.fullmatch(r"<[^<>@\s]+@" + re.escape(sender) + ">", str(message["Message-ID"] or "")):
        yield "Message-ID is not <…@the sender's domain>"
    if message["Date"] and (message["Date"].datetime is None or message["Date"].datetime.tzinfo is None):
        yield "Date is not a date with a zone"
    if re.search(r"[\r\n]", str(message["Subject"] or "")) or not str(message["Subject"] or "").strip():
        yield "Subject is empty or not on one line"
    if str(message["Auto-Submitted"] or "").strip() != "auto-generated":
        yield "Auto-Submitted is not auto-generated (RFC 3834 5.2)"
    if str(message["Feedback-ID"] or "").count(":") != 3:
        yield "Feedback-ID has not four fields"


def lists(raw, sender):
    """RFC 8058, 2369, 2919: the headers of one click, byte by byte."""
    values = {name: value for name, value in raw_headers(raw)}
    unsubscribe = values.get("list-unsubscribe", b"").strip().decode("ascii", "replace")
    if "\r" in unsubscribe:
        yield "List-Unsubscribe is folded: a relay may fold it otherwise and break the signature (nodemailer 1654)"
    uris = re.findall(r"<([^<>]*)>", unsubscribe)
    if [u.split(":")[0] for u in uris].count("https") != 1:
        yield "List-Unsubscribe has not exactly one https URI (RFC 8058 3.1)"
    if re.sub(r"<[^<>\s]*>", "", unsubscribe).replace(",", "").strip():
        yield "List-Unsubscribe holds more than URIs in angle brackets (RFC 2369 2)"
    for uri in uris:
        if uri.startswith("https:") and ("?" in uri or "#" in uri or len(uri.rsplit("/", 1)[-1]) < 32):
            yield "the stop link is not one opaque token (RFC 8058 3.1)"
    if values.get("list-unsubscribe-post") not in (b" List-Unsubscribe=One-Click", b"List-Unsubscribe=One-Click"):
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click (RFC 8058 3.1)"
    identifier = re.search(rb"<([^<>]*)>\s*$", values.get("list-id", b""))
    if not identifier or len(identifier[1]) > 255 or not identifier[1].decode("ascii", "replace").endswith("." + sender):
        yield "List-Id is not <topic.….the sender's domain>, at most 255 octets (RFC 2919 2 and 3)"


def signature(raw, records, sender):
    """RFC 6376 5.4, 8301: what is signed, and that a second implementation agrees."""
    signatures = [value for name, value in raw_headers(raw) if name == "dkim-signature"]
    if not signatures:
        yield "no DKIM signature"
        return
    if not verifies(raw, records):
        yield "dkimpy does not verify the signature"
    for value in signatures:
        tags = dict(re.sub(rb"\s+", b"", tag).split(b"=", 1) for tag in value.strip().strip(b";").split(b";"))
        signed = tags.get(b"h", b"").decode("ascii").lower().split(":")
        for name in SIGNED:
            if name not in signed:
                yield f"the signature does not cover {name}"
        for name in OVERSIGNED:
            if signed.count(name) < 2:
                yield f"{name} is not signed once more than it occurs (RFC 6376 8.15)"
        if tags.get(b"a") != b"rsa-sha256" or tags.get(b"c") != b"relaxed/relaxed" or b"l" in tags:
            yield "the signature is not rsa-sha256, relaxed/relaxed, without l="
        if tags.get(b"d", b"").decode("ascii") != sender:
            yield f"the signature's d= is not {sender}"


def verifies(raw, records):
    try:
        return dkim.verify(raw, dnsfunc=lambda name, timeout=5: records.get(name.decode("ascii").rstrip(".")))
    except dkim.DKIMException:
        return False


def mutations(raw):
    """Copies of the message with one protected thing changed, each with its name."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    lines = re.split(rb"\r\n(?![ \t])", head)
    for index, line in enumerate(lines):
        name = line.partition(b":")[0].decode("ascii").lower()
        if name in SIGNED:
            yield f"without {name}", b"\r\n".join(lines[:index] + lines[index + 1 :]) + gap + body
            changed = lines[:index] + [line + b"x"] + lines[index + 1 :]
            yield f"with another {name}", b"\r\n".join(changed) + gap + body
        if name in OVERSIGNED:
            yield f"with a second {name}", line + b"\r\n" + raw
    yield "with another body", raw + b"x\r\n"


def findings(raw, records, sender):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    yield from form(raw)
    yield from structure(message)
    yield from headers(message, raw, sender)
    yield from lists(raw, sender)
    yield from signature(raw, records, sender)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dns", type=Path, required=True)
    parser.add_argument("--sender", required=True)
    parser.add_argument("--mutate", type=int, default=0, metavar="N", help="break copies of the first N messages")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()

    lines = arguments.dns.read_text("ascii").splitlines()
    records = {name: value.encode("ascii") for name, _, value in (line.partition(" ") for line in lines)}
    found, checked, broken, identifiers = 0, 0, 0, {}
    for path in sorted(arguments.folder.glob("*.eml")):
        raw = path.read_bytes()
        for finding in findings(raw, records, arguments.sender):
            print(f"{path.name}: {finding}")
            found += 1
        identifier = dict(raw_headers(raw)).get("message-id")
        if identifier in identifiers:
            print(f"{path.name}: the same Message-ID as {identifiers[identifier]} (RFC 5322 3.6.4)")
            found += 1
        identifiers[identifier] = path.name
        checked += 1
        for name, mutant in mutations(raw) if checked <= arguments.mutate else ():
            broken += 1
            if verifies(mutant, records):
                print(f"{path.name}: still verifies {name}")
                found += 1
    print(f"{checked} messages checked, {broken} broken copies refused, {found} findings")
    sys.exit(1 if found or not checked else 0)


if __name__ == "__main__":
    main()
