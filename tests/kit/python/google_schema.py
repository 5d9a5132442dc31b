"""Holds calls of Google Cloud DNS against Google's discovery document.

Reads one JSON object a line on standard input: method, target (path and query), body, status, answer. Prints
what does not fit, one line each: paths, methods and parameters that the document does not have, and members
of bodies and answers that it does not have or has with other types. Its own sentences begin with `never: ` and
name the methods that were not called.
"""

import json
import re
import sys
from importlib import resources
from urllib.parse import parse_qsl, unquote

from jsonschema import Draft7Validator

document = json.loads(
    resources.files("googleapiclient").joinpath("discovery_cache/documents/dns.v1.json").read_text()
)

# Members of Google's JSON of errors, which the document does not describe.
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": ["code", "message"], "properties": {"code": {"type": "integer"}}}
    },
}


def strict(schema):
    """Discovery's dialect as JSON Schema in which only what is named may stand."""
    if "$ref" in schema:
        return {"$ref": "#/definitions/" + schema["$ref"]}
    result = {key: schema[key] for key in ("type", "enum") if key in schema}
    if schema.get("type") == "any":
        return {}
    if "items" in schema:
        result["items"] = strict(schema["items"])
    if schema.get("format") in ("uint64", "int64"):
        result = {"type": "string", "pattern": "^-?[0-9]+$"}
    if schema.get("type") == "object":
        result["properties"] = {name: strict(value) for name, value in schema.get("properties", {}).items()}
        more = schema.get("additionalProperties")
        result["additionalProperties"] = strict(more) if more else False
    return result


definitions = {name: strict(schema) for name, schema in document["schemas"].items()}


def methods(resource):
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from methods(inner)


def pattern(path):
    parts = re.split(r"(\{\+?\w+\})", path)
    return "^/" + "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts) + "$"


routes = [(method["httpMethod"], re.compile(pattern(method["path"])), method) for method in methods(document)]
general = document["parameters"]


def violations(reference, text):
    if reference is None:
        return ["a body that nobody asked for"] if text else []
    try:
        value = json.loads(text)
    except ValueError as error:
        return [f"no JSON: {error}"]
    schema = ERROR if reference is ERROR else {"$ref": "#/definitions/" + reference["$ref"]}
    validator = Draft7Validator({**schema, "definitions": definitions})
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


called = set()
for line in sys.stdin:
    call = json.loads(line)
    path, _, query = call["target"].partition("?")
    name = f"{call['method']} {unquote(path)}"
    fitting = [method for verb, route, method in routes if verb == call["method"] and route.match(path)]
    if not fitting:
        print(f"{name}: no such method")
        continue
    [method] = fitting
    called.add(method["id"])
    for parameter, value in parse_qsl(query, keep_blank_values=True):
        known = method.get("parameters", {}).get(parameter) or general.get(parameter)
        if known is None or (known.get("location") != "query"):
            print(f"{name}: no such parameter: {parameter}")
        elif "enum" in known and value not in known["enum"]:
            print(f"{name}: {parameter} is none of {known['enum']}: {value}")
        elif known["type"] == "integer" and not value.isdigit():
            print(f"{name}: {parameter} is no number: {value}")
    for violation in violations(method.get("request"), call["body"]):
        print(f"{name}: request: {violation}")
    if call["status"] is not None:
        answer = method.get("response") if call["status"] < 300 else ERROR
        for violation in violations(answer, call["answer"]):
            print(f"{name}: answer {call['status']}: {violation}")

for method in sys.argv[1:]:
    if method not in called:
        print(f"never: {method}")
