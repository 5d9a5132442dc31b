"""Compares requests and answers, one JSON object a line on standard input, with an OpenAPI document.

Prints what does not fit, and which operations were never asked for.
"""

import json
import re
import sys

import yaml

document = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}


def resolve(node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def misfits(schema, value, where):
    schema = resolve(schema)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, TYPES[name]) for name in types):
        yield f"{where} is no {types}: {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is none of {schema['enum']}: {value!r}"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{where} is out of bounds: {value!r}"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from misfits(schema["items"], item, f"{where}[{index}]")
    if isinstance(value, dict):
        known = schema["properties"]
        assert schema["additionalProperties"] is False, where
        yield from (f"{where} has no {name}" for name in schema.get("required", []) if name not in value)
        for name, inner in value.items():
            if name in known:
                yield from misfits(known[name], inner, f"{where}.{name}")
            else:
                yield f"{where} has {name}, which is not documented"


def check(call):
    where = f"{call['method']} {call['path']} {call['status']}"
    path = call["path"].split("?")[0]
    for template, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and call["method"].lower() in item:
            operation = item[call["method"].lower()]
            break
    else:
        return [f"{where} is not documented"]
    asked.add(operation["operationId"])
    found = []
    if ("requestBody" in operation) != bool(call["body"]):
        found.append(f"{where}: body {call['body']!r}")
    elif call["body"]:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        found += misfits(schema, json.loads(call["body"]), f"{where} body")
    responses = operation["responses"]
    failed = call["status"] >= 400
    response = responses["default"] if failed else responses.get(str(call["status"]))
    if response is None:
        return [*found, f"{where}: the status is not documented"]
    schema = resolve(response)["content"]["application/json"]["schema"]
    return [*found, *misfits(schema, json.loads(call["answer"]), f"{where} answer")]


asked = set()
for line in sys.stdin:
    for misfit in check(json.loads(line)):
        print(misfit)
for item in document["paths"].values():
    for operation in item.values():
        if isinstance(operation, dict) and operation["operationId"] not in asked:
            print(f"{operation['operationId']} was never asked for")
