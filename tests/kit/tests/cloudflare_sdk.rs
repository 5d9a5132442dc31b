//! The fake of Cloudflare answers so that Cloudflare's own SDK, validating strictly, finds what it expects.

use dnsure_kit::cloud::cloudflare::{Access, Cloudflare};
use dnsure_kit::{Cloud, Fault, Fits, oracles_python};
use std::process::Command;

const ZONE: &str = "sdk.example.";

/// One record of every type at least.
const RECORDS: &str = r#"
www 300 A 192.0.2.10
www 300 AAAA 2001:db8::10
www 300 CAA 0 issue "letsencrypt.org"
cert 300 CERT 1 12345 8 MIIBAA==
alias 300 CNAME www.example.net.
key 300 DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
child 300 NS ns1.example.net.
child 300 DS 60485 13 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a
web 300 HTTPS 1 . alpn="h2,h3"
place 300 LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m
@ 300 MX 10 mail.example.net.
mail 300 MX 5 route1.mx.example.net.
enum 300 NAPTR 100 10 "U" "E2U+sip" "!^.*$!sip:info@example.com!" .
pgp 300 OPENPGPKEY mQCNAzIG
ptr 300 PTR host.example.net.
user 300 SMIMEA 3 0 0 0001
_http._tcp 300 SRV 10 60 5060 sip.example.net.
host 300 SSHFP 4 2 a87f1b687ac0e57d2a081a2f282672334d90ed316d2b818ca9580ea384d92401
svc 300 SVCB 1 svc.example.net. port=8443
_443._tcp.www 300 TLSA 3 1 1 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c
text 300 TXT "one" "two"
_uri 300 URI 10 1 "https://example.com/"
"#;

fn fake() -> Cloud<Cloudflare> {
    let mut fake = Cloudflare::new().token("cfut_OnlyReading-0123456789abcdefghijklmn", Access::Read);
    for number in 0..11 {
        fake = fake.zone(&format!("other{number}.example."), "");
    }
    fake = fake.zone(ZONE, RECORDS);
    fake.zone_mut(ZONE).edit("mail.sdk.example.", "MX", |record| {
        record.meta.insert("email_routing".into(), true.into());
        record.meta.insert("read_only".into(), true.into());
    });
    Cloud::start(fake, Vec::new())
}

#[test]
fn the_official_sdk_validates_every_answer() {
    let cloud = fake();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/cloudflare_sdk.py");
    let output = Command::new(oracles_python())
        .args([script, &format!("{}/client/v4", cloud.url()), Cloudflare::TOKEN, ZONE.trim_end_matches('.')])
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(out.lines().filter(|line| line.starts_with("refused: ")).count(), 15, "{out}");
    assert!(out.contains("of 21 types"), "{out}");
}

#[test]
fn what_it_serves_is_what_the_records_make_of_it() {
    let mut fake = Cloudflare::new().zone(
        ZONE,
        "plain 300 A 192.0.2.1\nproxied 300 A 192.0.2.2\nalias 300 CNAME plain\nmixed 300 CNAME plain",
    );
    let zone = fake.zone_mut(ZONE);
    zone.edit("proxied.sdk.example.", "A", |record| record.proxied = true);
    zone.add("mixed.sdk.example.", 300, "TXT", "\"x\"").unwrap_or_else(|error| panic!("{error}"));
    zone.add("sdk.example.", 1, "CNAME", "plain.sdk.example.").unwrap_or_else(|error| panic!("{error}"));
    let text = fake.zone_file(ZONE);
    for line in [
        "plain.sdk.example. 300 IN A 192.0.2.1",
        "proxied.sdk.example. 300 IN A 198.51.100.21",
        "proxied.sdk.example. 300 IN AAAA 2001:db8:cf::21",
        "alias.sdk.example. 300 IN CNAME plain.sdk.example.",
        "mixed.sdk.example. 300 IN A 192.0.2.1",
        "sdk.example. 300 IN A 192.0.2.1",
        "sdk.example. 86400 IN NS ada.ns.cloudflare.example.",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
    assert!(!text.contains("192.0.2.2") && !text.contains("mixed.sdk.example. 300 IN CNAME"), "{text}");
}

#[test]
fn it_asks_for_patience_as_told() {
    let cloud = fake();
    cloud.fault(Fault::TooMany { fits: Fits::any(), times: 1, retry_after: 3 });
    let script = "import sys, cloudflare\n\
        api = cloudflare.Cloudflare(api_token=sys.argv[2], base_url=sys.argv[1], max_retries=0)\n\
        try:\n    api.zones.list()\nexcept cloudflare.RateLimitError as error:\n    print(error.response.headers['retry-after'])";
    let output = Command::new(oracles_python())
        .args(["-c", script, &format!("{}/client/v4", cloud.url()), Cloudflare::TOKEN])
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "3", "{output:?}");
}
