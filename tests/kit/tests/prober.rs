//! The prober finds the holes that are there, and none that are not.

use std::time::Duration;

use dnsure_kit::query::rtype;
use dnsure_kit::{
    Bind, Form, Knot, PowerDns, Prober, Server, Tsig, nsupdate, planted_hole, reserve, zone_text,
};

const ZONE: &str = "example.test.";
const WWW: (&str, u16) = ("www.example.test.", rtype::A);
const TIMEOUT: Duration = Duration::from_secs(30);

fn zone() -> String {
    zone_text(ZONE, "www 300 A 192.0.2.10\nalias CNAME www\n*.wild A 192.0.2.40")
}

fn settle(prober: &Prober, answers: u64) {
    prober.mark();
    prober.wait_for_answers(answers, TIMEOUT).expect("answers");
}

fn update(server: &Server, commands: &str) {
    nsupdate(server.addr(), ZONE, None, commands).unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
}

/// The positive control: a set that is away for 20 ms is seen to be missing. Three times, because on
/// an overloaded machine the prober itself may stand still for as long.
fn catches_a_planted_hole(server: &Server, key: Option<&Tsig>) {
    let prober = Prober::watch(&[server.addr()], &[WWW]);
    settle(&prober, 40);
    let mut away = Duration::ZERO;
    for _ in 0..3 {
        away += planted_hole(server.addr(), ZONE, key, WWW, "300 A 192.0.2.10");
        settle(&prober, 40);
    }
    let report = prober.stop();
    println!("{} after {away:?}: {report}", server.kind());
    let missing = report.missing();
    assert!(missing.total() > 0 && missing.total() == missing.nxdomain, "{report}");
    report.assert_hole();
    let [absence] = report.absences() else { panic!("{:?}", report.absences()) };
    assert!(absence.last - absence.first > Duration::from_millis(10), "{absence:?}");
    assert!(std::panic::catch_unwind(|| report.assert_no_hole()).is_err());
}

#[test]
fn a_planted_hole_is_caught_on_bind() {
    let key = Tsig::sample("ci.");
    catches_a_planted_hole(&Bind::builder().zone(ZONE, zone()).key(&key).start(), Some(&key));
}

#[test]
fn a_planted_hole_is_caught_on_knot() {
    catches_a_planted_hole(&Knot::builder().zone(ZONE, zone()).start(), None);
}

#[test]
fn a_planted_hole_is_caught_on_powerdns_without_caches() {
    catches_a_planted_hole(&PowerDns::builder().zone(ZONE, zone()).without_caches().start(), None);
}

/// One update that deletes and adds leaves no hole, type swaps included.
fn sees_no_hole_in_atomic_updates(server: &Server) {
    let prober = Prober::watch(&[server.addr()], &[WWW]);
    settle(&prober, 40);
    for host in 1..=10 {
        update(
            server,
            &format!("update delete www.example.test. A\nupdate add www.example.test. 60 A 192.0.2.{host}"),
        );
        settle(&prober, 20);
    }
    update(
        server,
        "update delete www.example.test. A\nupdate add www.example.test. 60 CNAME ns1.example.test.",
    );
    settle(&prober, 40);
    let report = prober.stop();
    println!("{}: {report}", server.kind());
    report.assert_no_hole();
    report.assert_at_least(280);
    report.assert_no_old_after_new();
    let last = report.last(server.addr(), WWW.0, WWW.1).expect("answers");
    assert_eq!(last, ["60 CNAME ns1.example.test."]);
    assert!(report.history(server.addr(), WWW.0, WWW.1).len() >= 12);
    for form in Form::ALL {
        assert!(report.answers_in(server.addr(), form) > 20, "{form}: {report}");
    }
}

#[test]
fn atomic_updates_leave_no_hole_on_bind() {
    sees_no_hole_in_atomic_updates(&Bind::builder().zone(ZONE, zone()).start());
}

#[test]
fn atomic_updates_leave_no_hole_on_knot() {
    sees_no_hole_in_atomic_updates(&Knot::builder().zone(ZONE, zone()).start());
}

#[test]
fn the_lost_answer_of_a_wildcard_is_a_hole() {
    let server = Bind::builder().zone(ZONE, zone()).start();
    let prober = Prober::watch(&[server.addr()], &[("any.wild.example.test.", rtype::A)]);
    settle(&prober, 20);
    update(&server, "update add _acme-challenge.any.wild.example.test. 60 TXT x");
    settle(&prober, 20);
    let report = prober.stop();
    assert!(report.missing().nodata >= 20, "{report}");
}

#[test]
fn a_silent_server_is_unanswered_and_never_missing() {
    let servers = [Bind::builder().zone(ZONE, zone()).start(), Knot::builder().zone(ZONE, zone()).start()];
    let settings = dnsure_kit::prober::Settings { wait: Duration::from_millis(100), ..Default::default() };
    let addresses = servers.each_ref().map(Server::addr);
    let prober = Prober::watch_with(&addresses, &[WWW], settings);
    settle(&prober, 40);
    servers[0].pause();
    prober.mark();
    let lacking = prober.wait_for_answers(40, Duration::from_millis(500)).expect_err("one is silent");
    assert!(lacking.contains(&servers[0].addr().to_string()), "{lacking}");
    servers[0].resume();
    settle(&prober, 40);
    servers[1].stop();
    std::thread::sleep(Duration::from_millis(50));
    let report = prober.stop();
    println!("{report}");
    report.assert_no_hole();
    assert!(
        report.unanswered_of(servers[0].addr()) > 0 && report.unanswered_of(servers[1].addr()) > 0,
        "{report}"
    );
}

#[test]
fn a_forgotten_name_may_go_and_a_new_one_is_watched() {
    let server = Bind::builder().zone(ZONE, zone()).start();
    let prober = Prober::watch(&[server.addr()], &[WWW, ("ns1.example.test.", rtype::A)]);
    settle(&prober, 40);
    prober.forget(WWW.0, WWW.1);
    update(&server, "update delete www.example.test.\nupdate add new.example.test. 60 AAAA 2001:db8::1");
    prober.also("new.example.test.", rtype::AAAA);
    prober.mark();
    prober.wait_for_round(TIMEOUT).expect("a round");
    let report = prober.stop();
    report.assert_no_hole();
    assert_eq!(
        report.last(server.addr(), "new.example.test.", rtype::AAAA).expect("seen"),
        ["60 AAAA 2001:db8::1"]
    );
}

#[test]
fn an_old_answer_after_a_new_one_is_noticed() {
    let server = Knot::builder().zone(ZONE, zone()).start();
    let prober = Prober::watch(&[server.addr()], &[WWW]);
    settle(&prober, 40);
    let set = |address: &str| {
        format!("update delete www.example.test. A\nupdate add www.example.test. 300 A {address}")
    };
    update(&server, &set("192.0.2.20"));
    settle(&prober, 40);
    prober.declare_served(&[WWW]);
    settle(&prober, 40);
    prober.report().assert_no_old_after_new();
    prober.report().assert_no_change_after_served();
    update(&server, &set("192.0.2.10"));
    settle(&prober, 40);
    let report = prober.stop();
    report.assert_no_hole();
    assert!(report.old_after_new() > 0 && report.to_string().contains("old answers after new"), "{report}");
    assert!(std::panic::catch_unwind(|| report.assert_no_change_after_served()).is_err());
}

#[test]
fn a_lagging_secondary_shows() {
    let lease = reserve();
    let primary = Bind::builder().zone(ZONE, zone()).start();
    // Not notified: it keeps the old answer until its refresh.
    let secondary = Bind::builder().at(lease).secondary_zone(ZONE, primary.addr()).start();
    let servers = [primary.addr(), secondary.addr()];
    let prober = Prober::watch(&servers, &[WWW]);
    update(&primary, "update delete www.example.test. A\nupdate add www.example.test. 300 A 192.0.2.20");
    settle(&prober, 100);
    let report = prober.stop();
    report.assert_no_hole();
    assert_eq!(report.last(servers[0], WWW.0, WWW.1).expect("seen"), ["300 A 192.0.2.20"]);
    assert_eq!(report.last(servers[1], WWW.0, WWW.1).expect("seen"), ["300 A 192.0.2.10"]);
}

#[test]
fn a_referral_is_an_answer_for_ns() {
    let text = zone_text(ZONE, "child NS ns.child\nns.child A 192.0.2.53");
    let server = Bind::builder().zone(ZONE, text).start();
    let prober = Prober::watch(&[server.addr()], &[("child.example.test.", rtype::NS)]);
    settle(&prober, 20);
    prober.stop().assert_no_hole();
}
