"""Validates manifests by a JSON Schema and prints what is not as expected.

Usage: judge_schema.py FOLDER, with schema.json and items.json ([{name, text, valid}]) in it.
"""

import json
import re
import sys

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema: no sexagesimal numbers, no dates, no yes and no."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
]:
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
CoreLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def main(folder):
    with open(folder + "/schema.json") as file:
        schema = json.load(file)
    with open(folder + "/items.json") as file:
        items = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for item in items:
        errors = []
        for document in yaml.load_all(item["text"], CoreLoader):
            errors += [error.message[:200] for error in validator.iter_errors(document)]
        if item["valid"] == bool(errors):
            print(item["name"], "is", "refused: " + "; ".join(errors) if errors else "accepted", item["text"][:300])


main(sys.argv[1])
