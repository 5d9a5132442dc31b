//! One question: all forms on real servers, and answers that are none.

use crate::{name, question};
use dnsure_kit::{Bind, Knot, PowerDns, zone_text};
use dnsure_providers::dns::{AskError, AskLimits, Asker, Form, Question, Rcode, ask};
use dnsure_zones::RecordType;
use hickory_proto::op::{Message, ResponseCode};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
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

type Ports = Arc<Mutex<Vec<u16>>>;

/// A UDP server that sends the datagrams that `answers` makes of each question.
async fn fake(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    noting_ports(answers).await.0
}

/// The same, with the ports that the questions came from, in order.
async fn noting_ports(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> (SocketAddr, Ports) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let addr = socket.local_addr().unwrap();
    let ports = Ports::default();
    let noted = Arc::clone(&ports);
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            noted.lock().unwrap().push(from.port());
            for answer in answers(&buffer[..length]) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    (addr, ports)
}

fn answered(question: &[u8]) -> Vec<u8> {
    answered_with(question, ResponseCode::NXDomain)
}

fn answered_with(question: &[u8], code: ResponseCode) -> Vec<u8> {
    let mut reply = Message::from_vec(question).unwrap().into_response();
    reply.metadata.response_code = code;
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

fn numbered(number: usize) -> Question {
    question(&format!("n{number}.example."), RecordType::A)
}

#[tokio::test]
async fn every_sample_of_a_question_comes_from_a_new_port() {
    let (server, ports) = noting_ports(|question| vec![answered(question)]).await;
    let asker = Asker::new(AskLimits::default());
    let mut lines = [asker.line(server), asker.line(server), asker.line(server)];
    for form in [Form::Udp, Form::UdpEdns, Form::UdpEdnsDo] {
        for line in &mut lines {
            line.ask(&numbered(0), form).await.unwrap();
        }
        ask(server, &numbered(0), form, WAIT).await.unwrap();
        asker.ask(server, &numbered(0), form).await.unwrap();
    }
    let ports = ports.lock().unwrap();
    assert_eq!(ports.len(), 15);
    // The system may give a port again that was closed.
    assert!(BTreeSet::from_iter(&*ports).len() >= 14, "{ports:?}");
    assert!(ports.windows(2).all(|pair| pair[0] != pair[1]), "{ports:?}");
}

#[tokio::test]
async fn a_line_asks_few_questions_from_one_port() {
    let (server, ports) = noting_ports(|question| vec![answered(question)]).await;
    let asker = Asker::new(AskLimits::default());
    let mut line = asker.line(server);
    for number in 0..64 {
        line.ask(&numbered(number), Form::UdpEdns).await.unwrap();
    }
    let ports = ports.lock().unwrap();
    let runs: Vec<usize> = ports.chunk_by(|one, next| one == next).map(<[u16]>::len).collect();
    assert_eq!(runs, [16, 16, 16, 16]);
}

#[tokio::test]
async fn a_late_answer_to_another_question_is_ignored() {
    // Each question is answered twice, so that the second answer lies there when the next one is asked.
    let (server, ports) = noting_ports(|question| vec![answered(question); 2]).await;
    let asker = Asker::new(AskLimits::default());
    let mut line = asker.line(server);
    for number in 0..16 {
        let reply = line.ask(&numbered(number), Form::Udp).await.unwrap();
        assert_eq!(reply.rcode, Rcode::NXDOMAIN);
    }
    assert_eq!(BTreeSet::from_iter(&*ports.lock().unwrap()).len(), 1);
}

#[tokio::test]
async fn a_late_answer_with_the_id_of_the_next_question_is_not_taken_for_its_answer() {
    let earlier = Mutex::new(None::<Vec<u8>>);
    let (server, _) = noting_ports(move |question| {
        let own = answered(question);
        let refusal = answered_with(question, ResponseCode::Refused);
        let mut late = earlier.lock().unwrap().replace(refusal).unwrap_or_default();
        late.splice(..2.min(late.len()), question[..2].iter().copied());
        vec![late, own]
    })
    .await;
    let asker = Asker::new(AskLimits::default());
    let mut line = asker.line(server);
    for number in 0..8 {
        let reply = line.ask(&numbered(number), Form::Udp).await.unwrap();
        assert_eq!(reply.rcode, Rcode::NXDOMAIN);
    }
}

#[tokio::test]
async fn a_question_without_an_answer_leaves_its_port_behind() {
    let (server, ports) = noting_ports(|question| {
        let silent = question[13..].starts_with(b"n1");
        if silent { Vec::new() } else { vec![answered(question)] }
    })
    .await;
    let asker = Asker::new(AskLimits { timeout: Duration::from_millis(200), ..AskLimits::default() });
    let mut line = asker.line(server);
    line.ask(&numbered(0), Form::Udp).await.unwrap();
    let error = line.ask(&numbered(1), Form::Udp).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { .. }), "{error}");
    line.ask(&numbered(2), Form::Udp).await.unwrap();
    let ports = ports.lock().unwrap();
    assert_eq!(ports[0], ports[1]);
    assert_ne!(ports[1], ports[2]);
}

#[tokio::test]
async fn a_line_tells_when_the_server_goes_away_and_asks_it_again_when_it_is_back() {
    let asker = Asker::new(AskLimits::default());
    let reserved = dnsure_kit::reserve();
    let server = reserved.addr();
    let mut line = asker.line(server);
    for number in [0, 10] {
        let socket = UdpSocket::bind(server).await.unwrap();
        let answering = async {
            let mut buffer = [0; 2048];
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            socket.send_to(&answered(&buffer[..length]), from).await.unwrap();
        };
        let asked = numbered(number);
        tokio::join!(line.ask(&asked, Form::Udp), answering).0.unwrap();
        drop(socket);
        for gone in [number + 1, number + 2] {
            let error = line.ask(&numbered(gone), Form::Udp).await.unwrap_err();
            assert!(matches!(error, AskError::Unreachable { .. }), "{error}");
        }
    }
}

#[tokio::test]
async fn a_line_that_waits_for_nothing_takes_no_place() {
    let (server, _) = noting_ports(|question| vec![answered(question)]).await;
    let asker = Asker::new(AskLimits { in_flight_per_server: 1, in_flight: 1, ..AskLimits::default() });
    let mut first = asker.line(server);
    for number in 0..16 {
        first.ask(&numbered(number), Form::Udp).await.unwrap();
    }
    // Its port is closed, so another may ask; and so on, when a line is dropped.
    let mut second = asker.line(server);
    second.ask(&numbered(16), Form::Udp).await.unwrap();
    drop(second);
    first.ask(&numbered(17), Form::UdpEdns).await.unwrap();
    first.ask(&numbered(17), Form::UdpEdnsDo).await.unwrap();
}
