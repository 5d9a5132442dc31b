//! PowerDNS with its caches as they come: an update through its listener is served at once, in every query form.

use crate::stage::{Running, Stage, name};
use dnsure_kit::{PowerDns, Prober, zone_text};
use dnsure_providers::WriteEnd;
use dnsure_providers::dns::{Form, Question, ask};
use dnsure_zones::RecordType;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn powerdns_serves_an_update_at_once_although_its_caches_are_hot() {
    let text = zone_text("example.", "www 300 A 192.0.2.1");
    let stage = Stage::new(Running::PowerDns(PowerDns::builder().zone("example.", text).start()));
    stage.prepare().await;
    let prober = Prober::watch(&[stage.addr()], &[("www.example.", 1)]);
    prober.wait_for_round(Duration::from_secs(10)).unwrap();
    let question = Question { name: name("www"), rtype: RecordType::A };
    let mut asked = 0;
    for round in 2..6 {
        let end = stage.write(&[("www", "A", &format!("300 192.0.2.{round}"))]).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(1) {
            for form in Form::ALL {
                let reply = ask(stage.addr(), &question, form, Duration::from_secs(2)).await.unwrap();
                let after = started.elapsed();
                assert_eq!(reply.answer[0].rdata.wire()[3], round, "{form}, {after:?} after the update");
                asked += 1;
            }
        }
    }
    println!("{asked} answers after updates, none of them old");
    prober.stop().assert_no_hole();
}
