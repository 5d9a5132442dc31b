//! What Cloudflare makes of zone files, and what it refuses.

use super::*;
use dnsure_providers::Normalised;
use dnsure_zones::Zone;
use dnsure_zones::yaml::{Options, read_text};

pub(super) fn declared(text: &str) -> Zone {
    let read = read_text(text, "zone.yaml", &name("@"), &Options::default());
    read.declared.unwrap_or_else(|| panic!("{:?}", read.diagnostics)).zone
}

fn normalise(text: &str) -> Normalised {
    let cloud = Cloud::start(Fake::new(), Vec::new());
    let backend = Cloudflare::new(settings(&cloud)).unwrap();
    let normal = backend.normalise(&declared(text));
    // What is normal stays so.
    let again = backend.normalise(&normal.zone);
    assert!(again.zone.sets().map(|set| set.to_set()).eq(normal.zone.sets().map(|set| set.to_set())));
    normal
}

fn of(normal: &Normalised, owner: &str, rtype: RecordType) -> RecordSet {
    let set = normal.zone.get(&name(owner), rtype);
    set.unwrap_or_else(|| panic!("{normal:?}")).to_set()
}

#[track_caller]
fn refused(text: &str, words: &str) {
    let normal = normalise(text);
    let found =
        normal.refused.iter().any(|notice| notice.message.contains(words) && notice.position.is_some());
    assert!(found, "{words}: {:?}", normal.refused);
}

#[test]
fn octodns_keys_mean_what_they_mean_there() {
    let normal = normalise(
        "www: {type: A, ttl: 3600, value: 192.0.2.1, octodns: {cloudflare: {proxied: true}}}\n\
         auto: {type: A, ttl: 600, value: 192.0.2.1, octodns: {cloudflare: {auto-ttl: true}}}\n\
         'off': {type: A, ttl: 600, value: 192.0.2.1, octodns: {cloudflare: {proxied: false, comment: '', tags: []}}}\n\
         note: {type: A, ttl: 600, value: 192.0.2.1, octodns: {cloudflare: {comment: c, tags: [b, a, b]}}}\n",
    );
    assert!(normal.refused.is_empty(), "{:?}", normal.refused);
    assert_eq!(of(&normal, "www", RecordType::A), proxied("www A 300 192.0.2.1"));
    assert_eq!(of(&normal, "auto", RecordType::A), with("auto A 300 192.0.2.1", json!({ "auto-ttl": true })));
    assert_eq!(of(&normal, "off", RecordType::A), set("off A 600 192.0.2.1"));
    assert_eq!(
        of(&normal, "note", RecordType::A),
        with("note A 600 192.0.2.1", json!({ "comment": "c", "tags": ["a", "b"] }))
    );
    let [notice] = &normal.notices[..] else { panic!("{:?}", normal.notices) };
    assert!(notice.message.contains("(and of 1 others) has no effect"), "{notice:?}");
}

#[test]
fn a_ttl_of_300_under_the_proxy_is_not_worth_a_word() {
    let normal =
        normalise("www: {type: A, ttl: 300, value: 192.0.2.1, octodns: {cloudflare: {proxied: true}}}\n");
    assert!(normal.notices.is_empty(), "{:?}", normal.notices);
}

#[test]
fn ttls_out_of_range_become_the_nearest() {
    let normal = normalise(
        "low: {type: A, ttl: 30, value: 192.0.2.1}\nhigh: {type: A, ttl: 90000, value: 192.0.2.1}\n",
    );
    assert_eq!(
        (of(&normal, "low", RecordType::A).ttl.as_secs(), of(&normal, "high", RecordType::A).ttl.as_secs()),
        (60, 86_400)
    );
    assert_eq!(normal.notices.len(), 2);
}

#[test]
fn a_ttl_out_of_range_beside_an_automatic_one_becomes_the_nearest() {
    let own = "{cloudflare: {values: [{value: 192.0.2.1, auto-ttl: true}]}}";
    let normal =
        normalise(&format!("www: {{type: A, ttl: 90000, values: [192.0.2.1, 192.0.2.2], octodns: {own}}}\n"));
    let values = json!([{ "value": "192.0.2.1", "auto-ttl": true }]);
    let wanted = with("www A 300 192.0.2.1, 86400 192.0.2.2", json!({ "values": values }));
    assert_eq!(of(&normal, "www", RecordType::A), wanted);
    assert!(normal.notices[0].message.contains("TTL 90000 becomes 86400"), "{:?}", normal.notices);
}

#[tokio::test]
async fn thirty_seconds_are_for_enterprise_zones() {
    let fixture = Fixture::of(fake("").plan("enterprise"));
    fixture.live().await;
    let normal = fixture.backend.normalise(&declared("low: {type: A, ttl: 30, value: 192.0.2.1}\n"));
    assert_eq!(of(&normal, "low", RecordType::A).ttl.as_secs(), 30);
    assert!(normal.notices.is_empty());
}

#[test]
fn name_servers_at_the_apex_are_left_out_with_a_word() {
    let normal = normalise(
        "'': {type: NS, values: [ns1.example.net., ns2.example.net.]}\nsub: {type: NS, values: [ns1.example.net.]}\n",
    );
    assert_eq!(normal.zone.set_count(), 1);
    assert!(
        normal.notices.iter().any(|notice| notice.message.contains("of its own at the apex")),
        "{:?}",
        normal.notices
    );
}

#[test]
fn settings_of_other_providers_are_left_out_silently() {
    let normal = normalise(
        "www: {type: A, ttl: 300, value: 192.0.2.1, octodns: {powerdns: {comments: []}, healthcheck: {host: x}}}\n",
    );
    assert!(normal.notices.is_empty() && normal.refused.is_empty(), "{normal:?}");
    assert_eq!(of(&normal, "www", RecordType::A), set("www A 300 192.0.2.1"));
}

#[test]
fn what_cloudflare_cannot_hold_is_refused_with_its_place() {
    let a = |own: &str| {
        format!(
            "www: {{type: A, ttl: 300, values: [192.0.2.1, 192.0.2.2], octodns: {{cloudflare: {own}}}}}\n"
        )
    };
    refused(&a("{proxyed: true}"), "no setting `proxyed`");
    refused(&a("{proxied: 'yes'}"), "`cloudflare: proxied` must be true or false");
    refused(&a("{tags: x}"), "must be a list of texts");
    refused(&a("{values: [{value: 192.0.2.9, comment: x}]}"), "with a `value` of the record set");
    refused(&a("{values: [{value: 192.0.2.1, proxied: true}]}"), "all addresses of a name or none");
    refused(&a("{flatten-cname: true}"), "for CNAME records that are not proxied");
    refused(
        "www: {type: TXT, ttl: 300, value: x, octodns: {cloudflare: {proxied: true}}}\n",
        "TXT cannot be proxied",
    );
    refused("www: {type: ALIAS, ttl: 300, value: x.example.net.}\n", "below the apex write CNAME");
    refused("sub: {type: DNAME, ttl: 300, value: x.example.net.}\n", "holds no DNAME records");
    refused(
        "sub: {type: DS, ttl: 300, value: {key_tag: 1, algorithm: 13, digest_type: 2, digest: d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a}}\n",
        "only beside NS records",
    );
    refused(
        "www:\n- {type: A, ttl: 300, value: 192.0.2.1, octodns: {cloudflare: {proxied: true}}}\n- {type: AAAA, ttl: 300, value: 2001:db8::1}\n",
        "say `proxied: true` of both",
    );
    refused("'a\\.b': {type: A, ttl: 300, value: 192.0.2.1}\n", "no spelling");
    let many: Vec<String> =
        (0..900).map(|number| format!("10.0.{}.{}", number / 250, number % 250)).collect();
    refused(&format!("www: {{type: A, ttl: 300, values: [{}]}}\n", many.join(", ")), "characters of content");
}
