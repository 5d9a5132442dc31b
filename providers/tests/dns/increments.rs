//! What has changed since a zone was read is what a whole transfer shows.

use super::name;
use dnsure_kit::{Bind, Knot, PowerDns, Server, Tsig, zone_text};
use dnsure_providers::dns::Rcode;
use dnsure_providers::dns::{TsigKey, Update, UpdateEnd, changed_since, transfer, update};
use dnsure_zones::{Rdata, RecordType, Ttl, Zone};

const SECRET: &str = "b25lIHNlY3JldCBmb3IgdGVzdHMgb2Ygb25lIGtleS4=";
const RECORDS: &str =
    "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2\nttl 300 A 192.0.2.3\nold 300 TXT gone\nMixed 60 A 192.0.2.4\n";

fn key() -> TsigKey {
    TsigKey::parse("ci.", "hmac-sha256", &SECRET.to_owned().into()).unwrap()
}

fn tsig() -> Tsig {
    Tsig::new("ci", "hmac-sha256", SECRET)
}

fn text() -> String {
    // Larger than the differences, or BIND sends the whole zone (`max-ixfr-ratio`).
    let more: String = (1..100).map(|host| format!("host{host} 300 A 192.0.2.{host}\n")).collect();
    zone_text("example.", &format!("{RECORDS}{more}"))
}

async fn whole(server: &Server) -> Zone {
    transfer(server.addr(), &name("example."), Some(&key())).await.unwrap().zone
}

async fn send(server: &Server, message: &Update) {
    let end = update(server.addr(), message, Some(&key())).await;
    assert!(matches!(end, UpdateEnd::Answered { rcode: Rcode::NOERROR, .. }), "{end:?}");
}

/// A new value, another TTL, an addition, a removal; what comes and goes in between; several versions.
async fn change(server: &Server) {
    let ttl = |seconds| Ttl::from_secs(seconds).unwrap();
    let a = |last| Rdata::new([192, 0, 2, last]);
    let mut first = Update::new(name("example."));
    first.delete_record(&name("www.example."), RecordType::A, &a(1));
    first.add(&name("www.example."), RecordType::A, ttl(300), &a(9));
    first.add(&name("short.example."), RecordType::A, ttl(300), &a(7));
    first.delete_set(&name("old.example."), RecordType::TXT);
    send(server, &first).await;
    let mut second = Update::new(name("example."));
    second.delete_set(&name("ttl.example."), RecordType::A);
    second.add(&name("ttl.example."), RecordType::A, ttl(60), &a(3));
    second.delete_set(&name("short.example."), RecordType::A);
    second.add(&name("a.deep.new.example."), RecordType::A, ttl(300), &a(8));
    send(server, &second).await;
}

async fn differences_make_what_a_transfer_shows(server: &Server) {
    let before = whole(server).await;
    let same = changed_since(server.addr(), &before, Some(&key())).await.expect("nothing has changed");
    assert_eq!(format!("{same:?}"), format!("{before:?}"));
    change(server).await;
    let made =
        changed_since(server.addr(), &before, Some(&key())).await.expect("the server keeps differences");
    let now = whole(server).await;
    assert_eq!(format!("{made:?}"), format!("{now:?}"));
    assert_ne!(format!("{made:?}"), format!("{before:?}"));
    // Not made from what it says it was made from: nothing is taken over.
    let lying = before.filtered(|set| set.rtype() != RecordType::TXT);
    assert!(changed_since(server.addr(), &lying, Some(&key())).await.is_none());
}

#[tokio::test]
async fn bind_tells_the_differences() {
    let server = Bind::builder().key(&tsig()).zone("example.", text()).start();
    differences_make_what_a_transfer_shows(&server).await;
}

#[tokio::test]
async fn knot_tells_the_differences() {
    let server = Knot::builder().key(&tsig()).zone("example.", text()).start();
    differences_make_what_a_transfer_shows(&server).await;
}

#[tokio::test]
async fn powerdns_gives_the_whole_zone_which_is_no_difference() {
    let server = PowerDns::builder().key(&tsig()).zone("example.", text()).start();
    let before = whole(&server).await;
    change(&server).await;
    assert!(changed_since(server.addr(), &before, Some(&key())).await.is_none());
}

#[tokio::test]
async fn without_the_right_key_there_is_nothing() {
    let server = Bind::builder().key(&tsig()).zone("example.", text()).start();
    let before = whole(&server).await;
    assert!(changed_since(server.addr(), &before, None).await.is_none());
    let other = TsigKey::parse("ci.", "hmac-sha256", &"b3RoZXIgc2VjcmV0".to_owned().into()).unwrap();
    assert!(changed_since(server.addr(), &before, Some(&other)).await.is_none());
}
