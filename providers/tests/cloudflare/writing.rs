//! What one write sends, and that it is no more than needed.

use super::*;

#[tokio::test]
async fn a_change_is_one_look_and_one_batch() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    fixture.cloud.forget_calls();
    accepted(&fixture.upon(&live, &[set("www A 300 192.0.2.2"), set("new TXT 300 \"x\"")], &[]).await);
    assert_eq!(
        fixture.calls(),
        ["GET zones/ID/dns_records", "GET zones/ID/dns_records", "POST zones/ID/dns_records/batch"]
    );
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), set("www A 300 192.0.2.2"));
    assert_eq!(fixture.set("new", RecordType::TXT).await.unwrap(), set("new TXT 300 \"x\""));
}

#[tokio::test]
async fn many_names_are_looked_at_in_one_listing() {
    let records: String = (0..17).map(|number| format!("n{number} 300 A 192.0.2.1\n")).collect();
    let fixture = Fixture::with(&records);
    let live = fixture.live().await;
    fixture.cloud.forget_calls();
    let wanted: Vec<RecordSet> = (0..17).map(|number| set(&format!("n{number} A 300 192.0.2.2"))).collect();
    accepted(&fixture.upon(&live, &wanted, &[]).await);
    assert_eq!(fixture.calls(), ["GET zones/ID/dns_records", "POST zones/ID/dns_records/batch"]);
    assert_eq!(counts(&fixture.batches()[0]), [0, 17, 0]);
}

#[tokio::test]
async fn a_record_that_changes_keeps_its_id_and_one_that_stays_is_not_touched() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2\nwww 300 A 192.0.2.3");
    let before = fixture.records("www", "A");
    let wanted = set("www A 300 192.0.2.2, 300 192.0.2.8, 300 192.0.2.9");
    accepted(&fixture.bring_about(std::slice::from_ref(&wanted), &[]).await);
    assert_eq!(counts(&fixture.batches()[0]), [0, 2, 0]);
    let after = fixture.records("www", "A");
    let ids = |records: &[Record]| records.iter().map(|record| record.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&before), ids(&after));
    let stays = |records: &[Record]| records.iter().find(|record| record.content == "192.0.2.2").cloned();
    assert_eq!(stays(&before), stays(&after));
    assert_eq!(fixture.set("www", RecordType::A).await.unwrap(), wanted);
}

#[tokio::test]
async fn another_ttl_is_an_edit_of_every_record_and_a_smaller_set_deletes_the_rest() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2\nwww 300 A 192.0.2.3");
    accepted(&fixture.bring_about(&[set("www A 600 192.0.2.1, 600 192.0.2.2, 600 192.0.2.3")], &[]).await);
    accepted(&fixture.bring_about(&[set("www A 600 192.0.2.9")], &[]).await);
    accepted(&fixture.bring_about(&[set("www A 600 192.0.2.7, 600 192.0.2.8")], &[]).await);
    accepted(&fixture.bring_about(&[], &["www A"]).await);
    let batches = fixture.batches();
    assert_eq!(batches.iter().map(counts).collect::<Vec<_>>(), [[0, 3, 0], [2, 1, 0], [0, 1, 1], [2, 0, 0]]);
    assert!(fixture.records("www", "A").is_empty());
}

#[tokio::test]
async fn types_are_swapped_in_one_batch_both_ways() {
    let fixture = Fixture::with("www 300 A 192.0.2.1\nwww 300 AAAA 2001:db8::1");
    accepted(&fixture.bring_about(&[set("www CNAME 300 a.example.net.")], &["www A", "www AAAA"]).await);
    accepted(&fixture.bring_about(&[set("www A 300 192.0.2.1")], &["www CNAME"]).await);
    assert_eq!(fixture.batches().iter().map(counts).collect::<Vec<_>>(), [[2, 0, 1], [1, 0, 1]]);
    let live = fixture.live().await;
    let swap = changes(&live, &[set("www CNAME 300 a.example.net.")], &["www A"]);
    let caveats = fixture.backend.caveats(&swap);
    assert!(caveats[0].starts_with("www.example.test.: Cloudflare deletes the old type"), "{caveats:?}");
    let edit = changes(&live, &[set("www A 300 192.0.2.2")], &[]);
    assert!(fixture.backend.caveats(&edit).is_empty());
}

#[tokio::test]
async fn a_delegation_is_made_before_its_digest_and_deleted_after_it() {
    let fixture = Fixture::with("");
    let digest = "60485 13 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a";
    let sets = [set(&format!("child DS 300 {digest}")), set("child NS 300 ns1.example.net.")];
    accepted(&fixture.bring_about(&sets, &[]).await);
    let types =
        |list: &Value| list.as_array().unwrap().iter().map(|one| one["type"].clone()).collect::<Vec<_>>();
    assert_eq!(types(&fixture.batches()[0]["posts"]), ["NS", "DS"]);
    let [ds] = &fixture.records("child", "DS")[..] else { panic!("no DS") };
    accepted(&fixture.bring_about(&[], &["child NS", "child DS"]).await);
    assert_eq!(fixture.batches()[1]["deletes"][0]["id"], ds.id);
}

#[tokio::test]
async fn the_apex_alias_is_a_cname_there() {
    let fixture = Fixture::with("@ 300 TXT \"x\"");
    accepted(&fixture.bring_about(&[set("@ ALIAS 300 lb.example.net.")], &[]).await);
    let [record] = &fixture.records("@", "CNAME")[..] else { panic!("no CNAME") };
    assert_eq!((record.content.as_str(), record.proxied), ("lb.example.net", false));
    assert_eq!(fixture.set("@", RecordType::ALIAS).await.unwrap(), set("@ ALIAS 300 lb.example.net."));
    accepted(&fixture.bring_about(&[set("@ A 300 192.0.2.1")], &["@ ALIAS"]).await);
    assert_eq!(fixture.records("@", "A").len(), 1);
}

#[tokio::test]
async fn a_batch_holds_as_much_as_the_plan_allows_and_no_more_is_sent() {
    for (plan, limit) in [("free", 200), ("pro", 3_500), ("business", 3_500), ("enterprise", 3_500)] {
        let fixture = Fixture::of(fake("").plan(plan));
        let live = fixture.live().await;
        assert_eq!(fixture.backend.guarantee(&name("@")).limits.edits, Some(limit));
        if matches!(plan, "business" | "enterprise") {
            continue;
        }
        let wanted = |count: usize| -> Vec<RecordSet> {
            (0..count).map(|number| set(&format!("n{number} A 300 192.0.2.1"))).collect()
        };
        let end = fixture.upon(&live, &wanted(limit + 1), &[]).await;
        assert!(
            matches!(&end, WriteEnd::Refused { reason } if reason.contains("nothing was sent")),
            "{end:?}"
        );
        assert!(fixture.batches().is_empty());
        accepted(&fixture.upon(&live, &wanted(limit), &[]).await);
        assert_eq!(fixture.live().await.zone.record_count(), limit);
    }
}

#[tokio::test]
async fn until_the_plan_is_known_a_batch_is_small() {
    let fixture = Fixture::of(fake("").plan("pro"));
    assert_eq!(fixture.backend.guarantee(&name("@")).limits.edits, Some(200));
    assert_eq!(fixture.backend.prepare(&name("@")).await.unwrap().limits.edits, Some(3_500));
}

#[tokio::test]
async fn a_secondary_zone_is_not_written_to() {
    let fixture = Fixture::of(fake("").kind("secondary"));
    let error = fixture.backend.prepare(&name("@")).await.unwrap_err().to_string();
    assert!(error.contains("write to its primary"), "{error}");
}

#[tokio::test]
async fn one_write_after_another_upon_one_reading() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    let first = changes(&live, &[set("www A 300 192.0.2.2"), set("new A 300 192.0.2.1")], &[]);
    accepted(&fixture.backend.write(&name("@"), &first, &live).await);
    // What was written first is taken back, without anybody reading the zone in between.
    let back: Vec<Change> = first.iter().map(Change::reversed).collect();
    accepted(&fixture.backend.write(&name("@"), &back, &live).await);
    assert_eq!(fixture.live().await.zone.record_count(), 1);
}
