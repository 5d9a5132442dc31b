//! Compare and swap: nothing is written over a zone that is not the reviewed one.

use crate::stage::{Kind, Running, Stage, apex, changes, listed, stage};
use dnsure_kit::{Bind, PowerDns, nsupdate, zone_text};
use dnsure_providers::guarantee::CompareAndSwap;
use dnsure_providers::{Backend, WriteEnd};
use std::time::Duration;

/// Plans `edits`, lets someone else run `foreign`, then writes.
async fn late(kind: Kind, records: &str, edits: &[(&str, &str, &str)], foreign: &str) -> (WriteEnd, bool) {
    let stage = stage(kind, records);
    stage.prepare().await;
    let live = stage.live().await;
    let planned = changes(&live.zone, edits);
    nsupdate(stage.addr(), "example.", None, foreign).unwrap();
    let before = listed(&stage.live().await.zone);
    let end = stage.backend.write(&apex(), &planned, &live).await;
    (end, before == listed(&stage.live().await.zone))
}

#[tokio::test]
async fn a_set_that_someone_changed_is_stale_and_nothing_is_written() {
    for kind in Kind::ALL {
        let edits = [("www", "A", "300 192.0.2.2"), ("new", "A", "300 192.0.2.3")];
        let foreign = "update delete www.example. A\nupdate add www.example. 300 A 192.0.2.99";
        let (end, untouched) = late(kind, "www 300 A 192.0.2.1", &edits, foreign).await;
        let WriteEnd::Stale { reason } = end else { panic!("{kind:?}: {end:?}") };
        assert_eq!(
            reason,
            "www.example. A was 192.0.2.1 (TTL 300) when planned and is 192.0.2.99 (TTL 300) now"
        );
        assert!(untouched, "{kind:?}");
    }
}

#[tokio::test]
async fn a_set_that_someone_added_first_is_stale() {
    for kind in Kind::ALL {
        let edits = [("new", "A", "300 192.0.2.3")];
        let (end, untouched) = late(kind, "", &edits, "update add new.example. 60 A 192.0.2.99").await;
        let WriteEnd::Stale { reason } = end else { panic!("{kind:?}: {end:?}") };
        assert_eq!(reason, "new.example. A was absent when planned and is 192.0.2.99 (TTL 60) now");
        assert!(untouched, "{kind:?}");
    }
}

#[tokio::test]
async fn a_set_that_someone_removed_is_stale() {
    for kind in Kind::ALL {
        let edits = [("www", "A", "300 192.0.2.2")];
        let (end, untouched) =
            late(kind, "www 300 A 192.0.2.1", &edits, "update delete www.example. A").await;
        let WriteEnd::Stale { reason } = end else { panic!("{kind:?}: {end:?}") };
        assert_eq!(reason, "www.example. A was 192.0.2.1 (TTL 300) when planned and is absent now");
        assert!(untouched, "{kind:?}");
    }
}

#[tokio::test]
async fn a_ttl_that_someone_changed_is_caught_by_the_soa() {
    for kind in Kind::ALL {
        let edits = [("www", "A", "300 192.0.2.2")];
        let foreign = "update delete www.example. A\nupdate add www.example. 77 A 192.0.2.1";
        let (end, untouched) = late(kind, "www 300 A 192.0.2.1", &edits, foreign).await;
        let WriteEnd::Stale { reason } = end else { panic!("{kind:?}: {end:?}") };
        assert_eq!(
            reason,
            "www.example. A was 192.0.2.1 (TTL 300) when planned and is 192.0.2.1 (TTL 77) now"
        );
        assert!(untouched, "{kind:?}");
    }
}

#[tokio::test]
async fn a_foreign_change_elsewhere_does_not_make_a_write_stale() {
    for kind in Kind::ALL {
        let edits = [("www", "A", "300 192.0.2.2")];
        let foreign = "update add elsewhere.example. 77 A 192.0.2.1";
        let (end, untouched) = late(kind, "www 300 A 192.0.2.1", &edits, foreign).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{kind:?}: {end:?}");
        assert!(!untouched, "{kind:?}");
    }
}

#[tokio::test]
async fn a_cname_is_not_swapped_in_where_someone_put_other_data() {
    for kind in Kind::ALL {
        for (foreign, edits) in [
            (
                "update add www.example. 300 TXT hello",
                [("www", "A", ""), ("www", "CNAME", "300 web.example.")],
            ),
            (
                "update add new.example. 300 TXT hello",
                [("new", "CNAME", "300 web"), ("unrelated", "A", "300 192.0.2.7")],
            ),
        ] {
            let (end, untouched) = late(kind, "www 300 A 192.0.2.1", &edits, foreign).await;
            let WriteEnd::Stale { reason } = end else { panic!("{kind:?}: {end:?}") };
            assert!(reason.contains("TXT is \"hello\" (TTL 300) now and cannot stand beside"), "{reason}");
            assert!(untouched, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn data_is_not_added_beside_a_cname_that_someone_put_there() {
    for kind in Kind::ALL {
        let edits = [("new", "A", "300 192.0.2.3")];
        let (end, untouched) = late(kind, "", &edits, "update add new.example. 60 CNAME www.example.").await;
        let WriteEnd::Stale { reason } = end else { panic!("{kind:?}: {end:?}") };
        assert!(reason.contains("new.example. CNAME is www.example. (TTL 60) now"), "{reason}");
        assert!(untouched, "{kind:?}");
    }
}

#[tokio::test]
async fn the_soa_holds_as_a_prerequisite_on_unsigned_zones() {
    for kind in Kind::ALL {
        let stage = stage(kind, "");
        assert_eq!(stage.backend.guarantee(&apex()).compare, CompareAndSwap::Values);
        assert_eq!(stage.prepare().await, CompareAndSwap::ValuesAndTtl, "{kind:?}");
        assert_eq!(stage.backend.guarantee(&apex()).to_string(), "atomic, guarded");
    }
}

/// Where the served serial is not the stored one.
fn without_soa(records: &str) -> [Stage; 2] {
    let text = || zone_text("example.", records);
    let bind = Bind::builder().zone("example.", text()).inline_signing().start();
    let pdns = PowerDns::builder().zone("example.", text()).soa_edit("INCEPTION-EPOCH").signed();
    [Stage::new(Running::Plain(bind)), Stage::new(Running::PowerDns(pdns.without_caches().start()))]
}

#[tokio::test]
async fn without_the_soa_values_are_still_compared() {
    for stage in without_soa("www 300 A 192.0.2.1\nweb 300 A 192.0.2.1") {
        let kind = stage.server.kind();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(stage.prepare().await, CompareAndSwap::Values, "{kind}");
        let live = stage.live().await;
        let swap = changes(&live.zone, &[("www", "A", ""), ("www", "CNAME", "300 web")]);
        nsupdate(stage.addr(), "example.", None, "update add www.example. 300 TXT hello").unwrap();
        let end = stage.backend.write(&apex(), &swap, &live).await;
        assert!(matches!(end, WriteEnd::Stale { .. }), "{kind}: {end:?}");
        let live = stage.live().await;
        let planned = changes(&live.zone, &[("web", "A", "300 192.0.2.2")]);
        nsupdate(stage.addr(), "example.", None, "update add web.example. 300 A 192.0.2.3").unwrap();
        let end = stage.backend.write(&apex(), &planned, &live).await;
        assert!(matches!(end, WriteEnd::Stale { .. }), "{kind}: {end:?}");
    }
}

#[tokio::test]
async fn a_cname_is_refused_beside_data_that_stays() {
    for kind in Kind::ALL {
        let stage = stage(kind, "www 300 A 192.0.2.1\nwww 300 TXT hello");
        let end = stage.write(&[("www", "A", ""), ("www", "CNAME", "300 web")]).await;
        let WriteEnd::Refused { reason } = end else { panic!("{kind:?}: {end:?}") };
        assert!(reason.contains("www.example. TXT stays"), "{reason}");
    }
}
