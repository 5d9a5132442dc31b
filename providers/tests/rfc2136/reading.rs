//! What a read says: the zone whole, that there is none, or why it cannot be had.

use crate::stage::{Kind, Running, Stage, apex, name, stage};
use dnsure_kit::{Bind, Knot, PowerDns, dig_axfr_sorted, zone_text};
use dnsure_providers::{Backend, BackendError, Reading};

#[tokio::test]
async fn the_zone_is_what_dig_transfers() {
    for kind in Kind::ALL {
        let records = (0..500).map(|i| format!("h{i} 300 A 192.0.2.{}\n", i % 256)).collect::<String>();
        let stage = stage(kind, &(records + "Mixed.Case 300 TXT \"x\"\nt 300 MX 10 H1"));
        let dig = dig_axfr_sorted(stage.addr(), "example.", None).unwrap();
        let mut own = Vec::new();
        for set in stage.live().await.zone.sets() {
            let set = set.to_set();
            own.extend(set.texts().map(|text| {
                format!("{} {} IN {} {text}", set.key.name, set.ttl, set.key.rtype).to_lowercase()
            }));
        }
        own.sort();
        let mut dig: Vec<String> = dig.iter().map(|line| line.to_lowercase()).collect();
        dig.sort();
        assert_eq!(own, dig, "{kind:?}");
    }
}

#[tokio::test]
async fn a_zone_that_is_not_there_is_missing() {
    for kind in Kind::ALL {
        let stage = stage(kind, "");
        let reading = stage.backend.read(&name("other.")).await;
        assert!(matches!(reading, Ok(Reading::Missing)), "{kind:?}: {reading:?}");
    }
}

#[tokio::test]
async fn a_zone_that_may_not_be_transferred_is_an_error_and_not_missing() {
    let text = || zone_text("example.", "");
    let key = dnsure_kit::Tsig::sample("secret.");
    for stage in [
        Stage::new(Running::Plain(Bind::builder().zone("example.", text()).key(&key).start())),
        Stage::new(Running::Plain(Knot::builder().zone("example.", text()).key(&key).start())),
        Stage::new(Running::PowerDns(
            PowerDns::builder().zone("example.", text()).extra("allow-axfr-ips=192.0.2.1").start(),
        )),
    ] {
        let error = stage.backend.read(&apex()).await.unwrap_err();
        assert!(matches!(error, BackendError::Refused { .. }), "{}: {error}", stage.server.kind());
        println!("{}: {error}", stage.server.kind());
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_unreachable() {
    let stage = stage(Kind::Knot, "");
    stage.server.kill();
    let error = stage.backend.read(&apex()).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
}
