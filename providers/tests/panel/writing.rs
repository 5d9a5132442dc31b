//! Writes of every unit.

use super::*;
use dnsure_kit::Personality;

const WWW: &str = "www A 300 192.0.2.1, 300 192.0.2.2";

/// One whole replacement: a member stays, one goes, one comes, and the TTL is another.
#[tokio::test]
async fn units_of_whole_sets_replace_a_set_in_one_write() {
    let after = "www A 60 192.0.2.2, 60 192.0.2.3";
    for unit in ["zone-batch", "whole-zone", "owner-name", "record-set", "staged"] {
        let fixture = Fixture::of(panel("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2\nb TXT x").unit(unit));
        let end = fixture.write(Some(WWW), Some(after)).await;
        assert!(accepted(&end), "{unit}: {end:?}");
        assert_eq!(fixture.set("www", RecordType::A).await, Some(set(after)), "{unit}");
        assert_eq!(fixture.live().await.zone.record_count(), 8, "{unit}");
        let expected: &[&str] = match unit {
            "whole-zone" => &["PUT records 200"],
            "staged" => &["POST draft 201", "POST draft/batch 200", "POST draft/publish 200"],
            _ => &["POST batch 200"],
        };
        assert_eq!(fixture.writes(), expected, "{unit}");
    }
}

#[tokio::test]
async fn a_ttl_alone_is_an_edit_of_the_row_and_never_a_second_row() {
    for unit in ["record-set", "record"] {
        let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit(unit));
        let before = fixture.panel.rows();
        let end = fixture.write(Some("www A 300 192.0.2.1"), Some("www A 60 192.0.2.1")).await;
        assert!(accepted(&end), "{end:?}");
        let after = fixture.panel.rows();
        assert_eq!(after.len(), before.len());
        let row = after.iter().find(|row| row.name == "www.example.test.").unwrap();
        assert_eq!((row.ttl, &row.id), (60, &before.iter().find(|row| row.ttl == 300).unwrap().id));
    }
}

#[tokio::test]
async fn whole_zones_and_batches_take_many_names_and_type_swaps() {
    for unit in ["zone-batch", "whole-zone", "staged"] {
        let fixture = Fixture::of(panel("www 300 A 192.0.2.1\nold TXT x").unit(unit));
        let live = fixture.live().await;
        let swap = Change::new(vec![
            SetChange::Remove(set("www A 300 192.0.2.1")),
            SetChange::Add(set("www CNAME 60 ns1")),
        ]);
        let removal = Change::new(vec![SetChange::Remove(set("old TXT 3600 x"))]);
        let addition = Change::new(vec![SetChange::Add(set("new AAAA 60 2001:db8::1"))]);
        let changes: Vec<Change> = [swap, removal, addition].into_iter().flatten().collect();
        let end = fixture.backend.write(&name("@"), &changes, &live).await;
        assert!(accepted(&end), "{unit}: {end:?}");
        let live = fixture.live().await;
        assert_eq!(live.zone.record_count(), 7);
        assert!(live.zone.get(&name("www"), RecordType::CNAME).is_some());
        assert!(live.zone.get(&name("old"), RecordType::TXT).is_none());
    }
}

#[tokio::test]
async fn single_records_are_created_edited_and_deleted() {
    let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit("record"));
    let one = "www A 300 192.0.2.1";
    assert!(accepted(&fixture.write(Some(one), Some(WWW)).await));
    let mixed = "www A 300 192.0.2.1, 60 192.0.2.9";
    assert!(accepted(&fixture.write(Some(WWW), Some(mixed)).await));
    assert_eq!(fixture.set("www", RecordType::A).await, Some(set(mixed)));
    assert!(accepted(&fixture.write(Some(mixed), Some("www A 60 192.0.2.9")).await));
    assert!(accepted(&fixture.write(Some("www A 60 192.0.2.9"), None).await));
    assert_eq!(fixture.set("www", RecordType::A).await, None);
    assert!(accepted(&fixture.write(None, Some(one)).await));
    let methods: Vec<String> = fixture.writes().iter().map(|call| call[..4].trim().to_owned()).collect();
    assert_eq!(methods, ["POST", "PUT", "DELE", "DELE", "POST"]);
}

#[tokio::test]
async fn where_nothing_is_edited_a_write_creates_or_deletes() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let one = "www A 300 192.0.2.1";
    assert!(accepted(&fixture.write(Some(one), Some(WWW)).await));
    assert!(accepted(&fixture.write(Some(WWW), Some("www A 300 192.0.2.2")).await));
    assert_eq!(fixture.set("www", RecordType::A).await, Some(set("www A 300 192.0.2.2")));
    let before = fixture.writes();
    refused(
        &fixture.write(Some("www A 300 192.0.2.2"), Some("www A 60 192.0.2.2")).await,
        "report this as a bug",
    );
    refused(&fixture.write(Some("www A 300 192.0.2.2"), Some(one)).await, "edited in place");
    assert_eq!(fixture.writes(), before);
}

#[tokio::test]
async fn more_than_the_unit_takes_is_refused_and_not_sent() {
    for unit in ["record-set", "record", "create-and-delete", "owner-name"] {
        let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit(unit));
        let live = fixture.live().await;
        let both = [changes(None, Some("a TXT 60 x")), changes(None, Some("b TXT 60 x"))].concat();
        refused(&fixture.backend.write(&name("@"), &both, &live).await, "together with other changes");
        assert!(fixture.writes().is_empty());
    }
    let fixture = Fixture::with("");
    refused(&fixture.write(None, Some("a TXT 60 x, 60 y")).await, "more or less than one record");
    assert!(fixture.writes().is_empty());
    assert!(accepted(&fixture.backend.write(&name("@"), &[], &fixture.live().await).await));
}

#[tokio::test]
async fn a_set_with_rows_that_are_one_record_is_never_written_to() {
    for unit in UNITS {
        let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit(unit));
        fixture.panel.plant_row("WWW.example.test.", 60, "A", "192.0.2.1");
        let live = fixture.live().await;
        let before = live.zone.get(&name("www"), RecordType::A).unwrap().to_set();
        let change = Change::new(vec![SetChange::Remove(before)]).unwrap();
        let end = fixture.backend.write(&name("@"), &[change], &live).await;
        refused(&end, "www.example.test. A 192.0.2.1 is listed twice, as row 6 (TTL 300) and row 7 (TTL 60)");
        refused(&end, "can take the record away");
        assert!(fixture.writes().is_empty(), "{unit}");
        // Its neighbours may be written to.
        let end = fixture.backend.write(&name("@"), &changes(None, Some("b TXT 60 x")), &live).await;
        // A whole zone would bring the duplicate back, which this panel does not take.
        assert_eq!(accepted(&end), unit != "whole-zone", "{unit}: {end:?}");
    }
}

#[tokio::test]
async fn what_is_no_more_as_planned_is_stale_before_anything_is_sent() {
    for unit in UNITS {
        let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit(unit));
        for planned in ["www A 60 192.0.2.1", "www A 300 192.0.2.2", "www A 300 192.0.2.1, 300 192.0.2.2"] {
            let end = fixture.write(Some(planned), None).await;
            let WriteEnd::Stale { reason } = end else { panic!("{unit} {planned}: {end:?}") };
            assert!(reason.contains("is 192.0.2.1 (TTL 300) now"), "{reason}");
        }
        let end = fixture.write(None, Some("www A 60 192.0.2.1")).await;
        assert!(matches!(&end, WriteEnd::Stale { reason } if reason.contains("was absent")), "{end:?}");
        assert!(fixture.writes().is_empty());
    }
}

#[tokio::test]
async fn a_zone_that_changed_since_the_listing_is_stale_where_versions_are_compared() {
    for unit in UNITS {
        let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit(unit).compare("values-and-ttl"));
        let old = fixture.live().await;
        assert!(accepted(&fixture.backend.write(&name("@"), &changes(None, Some("a TXT 60 x")), &old).await));
        let end = fixture.backend.write(&name("@"), &changes(None, Some("b TXT 60 x")), &old).await;
        let WriteEnd::Stale { reason } = end else { panic!("{unit}: {end:?}") };
        assert!(reason.contains("412") && reason.contains("version 2"), "{reason}");
        let end = fixture.write(None, Some("b TXT 60 x")).await;
        assert!(matches!(&end, WriteEnd::Accepted { token: Some(version), .. } if version == "3"), "{end:?}");
        let calls = fixture.panel.calls();
        assert!(calls.iter().all(|call| call.if_match.is_some() == (call.method != "GET")));
    }
}

#[tokio::test]
async fn where_only_values_are_compared_a_foreign_ttl_goes_unseen_and_a_value_does_not() {
    let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit("record").compare("values"));
    let old = fixture.live().await;
    assert!(accepted(&fixture.write(Some("www A 300 192.0.2.1"), Some("www A 60 192.0.2.1")).await));
    assert!(accepted(&fixture.backend.write(&name("@"), &changes(None, Some("a TXT 60 x")), &old).await));
    let end = fixture.backend.write(&name("@"), &changes(None, Some("b TXT 60 x")), &old).await;
    assert!(matches!(end, WriteEnd::Stale { .. }), "{end:?}");
}

#[tokio::test]
async fn a_row_of_an_old_listing_is_refused_where_nothing_is_compared() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let old = fixture.live().await;
    fixture.panel.foreign_remove("www.example.test.", "A", "192.0.2.1");
    fixture.panel.foreign_add("www.example.test.", 300, "A", "192.0.2.1");
    let end = fixture.backend.write(&name("@"), &changes(Some("www A 300 192.0.2.1"), None), &old).await;
    refused(&end, "404: there is no row 6");
    let none = Live::new(old.zone.clone(), None);
    let end = fixture.backend.write(&name("@"), &changes(Some("www A 300 192.0.2.1"), None), &none).await;
    refused(&end, "not one of this provider");
    assert!(fixture.set("www", RecordType::A).await.is_some());
}

#[tokio::test]
async fn a_draft_that_is_not_what_was_written_is_not_published() {
    let fixture = Fixture::of(panel("www 300 A 192.0.2.1").unit("staged"));
    fixture.panel.behave(Personality::DraftForgets);
    refused(
        &fixture.write(None, Some("a TXT 60 x")).await,
        "does not hold a.example.test. TXT as it was written",
    );
    assert!(fixture.set("a", RecordType::TXT).await.is_none());
    // Somebody changes another name between listing and draft.
    fixture.panel.behave(Personality::Honest);
    let old = fixture.live().await;
    fixture.panel.foreign_add("foreign.example.test.", 60, "TXT", "x");
    let end = fixture.backend.write(&name("@"), &changes(None, Some("a TXT 60 x")), &old).await;
    assert!(
        matches!(&end, WriteEnd::Stale { reason } if reason.contains("foreign.example.test.")),
        "{end:?}"
    );
    assert!(!fixture.writes().iter().any(|call| call.contains("publish")));
}

#[tokio::test]
async fn the_soa_is_edited_whatever_its_serial_is_by_now() {
    let fixture = Fixture::of(panel("").unit("record"));
    let before = "@ SOA 3600 ns1 hostmaster 7 3600 600 604800 300";
    let end = fixture.write(Some(before), Some("@ SOA 3600 ns1 hostmaster 8 3600 600 604800 60")).await;
    assert!(accepted(&end), "{end:?}");
    assert!(fixture.panel.rows()[0].data.ends_with(" 60"), "{:?}", fixture.panel.rows());
}

/// As in a chain of writes, and in a gap: nobody lists in between.
#[tokio::test]
async fn the_next_write_to_a_set_goes_upon_what_the_last_one_left() {
    let fixture = Fixture::of(panel("www 300 A 192.0.2.1\nwww 300 A 192.0.2.2").unit("create-and-delete"));
    let live = fixture.live().await;
    let states = [
        Some(WWW),
        Some("www A 300 192.0.2.1, 300 192.0.2.2, 60 192.0.2.3"),
        Some("www A 300 192.0.2.2, 60 192.0.2.3"),
        Some("www A 60 192.0.2.3"),
        None,
        Some("www A 60 192.0.2.4"),
    ];
    for pair in states.windows(2) {
        let change = SetChange::between(pair[0].map(set), pair[1].map(set)).unwrap();
        let change = Change::new(vec![change]).unwrap();
        let end = fixture.backend.write(&name("@"), std::slice::from_ref(&change), &live).await;
        assert!(accepted(&end), "{pair:?}: {end:?}");
    }
    assert_eq!(fixture.set("www", RecordType::A).await, states[5].map(set));
    // What somebody else does in between is found by the id that is gone.
    fixture.panel.foreign_remove("www.example.test.", "A", "192.0.2.4");
    let gone = Change::new(vec![SetChange::Remove(set("www A 60 192.0.2.4"))]).unwrap();
    let end = fixture.backend.write(&name("@"), &[gone], &live).await;
    assert!(!accepted(&end), "{end:?}");
}
