#!/usr/bin/env python3
"""dnsure beside octoDNS and bare tools, in one run, as a table.

    benches/ratios.py                          everything at 1,000, 10,000 and 100,000 record sets
    benches/ratios.py --quick                  1,000 and 10,000, fewer runs
    benches/ratios.py --sizes 10000 --only validate,plan
    benches/ratios.py --only goals             the table of the README, each line with its goal

Each figure is the median of n runs (n stands beside it) of the whole program, wall time and
the peak memory of its largest process; ratios compare with dnsure in the same run. The zone is the one of
benches/big_zone.rs. BIND and PowerDNS run on loopback, started by examples/lab.rs. octoDNS comes
from the environment that tests/install makes. "bare" is the least that any program must do: reading
the same zone as a master file (named-checkzone), one zone transfer (kdig), sort and comm of two
master files. The goals (goals.py) also want curl and dnsperf. Debian: apt install bind9 bind9-utils
pdns-server pdns-backend-sqlite3 knot-dnsutils dnsperf curl time.

octoDNS has no verify; dnsure's asks for every record set and compares every answer. dnsure's apply
ends when the change is seen on the server in all four query forms, three times; octoDNS's ends
when the server said yes.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goals import Goals

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
ORACLES = Path(os.environ.get("DNSURE_ORACLES", ROOT / "target/oracles"))
RELEASE = TARGET / "release"
DNSURE = RELEASE / "dnsure"
APEX = "big.example."
ROWS = ["validate", "diff", "plan", "apply", "load", "verify", "goals"]
# octoDNS needs about a minute at 100,000: once is enough there.
SLOW = 100_000

os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"


class Failed(Exception):
    """A program did not do what it was run for."""


def run(command, directory, ok=(0,), stdout=subprocess.DEVNULL):
    """Runs a program to its end: wall seconds, peak memory in bytes, CPU seconds of it and its children.

    GNU time stands in between, because a process starts with the peak of the one that it was forked from,
    and this Python is larger than some of the programs.
    """
    with tempfile.NamedTemporaryFile("r") as peak, tempfile.TemporaryFile() as errors:
        measured = ["/usr/bin/time", "--quiet", "--format=%M", f"--output={peak.name}", *command]
        started, before = time.monotonic(), cpu_of_children()
        code = subprocess.run(measured, cwd=directory, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors,
                              check=False).returncode
        wall = time.monotonic() - started
        if code not in ok:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-2000:]
            raise Failed(f"{' '.join(map(str, command))} ended with {code}:\n{said}")
        return wall, int(peak.read().split()[-1]) * 1024, cpu_of_children() - before


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Figure:
    """The median of several runs."""

    def __init__(self, runs):
        self.wall = statistics.median(wall for wall, _, _ in runs)
        self.peak = statistics.median(peak for _, peak, _ in runs)
        self.cpu = statistics.median(cpu for _, _, cpu in runs)
        self.count = len(runs)

    def json(self):
        return {"seconds": round(self.wall, 4), "cpu_seconds": round(self.cpu, 4), "peak_bytes": int(self.peak), "runs": self.count}


class Lab:
    """A name server, up while the block runs: for the zone of a master file, or for names and files in turn."""

    def __init__(self, kind, *files):
        zones = [APEX, *files] if len(files) == 1 else files
        self.command = [RELEASE / "examples/lab", kind, *zones]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.command} did not start")
        return json.loads(line)

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    dnsure = DNSURE
    release = RELEASE
    apex = APEX
    lab = Lab

    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.table = []

    # Files.

    def files(self, size):
        """Zone files of both editions, and the master files of the same."""
        for edition in ["first", "second"]:
            for form in ["yaml", "master"]:
                path = self.path(size, edition, form)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    run([RELEASE / "examples/big_zone", form, str(size), edition], self.work, stdout=file)
        empty = self.empty()
        if not empty.exists():
            with empty.open("wb") as file:
                run([RELEASE / "examples/big_zone", "master", "0"], self.work, stdout=file)

    def yaml(self, size):
        """The zone file of the first edition alone."""
        path = self.path(size, "first", "yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            run([RELEASE / "examples/big_zone", "yaml", str(size)], self.work, stdout=file)
        return path

    def path(self, size, edition, form):
        name = f"{APEX}yaml" if form == "yaml" else "zone.master"
        return self.work / str(size) / edition / name

    def empty(self):
        return self.work / "empty.master"

    def dnsure_project(self, size, edition, provider):
        """A directory with a dnsure.yaml for one edition; state is shared by both editions."""
        directory = self.work / str(size) / edition / "dnsure"
        directory.mkdir(exist_ok=True)
        zones = directory / "zones"
        zones.mkdir(exist_ok=True)
        shutil.copy(self.path(size, edition, "yaml"), zones / f"{APEX}yaml")
        (directory / "dnsure.yaml").write_text(
            f"providers:\n  server: {json.dumps(provider)}\n"
            'zones:\n  directory: zones\n  "*": {targets: [server], owns: zone}\n'
            "guards: {max_deletes: 1000000, max_delete_percent: 100}\n"
            "verify: {samples: 3, deadline: 5m}\nstate: .dnsure\n"
        )
        return directory

    def octodns_config(self, size, edition, kind, facts):
        directory = self.path(size, edition, "yaml").parent
        host, port = facts["dns"].rsplit(":", 1) if facts else ("127.0.0.1", "0")
        if kind == "bind":
            server = {"class": "octodns_bind.Rfc2136Provider", "host": host, "port": int(port), "timeout": 600}
        else:
            api = facts["api"].removeprefix("http://")
            host, port = api.rsplit(":", 1)
            server = {"class": "octodns_powerdns.PowerDnsProvider", "host": host, "port": int(port),
                      "api_key": facts["key"], "timeout": 600}
        config = {
            "manager": {"max_workers": 1},
            "providers": {
                "files": {"class": "octodns.provider.yaml.YamlProvider", "directory": str(directory),
                          "enforce_order": False},
                "server": server,
            },
            "zones": {APEX: {"sources": ["files"], "targets": ["server"]}},
        }
        path = directory / f"octodns-{kind}.yaml"
        path.write_text(json.dumps(config))
        return path

    def octodns_many(self, directory, facts, zones):
        """Some of the zones of a directory, at one BIND."""
        host, port = facts["dns"].rsplit(":", 1)
        config = {
            "manager": {"max_workers": 4},
            "providers": {
                "files": {"class": "octodns.provider.yaml.YamlProvider", "directory": str(directory),
                          "enforce_order": False},
                "server": {"class": "octodns_bind.Rfc2136Provider", "host": host, "port": int(port), "timeout": 600},
            },
            "zones": {zone: {"sources": ["files"], "targets": ["server"]} for zone in zones},
        }
        path = self.work / "octodns-many.yaml"
        path.write_text(json.dumps(config))
        return path

    # Measuring.

    def runs_of(self, size, slow):
        if slow:
            return 1 if size >= SLOW or self.options.quick else 3
        return 3 if self.options.quick else 5

    def measure(self, size, command, directory, slow=False, ok=(0,), runs=None):
        count = runs or self.runs_of(size, slow)
        return Figure([run(command, directory, ok) for _ in range(count)])

    def octodns(self, tool, *arguments):
        return [ORACLES / "bin" / tool, *map(str, arguments)]

    def row(self, name, size, dnsure, octodns=None, bare=None, tool=""):
        self.table.append((name, size, dnsure, octodns, bare, tool))
        print(format_row(name, size, dnsure, octodns, bare, tool), flush=True)

    def wants_octodns(self):
        return not self.options.no_octodns

    # Rows.

    def validate(self, size):
        directory = self.dnsure_project(size, "first", {"type": "rfc2136", "server": "127.0.0.1:1"})
        dnsure = self.measure(size, [DNSURE, "validate"], directory)
        octodns = None
        if self.wants_octodns():
            config = self.octodns_config(size, "first", "bind", {"dns": "127.0.0.1:1"})
            octodns = self.measure(size, self.octodns("octodns-validate", "--config-file", config), self.work, slow=True)
        master = self.path(size, "first", "master")
        bare = self.measure(size, ["named-checkzone", "-i", "none", APEX, master], self.work)
        self.row("validate", size, dnsure, octodns, bare, "named-checkzone")

    def diff(self, size):
        masters = [self.path(size, edition, "master") for edition in ["first", "second"]]
        dnsure = self.measure(size, [RELEASE / "examples/diff_zones", *masters, APEX], self.work)
        script = 'comm -3 <(LC_ALL=C sort "$0") <(LC_ALL=C sort "$1")'
        bare = self.measure(size, ["bash", "-c", script, *map(str, masters)], self.work)
        self.row("diff of two zones", size, dnsure, None, bare, "sort, comm")

    def on_server(self, kind, size, rows):
        with Lab(kind, self.path(size, "first", "master")) as facts:
            provider = self.provider(kind, facts)
            directories = {edition: self.dnsure_project(size, edition, provider) for edition in ["first", "second"]}
            configs = {edition: self.octodns_config(size, edition, kind, facts) for edition in ["first", "second"]}
            bare = self.transfer(size, facts)
            if "plan" in rows:
                plan = [DNSURE, "plan", "--detailed-exitcode"]
                dnsure = self.measure(size, plan, directories["first"])
                octodns = None
                if self.wants_octodns():
                    octodns = self.measure(size, self.sync(configs["first"]), self.work, slow=True)
                self.row(f"plan, no change: {kind}", size, dnsure, octodns, bare, "AXFR")
            if "apply" in rows:
                self.apply(kind, size, directories, configs, bare)
            if "verify" in rows:
                dnsure = self.measure(size, [DNSURE, "verify"], directories["first"])
                self.row(f"verify: {kind}", size, dnsure, None, bare, "AXFR")

    def apply(self, kind, size, directories, configs, bare):
        """There and back again, an even number of times, so that the zone is the first edition after it."""
        there_and_back = ["second", "first"]
        runs = [run([DNSURE, "apply", "--yes"], directories[edition]) for edition in there_and_back]
        octodns = None
        if self.wants_octodns():
            done = [run(self.sync(configs[edition], "--doit", "--force"), self.work) for edition in there_and_back]
            octodns = Figure(done)
        self.row(f"apply 1 %: {kind}", size, Figure(runs), octodns, bare, "AXFR")

    def load(self, kind, size):
        """From an empty zone; a server of its own for each program."""
        with Lab(kind, self.empty()) as facts:
            directory = self.dnsure_project(size, "first", self.provider(kind, facts))
            dnsure = Figure([run([DNSURE, "apply", "--yes"], directory)])
            bare = self.transfer(size, facts)
        octodns = None
        if self.wants_octodns():
            with Lab(kind, self.empty()) as facts:
                config = self.octodns_config(size, "first", kind, facts)
                octodns = Figure([run(self.sync(config, "--doit", "--force"), self.work)])
        self.row(f"full load: {kind}", size, dnsure, octodns, bare, "AXFR")

    def provider(self, kind, facts):
        if kind == "bind":
            return {"type": "rfc2136", "server": facts["dns"]}
        key = self.work / "api-key"
        key.write_text(facts["key"])
        return {"type": "powerdns", "url": facts["api"], "api_key": f"file:{key}", "servers": [facts["dns"]]}

    def transfer(self, size, facts):
        host, port = facts["dns"].rsplit(":", 1)
        return self.measure(size, ["kdig", f"@{host}", "-p", port, "+tcp", APEX, "AXFR"], self.work)

    def sync(self, config, *arguments):
        return self.octodns("octodns-sync", "--config-file", config, "--quiet", *arguments)

    def everything(self):
        only = self.options.only
        for size in self.options.sizes if set(only) != {"goals"} else []:
            self.files(size)
            if "validate" in only:
                self.validate(size)
            if "diff" in only:
                self.diff(size)
            for kind in self.options.servers:
                if {"plan", "apply", "verify"} & set(only):
                    self.on_server(kind, size, only)
                if "load" in only:
                    self.load(kind, size)


# Showing.


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def cell(figure):
    if figure is None:
        return "-"
    return f"{seconds(figure.wall)} {figure.peak / 1e6:.0f} MB (n={figure.count})"


def ratio(figure, dnsure):
    if figure is None:
        return "-"
    return f"{figure.wall / dnsure.wall:.2f}x {figure.peak / dnsure.peak:.2f}x"


WIDTHS = [26, 9, 25, 27, 16, 24, 16, 0]


def line(cells):
    return "".join(text.ljust(width) for text, width in zip(cells, WIDTHS)).rstrip()


def format_row(name, size, dnsure, octodns, bare, tool):
    return line([name, f"{size:,}", cell(dnsure), cell(octodns), ratio(octodns, dnsure),
                 cell(bare), ratio(bare, dnsure), tool])


def said(command, word=0):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().splitlines()[word]
    except (OSError, IndexError):
        return "?"


def machine():
    model = "unknown"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(text.split(":", 1)[1].strip() for text in lines if text.startswith("model name"))
    except (OSError, StopIteration):
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    print(f"machine   {os.cpu_count()} cores, {model}, {memory:.0f} GB, {platform.system()} {platform.release()}; "
          f"load {load:.1f} at the start")
    versions = [said([DNSURE, "--version"]), "octoDNS " + said([ORACLES / "bin/octodns-sync", "--version"]),
                said(["named", "-v"]), said(["pdns_server", "--version"]), said(["kdig", "--version"]),
                said(["dnsperf", "-h"])]
    print(f"versions  {'; '.join(versions)}")


def build():
    command = ["cargo", "build", "--release", "--quiet"]
    subprocess.run([*command, "--bin", "dnsure", "--example", "big_zone", "--example", "lab"], cwd=ROOT, check=True)
    subprocess.run([*command, "--package", "dnsure-zones", "--example", "diff_zones"], cwd=ROOT, check=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", help="record sets, separated by commas")
    parser.add_argument("--only", help=f"rows, separated by commas: {', '.join(ROWS)}")
    parser.add_argument("--servers", help="bind, powerdns (default: both)")
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 unless --sizes says other; fewer runs")
    parser.add_argument("--no-octodns", action="store_true", help="leave octoDNS out")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they are")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    chosen = parser.parse_args()
    known = {"only": ROWS, "servers": ["bind", "powerdns"]}
    for name, all_of_them in known.items():
        given = getattr(chosen, name)
        words = given.split(",") if given else all_of_them
        wrong = [word for word in words if word not in all_of_them]
        if wrong:
            parser.error(f"--{name}: {', '.join(wrong)}: choose from {', '.join(all_of_them)}")
        setattr(chosen, name, words)
    sizes = chosen.sizes or ("1000,10000" if chosen.quick else "1000,10000,100000")
    chosen.sizes = [int(size.replace("_", "")) for size in sizes.split(",")]
    return chosen


def main():
    chosen = options()
    if not chosen.no_octodns and not (ORACLES / "bin/octodns-sync").exists():
        sys.exit(f"{ORACLES} has no octoDNS: run tests/install, set DNSURE_ORACLES, or give --no-octodns")
    if not chosen.no_build:
        build()
    machine()
    print(line(["", "sets", "dnsure", "octoDNS", "time, memory", "bare", "time, memory", ""]))
    with tempfile.TemporaryDirectory(prefix="dnsure-ratios-") as work:
        bench = Bench(chosen, Path(work))
        try:
            bench.everything()
            goals = None
            if "goals" in chosen.only:
                goals = Goals(bench, chosen.quick)
                goals.measure()
        except Failed as failure:
            sys.exit(str(failure))
    if goals:
        print(f"\n{goals.markdown()}\n")
    print("Ratios are against dnsure: 50.00x is fifty times as long, or as much memory.")
    if chosen.json:
        rows = [{"row": name, "record_sets": size, "dnsure": dnsure.json(),
                 "octodns": octodns and octodns.json(), "bare": bare and bare.json(), "tool": tool}
                for name, size, dnsure, octodns, bare, tool in bench.table]
        Path(chosen.json).write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
