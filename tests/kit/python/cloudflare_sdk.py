"""Cloudflare's own SDK as a client of our fake: every reply must fit its models.

    cloudflare_sdk.py URL TOKEN ZONE

Prints one line for each thing that went as it should; fails on the first that did not.
"""

import sys

import cloudflare
from cloudflare import Cloudflare

url, token, zone_name = sys.argv[1:]


def client(token):
    return Cloudflare(
        api_token=token, base_url=url, max_retries=0, _strict_response_validation=True
    )


def refused(what, kind, code, call):
    try:
        call()
    except kind as error:
        codes = [one.get("code") for one in error.response.json()["errors"]]
        assert code in codes, (what, codes)
        print(f"refused: {what}")
        return
    raise AssertionError(f"{what} was not refused")


api = client(token)
records = api.dns.records

assert api.user.tokens.verify().status == "active"
zones = list(api.zones.list(name=zone_name))
assert [zone.name for zone in zones] == [zone_name], zones
zone = api.zones.get(zone_id=zones[0].id)
assert zone.plan.legacy_id == "free" and len(zone.name_servers) == 2, zone
assert list(api.zones.list(name="no.such.example")) == []
every_zone = list(api.zones.list(per_page=5))
assert len({zone.id for zone in every_zone}) == len(every_zone) >= 12, len(every_zone)
print("zones: listed, found by name, read")

# What one page does not hold comes on the next.
listed = list(records.list(zone_id=zone.id, per_page=7, order="name"))
assert len({record.id for record in listed}) == len(listed) > 21, len(listed)
page = records.list(zone_id=zone.id, per_page=7, page=2)
assert len(page.result) == 7 and page.result_info.page == 2, page.result_info
assert {record.type for record in listed} >= {"A", "AAAA", "CAA", "CERT", "CNAME"}
named = list(records.list(zone_id=zone.id, name={"exact": f"www.{zone_name}"}))
assert named and all(record.name == f"www.{zone_name}" for record in named)
print(f"records: {len(listed)} over pages, of {len({r.type for r in listed})} types")

made = records.create(
    zone_id=zone.id,
    type="A",
    name=f"made.{zone_name}",
    ttl=300,
    content="192.0.2.7",
    comment="by hand",
    tags=["team:dns"],
)
assert (made.proxied, made.ttl, made.comment) == (False, 300, "by hand"), made
edited = records.edit(
    dns_record_id=made.id, zone_id=zone.id, type="A", name=made.name, ttl=600
)
assert (edited.id, edited.ttl, edited.comment) == (made.id, 600, "by hand"), edited
assert edited.modified_on > made.modified_on and edited.created_on == made.created_on
put = records.update(
    dns_record_id=made.id,
    zone_id=zone.id,
    type="A",
    name=made.name,
    ttl=600,
    content="192.0.2.8",
    proxied=True,
)
assert (put.id, put.content, put.ttl, put.comment) == (made.id, "192.0.2.8", 1, None), put
assert records.get(made.id, zone_id=zone.id).proxied is True
records.delete(made.id, zone_id=zone.id)
print("records: created, patched, overwritten, deleted")

data = {"priority": 10, "weight": 60, "port": 5060, "target": "sip.example.net"}
srv = records.create(zone_id=zone.id, type="SRV", name=f"_sip._tcp.{zone_name}", ttl=300, data=data)
assert srv.data.port == 5060 and srv.data.target == "sip.example.net", srv
alias = records.create(
    zone_id=zone.id,
    type="CNAME",
    name=f"flat.{zone_name}",
    ttl=1,
    content="www.example.net",
    settings={"flatten_cname": True},
)
assert alias.settings.flatten_cname is True, alias
first = records.create(zone_id=zone.id, type="A", name=f"swap.{zone_name}", ttl=60, content="192.0.2.1")
batch = records.batch(
    zone_id=zone.id,
    deletes=[{"id": first.id}],
    patches=[{"id": srv.id, "type": "SRV", "name": srv.name, "ttl": 120}],
    puts=[{"id": alias.id, "type": "CNAME", "name": alias.name, "ttl": 60, "content": "b.example.net"}],
    posts=[{"type": "CNAME", "name": f"swap.{zone_name}", "ttl": 60, "content": "a.example.net"}],
)
assert [one.id for one in batch.deletes] == [first.id] and batch.patches[0].ttl == 120, batch
assert batch.puts[0].content == "b.example.net" and batch.posts[0].type == "CNAME", batch
print("batch: deletes before posts, patches and puts by id")

before = {record.id: record.modified_on for record in records.list(zone_id=zone.id, per_page=5000)}
refused(
    "a batch with a record that is gone",
    cloudflare.APIStatusError,
    81044,
    lambda: records.batch(
        zone_id=zone.id,
        posts=[{"type": "A", "name": f"new.{zone_name}", "ttl": 60, "content": "192.0.2.1"}],
        deletes=[{"id": srv.id}, {"id": "0" * 32}],
    ),
)
after = {record.id: record.modified_on for record in records.list(zone_id=zone.id, per_page=5000)}
assert before == after
print("batch: nothing of one that fails")


def create(**fields):
    return lambda: records.create(zone_id=zone.id, **{"ttl": 300, **fields})


bad = cloudflare.BadRequestError
www = f"www.{zone_name}"
refused("a second record that is the same", bad, 81058, create(type="A", name=www, content="192.0.2.10"))
refused("a CNAME beside an A", bad, 81053, create(type="CNAME", name=www, content="x.example.net"))
refused("an A beside a CNAME", bad, 81054, create(type="A", name=alias.name, content="192.0.2.1"))
refused("a TTL of 59", bad, 9021, create(type="A", name=www, content="192.0.2.9", ttl=59))
refused("a proxied MX", bad, 9004, create(type="MX", name=www, content="m.example.net", priority=1, proxied=True))
refused("no address", bad, 9005, create(type="A", name=www, content="192.0.2.256"))
refused(
    "a batch over the limit",
    bad,
    1004,
    lambda: records.batch(
        zone_id=zone.id,
        posts=[
            {"type": "A", "name": f"n{n}.{zone_name}", "ttl": 60, "content": "192.0.2.1"} for n in range(201)
        ],
    ),
)
locked = next(record for record in records.list(zone_id=zone.id, type="MX", name={"exact": f"mail.{zone_name}"}))
refused("a record of Email Routing", bad, 1046, lambda: records.delete(locked.id, zone_id=zone.id))
missing = cloudflare.NotFoundError
refused("a record that is not there", missing, 81044, lambda: records.get("0" * 32, zone_id=zone.id))
refused("a zone that is not there", missing, 1001, lambda: list(records.list(zone_id="0" * 32)))
denied = cloudflare.PermissionDeniedError
reader = client("cfut_OnlyReading-0123456789abcdefghijklmn")
assert list(reader.dns.records.list(zone_id=zone.id, type="A"))
refused("a write with a token that may read", denied, 10000, lambda: reader.dns.records.delete(srv.id, zone_id=zone.id))
stranger = client("cfut_Nobody-0123456789abcdefghijklmnopqrst")
refused("a token that nobody knows", denied, 9109, lambda: list(stranger.zones.list()))
refused("its check", cloudflare.AuthenticationError, 1000, lambda: stranger.user.tokens.verify())
refused("no token at all", bad, 6111, lambda: list(client("x").zones.list()))
