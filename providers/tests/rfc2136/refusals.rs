//! What servers refuse, each in its own words, and what is refused before it is sent.

use crate::stage::{Kind, Running, Stage, apex, changes, listed, stage};
use dnsure_kit::{Bind, Knot, PowerDns, Tsig, zone_text};
use dnsure_providers::dns::TsigKey;
use dnsure_providers::rfc2136::{Rfc2136, Rfc2136Settings};
use dnsure_providers::{Backend, BackendError, WriteEnd};

/// The reason of a refusal, after which the zone must be as before.
async fn refused(stage: &Stage, edits: &[(&str, &str, &str)]) -> String {
    let before = listed(&stage.live().await.zone);
    let end = stage.write(edits).await;
    let WriteEnd::Refused { reason } = end else { panic!("{}: {end:?}", stage.server.kind()) };
    assert_eq!(before, listed(&stage.live().await.zone), "{}", stage.server.kind());
    reason
}

#[tokio::test]
async fn bind_refuses_more_than_100_records_in_a_set_and_the_reason_says_so() {
    let stage = stage(Kind::Bind, "www 300 A 192.0.2.1");
    let many: String = (0..101).map(|host| format!("300 192.0.2.{host}\n")).collect();
    let reason = refused(&stage, &[("many", "A", &many), ("www", "A", "")]).await;
    assert!(reason.contains("max-records-per-type"), "{reason}");
    let hundred: String = (0..100).map(|host| format!("300 192.0.2.{host}\n")).collect();
    stage.write_and_check(&[("many", "A", &hundred)]).await;
}

#[tokio::test]
async fn bind_refuses_more_than_100_types_at_a_name_and_the_reason_says_so() {
    let stage = stage(Kind::Bind, "");
    let types: Vec<String> = (0..101).map(|number| format!("TYPE{}", 65_000 + number)).collect();
    let edits: Vec<_> = types.iter().map(|rtype| ("many", rtype.as_str(), "300 \\# 1 00")).collect();
    let reason = refused(&stage, &edits).await;
    assert!(reason.contains("max-types-per-name"), "{reason}");
}

#[tokio::test]
async fn powerdns_refuses_types_it_does_not_know_and_the_reason_says_so() {
    let stage = stage(Kind::PowerDns, "");
    let reason =
        refused(&stage, &[("new", "TYPE65280", "300 \\# 1 00"), ("www", "A", "300 192.0.2.1")]).await;
    assert!(reason.contains("record types that it does not know"), "{reason}");
}

#[tokio::test]
async fn bind_refuses_a_mail_host_without_address_and_the_reason_says_so() {
    let stage = stage(Kind::Bind, "");
    let reason = refused(&stage, &[("mail", "MX", "300 10 nowhere")]).await;
    assert!(reason.contains("a host of the zone without address"), "{reason}");
}

#[tokio::test]
async fn a_message_over_64_kib_is_refused_before_it_is_sent() {
    for kind in Kind::ALL {
        let stage = stage(kind, "");
        let names: Vec<String> = (0..2000).map(|number| format!("name-{number}")).collect();
        let edits: Vec<_> =
            names.iter().map(|name| (name.as_str(), "TXT", "300 \"some text of length\"")).collect();
        let reason = refused(&stage, &edits).await;
        assert!(reason.contains("over 65 535 octets"), "{reason}");
        let room = stage.backend.guarantee(&apex()).limits.octets.unwrap();
        let live = stage.live().await;
        let mut size = 0;
        let mut planned = changes(&live.zone, &edits);
        planned.retain(|change| {
            size += change.size().octets;
            size <= room
        });
        assert!(planned.len() > 300, "{}", planned.len());
        let end = stage.backend.write(&apex(), &planned, &live).await;
        assert!(matches!(end, WriteEnd::Accepted { .. }), "{kind:?}: {end:?}");
    }
}

#[tokio::test]
async fn what_the_server_keeps_is_never_written() {
    let stage = stage(Kind::Knot, "");
    let live = stage.live().await;
    let planned = vec![
        dnsure_providers::Change::new(vec![dnsure_providers::SetChange::Add(
            crate::stage::set(("www", "NSEC", "300 example. A")).1.unwrap(),
        )])
        .unwrap(),
    ];
    let end = stage.backend.write(&apex(), &planned, &live).await;
    let WriteEnd::Refused { reason } = end else { panic!("{end:?}") };
    assert!(reason.contains("kept by the server itself"), "{reason}");
}

#[tokio::test]
async fn a_server_that_takes_no_updates_is_found_out_before_the_first_write() {
    let (tsig, key) = (Tsig::sample("ci."), || {
        let tsig = Tsig::sample("ci.");
        TsigKey::parse(&tsig.name, &tsig.algorithm, &tsig.secret.into()).unwrap()
    });
    let text = || zone_text("example.", "www 300 A 192.0.2.1");
    let servers = [
        Running::Plain(Bind::builder().zone("example.", text()).key(&tsig).start()),
        Running::Plain(Knot::builder().zone("example.", text()).key(&tsig).start()),
        Running::PowerDns(PowerDns::builder().zone("example.", text()).key(&tsig).start()),
    ];
    for server in servers {
        let kind = server.kind();
        let settings = |update, transfer| Rfc2136Settings {
            server: server.addr(),
            key: update,
            transfer_key: transfer,
            servers: Vec::new(),
        };
        // With the key everything works; without it the zone is readable by the transfer key alone.
        let backend = Rfc2136::new(settings(Some(key()), None));
        backend.prepare(&apex()).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let backend = Rfc2136::new(settings(None, Some(key())));
        let error = backend.prepare(&apex()).await.unwrap_err();
        println!("{kind}: {error}");
        assert!(matches!(error, BackendError::Refused { .. }), "{kind}: {error}");
        let wrong = TsigKey::parse("ci.", "hmac-sha256", &"d3Jvbmc=".to_owned().into()).unwrap();
        let backend = Rfc2136::new(settings(Some(wrong), Some(key())));
        let error = backend.prepare(&apex()).await.unwrap_err();
        println!("{kind}: {error}");
        assert!(
            matches!(error, BackendError::Refused { .. } | BackendError::Unauthorised { .. }),
            "{kind}: {error}"
        );
    }
}
