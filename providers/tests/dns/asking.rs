//! One question: all forms on real servers, and answers that are none.

use crate::{name, question};
use dnsure_kit::{Bind, Knot, PowerDns, zone_text};
use dnsure_providers::dns::{AskError, AskLimits, Asker, Form, Rcode, ask};
use dnsure_zones::RecordType;
use hickory_proto::op::{Message, ResponseCode};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;

const WAIT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn every_server_answers_in_every_form() {
    let text = || zone_text("example.", "www 300 A 192.0.2.1\nsub 300 NS ns.sub\nns.sub 300 A 192.0.2.9");
    let bind = Bind::builder().zone("example.", text()).extra("server-id \"one\";").start();
    let knot = Knot::builder().zone("example.", text()).extra("  nsid: \"one\"").start();
    let pdns = PowerDns::builder().zone("example.", text()).extra("server-id=one").start();
    for server in [&bind, &knot, &*pdns] {
        for form in Form::ALL {
            let what = format!("{} {form}", server.kind());
            let found =
                ask(server.addr(), &question("WWW.example.", RecordType::A), form, WAIT).await.unwrap();
            assert_eq!(found.rcode, Rcode::NOERROR, "{what}");
            assert!(found.authoritative && !found.truncated, "{what}");
            assert_eq!(found.answer.len(), 1, "{what}");
            assert_eq!(found.answer[0].rdata.wire(), [192, 0, 2, 1], "{what}");
            assert_eq!(found.answer[0].ttl.as_secs(), 300, "{what}");
            assert_eq!(found.nsid.as_deref(), form.has_edns().then_some(&b"one"[..]), "{what}");
            let missing =
                ask(server.addr(), &question("no.example.", RecordType::A), form, WAIT).await.unwrap();
            assert_eq!(missing.rcode, Rcode::NXDOMAIN, "{what}");
            assert_eq!(missing.authority[0].rtype, RecordType::SOA, "{what}");
            let below =
                ask(server.addr(), &question("x.sub.example.", RecordType::A), form, WAIT).await.unwrap();
            assert!(!below.authoritative && below.answer.is_empty(), "{what}");
            assert_eq!(below.authority[0].name, name("sub.example."), "{what}");
            assert_eq!(below.additional[0].rdata.wire(), [192, 0, 2, 9], "{what}");
        }
    }
}

#[tokio::test]
async fn an_answer_too_large_for_a_datagram_is_asked_for_over_tcp() {
    let texts: String = (0..30).map(|line| format!("big 300 TXT \"{line} {}\"\n", "x".repeat(150))).collect();
    let bind = Bind::builder().zone("example.", zone_text("example.", &texts)).start();
    for form in Form::ALL {
        let reply = ask(bind.addr(), &question("big.example.", RecordType::TXT), form, WAIT).await.unwrap();
        assert_eq!(reply.answer.len(), 30);
        assert_eq!(reply.truncated, form != Form::Tcp, "{form}");
    }
}

/// A UDP server that sends the datagrams that `answers` makes of each question.
async fn fake(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let addr = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            for answer in answers(&buffer[..length]) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    addr
}

fn answered(question: &[u8]) -> Vec<u8> {
    let mut reply = Message::from_vec(question).unwrap().into_response();
    reply.metadata.response_code = ResponseCode::NXDomain;
    reply.to_vec().unwrap()
}

#[tokio::test]
async fn datagrams_that_belong_to_another_question_are_ignored() {
    let server = fake(|question| {
        let right = answered(question);
        let mut other_id = right.clone();
        other_id[0] ^= 1;
        let mut other_name = right.clone();
        other_name[13] ^= 1;
        let mut not_a_response = right.clone();
        not_a_response[2] &= 0x7f;
        vec![vec![], vec![0; 5], other_id, other_name, not_a_response, right[..20].to_vec(), right]
    })
    .await;
    let reply = ask(server, &question("www.example.", RecordType::A), Form::Udp, WAIT).await.unwrap();
    assert_eq!(reply.rcode, Rcode::NXDOMAIN);
}

#[tokio::test]
async fn garbage_alone_is_not_an_answer() {
    let server = fake(|question| vec![question[..2].to_vec()]).await;
    let wait = Duration::from_millis(200);
    let error = ask(server, &question("www.example.", RecordType::A), Form::Udp, wait).await.unwrap_err();
    assert!(matches!(error, AskError::Malformed { .. }), "{error}");
    let silent = fake(|_| Vec::new()).await;
    let error = ask(silent, &question("www.example.", RecordType::A), Form::Udp, wait).await.unwrap_err();
    assert_eq!(error, AskError::Timeout { server: silent, after: wait });
}

#[tokio::test]
async fn a_server_that_cannot_read_the_question_may_answer_without_it() {
    let server = fake(|question| vec![[&question[..2], &[0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]].concat()]).await;
    let reply = ask(server, &question("www.example.", RecordType::A), Form::UdpEdns, WAIT).await.unwrap();
    assert_eq!(reply.rcode, Rcode::FORMERR);
}

#[tokio::test]
async fn unreachable_no_route_and_unaskable_are_told_apart() {
    let closed = dnsure_kit::reserve().addr();
    for form in [Form::Udp, Form::Tcp] {
        let error = ask(closed, &question("example.", RecordType::A), form, WAIT).await.unwrap_err();
        assert!(matches!(error, AskError::Unreachable { .. }), "{error}");
    }
    let error = ask(closed, &question("example.", RecordType::ALIAS), Form::Udp, WAIT).await.unwrap_err();
    assert!(matches!(error, AskError::NotAsked { .. }), "{error}");
    let nowhere: SocketAddr = "[2001:db8::1]:53".parse().unwrap();
    let wait = Duration::from_millis(300);
    let error = ask(nowhere, &question("example.", RecordType::A), Form::Udp, wait).await.unwrap_err();
    // With IPv6 it is a time-out; without, there is no route.
    assert!(matches!(error, AskError::NoRoute { .. } | AskError::Timeout { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_asker_keeps_to_its_limits() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let bind = Bind::builder().zone("example.", zone_text("example.", "www 300 A 192.0.2.1")).start();
    let limits = AskLimits { in_flight_per_server: 4, ..AskLimits::default() };
    let asker = Arc::new(Asker::new(limits));
    let answered = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..500)
        .map(|turn| {
            let (asker, answered, server) = (asker.clone(), answered.clone(), bind.addr());
            tokio::spawn(async move {
                let form = Form::ALL[turn % 4];
                asker.ask(server, &question("www.example.", RecordType::A), form).await.unwrap();
                answered.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(answered.load(Ordering::Relaxed), 500);
}
