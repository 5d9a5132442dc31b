#!/usr/bin/env python3
"""How many calls of a cloud's API a plan and an apply take: dnsure beside octoDNS, as a table.

    benches/api_calls.py                                everything
    benches/api_calls.py --clouds route53 --only one    parts of it
    benches/api_calls.py --markdown                     the table as it stands in docs/api-calls.md

Rows:
    same     plan of one zone of 1,000 record sets in which nothing changes
    one      plan of one changed zone, named, in an account of 10,000
    apply    apply of 1, 100 and 1,000 changed record sets in a zone of 1,000, from reading to the end

The clouds are the fakes of the tests, each a process of its own (examples/cloud.rs), which count what they
are asked; a Knot serves what they hold. octoDNS comes from the environment that tests/install makes and
reaches the fakes by benches/octodns_at.py. The canary that dnsure writes, observes and removes before a
first apply is switched off; it is two more writes. Fakes answer at once, so the time of a run means
nothing here and is not shown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
ORACLES = Path(os.environ.get("DNSURE_ORACLES", ROOT / "target/oracles"))
CLOUDS = ["cloud-dns", "route53", "cloudflare", "azure-dns"]
ROWS = ["same", "one", "apply"]
APEX = "big.example."
SETS = 1000
ZONES = 10_000
CHANGED = [1, 100, 1000]

os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"


class Failed(Exception):
    """A program did not do what it was run for."""


def owner(number):
    return f"n{number:04}"


def address(number, changed):
    network = "198.51.100" if changed else "192.0.2"
    return f"{network}.{number % 250 + 1}"


def master_file():
    """The zone as it begins, one record a line."""
    lines = [
        f"$ORIGIN {APEX}",
        f"{APEX} 3600 IN SOA ns1.example.net. hostmaster.example.net. 1 3600 600 604800 300",
        f"{APEX} 3600 IN NS ns1.example.net.",
        f"{APEX} 3600 IN NS ns2.example.net.",
    ]
    lines += [f"{owner(number)}.{APEX} 300 IN A {address(number, False)}" for number in range(SETS)]
    return "\n".join(lines) + "\n"


def zone_file(changed):
    """The same as octoDNS writes it, with so many record sets changed."""
    lines = [
        f"{owner(number)}: {{ttl: 300, type: A, value: {address(number, number < changed)}}}"
        for number in range(SETS)
    ]
    return "\n".join(lines) + "\n"


class Fake:
    """A cloud, up while the block runs."""

    def __init__(self, cloud, master, more=0):
        self.command = [TARGET / "examples/cloud", cloud, APEX, master, str(more)]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.command} did not start")
        self.facts = json.loads(line)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def calls(self):
        """The calls since the last time."""
        self.process.stdin.write("calls\n")
        self.process.stdin.flush()
        calls = json.loads(self.process.stdout.readline())
        if calls["troubles"]:
            raise Failed(f"the fake could not publish: {calls['troubles']}")
        return calls


class Dnsure:
    name = "dnsure"

    def __init__(self, cloud, facts, directory, changed):
        self.directory = directory
        url, token = facts["url"], "env:TOKEN"
        provider = {
            "cloud-dns": lambda: {"project": facts["project"], "url": url, "token": token},
            "route53": lambda: {"url": url},
            "cloudflare": lambda: {"url": f"{url}/client/v4", "token": token},
            "azure-dns": lambda: {
                "subscription": facts["subscription"], "resource_group": facts["group"], "url": url, "token": token,
            },
        }[cloud]()
        provider |= {"type": cloud, "servers": [facts["dns"]]}
        (directory / "zones").mkdir()
        (directory / f"zones/{APEX}yaml").write_text(zone_file(changed))
        # JSON is YAML.
        (directory / "dnsure.yaml").write_text(
            f"providers:\n  cloud: {json.dumps(provider)}\n"
            f"zones:\n  directory: zones\n  {APEX}: {{targets: [cloud], canary: never}}\n"
            "guards: {max_deletes: 100000, max_delete_percent: 100}\n"
            "verify: {samples: 1, deadline: 10m}\n"
        )

    def plan(self):
        return [TARGET / "dnsure", "plan", APEX]

    def apply(self):
        return [TARGET / "dnsure", "apply", "--yes", "--zone", APEX]


class OctoDns:
    name = "octoDNS"

    def __init__(self, cloud, facts, directory, changed):
        self.cloud, self.facts = cloud, facts
        provider = {
            "cloud-dns": lambda: {"class": "octodns_googlecloud.GoogleCloudProvider", "project": facts["project"]},
            # Its default of 1,000 counts an UPSERT once; the service counts it twice and refuses the batch.
            "route53": lambda: {
                "class": "octodns_route53.Route53Provider", "max_changes": 500,
                "access_key_id": facts["variables"]["AWS_ACCESS_KEY_ID"],
                "secret_access_key": facts["variables"]["AWS_SECRET_ACCESS_KEY"],
            },
            # Page rules would be one more read a zone; the fake has none.
            "cloudflare": lambda: {
                "class": "octodns_cloudflare.CloudflareProvider", "token": facts["token"],
                "api_url": f"{facts['url']}/client/v4", "pagerules": False,
            },
            "azure-dns": lambda: {
                "class": "octodns_azure.AzureProvider", "client_id": "x", "key": "x", "directory_id": "x",
                "sub_id": facts["subscription"], "resource_group": facts["group"],
            },
        }[cloud]()
        (directory / f"{APEX}yaml").write_text(zone_file(changed))
        files = {"class": "octodns.provider.yaml.YamlProvider", "directory": str(directory), "enforce_order": False}
        config = {
            "manager": {"max_workers": 1},
            "providers": {"files": files, "cloud": provider},
            "zones": {APEX: {"sources": ["files"], "targets": ["cloud"]}},
        }
        self.config = directory / "octodns.yaml"
        self.config.write_text(json.dumps(config))

    def plan(self):
        script = ROOT / "benches/octodns_at.py"
        where = [self.cloud, self.facts["url"], self.facts.get("token", "")]
        return [ORACLES / "bin/python", script, *where, "--config-file", self.config, "--quiet", APEX]

    def apply(self):
        return [*self.plan(), "--doit", "--force"]


TOOLS = [Dnsure, OctoDns]


def calls_of(tool, cloud, master, command, changed, more=0):
    """The calls that one command takes, at a fake of its own."""
    with tempfile.TemporaryDirectory(prefix="dnsure-calls-") as place, Fake(cloud, master, more) as fake:
        tool = tool(cloud, fake.facts, Path(place), changed)
        variables = {"TOKEN": fake.facts.get("token", ""), "AWS_ENDPOINT_URL_ROUTE_53": fake.facts["url"]}
        environment = os.environ | variables | fake.facts.get("variables", {})
        ended = subprocess.run(getattr(tool, command)(), cwd=place, env=environment, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            said = (ended.stdout + ended.stderr)[-2000:]
            raise Failed(f"{tool.name} {command} at {cloud} ended with {ended.returncode}:\n{said}")
        calls = fake.calls()
        # What was counted must have been the work.
        ended = subprocess.run(tool.plan(), cwd=place, env=environment, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, check=False)
        is_settled = is_empty(tool, ended)
        if is_settled != (command == "apply" or changed == 0):
            raise Failed(f"{tool.name} {command} at {cloud} left a plan that it should not:\n{ended.stdout}{ended.stderr}")
        return calls


def is_empty(tool, ended):
    said = ended.stdout + ended.stderr
    if tool.name == "dnsure":
        return "Plan: " not in said or "0 to add, 0 to change, 0 to destroy" in said
    return "No changes were planned" in said


def cases(only, numbers):
    if "same" in only:
        yield f"plan, {SETS:,} record sets, no change", "plan", 0, 0
    if "one" in only:
        yield f"plan, 1 changed zone of {ZONES:,}", "plan", 1, ZONES - 1
    if "apply" in only:
        for changed in numbers:
            yield f"apply, {changed:,} changed", "apply", changed, 0


def show(cells, markdown):
    if markdown:
        return "| " + " | ".join(cells) + " |"
    widths = [38, 12, 24, 24]
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clouds", help=f"separated by commas: {', '.join(CLOUDS)}")
    parser.add_argument("--only", help=f"rows, separated by commas: {', '.join(ROWS)}")
    parser.add_argument("--tools", help="separated by commas: dnsure, octoDNS")
    parser.add_argument("--changed", help="how many record sets `apply` changes, separated by commas")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    parser.add_argument("--calls", action="store_true", help="print each call on stderr")
    chosen = parser.parse_args()
    for name, known in {"clouds": CLOUDS, "only": ROWS, "tools": [tool.name for tool in TOOLS]}.items():
        given = getattr(chosen, name)
        words = given.split(",") if given else known
        if wrong := [word for word in words if word not in known]:
            parser.error(f"--{name}: {', '.join(wrong)}: choose from {', '.join(known)}")
        setattr(chosen, name, words)
    chosen.changed = [int(number) for number in chosen.changed.split(",")] if chosen.changed else CHANGED
    return chosen


def main():
    chosen = options()
    if not chosen.no_build:
        command = ["cargo", "build", "--quiet", "--bin", "dnsure", "--example", "cloud"]
        subprocess.run(command, cwd=ROOT, check=True)
    tools = [tool for tool in TOOLS if tool.name in chosen.tools]
    print(show(["", "cloud", *[tool.name for tool in tools]], chosen.markdown))
    if chosen.markdown:
        print(show(["---"] * (2 + len(tools)), True))
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as master:
        master.write(master_file())
        master.flush()
        for name, command, changed, more in cases(chosen.only, chosen.changed):
            for cloud in chosen.clouds:
                cells = [name, cloud]
                for tool in tools:
                    try:
                        calls = calls_of(tool, cloud, master.name, command, changed, more)
                    except Failed as failure:
                        sys.exit(str(failure))
                    if chosen.calls:
                        print(tool.name, cloud, name, *calls["calls"], sep="\n  ", file=sys.stderr)
                    writes = calls["writes"]
                    cells.append(f"{calls['reads']:,} reads" + (f", {writes:,} writes" if command == "apply" else ""))
                print(show(cells, chosen.markdown), flush=True)


if __name__ == "__main__":
    main()
