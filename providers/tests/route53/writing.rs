//! One batch: compared, whole, in order.

use super::*;
use dnsure_kit::cloud::route53::plain;

#[tokio::test]
async fn a_change_is_a_deletion_and_a_creation_and_never_an_upsert() {
    let fixture = Fixture::with("www 60 A 192.0.2.1\nold 60 A 192.0.2.9\n");
    let changes = changes(&[
        (Some(set("www 60 A 192.0.2.1")), Some(set("www 300 A 192.0.2.2, 192.0.2.3"))),
        (Some(set("old 60 A 192.0.2.9")), None),
        (None, Some(set("new 60 TXT \"a b\""))),
    ]);
    let live = fixture.live().await;
    fixture.cloud.forget_calls();
    let id = token(&fixture.write_upon(&changes, &live).await);
    assert!(id.starts_with('C') && !id.contains('/'), "{id}");
    let calls = fixture.cloud.calls();
    assert_eq!(calls.len(), 1);
    let body = &calls[0].request.body;
    assert_eq!(body.matches("<Action>DELETE</Action>").count(), 2, "{body}");
    assert_eq!(body.matches("<Action>CREATE</Action>").count(), 2, "{body}");
    assert!(!body.contains("UPSERT"));
    assert!(body.rfind("DELETE") < body.find("CREATE"));
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), set("www 300 A 192.0.2.2, 192.0.2.3"));
    assert_eq!(fixture.set("old", RecordType::A).await, None);
    assert_eq!(fixture.set("new", RecordType::TXT).await.unwrap(), set("new 60 TXT \"a b\""));
}

#[tokio::test]
async fn types_swap_at_one_name_in_one_batch() {
    let fixture = Fixture::with("www 60 A 192.0.2.1\n");
    let swap = Change::new(vec![
        SetChange::Remove(set("www 60 A 192.0.2.1")),
        SetChange::Add(set("www 60 CNAME target.example.")),
    ]);
    token(&fixture.write(&[swap.unwrap()]).await);
    assert!(fixture.set("www", RecordType::A).await.is_none());
    assert!(fixture.set("www", RecordType::CNAME).await.is_some());
}

#[tokio::test]
async fn a_foreign_write_between_reading_and_writing_is_refused_by_the_service() {
    let fixture = Fixture::with("www 60 A 192.0.2.1\nold 60 A 192.0.2.9\n");
    let id = fixture.id();
    let live = fixture.live().await;
    // Another value, another TTL, gone, and created meanwhile.
    fixture.cloud.by_hand(|rig| {
        rig.by_hand(&id, &[("UPSERT", plain("www.example.test.", 60, "A", &["192.0.2.7".into()]))])
    });
    stale(
        &fixture.write_upon(&replace("www 60 A 192.0.2.1", "www 60 A 192.0.2.2"), &live).await,
        "do not match",
    );
    let same = plain("www.example.test.", 61, "A", &["192.0.2.1".into()]);
    fixture.cloud.by_hand(|rig| rig.by_hand(&id, &[("UPSERT", same)]));
    stale(
        &fixture.write_upon(&replace("www 60 A 192.0.2.1", "www 60 A 192.0.2.2"), &live).await,
        "do not match",
    );
    fixture.cloud.by_hand(|rig| rig.remove(&id, "old.example.test.", "A"));
    let removal = changes(&[(Some(set("old 60 A 192.0.2.9")), None)]);
    stale(&fixture.write_upon(&removal, &live).await, "not found");
    fixture.cloud.by_hand(|rig| rig.put(&id, "new.example.test.", 60, "A", "192.0.2.8"));
    stale(&fixture.write_upon(&add("new 60 A 192.0.2.2"), &live).await, "already exists");
    assert_eq!(fixture.set("new", RecordType::A).await.unwrap(), set("new 60 A 192.0.2.8"));
    // What the reading itself shows is not sent at all.
    fixture.cloud.forget_calls();
    stale(
        &fixture.write_upon(&replace("www 60 A 192.0.2.99", "www 60 A 192.0.2.2"), &live).await,
        "when planned",
    );
    assert!(fixture.cloud.calls().is_empty());
}

#[tokio::test]
async fn a_batch_of_which_one_part_is_bad_changes_nothing() {
    let fixture = Fixture::with("a 60 A 192.0.2.1\nb 60 A 192.0.2.1\n");
    let id = fixture.id();
    let live = fixture.live().await;
    fixture.cloud.by_hand(|rig| rig.remove(&id, "b.example.test.", "A"));
    let both = changes(&[
        (Some(set("a 60 A 192.0.2.1")), Some(set("a 60 A 192.0.2.2"))),
        (Some(set("b 60 A 192.0.2.1")), Some(set("b 60 A 192.0.2.2"))),
        (None, Some(set("c 60 A 192.0.2.1"))),
    ]);
    stale(&fixture.write_upon(&both, &live).await, "not found");
    assert_eq!(fixture.set("a", RecordType::A).await.unwrap(), set("a 60 A 192.0.2.1"));
    assert_eq!(fixture.set("c", RecordType::A).await, None);
}

#[tokio::test]
async fn what_the_service_refuses_for_another_reason_is_not_stale() {
    let fixture = Fixture::with("www 60 A 192.0.2.1\n");
    let live = fixture.live().await;
    // The service alone sees the CNAME beside it.
    refused(
        &fixture.write_upon(&add("www 60 CNAME other.example."), &live).await,
        "conflicts with other records",
    );
    let mut alias = RecordSet::new(RecordKey::new(name("a"), RecordType::A), Ttl::from_secs(60).unwrap(), []);
    let nowhere =
        serde_json::json!({ "alias": { "name": "nowhere.example.test.", "evaluate-target-health": false } });
    alias.settings.0.insert("route53".into(), nowhere);
    refused(&fixture.write_upon(&changes(&[(None, Some(alias))]), &live).await, "that target was not found");
    let inside = set("x 60 A 192.0.2.1");
    let key = RecordKey::new("x.example.net.".parse().unwrap(), RecordType::A);
    let outside = RecordSet::new(key, inside.ttl, inside.rdatas().iter().cloned());
    refused(&fixture.write_upon(&changes(&[(None, Some(outside))]), &live).await, "not permitted in zone");
}

#[tokio::test]
async fn the_apex_keeps_its_soa_and_name_servers() {
    let fixture = Fixture::with("");
    let live = fixture.live().await;
    fixture.cloud.forget_calls();
    for rtype in [RecordType::SOA, RecordType::NS] {
        let held = live.zone.get(&name("@"), rtype).unwrap().to_set();
        refused(&fixture.write_upon(&changes(&[(Some(held), None)]), &live).await, "never be deleted");
    }
    assert!(fixture.cloud.calls().is_empty());
    let ns = live.zone.get(&name("@"), RecordType::NS).unwrap().to_set();
    let more = set("@ 3600 NS ns1.example.test., ns2.example.test., ns3.example.net.");
    token(&fixture.write_upon(&changes(&[(Some(ns), Some(more.clone()))]), &live).await);
    assert_eq!(fixture.set("@", RecordType::NS).await.unwrap(), more);
}

#[tokio::test]
async fn an_soa_keeps_the_serial_of_the_service() {
    let fixture = Fixture::with("");
    let before = fixture.set("@", RecordType::SOA).await.unwrap();
    let planned = set("@ 3600 SOA ns1.example.test. hostmaster.example.test. 77 3600 600 604800 300");
    let after = set("@ 600 SOA ns1.example.test. dns.example.test. 99 3600 600 604800 60");
    token(&fixture.write(&changes(&[(Some(planned), Some(after))])).await);
    let held = fixture.set("@", RecordType::SOA).await.unwrap();
    assert_eq!(held, set("@ 600 SOA ns1.example.test. dns.example.test. 1 3600 600 604800 60"));
    assert_ne!(held, before);
}

#[tokio::test]
async fn a_protected_set_is_locked_and_others_are_not() {
    let fixture = Fixture::with("mail 60 A 192.0.2.1\nwww 60 A 192.0.2.1\n");
    fixture.cloud.by_hand(|rig| {
        for (owner, why) in [("mail", "ticket 7"), ("absent", ""), ("ns1", "")] {
            rig.protect(APEX, &format!("{owner}.{APEX}"), "A", why);
        }
    });
    let live = fixture.live().await;
    let locked = |owner: &str| live.locked.get(&RecordKey::new(name(owner), RecordType::A)).cloned();
    assert!(locked("mail").unwrap().contains("ticket 7"));
    // Nobody may create these either; the third came with the second page.
    assert!(locked("absent").is_some() && locked("ns1").is_some());
    assert!(locked("www").is_none());
    // One that came meanwhile is refused by the service.
    fixture.cloud.by_hand(|rig| rig.protect(APEX, "www.example.test.", "A", ""));
    refused(
        &fixture.write_upon(&replace("www 60 A 192.0.2.1", "www 60 A 192.0.2.2"), &live).await,
        "protected",
    );
}

#[tokio::test]
async fn a_change_is_settled_when_all_servers_have_it() {
    let fixture = Fixture::with("www 60 A 192.0.2.1\n");
    fixture.cloud.by_hand(|rig| rig.pending(3));
    let id = token(&fixture.write(&replace("www 60 A 192.0.2.1", "www 60 A 192.0.2.2")).await);
    fixture.cloud.forget_calls();
    fixture.backend.settle(&name("@"), &[name("www")], Some(&id)).await.unwrap();
    assert_eq!(fixture.calls(), ["GET change"; 4]);
    // Without an answer there is no id to ask for.
    fixture.backend.settle(&name("@"), &[name("www")], None).await.unwrap();

    fixture.cloud.by_hand(|rig| rig.pending(u32::MAX));
    let id = token(&fixture.write(&replace("www 60 A 192.0.2.2", "www 60 A 192.0.2.3")).await);
    let error = fixture.backend.settle(&name("@"), &[], Some(&id)).await.unwrap_err().to_string();
    assert!(error.contains(&id) && error.contains("still pending"), "{error}");
}
