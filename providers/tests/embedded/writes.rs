//! What a write compares, refuses and leaves behind.

use crate::fixture::*;
use dnsure_providers::embedded::{Embedded, EmbeddedSettings};
use dnsure_providers::{Backend, BackendError, Live, Reading, SetChange, WriteEnd};
use dnsure_zones::{Rdata, RecordSet, RecordType, Zone};
use std::fs;

fn stale(end: WriteEnd) -> String {
    match end {
        WriteEnd::Stale { reason } => reason,
        other => panic!("not stale: {other:?}"),
    }
}

fn refused(end: WriteEnd) -> String {
    match end {
        WriteEnd::Refused { reason } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_zone_that_nobody_created_is_missing_and_refused_by_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let backend = open(directory.path());
    assert!(matches!(backend.read(&apex()).await.unwrap(), Reading::Missing));
    let answer = question(backend.addr(), "example.", RecordType::SOA, dnsure_kit::Form::Udp);
    assert_eq!(answer.rcode, dnsure_kit::query::REFUSED);
}

#[tokio::test]
async fn a_created_zone_has_sensible_records_of_its_own_or_those_declared() {
    let directory = tempfile::tempdir().unwrap();
    let backend = open(directory.path());
    backend.create_zone(&apex(), &Zone::empty(apex())).await.unwrap();
    assert_eq!(texts(backend.addr(), "example.", RecordType::NS), ["3600 NS ns1.example."]);
    assert_eq!(live(&backend).await.serial, Some(1));
    let again = backend.create_zone(&apex(), &Zone::empty(apex())).await;
    assert!(matches!(again, Err(BackendError::Refused { .. })), "{again:?}");

    let directory = tempfile::tempdir().unwrap();
    let backend = open(directory.path());
    let declared = zone(&[
        "@ 60 SOA a.test. b.test. 77 1 2 3 4",
        "@ 90 NS a.test.",
        "@ 90 NS b.test.",
        "www 60 A 192.0.2.1",
    ]);
    backend.create_zone(&apex(), &declared).await.unwrap();
    let held = live(&backend).await;
    assert_eq!(held.zone.record_count(), 3, "only the records at the top");
    let soa = held.zone.get(&apex(), RecordType::SOA).unwrap().to_set();
    assert_eq!(soa.texts().collect::<Vec<_>>(), ["a.test. b.test. 1 1 2 3 4"]);
}

#[tokio::test]
async fn an_accepted_write_is_served_at_once_and_moves_the_serial() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &["www 60 A 192.0.2.1", "gone 60 A 192.0.2.1"]).await;
    let before = live(&backend).await.serial.unwrap();
    let write = write(
        &backend,
        vec![
            replace("www 60 A 192.0.2.1", "www 30 A 192.0.2.2"),
            remove("gone 60 A 192.0.2.1"),
            add("new 60 TXT \"a;b\" \"\\\"c\\\"\""),
        ],
    );
    accepted(write.await);
    assert_eq!(texts(backend.addr(), "www.example.", RecordType::A), ["30 A 192.0.2.2"]);
    assert_eq!(question(backend.addr(), "gone.example.", RecordType::A, dnsure_kit::Form::Udp).rcode, 3);
    assert_eq!(live(&backend).await.serial, Some(before + 1));
}

#[tokio::test]
async fn settings_are_kept_and_compared() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &[]).await;
    let mut with = set("www 60 A 192.0.2.1");
    with.settings.0.insert("comment".into(), "who asked for this".into());
    accepted(write(&backend, vec![SetChange::Add(with.clone())]).await);
    let held = live(&backend).await.zone;
    assert_eq!(held.get_key(&with.key).unwrap().to_set(), with);
    let reason = stale(write(&backend, vec![remove("www 60 A 192.0.2.1")]).await);
    assert!(reason.contains("who asked for this"), "{reason}");
}

#[tokio::test]
async fn a_write_made_from_other_values_is_stale_and_says_what_differs() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &["www 60 A 192.0.2.1"]).await;
    let file = fs::read(directory.path().join("example.jsonl")).unwrap();
    let cases = [
        vec![replace("www 60 A 192.0.2.9", "www 60 A 192.0.2.2")],
        vec![replace("www 61 A 192.0.2.1", "www 60 A 192.0.2.2")],
        vec![remove("gone 60 A 192.0.2.1")],
        vec![add("www 60 A 192.0.2.2")],
        vec![add("fine 60 A 192.0.2.2"), remove("gone 60 A 192.0.2.1")],
    ];
    for case in cases {
        let reason = stale(write(&backend, case.clone()).await);
        assert!(reason.contains("192.0.2."), "{case:?}: {reason}");
    }
    assert_eq!(fs::read(directory.path().join("example.jsonl")).unwrap(), file);
}

#[tokio::test]
async fn a_type_swap_at_one_name_is_one_write() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &["www 60 A 192.0.2.1", "www 60 TXT \"x\""]).await;
    let swap =
        vec![add("www 60 CNAME other.test."), remove("www 60 A 192.0.2.1"), remove("www 60 TXT \"x\"")];
    accepted(write(&backend, swap).await);
    assert_eq!(texts(backend.addr(), "www.example.", RecordType::A), ["60 CNAME other.test."]);
}

#[tokio::test]
async fn what_could_not_be_served_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &["www 60 A 192.0.2.1", "alias 60 CNAME www"]).await;
    let held = live(&backend).await.zone;
    let soa = SetChange::Remove(held.get(&apex(), RecordType::SOA).unwrap().to_set());
    let cases = [
        (vec![add("www 60 CNAME other.test.")], "beside A"),
        (vec![add("alias 60 A 192.0.2.1")], "beside A"),
        (vec![add("two 60 CNAME a.test.")], ""),
        (vec![remove("@ 3600 NS ns1.example.")], "without NS"),
        (vec![soa], "without SOA"),
        (vec![add("x 60 SOA a. b. 1 2 3 4 5")], "top of the zone"),
        (vec![add("@ 60 DS 1 13 2 aa")], "parent zone"),
    ];
    for (case, expected) in cases {
        let end = write(&backend, case.clone()).await;
        if expected.is_empty() {
            accepted(end);
        } else {
            let reason = refused(end);
            assert!(reason.contains(expected), "{case:?}: {reason}");
        }
    }
    let mut two = set("many 60 CNAME a.test.");
    two = RecordSet::new(
        two.key.clone(),
        two.ttl,
        ["a.test.", "b.test."].map(|target| Rdata::new(name(target).wire())),
    );
    let reason = refused(write(&backend, vec![SetChange::Add(two)]).await);
    assert!(reason.contains("only one CNAME"), "{reason}");
    let none = RecordSet::new(set("none 60 A 192.0.2.1").key, dnsure_zones::Ttl::MAX, []);
    let reason = refused(write(&backend, vec![SetChange::Add(none)]).await);
    assert!(reason.contains("without records"), "{reason}");
    let short = set("short 60 A 192.0.2.1").key;
    let short = RecordSet::new(short, dnsure_zones::Ttl::MAX, [Rdata::new([192, 0, 2])]);
    let reason = refused(write(&backend, vec![SetChange::Add(short)]).await);
    assert!(reason.contains("form of its type"), "{reason}");
}

#[tokio::test]
async fn a_declared_soa_is_taken_with_the_next_serial() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &["@ 60 SOA a.test. b.test. 1 1 2 3 4"]).await;
    let before = live(&backend).await.serial.unwrap();
    let change = replace("@ 60 SOA a.test. b.test. 9 1 2 3 4", "@ 90 SOA c.test. b.test. 4000000000 1 2 3 5");
    accepted(write(&backend, vec![change]).await);
    let expected = format!("c.test. b.test. {} 1 2 3 5", before + 1);
    let held = live(&backend).await.zone.get(&apex(), RecordType::SOA).unwrap().to_set();
    assert_eq!((held.ttl.as_secs(), held.texts().collect::<Vec<_>>()), (90, vec![expected]));
    let other = replace("@ 90 SOA x.test. b.test. 9 1 2 3 5", "@ 90 SOA c.test. b.test. 9 1 2 3 5");
    let _ = stale(write(&backend, vec![other]).await);
}

#[tokio::test]
async fn what_has_no_dns_type_is_refused_before_anything_is_planned() {
    let directory = tempfile::tempdir().unwrap();
    let backend = open(directory.path());
    let mut builder = dnsure_zones::ZoneBuilder::new(apex());
    builder.push_set(&set("www 60 A 192.0.2.1")).unwrap();
    let alias = RecordType::ALIAS;
    builder.push(&apex(), alias, dnsure_zones::Ttl::MAX, name("www.example.").wire()).unwrap();
    let normal = backend.normalise(&builder.finish());
    assert_eq!(normal.zone.set_count(), 1);
    assert_eq!(normal.refused.len(), 1);
    assert_eq!(normal.refused[0].key.rtype, alias);
    assert_eq!(backend.normalise(&normal.zone).refused.len(), 0);
}

#[tokio::test]
async fn a_file_cut_off_at_any_byte_is_an_error_and_never_a_smaller_zone() {
    let directory = tempfile::tempdir().unwrap();
    drop(backend(directory.path(), &["a 60 A 192.0.2.1", "b 60 A 192.0.2.1"]).await);
    let path = directory.path().join("example.jsonl");
    let whole = fs::read(&path).unwrap();
    let backend = open(directory.path());
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let error = backend.read(&apex()).await;
        assert!(matches!(error, Err(BackendError::Incomplete { .. })), "{length} octets: {error:?}");
    }
    let unread = Live::new(Zone::empty(apex()), None);
    let end = backend.write(&apex(), &changes(vec![add("c 60 A 192.0.2.1")]), &unread).await;
    assert!(refused(end).contains("example.jsonl"));
    assert_eq!(texts(backend.addr(), "a.example.", RecordType::A), ["60 A 192.0.2.1"], "the last whole zone");
    let settings = EmbeddedSettings { directory: directory.path().into(), listen: None };
    let fresh = Embedded::open(settings).unwrap();
    let answer = question(fresh.addr(), "a.example.", RecordType::A, dnsure_kit::Form::Udp);
    assert_eq!(answer.rcode, dnsure_kit::query::SERVFAIL);
    fs::write(&path, &whole).unwrap();
    assert_eq!(live(&backend).await.zone.set_count(), 4);
}

#[tokio::test]
async fn what_a_killed_writer_left_half_written_is_no_zone_and_is_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &["a 60 A 192.0.2.1"]).await;
    let left = directory.path().join("example.jsonl.new");
    fs::write(&left, "{\"format\":\"dnsure zone\"").unwrap();
    fs::write(directory.path().join("other.jsonl.new"), "").unwrap();
    accepted(write(&backend, vec![add("b 60 A 192.0.2.1")]).await);
    assert_eq!(texts(backend.addr(), "b.example.", RecordType::A), ["60 A 192.0.2.1"]);
    assert!(!left.exists());
    let other = backend.read(&name("other.")).await.unwrap();
    assert!(matches!(other, Reading::Missing));
}

#[tokio::test]
async fn zone_names_of_any_bytes_have_a_file_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let backend = open(directory.path());
    let long = format!("{0}.{0}.{0}.", "\\001".repeat(63));
    let zones = [".", "root.", "..\\/etc.".trim_start_matches('.'), "a\\.b.", "a.b.", "A.C.", &long];
    for text in zones {
        let zone = name(text);
        if let Err(error) = backend.create_zone(&zone, &Zone::empty(zone.clone())).await {
            panic!("{text}: {error}");
        }
    }
    for text in zones {
        let Reading::Live(live) = backend.read(&name(text)).await.unwrap() else { panic!("{text}") };
        assert_eq!(live.zone.apex(), &name(text));
        assert!(!question(backend.addr(), text, RecordType::NS, dnsure_kit::Form::Udp).answer.is_empty());
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2 * zones.len(), "a file and a lock each");
}
