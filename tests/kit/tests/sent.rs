//! The vendors' SDKs find what they could not have sent.

use dnsure_kit::cloud::{Call, Request, unknown_to_the_sdk};

fn found(vendor: &str, body: &str) -> Vec<String> {
    let request =
        Request { method: "PUT".into(), target: "/".into(), headers: Vec::new(), body: body.into() };
    unknown_to_the_sdk(vendor, &[Call { request, response: None }])
}

#[test]
fn a_member_that_cloudflares_sdk_does_not_know_is_found() {
    let post = |more: &str| {
        format!(
            r#"{{"posts": [{{"type": "MX", "name": "a.example.test", "ttl": 60, "content": "b.test"{more}}}]}}"#
        )
    };
    assert_eq!(found("cloudflare", &post(r#", "priority": 10"#)), [""; 0]);
    assert_eq!(
        found("cloudflare", &post(r#", "colour": 1"#)),
        ["write 1: batch.posts[0]: there is no colour"]
    );
    assert_eq!(found("cloudflare", &post(r#", "priority": "10""#)).len(), 1);
    assert_eq!(found("cloudflare", r#"{"deletes": [{}]}"#), ["write 1: batch.deletes[0]: id is missing"]);
}

#[test]
fn a_member_that_microsofts_sdk_does_not_know_is_found() {
    let set = |properties: &str| format!(r#"{{"properties": {{{properties}}}}}"#);
    assert_eq!(found("azure", &set(r#""TTL": 60, "ARecords": [{"ipv4Address": "192.0.2.1"}]"#)), [""; 0]);
    assert_eq!(found("azure", &set(r#""ttl": 60"#)), ["write 1: set: there is no properties.ttl"]);
    assert_eq!(found("azure", &set(r#""fqdn": "a.""#)), ["write 1: set: properties.fqdn is never sent"]);
}
