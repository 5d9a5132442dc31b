//! The DNS client on real name servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dnsure_kit::{Bind, Knot, PowerDns, Tsig, zone_text};
use dnsure_providers::dns::{self, Form, Question, Rcode, TsigKey, Update, UpdateEnd};
use dnsure_zones::{Name, Rdata, RecordType, Ttl};
use std::net::SocketAddr;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(5);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn question(text: &str, rtype: RecordType) -> Question {
    Question { name: name(text), rtype }
}

#[tokio::test]
async fn every_server_is_asked_in_every_form() {
    let bind = Bind::builder().zone("example.", zone_text("example.", "www 300 A 192.0.2.1")).start();
    for form in Form::ALL {
        let reply =
            dns::ask(bind.addr(), &question("WWW.example.", RecordType::A), form, WAIT).await.unwrap();
        assert_eq!(reply.rcode, Rcode::NOERROR, "{form}");
        assert!(reply.authoritative && !reply.truncated);
        assert_eq!(reply.answer.len(), 1);
        assert_eq!(reply.answer[0].rdata.wire(), [192, 0, 2, 1]);
        assert_eq!(reply.answer[0].ttl.as_secs(), 300);
        let missing =
            dns::ask(bind.addr(), &question("no.example.", RecordType::A), form, WAIT).await.unwrap();
        assert_eq!(missing.rcode, Rcode::NXDOMAIN);
        assert_eq!(missing.authority[0].rtype, RecordType::SOA);
    }
    let got = dns::transfer(bind.addr(), &name("example."), None).await.unwrap();
    println!("{:?}", got.zone);
    let mut update = Update::new(name("example."));
    update.require_set(&name("www.example."), RecordType::A, &[Rdata::new([192, 0, 2, 1])]);
    update.delete_set(&name("www.example."), RecordType::A);
    update.add(
        &name("www.example."),
        RecordType::A,
        Ttl::from_secs(60).unwrap(),
        &Rdata::new([192, 0, 2, 2]),
    );
    let end = dns::update(bind.addr(), &update, None).await;
    println!("{end:?}");
    let got = dns::transfer(bind.addr(), &name("example."), None).await.unwrap();
    println!("{:?}", got.zone);
    let end = dns::update(bind.addr(), &update, None).await;
    println!("{end:?}");
}
