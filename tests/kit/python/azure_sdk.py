"""Microsoft's own client, azure-mgmt-dns, at a fake of Azure DNS.

    azure_sdk.py URL SUBSCRIPTION RESOURCE_GROUP ZONE TOKEN

Goes through zones and record sets, conditions and errors, and looks at every answer: whatever it holds
must stand in the attribute maps of the models. Prints `ok N answers` or what is wrong, one line each.
The zone has more than four record sets, of which `www A` is 192.0.2.10 with the TTL 300.
"""

import sys
import time

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.dns import DnsManagementClient, models

url, subscription, group, zone, token = sys.argv[1:]
wrong = []
answers = []


class Credential:
    """A token that was made elsewhere."""

    def get_token(self, *_scopes, **_options):
        return AccessToken(token, int(time.time()) + 3600)


def expect(what, condition):
    if not condition:
        wrong.append(what)


def unknown(kind, value, path):
    """The members of `value` that models of `kind` do not have; null is of any kind."""
    if value is None:
        return []
    if kind in ("str", "int"):
        expected = str if kind == "str" else int
        return [] if isinstance(value, expected) else [f"{path}: {value!r} is no {kind}"]
    if kind.startswith("["):
        return [one for index, item in enumerate(value) for one in unknown(kind[1:-1], item, f"{path}[{index}]")]
    if kind.startswith("{"):
        return [one for key, item in value.items() for one in unknown(kind[1:-1], item, f"{path}.{key}")]
    known = {}
    for attribute in getattr(models, kind)._attribute_map.values():
        place, (head, _, rest) = known, attribute["key"].partition(".")
        if rest:
            place.setdefault(head, {})[rest] = attribute["type"]
        else:
            place[head] = attribute["type"]
    found = []
    for key, item in value.items():
        inner = known.get(key)
        if inner is None:
            found.append(f"{path}.{key}: {kind} has no such member")
        elif isinstance(inner, dict):
            for name, member in item.items():
                if name not in inner:
                    found.append(f"{path}.{key}.{name}: {kind} has no such member")
                else:
                    found.extend(unknown(inner[name], member, f"{path}.{key}.{name}"))
        else:
            found.extend(unknown(inner, item, f"{path}.{key}"))
    return found


def seen_as(kind):
    """Options of a call: plain HTTP is fine on loopback, and its answers are of this kind."""

    def hook(response):
        text = response.http_response.text()
        answers.append(text)
        if text and response.http_response.status_code < 300:
            wrong.extend(unknown(kind, response.http_response.json(), kind))
        expect("a request has a name", response.http_response.headers.get("x-ms-request-id"))

    return {"enforce_https": False, "raw_response_hook": hook}


def fails(status, code, call):
    """What the call is refused with."""
    try:
        call()
    except HttpResponseError as error:
        same = (error.status_code, error.error.code if error.error else None)
        expect(f"{same} is {(status, code)}", same == (status, code))
        expect("an error has words", error.error and error.error.message)
        return error
    wrong.append(f"{code} was expected and nothing failed")


client = DnsManagementClient(
    Credential(), subscription, base_url=url, retry_total=0, credential_scopes=[f"{url}/.default"]
)
sets = client.record_sets
one_set = seen_as("RecordSet")

# Zones.
found = client.zones.get(group, zone, **seen_as("Zone"))
expect("the zone's name", found.name == zone)
expect("name servers", found.name_servers and all(name.endswith(".") for name in found.name_servers))
expect("a public zone", found.zone_type == "Public" and found.location == "global")
expect("zones of the group", [one.name for one in client.zones.list_by_resource_group(group, **seen_as("ZoneListResult"))] == [zone])
expect("zones of the subscription", [one.name for one in client.zones.list(**seen_as("ZoneListResult"))] == [zone])
fails(404, "ResourceNotFound", lambda: client.zones.get(group, "no.such.zone", **seen_as("Zone")))
fails(404, "ResourceGroupNotFound", lambda: client.zones.get("elsewhere", zone, **seen_as("Zone")))

# Lists, page by page.
pages = list(sets.list_by_dns_zone(group, zone, top=2, **seen_as("RecordSetListResult")).by_page())
pages = [list(page) for page in pages]
expect("pages of two", all(len(page) <= 2 for page in pages) and len(pages) > 2)
listed = [one for page in pages for one in page]
expect("the number of record sets", len(listed) == found.number_of_record_sets)
expect("no set twice", len({one.id for one in listed}) == len(listed))
everything = list(sets.list_all_by_dns_zone(group, zone, **seen_as("RecordSetListResult")))
expect("both lists agree", [one.id for one in everything] == [one.id for one in listed])
addresses = list(sets.list_by_type(group, zone, "A", **seen_as("RecordSetListResult")))
expect("a list by type", addresses and all(one.a_records for one in addresses))
soa = next(one for one in listed if one.type.endswith("/SOA"))
expect("the SOA", soa.name == "@" and soa.soa_record.host and soa.soa_record.minimum_ttl)

# One set.
www = sets.get(group, zone, "www", "A", **one_set)
expect("www", www.ttl == 300 and [one.ipv4_address for one in www.a_records] == ["192.0.2.10"])
expect("its name", www.fqdn == f"www.{zone}." and www.provisioning_state == "Succeeded")
expect("fetched as listed", www.etag == next(one.etag for one in addresses if one.name == "www"))
fails(404, "NotFound", lambda: sets.get(group, zone, "nothing", "A", **one_set))

# Creating, with every kind of record.
kinds = {
    "A": {"a_records": [models.ARecord(ipv4_address="192.0.2.1"), models.ARecord(ipv4_address="192.0.2.2")]},
    "AAAA": {"aaaa_records": [models.AaaaRecord(ipv6_address="2001:db8::1")]},
    "CAA": {"caa_records": [models.CaaRecord(flags=0, tag="issue", value="ca.example.net")]},
    "MX": {"mx_records": [models.MxRecord(preference=10, exchange="mail.example.net.")]},
    "NS": {"ns_records": [models.NsRecord(nsdname="ns.example.net.")]},
    "PTR": {"ptr_records": [models.PtrRecord(ptrdname="host.example.net.")]},
    "SRV": {"srv_records": [models.SrvRecord(priority=1, weight=2, port=3, target="sip.example.net.")]},
    "TXT": {"txt_records": [models.TxtRecord(value=["one ", 'and "two"']), models.TxtRecord(value=["three; four"])]},
}
for rtype, records in kinds.items():
    wanted = models.RecordSet(ttl=60, metadata={"owner": "tests"}, **records)
    # Name servers below the apex hide what stands beside them.
    owner = "child" if rtype == "NS" else "sdk"
    made = sets.create_or_update(group, zone, owner, rtype, wanted, if_none_match="*", **one_set)
    attribute, values = next(iter(records.items()))
    same = [one.as_dict() for one in getattr(made, attribute)] == [one.as_dict() for one in values]
    expect(f"{rtype} as it was sent", same and made.ttl == 60 and made.metadata == {"owner": "tests"})
    got = sets.get(group, zone, owner, rtype, **one_set)
    expect(f"{rtype} as it was made", got.as_dict() == made.as_dict())
    again = lambda: sets.create_or_update(group, zone, owner, rtype, wanted, if_none_match="*", **one_set)
    fails(412, "PreconditionFailed", again)
alias = models.RecordSet(ttl=60, target_resource=models.SubResource(id="/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/publicIPAddresses/web"))
made = sets.create_or_update(group, zone, "alias", "A", alias, if_none_match="*", **one_set)
expect("an alias", made.target_resource.id == alias.target_resource.id and not made.a_records)
cname = models.RecordSet(ttl=60, cname_record=models.CnameRecord(cname="www.example.net"))
made = sets.create_or_update(group, zone, "name", "CNAME", cname, **one_set)
expect("a CNAME", made.cname_record.cname == "www.example.net")
beside = models.RecordSet(ttl=60, a_records=[models.ARecord(ipv4_address="192.0.2.1")])
fails(400, "BadRequest", lambda: sets.create_or_update(group, zone, "name", "A", beside, **one_set))
fails(400, "BadRequest", lambda: sets.create_or_update(group, zone, "sdk", "CNAME", cname, **one_set))

# Replacing and deleting upon an etag.
second = models.RecordSet(ttl=120, a_records=[models.ARecord(ipv4_address="192.0.2.20")])
changed = sets.create_or_update(group, zone, "www", "A", second, if_match=www.etag, **one_set)
expect("a new etag", changed.etag != www.etag and changed.ttl == 120)
expect("replaced as a whole", [one.ipv4_address for one in changed.a_records] == ["192.0.2.20"])
fails(412, "PreconditionFailed", lambda: sets.create_or_update(group, zone, "www", "A", second, if_match=www.etag, **one_set))
fails(412, "PreconditionFailed", lambda: sets.create_or_update(group, zone, "nothing", "A", second, if_match=www.etag, **one_set))
fails(412, "PreconditionFailed", lambda: sets.delete(group, zone, "www", "A", if_match=www.etag, **one_set))
patched = sets.update(group, zone, "www", "A", models.RecordSet(metadata={"a": "b"}), if_match=changed.etag, **one_set)
expect("patched", patched.metadata == {"a": "b"} and patched.ttl == 120 and len(patched.a_records) == 1)
sets.delete(group, zone, "www", "A", if_match=patched.etag, **one_set)
fails(404, "NotFound", lambda: sets.get(group, zone, "www", "A", **one_set))
sets.delete(group, zone, "www", "A", **one_set)

# The apex.
own = sets.get(group, zone, "@", "NS", **one_set)
expect("Azure's own name servers", {one.nsdname for one in own.ns_records} == set(found.name_servers))
more = models.RecordSet(ttl=own.ttl, ns_records=own.ns_records + [models.NsRecord(nsdname="ns.example.org.")])
expect("one more", len(sets.create_or_update(group, zone, "@", "NS", more, **one_set).ns_records) == len(own.ns_records) + 1)
less = models.RecordSet(ttl=own.ttl, ns_records=own.ns_records[1:])
fails(400, "BadRequest", lambda: sets.create_or_update(group, zone, "@", "NS", less, **one_set))
fails(400, "BadRequest", lambda: sets.delete(group, zone, "@", "NS", **one_set))
fails(400, "BadRequest", lambda: sets.delete(group, zone, "@", "SOA", **one_set))
record = soa.soa_record
record.minimum_ttl = 77
changed = sets.create_or_update(group, zone, "@", "SOA", models.RecordSet(ttl=soa.ttl, soa_record=record), if_match=soa.etag, **one_set)
expect("another minimum", changed.soa_record.minimum_ttl == 77)
record.host = "ns.elsewhere.example."
fails(400, "BadRequest", lambda: sets.create_or_update(group, zone, "@", "SOA", models.RecordSet(ttl=soa.ttl, soa_record=record), **one_set))

# Nobody in particular.
token = "another"
stranger = DnsManagementClient(Credential(), subscription, base_url=url, retry_total=0)
fails(401, "AuthenticationFailed", lambda: stranger.zones.get(group, zone, **seen_as("Zone")))

for line in wrong:
    print(line)
if not wrong:
    print(f"ok {len(answers)} answers")
