//! TSIG with real servers, and with someone in between.

use crate::proxy::{Fate, proxy};
use crate::{large_zone, name};
use dnsure_kit::{Bind, Knot, PowerDns, Server, Tsig};
use dnsure_providers::dns::tsig::TsigFailure;
use dnsure_providers::dns::{Rcode, TransferError, TsigKey, Update, UpdateEnd, transfer, update};
use dnsure_zones::{Rdata, RecordType, Ttl};

const SECRETS: [(&str, &str); 3] = [
    ("hmac-sha256", "b25lIHNlY3JldCBmb3IgdGVzdHMgb2Ygb25lIGtleS4="),
    ("hmac-sha384", "YW5vdGhlciBzZWNyZXQgZm9yIHRlc3RzIG9mIGFub3RoZXIga2V5LCB3aGljaCBpcyBsb25nZXI="),
    ("hmac-sha512", "c2hvcnQ="),
];

fn key(name: &str, algorithm: &str, secret: &str) -> TsigKey {
    TsigKey::parse(name, algorithm, &secret.to_owned().into()).unwrap()
}

fn keys() -> Vec<(Tsig, TsigKey)> {
    SECRETS
        .iter()
        .map(|(algorithm, secret)| {
            let owner = format!("Key-{algorithm}.");
            (Tsig::new(&owner, algorithm, secret), key(&owner, algorithm, secret))
        })
        .collect()
}

fn change(last: u8) -> Update {
    let mut message = Update::new(name("example."));
    let ttl = Ttl::from_secs(60).unwrap();
    message.add(&name("new.example."), RecordType::A, ttl, &Rdata::new([192, 0, 2, last]));
    message
}

async fn check(server: &Server, keys: &[(Tsig, TsigKey)]) {
    for (index, (_, key)) in keys.iter().enumerate() {
        let what = format!("{} {}", server.kind(), key.algorithm);
        let got = transfer(server.addr(), &name("example."), Some(key)).await;
        let got = got.unwrap_or_else(|error| panic!("{what}: {error}\n{}", server.log()));
        println!("{what}: {} of {} messages signed", got.signed_messages, got.messages);
        let end = update(server.addr(), &change(index as u8), Some(key)).await;
        assert!(matches!(end, UpdateEnd::Answered { rcode: Rcode::NOERROR, .. }), "{what}: {end:?}");
        let after = transfer(server.addr(), &name("example."), Some(key)).await.unwrap();
        assert_eq!(after.zone.record_count(), got.zone.record_count() + 1, "{what}");
    }
}

#[tokio::test]
async fn every_algorithm_works_with_every_server() {
    let keys = keys();
    let text = large_zone(10_000);
    let (mut bind, mut knot, mut pdns) = (Bind::builder(), Knot::builder(), PowerDns::builder());
    for (key, _) in &keys {
        bind = bind.key(key);
        knot = knot.key(key);
        pdns = pdns.key(key);
    }
    check(&bind.zone("example.", text.clone()).start(), &keys).await;
    check(&knot.zone("example.", text.clone()).start(), &keys).await;
    check(&pdns.zone("example.", text).start(), &keys).await;
}

#[tokio::test]
async fn knot_leaves_messages_unsigned_in_between_and_the_transfer_is_whole() {
    let (tsig, key) = keys().remove(0);
    let knot = Knot::builder().zone("example.", large_zone(100_000)).key(&tsig).start();
    let got = transfer(knot.addr(), &name("example."), Some(&key)).await.unwrap();
    println!("{} of {} messages signed", got.signed_messages, got.messages);
    assert_eq!(got.zone.record_count(), 100_005);
}

#[tokio::test]
async fn a_wrong_key_is_explained() {
    let (tsig, _) = keys().remove(0);
    let text = large_zone(1);
    let unknown = key("nobody.", SECRETS[0].0, SECRETS[0].1);
    let secret = key(&tsig.name, SECRETS[0].0, SECRETS[1].1);
    let algorithm = key(&tsig.name, "hmac-sha512", SECRETS[0].1);
    let bind = Bind::builder().zone("example.", text.clone()).key(&tsig).start();
    let knot = Knot::builder().zone("example.", text.clone()).key(&tsig).start();
    let pdns = PowerDns::builder().zone("example.", text).key(&tsig).start();
    for server in [&bind, &knot, &*pdns] {
        for (what, key) in [("unknown", &unknown), ("secret", &secret), ("algorithm", &algorithm)] {
            let error = transfer(server.addr(), &name("example."), Some(key)).await.unwrap_err();
            println!("{} {what}: {error}", server.kind());
            let end = update(server.addr(), &change(1), Some(key)).await;
            println!("{} {what}: {end:?}", server.kind());
            if server.kind() == "PowerDNS" {
                // It does not say that the key is the reason.
                assert!(error.to_string().contains("wrong key or secret"), "{error}");
                assert!(matches!(end, UpdateEnd::Answered { rcode: Rcode::REFUSED, .. }), "{end:?}");
                continue;
            }
            let TransferError::Tsig { failure, .. } = error else {
                panic!("{} {what}: {error}", server.kind())
            };
            match what {
                "secret" => assert!(matches!(failure, TsigFailure::WrongSecret { .. }), "{failure}"),
                _ => assert!(matches!(
                    failure,
                    TsigFailure::UnknownKey { .. } | TsigFailure::WrongSecret { .. }
                )),
            }
            assert!(matches!(end, UpdateEnd::NotDone { .. }), "{end:?}");
        }
    }
}

#[tokio::test]
async fn a_transfer_altered_on_its_way_is_an_error() {
    let (tsig, key) = keys().remove(0);
    let knot = Knot::builder().zone("example.", large_zone(20_000)).key(&tsig).start();
    let whole = transfer(knot.addr(), &name("example."), Some(&key)).await.unwrap();
    let last = whole.messages - 1;
    for at in 0..whole.messages {
        // One bit of an address, or of a name, or of a TTL: about the middle of the message.
        let through = proxy(knot.addr(), move |number, mut message| {
            let middle = message.len() / 2;
            if number == at {
                message[middle] ^= 1;
            }
            Fate::Pass(message)
        })
        .await;
        transfer(through, &name("example."), Some(&key)).await.unwrap_err();
        let through = proxy(
            knot.addr(),
            move |number, message| {
                if number == at { Fate::Drop } else { Fate::Pass(message) }
            },
        )
        .await;
        let result = tokio::time::timeout(
            std::time::Duration::from_secs(2),
            transfer(through, &name("example."), Some(&key)),
        )
        .await;
        // Without its last message the transfer waits for it.
        assert!(!matches!(result, Ok(Ok(_))), "message {at} of {last} was dropped");
    }
}

#[tokio::test]
async fn an_answer_without_its_signature_is_not_trusted() {
    let (tsig, key) = keys().remove(0);
    let bind = Bind::builder().zone("example.", large_zone(10)).key(&tsig).start();
    let strip = |_, message: Vec<u8>| {
        // The TSIG record is the last; its owner is `key-hmac-sha256.` in full or as a pointer.
        let mut message = message;
        let count = u16::from_be_bytes([message[10], message[11]]) - 1;
        message[10..12].copy_from_slice(&count.to_be_bytes());
        let mut reader = dnsure_providers::dns::message::Reader::new(&message).unwrap();
        let mut end = 12;
        while let Some((_, record)) = reader.record().unwrap() {
            end = record.rdata.end;
        }
        if end == 12 {
            end = message.len().min(12 + 9 + 4);
        }
        message.truncate(end);
        Fate::Pass(message)
    };
    let through = proxy(bind.addr(), strip).await;
    let error = transfer(through, &name("example."), Some(&key)).await.unwrap_err();
    assert!(matches!(error, TransferError::Tsig { failure: TsigFailure::Unsigned { .. }, .. }), "{error}");
    let through = proxy(bind.addr(), strip).await;
    let end = update(through, &change(9), Some(&key)).await;
    // It was carried out, and nobody can know.
    assert!(matches!(end, UpdateEnd::Lost { .. }), "{end:?}");
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_may_have_happened() {
    let bind = Bind::builder().zone("example.", large_zone(10)).start();
    let through = proxy(bind.addr(), |_, _| Fate::CutOff(0)).await;
    let end = update(through, &change(9), None).await;
    assert!(matches!(end, UpdateEnd::Lost { .. }), "{end:?}");
    let zone = transfer(bind.addr(), &name("example."), None).await.unwrap().zone;
    assert!(zone.name_exists(&name("new.example.")));
    let closed = dnsure_kit::reserve().addr();
    let end = update(closed, &change(9), None).await;
    assert!(matches!(end, UpdateEnd::NotDone { .. }), "{end:?}");
}
