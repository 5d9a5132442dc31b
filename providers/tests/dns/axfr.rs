//! The provider that is only read, on the servers that give zone transfers.

use crate::proxy::{Fate, proxy};
use crate::{large_zone, name};
use dnsure_kit::{Bind, Knot, Nsd, Server, Tsig, zone_text};
use dnsure_providers::axfr::{Axfr, AxfrSettings};
use dnsure_providers::dns::TsigKey;
use dnsure_providers::{Backend, BackendError, Change, Reading, SetChange, WriteEnd};
use dnsure_zones::{Rdata, RecordKey, RecordSet, RecordType, Ttl};
use std::net::SocketAddr;

const ZONE: &str = "example.";

fn backend(server: SocketAddr, key: Option<&Tsig>) -> Axfr {
    let key = key.map(|key| TsigKey::parse(&key.name, &key.algorithm, &key.secret.clone().into()).unwrap());
    Axfr::new(AxfrSettings { server, key, servers: Vec::new() })
}

/// A BIND, a Knot and an NSD that give the zone to whoever has the key.
fn servers(key: &Tsig, text: &str) -> [Server; 3] {
    [
        Bind::builder().key(key).zone(ZONE, text).start(),
        Knot::builder().key(key).zone(ZONE, text).start(),
        Nsd::builder().key(key).zone(ZONE, text).start(),
    ]
}

#[tokio::test]
async fn a_signed_zone_transfer_is_read_from_every_server_and_refused_without_the_key() {
    let key = Tsig::sample("reader.");
    let other = Tsig::new("reader.", &key.algorithm, "YW5vdGhlciBzZWNyZXQ=");
    let stranger = Tsig::sample("stranger.");
    for server in servers(&key, &large_zone(500)) {
        let kind = server.kind();
        let reading = backend(server.addr(), Some(&key)).read(&name(ZONE)).await;
        let Ok(Reading::Live(live)) = reading else { panic!("{kind}: {reading:?}") };
        assert_eq!(live.zone.record_count(), 505, "{kind}");
        assert!(live.serial.is_some(), "{kind}");
        for wrong in [None, Some(&other), Some(&stranger)] {
            let refused = backend(server.addr(), wrong).read(&name(ZONE)).await;
            assert!(
                matches!(refused, Err(BackendError::Refused { .. } | BackendError::Unauthorised { .. })),
                "{kind}, {wrong:?}: {refused:?}"
            );
        }
        let absent = backend(server.addr(), Some(&key)).read(&name("absent.")).await;
        assert!(matches!(absent, Ok(Reading::Missing)), "{kind}: {absent:?}");
    }
}

#[tokio::test]
async fn a_transfer_that_is_broken_off_is_never_a_smaller_zone() {
    let text = large_zone(5_000);
    for server in [Bind::builder().zone(ZONE, &*text).start(), Nsd::builder().zone(ZONE, &*text).start()] {
        // Both of the two tries end after the first message.
        let through = proxy(
            server.addr(),
            |number, message| {
                if number == 1 { Fate::CutOff(7) } else { Fate::Pass(message) }
            },
        )
        .await;
        let torn = backend(through, None).read(&name(ZONE)).await;
        assert!(matches!(torn, Err(BackendError::Incomplete { .. })), "{}: {torn:?}", server.kind());
    }
}

#[tokio::test]
async fn a_provider_that_is_only_read_refuses_every_write() {
    let server = Knot::builder().zone(ZONE, zone_text(ZONE, "www 300 A 192.0.2.1")).start();
    let backend = backend(server.addr(), None);
    assert_eq!(backend.guarantee(&name(ZONE)).to_string(), "read only");
    let Ok(Reading::Live(live)) = backend.read(&name(ZONE)).await else { panic!("no zone") };
    let key = RecordKey::new(name("www.example."), RecordType::A);
    let before = live.zone.get_key(&key).unwrap().to_set();
    let after = RecordSet::new(key, Ttl::from_wire(300), [Rdata::new([192, 0, 2, 2])]);
    let change = Change::new(vec![SetChange::Replace { before, after }]).unwrap();
    let end = backend.write(&name(ZONE), &[change], &live).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("only read")), "{end:?}");
    let Ok(Reading::Live(still)) = backend.read(&name(ZONE)).await else { panic!("no zone") };
    assert_eq!(still.serial, live.serial);
}
