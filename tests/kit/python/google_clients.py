"""Two clients of Google's own use the fake: google_clients.py CLIENT URL PROJECT TOKEN ZONE.

CLIENT is `discovery` for google-api-python-client, which goes by the discovery document that it brings along,
and `library` for google-cloud-dns, which is written by hand. Prints one line for each thing that went as it should; anything else ends in a traceback.
"""

import json
import sys
from importlib import resources

import google.oauth2.credentials
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.cloud import dns
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

client, url, project, token, zone = sys.argv[1:]
credentials = google.oauth2.credentials.Credentials(token)


def refusal(request):
    try:
        request.execute()
    except HttpError as error:
        return error.resp.status, json.loads(error.content)["error"]["errors"][0]["reason"]
    raise AssertionError("this was taken")


def by_discovery():
    document = resources.files("googleapiclient").joinpath("discovery_cache/documents/dns.v1.json").read_text()
    service = build_from_document(
        document, credentials=credentials, client_options=ClientOptions(api_endpoint=url)
    )
    where = {"project": project, "managedZone": zone}

    sets, pages = [], 0
    request = service.resourceRecordSets().list(**where, maxResults=3)
    while request is not None:
        page = request.execute()
        sets += page["rrsets"]
        pages += 1
        request = service.resourceRecordSets().list_next(request, page)
    assert pages > 2 and len(sets) == len({(one["name"], one["type"]) for one in sets})
    assert [one["name"] for one in sets] == sorted(one["name"] for one in sets)
    print(f"listed {len(sets)} record sets in {pages} pages")

    def change(additions=(), deletions=()):
        return service.changes().create(**where, body={"additions": list(additions), "deletions": list(deletions)})

    [www] = [one for one in sets if one["name"].startswith("www.") and one["type"] == "A"]
    other = {**www, "rrdatas": ["192.0.2.200"]}
    done = change([other], [www]).execute()
    assert done["status"] == "pending", done
    while service.changes().get(**where, changeId=done["id"]).execute()["status"] == "pending":
        pass
    newest = service.changes().list(
        **where, sortBy="changeSequence", sortOrder="descending", maxResults=1
    ).execute()
    assert [one["id"] for one in newest["changes"]] == [done["id"]]
    print("changed a set, from pending to done")

    assert refusal(change([www], [www])) == (412, "conditionNotMet")
    assert refusal(change([], [{**other, "ttl": other["ttl"] + 1}])) == (412, "conditionNotMet")
    print("412 for a deletion that is not what is there")
    assert refusal(change([other])) == (409, "alreadyExists")
    print("409 for an addition that is there")
    absent = {**www, "name": "absent." + www["name"]}
    assert refusal(change([], [absent])) == (404, "notFound")
    bad = {**absent, "type": "LOC"}
    assert refusal(change([absent, bad])) == (400, "invalid")
    found = service.resourceRecordSets().list(**where, name=absent["name"]).execute()
    assert found["rrsets"] == []
    print("all or nothing")
    names = service.managedZones().list(project=project, dnsName="no.such.zone.").execute()
    assert names["managedZones"] == []
    assert refusal(service.managedZones().get(project=project, managedZone="nobody")) == (404, "notFound")
    quota = service.projects().get(project=project).execute()["quota"]
    print(f"{quota['rrsetAdditionsPerChange']} additions in a change")
    created = service.managedZones().create(
        project=project, body={"name": "made", "dnsName": "made.example.", "description": "x"}
    ).execute()
    assert service.managedZones().get(project=project, managedZone="made").execute() == created
    print("created a zone")


def by_library():
    account = dns.Client(project=project, credentials=credentials, client_options={"api_endpoint": url})
    managed = account.zone(zone)
    managed.reload()
    assert managed.name_servers and managed.exists()
    sets = list(managed.list_resource_record_sets(max_results=3))
    sets = list(managed.list_resource_record_sets())
    [www] = [one for one in sets if one.name.startswith("www.") and one.record_type == "A"]
    changes = managed.changes()
    changes.delete_record_set(www)
    changes.add_record_set(managed.resource_record_set(www.name, "A", 60, ["192.0.2.201", "192.0.2.202"]))
    changes.create()
    while changes.status != "done":
        changes.reload()
    stale = managed.changes()
    stale.delete_record_set(www)
    try:
        stale.create()
    except exceptions.PreconditionFailed:
        print("google-cloud-dns: changed a set, and met 412 when it did that again")


{"discovery": by_discovery, "library": by_library}[client]()
