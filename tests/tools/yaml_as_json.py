"""Prints YAML files as JSON: a list of the documents of each. Fails for a file that is none, and for a key that is written twice."""

import json
import sys

import yaml


class Strict(yaml.SafeLoader):
    """Takes no key twice: the last one would win, unseen."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        assert len(keys) == len(set(keys)), f"a key stands twice: {node.start_mark}"
        return super().construct_mapping(node, deep)


files = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        files.append(list(yaml.load_all(file, Loader=Strict)))
json.dump(files, sys.stdout)
