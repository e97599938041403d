"""What a folder of delivered messages says about itself: {"at", "to", "subject"} a line, by the messages' own headers.

    python3 tests/tools/delivered.py FOLDER

`at` is the minute of `Date`, in UTC. Standard library only.
"""

import email
import email.policy
import json
import sys
from datetime import timezone
from pathlib import Path

for path in sorted(Path(sys.argv[1]).glob("*.eml")):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    at = message["Date"].datetime.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M")
    to = message["To"].addresses[0].addr_spec
    print(json.dumps({"at": at, "to": to, "subject": str(message["Subject"])}, ensure_ascii=False))
