//! What a declaration makes of the files.

use super::*;
use dnsure_zones::diagnostic::Position;
use dnsure_zones::{Zone, ZoneBuilder};

/// The zone as files declare it.
fn declared(sets: &[&str]) -> Zone {
    let mut builder = ZoneBuilder::new(name("@"));
    for text in sets {
        let mut set = set(text);
        set.position = Some(Position { file: "example.test.yaml".into(), line: 1, column: 1 });
        builder.push_set(&set).unwrap();
    }
    builder.finish()
}

#[tokio::test]
async fn ttls_are_brought_within_the_limits_and_said_to_be() {
    let fixture = Fixture::of(panel("old 5 A 192.0.2.1").ttl(60, 3600));
    let live = fixture.live().await;
    let zone = declared(&["low A 5 192.0.2.1", "high A 86400 192.0.2.1", "fits A 300 192.0.2.1"]);
    let normal = fixture.backend.normalise(&zone);
    let ttl = |owner| normal.zone.get(&name(owner), RecordType::A).unwrap().ttl().as_secs();
    assert_eq!([ttl("low"), ttl("high"), ttl("fits")], [60, 3600, 300]);
    let messages: Vec<&str> = normal.notices.iter().map(|notice| notice.message.as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages.contains(&"TTL 5 becomes 60, the nearest that the provider holds"), "{messages:?}");
    assert!(fixture.backend.normalise(&normal.zone).notices.is_empty());
    // What is live is left as it is: a change must name its rows.
    let live = fixture.backend.normalise(&live.zone);
    assert_eq!(live.zone.get(&name("old"), RecordType::A).unwrap().ttl().as_secs(), 5);
}

#[tokio::test]
async fn types_that_the_provider_does_not_hold_are_refused() {
    let zone = declared(&["www A 300 192.0.2.1", "tls TLSA 300 3 1 1 00", "@ ALIAS 300 example.net."]);
    let listing = ["SOA", "NS", "A", "ALIAS"];
    let fixture = Fixture::of(panel("").types(&listing));
    fixture.live().await;
    let normal = fixture.backend.normalise(&zone);
    assert_eq!(normal.refused.len(), 1, "{:?}", normal.refused);
    assert!(normal.refused[0].message.contains("does not hold TLSA"));
    assert_eq!(normal.zone.set_count(), 2);
    let open = Fixture::with("");
    open.live().await;
    let normal = open.backend.normalise(&zone);
    assert_eq!(normal.refused.len(), 1, "{:?}", normal.refused);
    assert!(normal.refused[0].message.contains("ALIAS exists only"));
}
