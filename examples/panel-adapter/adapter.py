#!/usr/bin/env python3
"""A panel adapter before a name server that takes dynamic updates, one record at a time.

It speaks the part of the protocol (docs/panel.md) that a provider of the unit create-and-delete needs:
declaration, listing, create, delete. `dig` lists the zone by AXFR, `nsupdate` writes. Copy it, and put the
calls of your provider's API in the place of `listed` and `update`.
"""

import argparse
import hashlib
import hmac
import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--listen", default="127.0.0.1:8053", help="address and port of this adapter")
arguments.add_argument("--server", default="127.0.0.1:53", help="address and port of the name server")
arguments.add_argument("--key", help="TSIG key file, for dig and nsupdate")
arguments.add_argument("zones", nargs="+", help="zones that may be changed, as in example.com.")
options = arguments.parse_args()
token = os.environ["PANEL_TOKEN"]
address, _, port = options.server.rpartition(":")
key = ["-k", options.key] if options.key else []
one_at_a_time = threading.Lock()


class Failure(Exception):
    """An answer that is no success: below 500 nothing happened, from 500 on nobody knows."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status = status


def run(command, text=""):
    try:
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        raise Failure(504, f"{command[0]} did not end in 30 s") from None


def listed(zone):
    """Every record of the zone but its SOA, which the server keeps; all or nothing."""
    command = ["dig", "-r", *key, f"@{address}", "-p", port, zone, "AXFR", "+noall", "+answer", "+nosplit"]
    lines = run([*command, "+tries=1"]).stdout.splitlines()
    rows = [line.split(None, 4) for line in lines if line and not line.startswith(";")]
    # A transfer begins and ends with the SOA (RFC 5936 2.2); one that does not was broken off.
    if len(rows) < 2 or any(len(row) != 5 for row in rows) or rows[0][3:] != rows[-1][3:] or rows[0][3] != "SOA":
        raise Failure(502, f"the name server did not transfer {zone} as a whole")
    serial = rows[0][4].split()[2]
    records = [
        {"name": name.lower(), "type": rtype, "ttl": int(ttl), "data": data}
        for name, ttl, _, rtype, data in rows[1:-1]
    ]
    return serial, records


def identity(record):
    """What the server knows a record by; a TTL belongs to the whole record set."""
    return (record["name"].lower(), record["type"].upper(), record["data"])


def row_id(record):
    return hashlib.sha256("\n".join(identity(record)).encode()).hexdigest()[:32]


def update(zone, command):
    """Sends one update, and says in which serial it ended."""
    ended = run(["nsupdate", *key], f"server {address} {port}\nzone {zone}\n{command}\nsend\n")
    if "update failed" in ended.stderr or "syntax error" in ended.stderr:
        raise Failure(422, ended.stderr.strip())
    if ended.returncode != 0:
        raise Failure(502, ended.stderr.strip())
    return listed(zone)


def create(zone, record):
    if set(record) != {"name", "type", "ttl", "data"} or not isinstance(record["ttl"], int):
        raise Failure(400, "a record has name, type, ttl and data")
    name, rtype, data = (str(record[field]) for field in ("name", "type", "data"))
    # The text goes to nsupdate: a line end in it would be a command of its own.
    if re.search(r"\s", name + rtype) or re.search(r"[\x00-\x1f\x7f]", data) or not data.strip():
        raise Failure(400, "the record holds characters that no record may hold")
    if name != zone and not name.endswith("." + zone):
        raise Failure(422, f"{name} is not in {zone}")
    _, before = listed(zone)
    for other in (other for other in before if other["name"] == name.lower()):
        if identity(other) == identity(record):
            raise Failure(409, f"{name} {rtype} {data} is there already, with a TTL of {other['ttl']}")
        if other["type"] == rtype and other["ttl"] != record["ttl"]:
            raise Failure(409, f"all records of {name} {rtype} have one TTL, {other['ttl']}")
        if "CNAME" in (other["type"], rtype):
            raise Failure(409, f"{name} has {other['type']} records, and a CNAME stands alone")
    serial, after = update(zone, f"update add {name} {record['ttl']} {rtype} {data}")
    # The server may say yes and do nothing. What it made of the text is what was not there before.
    known = {row_id(other) for other in before}
    fresh = [row_id(other) for other in after if row_id(other) not in known]
    if len(fresh) != 1:
        raise Failure(500, f"{name} {rtype} was accepted, and {len(fresh)} new records are there")
    return 201, {"id": fresh[0], "version": serial}


def delete(zone, wanted):
    _, records = listed(zone)
    record = next((record for record in records if row_id(record) == wanted), None)
    if record is None:
        raise Failure(404, f"there is no record {wanted}")
    serial, records = update(zone, "update delete {name} {type} {data}".format(**record))
    if any(row_id(record) == wanted for record in records):
        raise Failure(422, "the server keeps this record")
    return 200, {"version": serial}


def declaration(zone):
    return {"zone": zone, "unit": "create-and-delete", "compare": "none", "publishes_within": 1,
            "servers": [options.server]}


def page(zone):
    serial, records = listed(zone)
    rows = [{"id": row_id(record), **record} for record in records]
    return {"records": rows, "next": None, "total": len(rows), "version": serial}


def answer(method, path, body):
    match [unquote(segment) for segment in path.split("/")[1:]]:
        case ["zones", zone, *rest] if zone not in options.zones:
            raise Failure(404, f"there is no zone {zone}")
        case ["zones", zone, *rest]:
            match (method, *rest):
                case ("GET",):
                    return 200, declaration(zone)
                case ("GET", "records"):
                    return 200, page(zone)
                case ("POST", "records"):
                    with one_at_a_time:
                        return create(zone, json.loads(body))
                case ("DELETE", "records", wanted):
                    with one_at_a_time:
                        return delete(zone, wanted)
            raise Failure(405, "this adapter creates and deletes single records")
    raise Failure(404, f"there is no {path}")


class Handler(BaseHTTPRequestHandler):
    def reply(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = self.headers.get("Authorization", "").encode()
        try:
            if not hmac.compare_digest(given, f"Bearer {token}".encode()):
                raise Failure(401, "the token is wrong")
            status, value = answer(self.command, urlsplit(self.path).path, body)
        except (json.JSONDecodeError, UnicodeDecodeError, TypeError) as error:
            status, value = 400, {"error": str(error)}
        except Failure as failure:
            status, value = failure.status, {"error": str(failure)}
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = reply


host, _, own_port = options.listen.rpartition(":")
ThreadingHTTPServer((host, int(own_port)), Handler).serve_forever()
