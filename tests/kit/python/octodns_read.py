"""Reads one zone from octoDNS YAML files with octoDNS itself and prints a JSON object per record.

octodns_read.py DIRECTORY ZONE [--escaped-semicolons]

name, type, ttl, values (octoDNS's own rdata text, sorted) and data (what it would write back). A
record whose text octoDNS cannot make has `error` instead of values. When octoDNS refuses the zone,
its complaint goes to standard error and the exit status is 1.
"""

import argparse
import json
import sys
import warnings

warnings.simplefilter('ignore')

from octodns.provider.yaml import YamlProvider  # noqa: E402
from octodns.zone import Zone  # noqa: E402


def describe(record):
    out = {'name': record.name, 'type': record._type, 'ttl': record.ttl}
    try:
        out['values'] = sorted(str(rdata) for rdata in record.to_rrset().rdatas)
    except Exception as error:  # every complaint is what the caller wants to see
        out['error'] = f'{type(error).__name__}: {error}'
    out['data'] = record.data
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('directory')
    parser.add_argument('zone')
    parser.add_argument('--escaped-semicolons', action='store_true')
    arguments = parser.parse_args()
    provider = YamlProvider(
        'files',
        arguments.directory,
        enforce_order=False,
        escaped_semicolons=arguments.escaped_semicolons,
    )
    zone = Zone(arguments.zone, [])
    try:
        provider.populate(zone)
    except Exception as error:
        sys.exit(f'{type(error).__name__}: {error}')
    for record in sorted(zone.records, key=lambda record: (record.name, record._type)):
        print(json.dumps(describe(record), sort_keys=True, default=str))


main()
