"""Checks JSON documents against a JSON Schema: json_schema.py SCHEMA DOCUMENT...

Prints one line for each violation: file, place in the document, what is wrong."""

import json
import sys
from pathlib import Path

from jsonschema import Draft7Validator, FormatChecker


def main(schema, *documents):
    schema = json.loads(Path(schema).read_text())
    Draft7Validator.check_schema(schema)
    checker = FormatChecker()
    if "date-time" not in checker.checkers:
        sys.exit("times cannot be checked: rfc3339-validator is missing")
    validator = Draft7Validator(schema, format_checker=checker)
    for document in documents:
        for error in validator.iter_errors(json.loads(Path(document).read_text())):
            print(f"{document}: {error.json_path}: {error.message[:300]}")


main(*sys.argv[1:])
