"""Verifies a call by the rules of Standard Webhooks: secret file, then the request as it came on standard input.

Prints the body's JSON, with sorted keys, when the signature is right; ends with an error when it is not.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys

secret = pathlib.Path(sys.argv[1]).read_text().splitlines()[0]
assert secret.startswith("whsec_")
key = base64.b64decode(secret.removeprefix("whsec_"))
head, _, body = sys.stdin.buffer.read().partition(b"\r\n\r\n")
lines = head.decode("ascii").split("\r\n")
assert lines[0].startswith("POST "), lines[0]
headers = dict(line.lower().split(": ", 1) if not line.lower().startswith("webhook-") else
               (line.split(": ", 1)[0].lower(), line.split(": ", 1)[1]) for line in lines[1:])
assert headers["content-type"] == "application/json"
signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
versions = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
if not any(version == "v1" and hmac.compare_digest(given, expected) for version, given in versions):
    sys.exit("the signature is wrong")
print(json.dumps(json.loads(body), sort_keys=True))
