"""Throw-away zones at a cloud, by the vendor's own SDK.

    live_zone.py CLOUD create NAME                           a zone; its id and name servers as JSON
    live_zone.py CLOUD change NAME OWNER TYPE TTL VALUE...   somebody else's change: OWNER (relative) has these values
    live_zone.py CLOUD delete NAME                           the zone with all that is in it; none is fine too
    live_zone.py CLOUD adopt NAME                            an empty zone that is there already, as create prints it
    live_zone.py CLOUD empty NAME                            takes everything out of such a zone
    live_zone.py CLOUD list-old [HOURS]                      throw-away zones older than a day, as JSON
    live_zone.py CLOUD sweep [HOURS]                         deletes those

CLOUD is cloud-dns, route53, cloudflare or azure-dns. The account is the one that DNSURE_LIVE_CLOUD_DNS,
DNSURE_LIVE_ROUTE53, DNSURE_LIVE_CLOUDFLARE or DNSURE_LIVE_AZURE_DNS names: a provider as it stands in
dnsure.yaml. Secrets come from where that says (`env:NAME`, `file:PATH`), else from the vendor's usual
environment.

Only throw-away zones are touched (`dnsure-live-20261123t1205-1a2b3c4d.PARENT.`), and the zone that
DNSURE_LIVE_CLOUDFLARE_ZONE sets aside; `adopt` and `empty` are for that one.
"""

import json
import os
import re
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

THROW_AWAY = re.compile(r"dnsure-live-(\d{8}t\d{4})-[0-9a-z]+\.([^.]+\.)+")


class Mapping:
    """A provider of dnsure.yaml."""

    def __init__(self, cloud):
        self.variable = "DNSURE_LIVE_" + cloud.upper().replace("-", "_")
        if not os.environ.get(self.variable):
            sys.exit(f"{self.variable} is not set; see docs/live.md")
        self.entries = yaml.safe_load(os.environ[self.variable])

    def get(self, key, default=None):
        return self.entries.get(key, default)

    def part(self, key):
        """What stands under a key, as one of these."""
        part = object.__new__(Mapping)
        part.variable, part.entries = f"{self.variable} ({key})", self.get(key) or {}
        return part

    def needs(self, key):
        if key not in self.entries:
            sys.exit(f"{self.variable} has no `{key}`")
        return self.entries[key]

    def secret(self, key):
        """What `env:NAME` or `file:PATH` leads to; None without the key."""
        reference = self.get(key)
        if reference is None:
            return None
        kind, _, where = reference.partition(":")
        if kind == "env":
            return os.environ[where]
        return Path(where).read_text().splitlines()[0]


class Google:
    """google-api-python-client, with the discovery document that it brings along."""

    SCOPE = "https://www.googleapis.com/auth/ndev.clouddns.readwrite"

    def __init__(self, mapping):
        import google.auth
        import google.oauth2.credentials
        from googleapiclient.discovery import build
        from google.api_core.client_options import ClientOptions

        token = mapping.secret("token")
        if token:
            credentials = google.oauth2.credentials.Credentials(token)
        elif mapping.get("credentials"):
            credentials, _ = google.auth.load_credentials_from_file(
                mapping.get("credentials"), scopes=[Google.SCOPE]
            )
        else:
            credentials, _ = google.auth.default(scopes=[Google.SCOPE])
        options = ClientOptions(api_endpoint=mapping.get("url"))
        self.api = build("dns", "v1", credentials=credentials, client_options=options, static_discovery=True)
        self.project = mapping.needs("project")

    def all(self, resource, member, **where):
        found, request = [], resource.list(project=self.project, **where)
        while request is not None:
            page = request.execute()
            found += page.get(member, [])
            request = resource.list_next(request, page)
        return found

    def find(self, name):
        found = self.all(self.api.managedZones(), "managedZones", dnsName=name)
        return found[0] if found else None

    def told(self, zone):
        return {"id": zone["name"], "name_servers": zone["nameServers"]}

    def create(self, name):
        body = {"name": name.split(".")[0], "dnsName": name, "description": "a test of dnsure; may be deleted"}
        return self.told(self.api.managedZones().create(project=self.project, body=body).execute())

    def sets(self, zone, **which):
        return self.all(self.api.resourceRecordSets(), "rrsets", managedZone=zone["name"], **which)

    def submit(self, zone, additions, deletions):
        body = {"additions": additions, "deletions": deletions}
        changes, where = self.api.changes(), {"project": self.project, "managedZone": zone["name"]}
        done = changes.create(**where, body=body).execute()
        while done["status"] == "pending":
            time.sleep(1)
            done = changes.get(**where, changeId=done["id"]).execute()

    def change(self, name, owner, rtype, ttl, values):
        zone = self.find(name)
        new = {"name": owner, "type": rtype, "ttl": ttl, "rrdatas": values}
        self.submit(zone, [new], self.sets(zone, name=owner, type=rtype))

    def delete(self, name):
        zone = self.find(name)
        if zone is None:
            return
        apex = {("SOA", name), ("NS", name)}
        gone = [one for one in self.sets(zone) if (one["type"], one["name"]) not in apex]
        if gone:
            self.submit(zone, [], gone)
        self.api.managedZones().delete(project=self.project, managedZone=zone["name"]).execute()

    def names(self):
        return [zone["dnsName"] for zone in self.all(self.api.managedZones(), "managedZones")]


class Route53:
    """boto3."""

    def __init__(self, mapping):
        import boto3

        session = boto3.Session(profile_name=mapping.get("profile"))
        region = mapping.get("region", "us-east-1")
        self.api = session.client("route53", endpoint_url=mapping.get("url"), region_name=region)

    def find(self, name):
        zones = self.api.list_hosted_zones_by_name(DNSName=name, MaxItems="1")["HostedZones"]
        return zones[0]["Id"] if zones and zones[0]["Name"] == name else None

    def create(self, name):
        made = self.api.create_hosted_zone(
            Name=name,
            CallerReference=name,
            HostedZoneConfig={"Comment": "a test of dnsure; may be deleted"},
        )
        return {
            "id": made["HostedZone"]["Id"].rsplit("/", 1)[-1],
            "name_servers": made["DelegationSet"]["NameServers"],
        }

    def submit(self, zone, changes):
        self.api.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    def change(self, name, owner, rtype, ttl, values):
        records = [{"Value": value} for value in values]
        new = {"Name": owner, "Type": rtype, "TTL": ttl, "ResourceRecords": records}
        self.submit(self.find(name), [{"Action": "UPSERT", "ResourceRecordSet": new}])

    def delete(self, name):
        zone = self.find(name)
        if zone is None:
            return
        pages = self.api.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
        sets = [one for page in pages for one in page["ResourceRecordSets"]]
        gone = [one for one in sets if (one["Type"], one["Name"]) not in {("SOA", name), ("NS", name)}]
        for start in range(0, len(gone), 500):
            part = gone[start : start + 500]
            self.submit(zone, [{"Action": "DELETE", "ResourceRecordSet": one} for one in part])
        self.api.delete_hosted_zone(Id=zone)

    def names(self):
        pages = self.api.get_paginator("list_hosted_zones").paginate()
        return [zone["Name"] for page in pages for zone in page["HostedZones"]]


class Cloudflare:
    """cloudflare."""

    def __init__(self, mapping):
        from cloudflare import Cloudflare as Client

        url = mapping.get("url")
        token = mapping.secret("token") or os.environ.get("CLOUDFLARE_API_TOKEN")
        self.api = Client(api_token=token, base_url=url)
        self.account = mapping.get("account")

    def find(self, name):
        return next(iter(self.api.zones.list(name=name.rstrip("."))), None)

    def told(self, zone):
        return {"id": zone.id, "name_servers": [f"{name}." for name in zone.name_servers]}

    def create(self, name):
        account = {"id": self.account} if self.account else {}
        return self.told(self.api.zones.create(account=account, name=name.rstrip("."), type="full"))

    def adopt(self, name):
        zone = self.find(name)
        if zone is None:
            sys.exit(f"there is no zone {name}")
        if list(self.api.dns.records.list(zone_id=zone.id)):
            sys.exit(f"{name} has records; the tests take an empty zone only, for they delete everything in it")
        return self.told(zone)

    def empty(self, name):
        zone = self.find(name)
        for record in list(self.api.dns.records.list(zone_id=zone.id)):
            self.api.dns.records.delete(record.id, zone_id=zone.id)

    def change(self, name, owner, rtype, ttl, values):
        zone, owner = self.find(name), owner.rstrip(".")
        for record in list(self.api.dns.records.list(zone_id=zone.id, name={"exact": owner}, type=rtype)):
            self.api.dns.records.delete(record.id, zone_id=zone.id)
        for value in values:
            self.api.dns.records.create(zone_id=zone.id, name=owner, type=rtype, ttl=ttl, content=value)

    def delete(self, name):
        zone = self.find(name)
        if zone is not None:
            self.api.zones.delete(zone_id=zone.id)

    def names(self):
        return [f"{zone.name}." for zone in self.api.zones.list()]


class Token:
    """An access token that was made elsewhere, for azure-core."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *_scopes, **_options):
        from azure.core.credentials import AccessToken

        return AccessToken(self.token, int(time.time()) + 3600)


def of_entra(own):
    """Microsoft's credential of the kind that `credentials:` names; without it what the environment has."""
    from azure import identity

    tenant = own.get("tenant") or os.environ.get("AZURE_TENANT_ID")
    client = own.get("client") or os.environ.get("AZURE_CLIENT_ID")
    kind = own.get("kind")
    if kind == "client-secret":
        secret = own.secret("secret") or os.environ["AZURE_CLIENT_SECRET"]
        return identity.ClientSecretCredential(tenant, client, secret)
    if kind == "workload-identity":
        return identity.WorkloadIdentityCredential(tenant_id=tenant, client_id=client)
    if kind == "managed-identity":
        return identity.ManagedIdentityCredential(client_id=own.get("client"))
    if kind == "az-cli":
        return identity.AzureCliCredential(tenant_id=own.get("tenant") or "")
    if kind is not None:
        sys.exit(f"{own.variable}: there is no kind `{kind}`")
    return identity.DefaultAzureCredential()


class Azure:
    """azure-mgmt-dns."""

    def __init__(self, mapping):
        from azure.mgmt.dns import DnsManagementClient

        token, url = mapping.secret("token"), mapping.get("url", "https://management.azure.com")
        credential = Token(token) if token else of_entra(mapping.part("credentials"))
        subscription = mapping.get("subscription") or os.environ["AZURE_SUBSCRIPTION_ID"]
        self.api = DnsManagementClient(
            credential, subscription, base_url=url, credential_scopes=[f"{url.rstrip('/')}/.default"]
        )
        self.group = mapping.needs("resource_group")
        # Plain HTTP is for fakes on loopback.
        self.more = {} if url.startswith("https:") else {"enforce_https": False}

    def create(self, name):
        from azure.mgmt.dns.models import Zone

        zone = self.api.zones.create_or_update(
            self.group, name.rstrip("."), Zone(location="global"), if_none_match="*", **self.more
        )
        return {"id": zone.id, "name_servers": list(zone.name_servers)}

    def change(self, name, owner, rtype, ttl, values):
        from azure.mgmt.dns.models import ARecord, RecordSet

        if rtype != "A":
            sys.exit("only A is changed at Azure")
        relative = owner.removesuffix(f".{name}")
        records = RecordSet(ttl=ttl, a_records=[ARecord(ipv4_address=value) for value in values])
        self.api.record_sets.create_or_update(self.group, name.rstrip("."), relative, rtype, records, **self.more)

    def delete(self, name):
        from azure.core.exceptions import ResourceNotFoundError

        try:
            self.api.zones.begin_delete(self.group, name.rstrip("."), **self.more).result()
        except ResourceNotFoundError:
            pass

    def names(self):
        zones = self.api.zones.list_by_resource_group(self.group, **self.more)
        return [f"{zone.name}." for zone in zones]


CLOUDS = {"cloud-dns": Google, "route53": Route53, "cloudflare": Cloudflare, "azure-dns": Azure}


def old(names, hours):
    """Throw-away zones that were made longer ago."""
    before = datetime.now(timezone.utc) - timedelta(hours=hours)
    for name in names:
        matched = THROW_AWAY.fullmatch(name)
        if matched:
            made = datetime.strptime(matched[1], "%Y%m%dt%H%M").replace(tzinfo=timezone.utc)
            if made <= before:
                yield name


def zone_name(command, text):
    """The zone, absolute; one that may not be touched ends the program."""
    name, set_aside = (
        zone.lower().rstrip(".") + "." for zone in (text, os.environ.get("DNSURE_LIVE_CLOUDFLARE_ZONE", ""))
    )
    if command in ("create", "change", "delete") and THROW_AWAY.fullmatch(name):
        return name
    if command in ("adopt", "change", "empty") and name == set_aside:
        return name
    if command in ("adopt", "empty"):
        sys.exit(f"{name} is not the zone in DNSURE_LIVE_CLOUDFLARE_ZONE")
    sys.exit(f"{name} is no throw-away zone")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in CLOUDS:
        sys.exit(__doc__)
    cloud, command, *arguments = sys.argv[1:]
    account = CLOUDS[cloud](Mapping(cloud))
    if command in ("list-old", "sweep"):
        found = list(old(account.names(), float(arguments[0]) if arguments else 24))
        if command == "sweep":
            for name in found:
                account.delete(name)
        print(json.dumps(found))
        return
    name = zone_name(command, arguments[0])
    if command in ("create", "adopt"):
        print(json.dumps({"name": name, **getattr(account, command)(name)}))
    elif command in ("delete", "empty"):
        getattr(account, command)(name)
    elif command == "change":
        owner, rtype, ttl, *values = arguments[1:]
        account.change(name, f"{owner}.{name}", rtype, int(ttl), values)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
