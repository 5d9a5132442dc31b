//! What such a server can hold.

use crate::stage::{apex, name, of_zone};
use dnsure_providers::Backend;
use dnsure_providers::rfc2136::{Rfc2136, Rfc2136Settings};
use dnsure_zones::{Rdata, RecordKey, RecordSet, RecordType, Settings, Ttl};

fn backend() -> Rfc2136 {
    let server = ([127, 0, 0, 1], 53).into();
    Rfc2136::new(Rfc2136Settings { server, key: None, transfer_key: None, servers: vec![server] })
}

#[test]
fn plain_zones_pass_unchanged() {
    let zone = of_zone(&[("www", "A", "300 192.0.2.1"), ("sub", "DS", "300 1 13 2 00")]);
    let normal = backend().normalise(&zone);
    assert!(normal.notices.is_empty() && normal.refused.is_empty());
    assert_eq!(normal.zone.record_count(), zone.record_count());
}

#[test]
fn pseudo_types_ds_at_the_apex_and_routing_are_refused() {
    let ttl = Ttl::from_secs(60).unwrap();
    let alias =
        RecordSet::new(RecordKey::new(apex(), RecordType::ALIAS), ttl, [Rdata::new(name("www").wire())]);
    let mut geo =
        RecordSet::new(RecordKey::new(name("geo"), RecordType::A), ttl, [Rdata::new([192, 0, 2, 1])]);
    geo.settings.0.insert("dynamic".into(), serde_json::json!({"pools": {}}));
    let mut proxied =
        RecordSet::new(RecordKey::new(name("px"), RecordType::A), ttl, [Rdata::new([1, 2, 3, 4])]);
    proxied.settings = Settings([("cloudflare".to_owned(), serde_json::json!({"proxied": true}))].into());
    let zone = of_zone(&[("@", "DS", "300 1 13 2 00"), ("www", "A", "300 192.0.2.1")]);
    let zone = zone.with([&alias, &geo, &proxied].map(|set| (&set.key, Some(set)))).unwrap();
    let normal = backend().normalise(&zone);
    let refused: Vec<String> = normal.refused.iter().map(|notice| notice.key.to_string()).collect();
    assert_eq!(refused, ["example. DS", "example. ALIAS", "geo.example. A"]);
    assert_eq!(normal.notices.len(), 1);
    assert_eq!(normal.notices[0].message, "cloudflare left out: this is a plain DNS server");
    assert_eq!(normal.zone.set_count(), 2);
    let again = backend().normalise(&normal.zone);
    assert!(again.notices.is_empty() && again.refused.is_empty());
}

#[tokio::test]
async fn the_primary_is_always_among_the_servers() {
    let servers = backend().servers(&apex()).await.unwrap();
    assert_eq!(servers.len(), 1);
}
