"""Holds TOML files against JSON Schemas, by a validator that shares no code with us.

Reads one JSON object from standard input: {"schemas": {name: path}, "files": [{"schema": name, "toml": text}]}. Prints a
JSON list with the mistakes of each file. Fails for a schema that is none, and for an example in it that doesn't fit.
"""

import json
import sys
import tomllib

import jsonschema_rs

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def examples(schema, definitions):
    """Every property's own examples, with what they must fit."""
    for form in [schema, *definitions.values()]:
        for name, key in form["properties"].items():
            for example in key.get("examples", []):
                yield name, {**key, "$defs": definitions}, example


asked = json.load(sys.stdin)
validators = {}
for name, path in asked["schemas"].items():
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    assert schema["$schema"] == DRAFT, path
    jsonschema_rs.meta.validate(schema)
    for key, wanted, example in examples(schema, schema["$defs"]):
        assert jsonschema_rs.Draft202012Validator(wanted).is_valid(example), f"{path}: the example of {key}: {example!r}"
    validators[name] = jsonschema_rs.Draft202012Validator(schema)

answers = []
for file in asked["files"]:
    errors = validators[file["schema"]].iter_errors(tomllib.loads(file["toml"]))
    answers.append([f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in errors])
json.dump(answers, sys.stdout)
