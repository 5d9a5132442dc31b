"""The goals of the README's table, measured in one run: for ratios.py.

Every line is a ratio of two programs on the same data in the same run, so that it says the same on a slow or
a busy machine. The ratio is of wall time; CPU time stands beside it and says more where others use the
machine. That of sort and comm is not known, because bash does not wait for them.
"""

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

LANES = 32  # What dnsure asks one server address at once.


class Goals:
    """Measures line after line with the means of ratios.Bench."""

    def __init__(self, bench, quick):
        self.bench = bench
        self.quick = quick
        self.size = 10_000 if quick else 100_000
        self.lines = []

    def line(self, goal, dnsure, beside, ratio, wanted, met):
        self.lines.append((goal, dnsure, beside, f"{ratio}{'' if met else ' (missed)'}", wanted))
        print(f"  {goal}: {dnsure} | {beside} | {ratio}, wanted {wanted}{'' if met else ': MISSED'}", flush=True)

    def measure(self):
        print("\nGoals")
        self.bench.files(self.size)
        self.validating()
        self.large()
        self.comparing()
        self.starting()
        for kind in ["bind", "powerdns"]:
            self.planning(kind)
        self.asking()
        self.many_zones()

    # Each line.

    def validate(self, size, runs=None):
        directory = self.bench.dnsure_project(size, "first", {"type": "rfc2136", "server": "127.0.0.1:1"})
        return self.bench.measure(size, [self.bench.dnsure, "validate"], directory, runs=runs)

    def validating(self):
        bench, size = self.bench, self.size
        own = self.validate(size)
        master = bench.path(size, "first", "master")
        checkzone = bench.measure(size, ["named-checkzone", "-i", "none", bench.apex, master], bench.work)
        ratio = own.wall / checkzone.wall
        self.line(f"validate {size:,} record sets", cell(own), f"named-checkzone {cell(checkzone)}",
                  f"{ratio:.2f} times as long", "at most 1.00", ratio <= 1)
        if bench.wants_octodns():
            config = bench.octodns_config(size, "first", "bind", {"dns": "127.0.0.1:1"})
            command = bench.octodns("octodns-validate", "--config-file", config)
            octodns = bench.measure(size, command, bench.work, runs=1)
            times, memory = octodns.wall / own.wall, octodns.peak / own.peak
            self.line("the same", cell(own), f"octoDNS {cell(octodns)}",
                      f"a {times:.0f}th of the time, a {memory:.0f}th of the memory", "150th, 10th",
                      times >= 150 and memory >= 10)

    def large(self):
        size = self.size * 10
        self.bench.yaml(size)
        own = self.validate(size, runs=1)
        self.line(f"validate {size:,} record sets", cell(own), "-", f"{own.peak / 1e6:.0f} MB", "under 512 MB",
                  own.peak < 512e6)

    def comparing(self):
        bench, size = self.bench, self.size
        masters = [str(bench.path(size, edition, "master")) for edition in ["first", "second"]]
        own = bench.measure(size, [bench.release / "examples/diff_zones", *masters, bench.apex], bench.work)
        script = 'comm -3 <(LC_ALL=C sort "$0") <(LC_ALL=C sort "$1")'
        bare = bench.measure(size, ["bash", "-c", script, *masters], bench.work)
        ratio = own.wall / bare.wall
        self.line(f"compare two master files of {size:,}", cell(own), f"sort, comm {cell(bare)}",
                  f"{ratio:.2f} times as long", "below 1.00", ratio < 1)

    def starting(self):
        bench = self.bench
        bench.yaml(10)
        directory = bench.dnsure_project(10, "first", {"type": "rfc2136", "server": "127.0.0.1:1"})
        runs = 5 if self.quick else 21
        nothing = bench.measure(0, ["/bin/true"], directory, runs=runs)
        for name, arguments in [("--help", ["--help"]), ("export of a small zone", ["export", bench.apex])]:
            own = bench.measure(0, [bench.dnsure, *arguments], directory, runs=runs)
            more = (own.wall - nothing.wall) * 1000
            self.line(f"dnsure {name}", f"{own.wall * 1000:.1f} ms", f"/bin/true {nothing.wall * 1000:.1f} ms",
                      f"{more:.1f} ms more", "under 10 ms more", more < 10)

    def planning(self, kind):
        bench, size = self.bench, self.size
        with bench.lab(kind, bench.path(size, "first", "master")) as facts:
            directory = bench.dnsure_project(size, "first", bench.provider(kind, facts))
            plan = bench.measure(size, [bench.dnsure, "plan", "--detailed-exitcode"], directory)
            validate = bench.measure(size, [bench.dnsure, "validate"], directory)
            if kind == "bind":
                tool, bare = "kdig AXFR", bench.transfer(size, facts)
            else:
                tool = "curl of the API"
                url = f"{facts['api']}/api/v1/servers/localhost/zones/{bench.apex}"
                bare = bench.measure(size, ["curl", "-sf", "-o", "/dev/null", "-H", f"X-API-Key: {facts['key']}", url],
                                     bench.work)
        ratio = plan.wall / (bare.wall + validate.wall)
        self.line(f"plan without changes, {kind}, {size:,}", cell(plan),
                  f"{tool} {cell(bare)} and validate {cell(validate)}", f"{ratio:.2f} times as long", "at most 1.30",
                  ratio <= 1.3)

    def asking(self):
        """Both ask two servers at once, 32 questions under way at each, every record set once."""
        bench, size = self.bench, self.size
        master = bench.path(size, "first", "master")
        questions = bench.work / "questions"
        owners = {}
        for text in master.read_text().splitlines()[1:]:
            owner, _, _, rtype, *_ = text.split()
            name = bench.apex if owner == "@" else f"{owner}.{bench.apex}"
            if rtype != "SOA":
                owners[f"{name} {rtype}\n"] = None
        questions.write_text("".join(owners))
        with bench.lab("bind", master) as one, bench.lab("bind", master) as other:
            addresses = [one["dns"], other["dns"]]
            provider = {"type": "rfc2136", "server": addresses[0], "servers": addresses}
            directory = bench.dnsure_project(size, "first", provider)
            own, theirs = [], []
            for _ in range(1 if self.quick else 3):
                own.append(self.verified(directory))
                theirs.append(self.dnsperf(addresses, questions, len(owners)))
        own, theirs = max(own), max(theirs)
        ratio = own / theirs
        self.line(f"verify {size:,} record sets on two servers", f"{own:,.0f} questions/s",
                  f"dnsperf {theirs:,.0f} questions/s", f"{ratio:.2f} of its rate", "at least 0.50", ratio >= 0.5)

    def verified(self, directory):
        done = subprocess.run([self.bench.dnsure, "verify"], cwd=directory, capture_output=True, text=True, check=True)
        asked, took, unit = re.search(r"of ([\d ]+) answers are right.* in ([\d.]+) (ms|s)", done.stdout).groups()
        return int(asked.replace(" ", "")) / (float(took) * (1 if unit == "s" else 0.001))

    def dnsperf(self, addresses, questions, count):
        def ask(address):
            host, port = address.rsplit(":", 1)
            command = ["dnsperf", "-s", host, "-p", port, "-d", questions, "-n", "1", "-q", str(LANES), "-e"]
            subprocess.run(command, capture_output=True, check=True)

        started = time.monotonic()
        with ThreadPoolExecutor() as both:
            list(both.map(ask, addresses))
        return len(addresses) * count / (time.monotonic() - started)

    def many_zones(self):
        """Many small zones with dnsure, ten of them with octoDNS."""
        bench = self.bench
        count, size = (100, 100) if self.quick else (1000, 100)
        yaml, master = bench.yaml(size), bench.path(size, "first", "master")
        bench.files(size)
        names = [f"zone{number}.example." for number in range(count)]
        directory = bench.work / "many"
        zones = directory / "zones"
        zones.mkdir(parents=True, exist_ok=True)
        pairs = []
        for name in names:
            (zones / f"{name}yaml").write_text(yaml.read_text().replace(bench.apex, name))
            file = directory / f"{name}master"
            file.write_text(master.read_text().replace(bench.apex, name))
            pairs += [name, file]
        with bench.lab("bind", *pairs) as facts:
            (directory / "dnsure.yaml").write_text(
                f"providers:\n  server: {json.dumps(bench.provider('bind', facts))}\n"
                'zones:\n  directory: zones\n  "*": {targets: [server], owns: zone}\nstate: .dnsure\n')
            validate = bench.measure(size, [bench.dnsure, "validate"], directory, runs=3)
            plan = bench.measure(size, [bench.dnsure, "plan"], directory, runs=1)
            own = validate.wall + plan.wall
            if not bench.wants_octodns():
                self.line(f"validate and plan {count:,} zones of {size} record sets",
                          f"{validate.wall:.2f} s and {plan.wall:.2f} s", "-", "-", "-", True)
                return
            config = bench.octodns_many(zones, facts, names[:10])
            started = time.monotonic()
            for tool, arguments in [("octodns-validate", []), ("octodns-sync", ["--quiet"])]:
                command = bench.octodns(tool, "--config-file", config, *arguments)
                subprocess.run(command, cwd=bench.work, capture_output=True, check=True)
            theirs = time.monotonic() - started
        self.line(f"validate and plan {count:,} zones of {size} record sets",
                  f"{validate.wall:.2f} s and {plan.wall:.2f} s", f"octoDNS, 10 of them: {theirs:.2f} s",
                  f"{own / theirs:.2f} of its time", "below 1.00", own < theirs)

    def markdown(self):
        """The table of the README."""
        rows = ["| | dnsure | beside it | ratio | goal |", "|---|---|---|---|---|"]
        rows += ["| " + " | ".join(cells) + " |" for cells in self.lines]
        return "\n".join(rows)


def cell(figure):
    return f"{seconds(figure.wall)} ({seconds(figure.cpu)} CPU), {figure.peak / 1e6:.0f} MB"


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
