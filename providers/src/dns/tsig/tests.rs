//! Streams with unsigned messages in between, against BIND's own verifier, and clocks that differ.

use super::record::TsigRecord;
use super::sign::now;
use super::{TsigFailure, TsigKey, verify};
use crate::dns::message::Reader;
use crate::dns::transfer::transfer_at;
use crate::dns::update::update_at;
use crate::dns::{TransferError, Transferred, Update, UpdateEnd};
use dnsure_kit::{Bind, Knot, Tsig, dig_axfr_sorted, zone_text};
use dnsure_zones::{Name, RecordType};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const WAIT: Duration = Duration::from_secs(5);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn sample() -> (Tsig, TsigKey) {
    let tsig = Tsig::sample("sample.");
    let key = TsigKey::parse(&tsig.name, &tsig.algorithm, &tsig.secret.clone().into()).unwrap();
    (tsig, key)
}

/// A server that sends `example.` in as many messages as `signed` has, and signs those that it says.
/// One octet of message `tampered` is changed after signing.
async fn server(signed: Vec<bool>, tampered: Option<usize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let length = stream.read_u16().await.unwrap();
            let mut request = vec![0; usize::from(length)];
            stream.read_exact(&mut request).await.unwrap();
            for message in messages(&request, &signed, tampered) {
                stream.write_u16(message.len() as u16).await.unwrap();
                stream.write_all(&message).await.unwrap();
            }
            // Until the client has read it all.
            let _ = stream.read(&mut [0]).await;
        }
    });
    addr
}

fn messages(request: &[u8], signed: &[bool], tampered: Option<usize>) -> Vec<Vec<u8>> {
    let (_, key) = sample();
    let mut reader = Reader::new(request).unwrap();
    let mut asked = None;
    while let Some((_, record)) = reader.record().unwrap() {
        if record.rtype == RecordType::TSIG {
            asked = Some(TsigRecord::read(request, &record).unwrap());
        }
    }
    let asked = asked.unwrap();
    let hmac = key.hmac();
    let mut digest = verify::begin(&hmac, &asked.mac);
    let mut first = true;
    let mut messages = Vec::new();
    for (number, sign) in signed.iter().enumerate() {
        let mut message = plain(&request[..2], number, signed.len());
        digest.update(&message);
        if *sign {
            let mut record = TsigRecord { time: now(), mac: Vec::new(), ..asked.clone() };
            digest.update(&if first { record.variables() } else { record.timers().to_vec() });
            record.mac = digest.sign().as_ref().to_vec();
            digest = verify::begin(&hmac, &record.mac);
            record.append(&mut message).unwrap();
            first = false;
        }
        if tampered == Some(number) {
            // The last octet of the address.
            message[12 + 9 + 10 + 3] ^= 1;
        }
        messages.push(message);
    }
    messages
}

/// The opening SOA, hosts, the closing SOA, one record a message.
fn plain(id: &[u8], number: usize, count: usize) -> Vec<u8> {
    let mut message = [id, &[0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0]].concat();
    if number == 0 || number == count - 1 {
        message.extend(b"\x07example\0\0\x06\0\x01\0\0\0\x3c");
        let data = [&b"\x02ns\x07example\0\0"[..], &[0, 0, 0, 1], &[0; 16]].concat();
        message.extend((data.len() as u16).to_be_bytes());
        message.extend(data);
    } else {
        message.extend(b"\x07example\0\0\x01\0\x01\0\0\0\x3c\0\x04");
        message.extend([10, 0, (number >> 8) as u8, number as u8]);
    }
    message
}

async fn ask(addr: SocketAddr) -> Result<Transferred, TransferError> {
    transfer_at(addr, &name("example."), Some(&sample().1), now, WAIT).await
}

fn schedule(runs: &[(usize, bool)]) -> Vec<bool> {
    runs.iter().flat_map(|(count, signed)| std::iter::repeat_n(*signed, *count)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn up_to_99_messages_in_a_row_may_come_unsigned_and_bind_agrees() {
    for runs in [
        vec![(1, true), (1, false), (1, true)],
        vec![(1, true), (99, false), (1, true), (99, false), (1, true)],
        vec![(3, true), (5, false), (2, true), (98, false), (4, true)],
    ] {
        let signed = schedule(&runs);
        let addr = server(signed.clone(), None).await;
        let got = ask(addr).await.unwrap_or_else(|error| panic!("{runs:?}: {error}"));
        assert_eq!(got.messages, signed.len());
        assert_eq!(got.signed_messages, signed.iter().filter(|signed| **signed).count());
        let (tsig, _) = sample();
        let dig = tokio::task::spawn_blocking(move || dig_axfr_sorted(addr, "example.", Some(&tsig)));
        assert_eq!(dig.await.unwrap().unwrap().len(), got.zone.record_count(), "{runs:?}");
    }
}

#[tokio::test]
async fn too_many_unsigned_messages_and_unsigned_ends_are_refused() {
    for runs in [
        vec![(1, true), (100, false), (1, true)],
        vec![(1, false), (1, true)],
        vec![(1, true), (1, false)],
        vec![(2, false)],
    ] {
        let error = ask(server(schedule(&runs), None).await).await.unwrap_err();
        let TransferError::Tsig { failure: TsigFailure::Unsigned { .. }, .. } = error else {
            panic!("{runs:?}: {error}")
        };
    }
}

#[tokio::test]
async fn an_altered_message_is_found_whether_it_is_signed_or_not() {
    for tampered in 1..6 {
        let signed = schedule(&[(2, true), (3, false), (2, true)]);
        let error = ask(server(signed, Some(tampered)).await).await.unwrap_err();
        let TransferError::Tsig { failure: TsigFailure::BadAnswer { .. }, .. } = error else {
            panic!("{tampered}: {error}")
        };
    }
}

#[tokio::test]
async fn clocks_that_differ_are_named() {
    let (tsig, key) = sample();
    let text = || zone_text("example.", "");
    let bind = Bind::builder().zone("example.", text()).key(&tsig).start();
    let knot = Knot::builder().zone("example.", text()).key(&tsig).start();
    for server in [&bind, &knot] {
        for shift in [-3600_i64, 3600] {
            let clock = || now().saturating_add_signed(shift);
            let error = transfer_at(server.addr(), &name("example."), Some(&key), clock, WAIT).await;
            let error = error.unwrap_err();
            let TransferError::Tsig { failure: TsigFailure::Clock { here, server: there, .. }, .. } = error
            else {
                panic!("{}: {error}", server.kind())
            };
            assert!(here.abs_diff(there).abs_diff(3600) < 30, "{error}");
            let update = Update::new(name("example."));
            let end = update_at(server.addr(), &update, Some(&key), clock, WAIT).await;
            let UpdateEnd::NotDone { reason } = end else { panic!("{}: {end:?}", server.kind()) };
            assert!(reason.contains("set the clock that is wrong"), "{reason}");
        }
        let within = || now() + 200;
        transfer_at(server.addr(), &name("example."), Some(&key), within, WAIT).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_a_time_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let wait = Duration::from_millis(100);
    let error = transfer_at(addr, &name("example."), None, now, wait).await.unwrap_err();
    assert!(matches!(error, TransferError::Timeout { records: 0, .. }), "{error}");
    let end = update_at(addr, &Update::new(name("example.")), None, now, wait).await;
    assert!(matches!(end, UpdateEnd::Lost { .. }), "{end:?}");
}
