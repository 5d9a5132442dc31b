//! What goes over the wire besides the answers themselves.

use crate::fixture::*;
use dnsure_kit::query::{self, exchange_tcp, exchange_udp, name_wire};
use dnsure_kit::{Form, dig_axfr_sorted};
use dnsure_providers::embedded::Embedded;
use dnsure_zones::RecordType;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const TXT: u16 = 16;

async fn with(lines: &[&str]) -> (tempfile::TempDir, Embedded) {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), lines).await;
    (directory, backend)
}

/// The bytes of a question with an OPT record of this size, TTL field and data.
fn edns(owner: &str, rtype: u16, size: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = query::question(7, &name_wire(owner), rtype, None);
    bytes[11] = 1;
    bytes.extend([0, 0, 41]);
    bytes.extend(size.to_be_bytes());
    bytes.extend(ttl.to_be_bytes());
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
    bytes
}

fn rcode(reply: &[u8]) -> u8 {
    reply[3] & 15
}

fn contains(reply: &[u8], part: &[u8]) -> bool {
    reply.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn what_does_not_fit_is_truncated_and_whole_over_tcp() {
    let half = format!("half 60 TXT {}", "\"0123456789012345678901234567890123456789\" ".repeat(15));
    let large = format!("large 60 TXT {}", "\"0123456789012345678901234567890123456789\" ".repeat(40));
    let (_directory, backend) = with(&[half.trim_end(), large.trim_end()]).await;
    let ask = |owner, form| question(backend.addr(), owner, RecordType::TXT, form);
    let shape = |answer: query::Answer| (answer.truncated, answer.answer.len());
    assert_eq!(shape(ask("half.example.", Form::Udp)), (true, 0), "over 512 octets");
    assert_eq!(shape(ask("half.example.", Form::Edns)), (false, 1));
    assert_eq!(shape(ask("large.example.", Form::EdnsDo)), (true, 0), "over 1232 octets");
    assert_eq!(shape(ask("large.example.", Form::Tcp)), (false, 1));
    for size in [0, 300, 4096, 65535] {
        for owner in ["half.example.", "large.example.", "example."] {
            let reply = exchange_udp(backend.addr(), &edns(owner, TXT, size, 0, &[]), WAIT).unwrap();
            assert!(reply.len() <= usize::from(size.clamp(512, 1232)), "{owner}: {} octets", reply.len());
        }
    }
}

#[tokio::test]
async fn edns_is_answered_with_edns_and_other_versions_are_refused() {
    let (_directory, backend) = with(&[]).await;
    let ask =
        |ttl, data: &[u8]| exchange_udp(backend.addr(), &edns("example.", 6, 1232, ttl, data), WAIT).unwrap();
    let plain = ask(0, &[]);
    assert_eq!(plain[plain.len() - 11..], [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]);
    let dnssec_ok = ask(0x8000, &[]);
    assert_eq!(dnssec_ok[dnssec_ok.len() - 4], 0x80, "DO is echoed");
    let badvers = ask(1 << 16, &[]);
    assert_eq!((rcode(&badvers), badvers[badvers.len() - 6], badvers[7]), (0, 1, 0), "BADVERS, no answer");
    let nsid = ask(0, &[0, 3, 0, 0]);
    let pid = std::process::id().to_string();
    assert!(contains(&nsid, b"dnsure-embedded-") && contains(&nsid, pid.as_bytes()));
    assert!(!contains(&plain, b"dnsure-embedded-"), "only where asked");
    assert_eq!(rcode(&ask(0, &[0, 3, 0])), 1, "half an option");
}

#[tokio::test]
async fn questions_for_others_and_other_operations_are_turned_down() {
    let (_directory, backend) = with(&[]).await;
    let ask = |bytes: &[u8]| rcode(&exchange_udp(backend.addr(), bytes, WAIT).unwrap());
    let plain = query::question(7, &name_wire("example."), 6, None);
    assert_eq!(ask(&plain), 0);
    let changed = |at: usize, value: u8| {
        let mut bytes = plain.clone();
        bytes[at] = value;
        bytes
    };
    assert_eq!(ask(&changed(2, 5 << 3)), 4, "UPDATE: NOTIMP");
    assert_eq!(ask(&changed(2, 4 << 3)), 4, "NOTIFY: NOTIMP");
    assert_eq!(ask(&changed(5, 0)), 1, "no question: FORMERR");
    assert_eq!(ask(&changed(11, 1)), 1, "a record announced and not there: FORMERR");
    assert_eq!(ask(&changed(plain.len() - 1, 3)), 5, "class CH: REFUSED");
    assert_eq!(ask(&changed(plain.len() - 3, 41)), 1, "OPT as type: FORMERR");
    assert_eq!(ask(&query::question(7, &name_wire("test."), 1, None)), 5, "another zone: REFUSED");
    assert_eq!(ask(&query::question(7, &name_wire("."), 2, None)), 5);
    assert_eq!(ask(&query::question(7, &name_wire("example."), 252, None)), 1, "AXFR over UDP: FORMERR");
    let tsig = [&plain[..], b"\x03key\x00\x00\xfa\x00\xff\x00\x00\x00\x00\x00\x00"].concat();
    let mut tsig = tsig;
    tsig[11] = 1;
    assert_eq!(ask(&tsig), 9, "a signature nobody can check: NOTAUTH");
    let mut recursive = plain;
    recursive[2] |= 1;
    let reply = exchange_udp(backend.addr(), &recursive, WAIT).unwrap();
    assert_eq!((reply[2] & 1, reply[3] & 0x80), (1, 0), "RD is echoed, RA is not set");
}

#[tokio::test]
async fn all_of_a_name_is_told_to_who_asks_for_any() {
    let (_directory, backend) = with(&["www 60 A 192.0.2.1", "www 60 TXT x", "a.ent 60 A 192.0.2.1"]).await;
    let any = |owner| question(backend.addr(), owner, RecordType::ANY, Form::Udp);
    assert_eq!(any("www.example.").texts(), ["60 A 192.0.2.1", "60 TXT \"x\""]);
    let empty = any("ent.example.");
    assert_eq!((empty.rcode, empty.answer.len(), empty.authority.len()), (0, 0, 1));
}

#[tokio::test]
async fn several_questions_on_one_connection_are_answered_in_order() {
    let (_directory, backend) = with(&[]).await;
    let mut stream = TcpStream::connect(backend.addr()).unwrap();
    stream.set_read_timeout(Some(WAIT)).unwrap();
    let mut sent = Vec::new();
    for id in 0..100_u16 {
        let message = query::question(id, &name_wire("example."), 6, None);
        sent.extend((message.len() as u16).to_be_bytes());
        sent.extend(message);
    }
    let (first, rest) = sent.split_at(777);
    stream.write_all(first).unwrap();
    stream.write_all(rest).unwrap();
    for id in 0..100_u16 {
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut reply).unwrap();
        assert_eq!(reply[..2], id.to_be_bytes());
    }
}

#[tokio::test]
async fn many_open_connections_do_not_keep_others_from_being_answered() {
    let (_directory, backend) = with(&[]).await;
    let mut open: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(backend.addr()).unwrap()).collect();
    assert_eq!(question(backend.addr(), "example.", RecordType::SOA, Form::Udp).answer.len(), 1);
    let mut last = open.pop().unwrap();
    last.set_read_timeout(Some(WAIT)).unwrap();
    assert!(matches!(last.read(&mut [0; 1]), Ok(0) | Err(_)), "more than the limit are closed");
    drop(open);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(question(backend.addr(), "example.", RecordType::SOA, Form::Tcp).answer.len(), 1);
}

#[tokio::test]
async fn dig_transfers_the_zone_as_it_is() {
    let huge = format!("huge 60 TXT {}", format!("\"{}\" ", "x".repeat(255)).repeat(250));
    let mut lines: Vec<String> = (0..3000).map(|n| format!("Host{n} 60 A 192.0.2.1")).collect();
    lines
        .extend(["sub 60 NS ns.sub", "ns.sub 60 A 192.0.2.7", "MX 60 MX 5 Mail.Example."].map(str::to_owned));
    lines.push(huge.trim_end().to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (_directory, backend) = with(&lines).await;
    let transferred = dig_axfr_sorted(backend.addr(), "example.", None).unwrap();
    assert_eq!(transferred.len(), lines.len() + 2, "and SOA and NS");
    for line in [
        "Host7.example. 60 IN A 192.0.2.1",
        "MX.example. 60 IN MX 5 Mail.Example.",
        "ns.sub.example. 60 IN A 192.0.2.7",
    ] {
        assert!(transferred.iter().any(|there| there == line), "{line}");
    }
    let elsewhere = query::question(7, &name_wire("www.example."), 252, None);
    assert_eq!(rcode(&exchange_tcp(backend.addr(), &elsewhere, WAIT).unwrap()), 9, "no zone of that name");
}

#[tokio::test]
async fn hostile_bytes_are_survived() {
    let (_directory, backend) = with(&["*.w 60 CNAME a.w", "d 60 DNAME d.d", "loop 60 CNAME loop"]).await;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for round in 0..3000_usize {
        let mut bytes = edns("a.d.example.", (random() % 300) as u16, 1232, 0x8000, &[0, 3, 0, 0]);
        for _ in 0..random() % 5 {
            let at = random() as usize % bytes.len();
            bytes[at] = random() as u8;
        }
        bytes.truncate(random() as usize % (bytes.len() + 20));
        if round % 10 == 0 {
            bytes = (0..random() % 2000).map(|_| random() as u8).collect();
        }
        socket.send_to(&bytes, backend.addr()).unwrap();
        if round % 50 == 0 {
            let mut stream = TcpStream::connect(backend.addr()).unwrap();
            stream.write_all(&bytes).unwrap();
            let answer = question(backend.addr(), "example.", RecordType::SOA, Form::Udp);
            assert_eq!(answer.answer.len(), 1, "after {round} messages");
        }
    }
    for form in Form::ALL {
        assert_eq!(question(backend.addr(), "example.", RecordType::SOA, form).answer.len(), 1);
        let looped = question(backend.addr(), "loop.example.", RecordType::A, form);
        assert_eq!(looped.answer.len(), 1);
        assert!(question(backend.addr(), "x.d.example.", RecordType::A, form).answer.len() < 40);
    }
}
