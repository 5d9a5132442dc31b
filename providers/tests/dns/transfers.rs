//! Zone transfers: whole, or an error.

use crate::proxy::{Fate, proxy};
use crate::{large_zone, name};
use dnsure_kit::{Bind, Knot, Nsd, PowerDns, zone_text};
use dnsure_providers::dns::{TransferError, transfer};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const HOSTS: usize = 20_000;

#[tokio::test]
async fn large_zones_come_whole_from_every_server() {
    let bind = Bind::builder().zone("example.", large_zone(HOSTS)).start();
    let knot = Knot::builder().zone("example.", large_zone(HOSTS)).start();
    let nsd = Nsd::builder().zone("example.", large_zone(HOSTS)).start();
    let pdns = PowerDns::builder().zone("example.", large_zone(HOSTS)).start();
    for server in [&bind, &knot, &nsd, &*pdns] {
        let got = transfer(server.addr(), &name("example."), None).await.unwrap();
        assert_eq!(got.zone.record_count(), HOSTS + 5, "{}", server.kind());
        assert_eq!(got.soa.name, name("example."));
        println!("{}: {} messages, {} octets, {:?}", server.kind(), got.messages, got.octets, got.took);
    }
}

#[tokio::test]
async fn a_transfer_broken_off_anywhere_is_an_error() {
    let knot = Knot::builder().zone("example.", large_zone(HOSTS)).start();
    let whole = transfer(knot.addr(), &name("example."), None).await.unwrap();
    assert!(whole.messages > 2);
    for last in 0..whole.messages {
        for part in [0, 1, 100] {
            let through =
                proxy(
                    knot.addr(),
                    move |number, message| {
                        if number == last { Fate::CutOff(part) } else { Fate::Pass(message) }
                    },
                )
                .await;
            let error = transfer(through, &name("example."), None).await.unwrap_err();
            assert!(matches!(error, TransferError::BrokenOff { .. }), "{error}");
        }
    }
}

#[tokio::test]
async fn a_lost_message_with_the_closing_soa_is_an_error() {
    let knot = Knot::builder().zone("example.", large_zone(HOSTS)).start();
    let whole = transfer(knot.addr(), &name("example."), None).await.unwrap();
    let last = whole.messages - 1;
    let through = proxy(
        knot.addr(),
        move |number, message| {
            if number == last { Fate::CutOff(0) } else { Fate::Pass(message) }
        },
    )
    .await;
    let error = transfer(through, &name("example."), None).await.unwrap_err();
    assert!(error.to_string().contains("broke off the transfer of example. after"), "{error}");
    println!("{error}");
}

/// A server that answers any request with these messages, their ids set, and closes.
async fn fake(messages: Vec<Vec<u8>>) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 512];
            let _ = stream.read(&mut request).await;
            for message in &messages {
                let mut message = message.clone();
                if let Some(id) = message.get_mut(..2) {
                    id.copy_from_slice(&request[2..4]);
                }
                let _ = stream.write_all(&(message.len() as u16).to_be_bytes()).await;
                let _ = stream.write_all(&message).await;
            }
            let _ = stream.shutdown().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    addr
}

const NAME: &[u8] = b"\x07example\0";

fn record(owner: &[u8], rtype: u16, data: &[u8]) -> Vec<u8> {
    [owner, &rtype.to_be_bytes(), &[0, 1, 0, 0, 1, 0], &(data.len() as u16).to_be_bytes(), data].concat()
}

fn soa(serial: u32) -> Vec<u8> {
    record(NAME, 6, &[NAME, NAME, &serial.to_be_bytes(), &[0; 16]].concat())
}

fn message(flags: u16, records: &[Vec<u8>]) -> Vec<u8> {
    let mut message = vec![0, 0];
    message.extend(flags.to_be_bytes());
    message.extend([0, 0]);
    message.extend((records.len() as u16).to_be_bytes());
    message.extend([0; 4]);
    message.extend(records.concat());
    message
}

#[tokio::test]
async fn what_is_no_transfer_of_the_zone_is_an_error() {
    let a = record(b"\x01a\x07example\0", 1, &[192, 0, 2, 1]);
    let outside = record(b"\x04test\0", 1, &[192, 0, 2, 1]);
    let below = [b"\x03sub", &soa(1)[..]].concat();
    let opt = record(NAME, 41, &[]);
    let short = record(NAME, 2, &[3, b'n']);
    let cases: Vec<(&str, Vec<Vec<u8>>, &str)> = vec![
        ("nothing", vec![], "closed before the closing SOA"),
        ("no octets", vec![vec![]], "ends inside the header"),
        ("no records", vec![message(0x8400, &[])], "a message without records"),
        ("only the opening SOA", vec![message(0x8400, &[soa(1)])], "closed before the closing SOA"),
        ("no SOA first", vec![message(0x8400, &[a.clone(), soa(1)])], "it opens with a.example. A"),
        (
            "another SOA first",
            vec![message(0x8400, &[below.clone(), a.clone()])],
            "it opens with sub.example. SOA",
        ),
        (
            "another serial at the end",
            vec![message(0x8400, &[soa(1), a.clone()]), message(0x8400, &[soa(2)])],
            "opened with serial 1 and closed with serial 2",
        ),
        (
            "records after the end",
            vec![message(0x8400, &[soa(1), a.clone(), soa(1), a.clone()])],
            "records after the closing SOA",
        ),
        ("a name outside", vec![message(0x8400, &[soa(1), outside, soa(1)])], "test. is not in the zone"),
        ("a meta type", vec![message(0x8400, &[soa(1), opt, soa(1)])], "OPT"),
        ("bad record data", vec![message(0x8400, &[soa(1), short, soa(1)])], "NS"),
        ("not a response", vec![message(0x0400, &[soa(1), soa(1)])], "no answer to the request"),
        ("TC", vec![message(0x8600, &[soa(1), soa(1)])], "TC"),
        (
            "trailing octets",
            vec![[message(0x8400, &[soa(1), soa(1)]), vec![1, 2, 3]].concat()],
            "3 octets after the last record",
        ),
        (
            "an error on the way",
            vec![message(0x8400, &[soa(1), a.clone()]), message(0x8402, &[])],
            "after 2 records: the server said SERVFAIL",
        ),
        ("refused", vec![message(0x8405, &[])], "REFUSED"),
        ("not authoritative", vec![message(0x8009, &[])], "NOTAUTH"),
    ];
    for (what, messages, expected) in cases {
        let server = fake(messages).await;
        let error = transfer(server, &name("example."), None).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{what}: {error}");
    }
    // The smallest that is one, and one over two messages.
    for messages in [
        vec![message(0x8400, &[soa(1), soa(1)])],
        vec![message(0x8400, &[soa(1)]), message(0x8000, &[a, soa(1)])],
    ] {
        let server = fake(messages).await;
        transfer(server, &name("example."), None).await.unwrap();
    }
}

#[tokio::test]
async fn everything_that_rfc_3597_allows_is_carried() {
    let records = "t 300 TYPE65280 \\# 3 010203\nt 300 TYPE731 \\# 0\n\\000\\255.x 300 TXT a";
    let bind = Bind::builder().zone("example.", zone_text("example.", records)).start();
    let got = transfer(bind.addr(), &name("example."), None).await.unwrap().zone;
    let at = got.at(&name("t.example.")).map(|set| set.rdatas().map(<[u8]>::to_vec).collect::<Vec<_>>());
    assert_eq!(at.collect::<Vec<_>>(), [vec![vec![]], vec![vec![1, 2, 3]]]);
    assert!(got.name_exists(&name("\\000\\255.x.example.")));
}
