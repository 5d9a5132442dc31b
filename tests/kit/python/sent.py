"""Holds what is written at Cloudflare or Azure DNS against what the vendor's own SDK could have sent.

    sent.py cloudflare|azure

Reads one JSON object a line on standard input, the body of a write. Prints what does not fit, one line each:
members that the SDK does not know, members that it never leaves out, and values of other types.
"""

import json
import sys
import typing

import typing_extensions


def bare(hint):
    while typing_extensions.get_origin(hint) in (
        typing_extensions.Required, typing_extensions.NotRequired, typing.Annotated,
    ):
        hint = typing_extensions.get_args(hint)[0]
    return hint


def hints_of(shape):
    return typing_extensions.get_type_hints(shape, include_extras=True)


def type_of(shape):
    """The record type that one form of a record is for."""
    kind = bare(hints_of(shape).get("type")) if typing_extensions.is_typeddict(shape) else None
    values = typing_extensions.get_args(kind) if kind else ()
    return values[0] if len(values) == 1 else None


def of_union(place, value, choices):
    if isinstance(value, dict) and "type" in value:
        named = [each for each in choices if type_of(each) == value["type"]]
        if named:
            return fits(place, value, named[0])
    found = [list(fits(place, value, each)) for each in choices]
    return min(found, key=len)


def fits(place, value, hint):
    """Why a value is not what a type hint of Cloudflare's says."""
    hint = bare(hint)
    origin, arguments = typing_extensions.get_origin(hint), typing_extensions.get_args(hint)
    if typing_extensions.is_typeddict(hint):
        if not isinstance(value, dict):
            yield f"{place}: {value!r} is no object"
            return
        hints = hints_of(hint)
        for key, inner in hints.items():
            # `__required_keys__` is empty where annotations are texts.
            if typing_extensions.get_origin(inner) is typing_extensions.Required and key not in value:
                yield f"{place}: {key} is missing"
        for key, inner in value.items():
            if key in hints:
                yield from fits(f"{place}.{key}", inner, hints[key])
            else:
                yield f"{place}: there is no {key}"
    elif origin is typing.Union:
        yield from of_union(place, value, arguments)
    elif origin is typing_extensions.Literal or origin is typing.Literal:
        if value not in arguments:
            yield f"{place}: {value!r} is none of {arguments}"
    elif hint is object or hint is typing.Any:
        return
    elif hint in (str, int, float, bool, type(None)):
        kinds = (int, float) if hint is float else (hint,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and hint is not bool):
            yield f"{place}: {value!r} is no {hint.__name__}"
    elif arguments and isinstance(value, list):
        for number, inner in enumerate(value):
            yield from fits(f"{place}[{number}]", inner, arguments[0])
    else:
        yield f"{place}: {value!r} is no {hint}"


def cloudflare(body):
    from cloudflare.types.dns.record_batch_params import RecordBatchParams

    # The zone stands in the path.
    yield from fits("batch", {**body, "zone_id": ""}, RecordBatchParams)


def serialised(place, value, kind):
    """Why a value is not what a type in Microsoft's table of attributes says."""
    from azure.mgmt.dns import models

    plain = {"str": str, "int": int, "float": float, "bool": bool}
    if kind[0] in "[{":
        if not isinstance(value, list if kind[0] == "[" else dict):
            yield f"{place}: {value!r} is no {kind}"
            return
        entries = enumerate(value) if kind[0] == "[" else value.items()
        for key, inner in entries:
            yield from serialised(f"{place}[{key!r}]", inner, kind[1:-1])
    elif kind in plain:
        if not isinstance(value, plain[kind]) or (isinstance(value, bool) and kind != "bool"):
            yield f"{place}: {value!r} is no {kind}"
    else:
        model = getattr(models, kind)
        table = {each["key"]: (name, each["type"]) for name, each in model._attribute_map.items()}
        # `properties.TTL` is a member of a member.
        flat = {key: inner for key, inner in value.items() if key != "properties"}
        flat.update({f"properties.{key}": inner for key, inner in value.get("properties", {}).items()})
        for key, inner in flat.items():
            if key not in table:
                yield f"{place}: there is no {key}"
                continue
            name, inner_kind = table[key]
            if model._validation.get(name, {}).get("readonly"):
                yield f"{place}: {key} is never sent"
            yield from serialised(f"{place}.{key}", inner, inner_kind)


def azure(body):
    yield from serialised("set", body, "RecordSet")


judge = {"cloudflare": cloudflare, "azure": azure}[sys.argv[1]]
for number, line in enumerate(sys.stdin, 1):
    for complaint in judge(json.loads(line)):
        print(f"write {number}: {complaint}")
