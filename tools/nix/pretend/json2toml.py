"""JSON on standard input as TOML on standard output, as remarshal's json2toml does it."""

import json
import sys


def value(thing: object) -> str:
    if isinstance(thing, list):
        return "[" + ", ".join(map(value, thing)) + "]"
    if isinstance(thing, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {value(of)}" for key, of in thing.items()) + " }"
    return json.dumps(thing, ensure_ascii=False)


for key, of in json.load(sys.stdin).items():
    print(f"{json.dumps(key)} = {value(of)}")
