"""boto3 as an independent client of a Route 53.

    route53_client.py URL ZONE_ID APEX full|limits

`full` walks through everything that clients rely on; `limits` only through the size of a batch. Prints one
line a step.
"""

import os
import sys

# The newest boto3 has a place of its own (tests/install).
sys.path.insert(0, os.path.join(sys.prefix, "aws"))

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url, zone, apex, steps = sys.argv[1:5]
client = boto3.client(
    "route53",
    endpoint_url=url,
    region_name="us-east-1",
    aws_access_key_id="AKIAKITEXAMPLE",
    aws_secret_access_key="secret",
    config=Config(retries={"max_attempts": 1}),
)


def record(name, ttl, values, rtype="A", **more):
    records = [{"Value": value} for value in values]
    return {"Name": f"{name}.{apex}", "Type": rtype, "TTL": ttl, "ResourceRecords": records, **more}


def change(*operations):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in operations]}
    return client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]


def error(code, words, *operations):
    try:
        change(*operations)
    except ClientError as failure:
        found = failure.response["Error"]
        # The older form has its messages beside the error.
        message = str(found.get("Message") or failure.response.get("messages"))
        assert found["Code"] == code, failure.response
        assert words in message, message
        return
    raise AssertionError(f"no {code}")


def listed(**more):
    pages = client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone, **more)
    return [each for page in pages for each in page["ResourceRecordSets"]]


def full():
    weighted = [
        ("CREATE", record("weighted", 60, ["192.0.2.1"], SetIdentifier=f"set-{number}", Weight=number))
        for number in range(7)
    ]
    info = change(*weighted)
    assert info["Status"] == "PENDING", info
    sets = listed(PaginationConfig={"PageSize": 2})
    found = [each["SetIdentifier"] for each in sets if each["Name"] == f"weighted.{apex}"]
    assert found == [f"set-{number}" for number in range(7)], found
    print("lists with paging through weighted sets")

    for _ in range(20):
        status = client.get_change(Id=info["Id"])["ChangeInfo"]["Status"]
        if status == "INSYNC":
            break
    assert status == "INSYNC"
    print("a change is PENDING, then INSYNC")

    old, new = record("www", 60, ["192.0.2.1", "192.0.2.2"]), record("www", 300, ["192.0.2.3"])
    change(("CREATE", old))
    # The order of values does not matter.
    change(("DELETE", record("www", 60, ["192.0.2.2", "192.0.2.1"])), ("CREATE", new))
    error("InvalidChangeBatch", "do not match", ("DELETE", old), ("CREATE", new))
    error("InvalidChangeBatch", "not found", ("DELETE", record("absent", 60, ["192.0.2.1"])))
    error("InvalidChangeBatch", "already exists", ("CREATE", record("www", 60, ["192.0.2.9"])))
    error("InvalidChangeBatch", "exists", ("CREATE", record("other", 60, ["192.0.2.9"])), ("CREATE", new))
    assert not [each for each in listed() if each["Name"] == f"other.{apex}"]
    print("batches are compared, and whole")

    change(("CREATE", record("*.Wild", 60, ["192.0.2.1"])))
    names = [each["Name"] for each in listed()]
    assert f"\\052.wild.{apex}" in names, names
    change(("DELETE", record("*.wild", 60, ["192.0.2.1"])))
    print("names are escaped and in lower case")

    error("InvalidChangeBatch", "not permitted in zone", ("CREATE", {**new, "Name": "www.example.net."}))
    error("InvalidChangeBatch", "conflicts", ("CREATE", record("www", 60, ["x.example."], "CNAME")))
    for rtype in ("SOA", "NS"):
        kept = next(each for each in listed() if each["Name"] == apex and each["Type"] == rtype)
        error("InvalidChangeBatch", rtype, ("DELETE", kept))
    print("what no zone may become is refused")

    kept = [{"RecordName": f"kept-{number}.{apex}", "RecordType": "A"} for number in range(5)]
    change(*[("CREATE", record(f"kept-{number}", 60, ["192.0.2.1"])) for number in range(5)])
    client.create_resource_record_set_protections(
        HostedZoneId=zone, Protections=[{**each, "Comment": f"of {each['RecordName']}"} for each in kept]
    )
    pages = client.get_paginator("list_resource_record_set_protections").paginate(HostedZoneId=zone)
    found = [each for page in pages for each in page["ResourceRecordSetProtections"]]
    assert found == [{**each, "Comment": f"of {each['RecordName']}"} for each in kept], found
    goes = [("DELETE", record(f"kept-{number}", 60, ["192.0.2.1"])) for number in range(5)]
    error("InvalidChangeBatch", "protected", goes[4])
    client.delete_resource_record_set_protections(HostedZoneId=zone, Protections=kept)
    change(*goes)
    print("what is protected stays until its protection is taken away")

    long = ['"' + "x" * 240 + '"', '"' + "y" * 240 + '"']
    texts = [("CREATE", record(f"text-{number}", 60, long, "TXT")) for number in range(67)]
    error("InvalidChangeBatch", "32000", *texts)
    print("characters are counted")


def limits():
    def many(action, count):
        addresses = [f"10.0.{number // 250}.{number % 250}" for number in range(count)]
        sets = [addresses[start : start + 400] for start in range(0, count, 400)]
        return [(action, record(f"many-{number}", 60, values)) for number, values in enumerate(sets)]

    for operations in (many("CREATE", 1001), many("UPSERT", 501)):
        try:
            change(*operations)
        except ClientError as failure:
            assert failure.response["Error"]["Code"] == "InvalidChangeBatch", failure.response
        else:
            raise AssertionError("too many records were taken")
    change(*many("CREATE", 1000))
    print("a thousand records are the most, and an UPSERT counts twice")


if steps == "full":
    full()
limits()
