"""Checks what `comity audit prove` prints, with nothing but SHA-256: that each entry's path leads to the root in the checkpoint.

The signature of the checkpoint is for whoever has an Ed25519: it is over the text before the empty line. Prints how many
entries are proved.
"""

import base64
import hashlib
import json
import struct
import sys


def sha(data):
    return hashlib.sha256(data).digest()


def long(kind, data):
    return bytes([kind]) + struct.pack(">I", len(data)) + data


def value(field):
    if field == "nothing":
        return b"\x00"
    (kind, content), = field.items()
    if kind == "integer":
        return b"\x01" + struct.pack(">q", content)
    if kind == "text":
        return long(2, content.encode())
    return long(3, bytes.fromhex(content))


def leaf(entry):
    row = long(2, entry["source"].encode()) + b"".join(value(field) for _, field in entry["row"])
    return sha(b"\x00" + row)


def root(entry, size):
    """RFC 6962, 2.1.1, from the top down."""
    path = [bytes.fromhex(node) for node in entry["path"]]

    def climb(place, size):
        if size == 1:
            return leaf(entry)
        half = 1
        while half * 2 < size:
            half *= 2
        beside = path.pop()
        if place < half:
            return sha(b"\x01" + climb(place, half) + beside)
        return sha(b"\x01" + beside + climb(place - half, size - half))

    found = climb(entry["place"], size)
    assert not path, "the path is too long"
    return found


def main():
    proof = json.load(open(sys.argv[1], encoding="utf-8"))
    _, size, signed = proof["checkpoint"].splitlines()[:3]
    for entry in proof["entries"]:
        assert root(entry, int(size)) == base64.b64decode(signed), entry
    print(len(proof["entries"]))


main()
