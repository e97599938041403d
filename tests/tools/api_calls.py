"""Hooks for schemathesis: what it asked of the API and what it heard, one JSON object a line into $API_CALLS.

A call that is meant to succeed names a customer and a visit that exist, and takes an Idempotency-Key of its own, as a
client does: the document can't say which there are. Whether an answer keeps to the document is schemathesis's own business.
"""

import itertools
import json
import os

import schemathesis

CALLS = open(os.environ["API_CALLS"], "a", encoding="utf-8")
NUMBERS = itertools.count()
KNOWN = {"customer": "C0042", "record": "A1001", "at": "2026-03-29T10:00:00Z"}


def is_meant_to_succeed(case):
    return case.meta is not None and case.meta.generation.mode.value == "positive"


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_meant_to_succeed(case):
        return
    for row in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(row, dict):
            row.update({name: value for name, value in KNOWN.items() if name in row})
    if "idempotency-key" in (case.headers or {}):
        case.headers["idempotency-key"] = f"call-{next(NUMBERS)}"


@schemathesis.hook
def after_call(context, case, response):
    headers = {name.lower(): values[0] for name, values in response.headers.items()}
    body = response.json() if response.content else {}
    call = {
        "method": case.method,
        "path": case.path,
        "good": is_meant_to_succeed(case),
        "rows": len(case.body) if isinstance(case.body, list) else 1,
        "named": "idempotency-key" in response.request.headers,
        "replayed": headers.get("idempotent-replayed") == "true",
        "status": response.status_code,
        "problem": body.get("type", "").rpartition(":")[2],
        "outcomes": [result["outcome"] for result in body.get("results", [])],
        "errors": [error["pointer"] + ": " + error["detail"] for error in body.get("errors", [])],
    }
    CALLS.write(json.dumps(call) + "\n")
    CALLS.flush()
