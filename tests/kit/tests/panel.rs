//! The panel publishes to real servers, loses a record in the way of the first outage when it is told
//! to keep rows, and loses none when it is honest.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dnsure_kit::query::{NOERROR, NXDOMAIN, name_wire, rtype};
use dnsure_kit::{Bind, Form, Knot, Nsd, Panel, Personality, Prober, Server, ask, tell, zone_text};

const ZONE: &str = "example.test.";
const WWW: (&str, u16) = ("www.example.test.", rtype::A);
const OLD: &str = r#"{"name":"www.example.test.","type":"A","ttl":3600,"data":"192.0.2.1"}"#;
const SHORT: &str = r#"{"name":"www.example.test.","type":"A","ttl":300,"data":"192.0.2.1"}"#;
const OTHER: &str = r#"{"name":"www.example.test.","type":"A","ttl":3600,"data":"192.0.2.2"}"#;
const WAIT: Duration = Duration::from_secs(20);

fn zone() -> String {
    zone_text(ZONE, "www 3600 A 192.0.2.1")
}

fn bind() -> Arc<Server> {
    Arc::new(Bind::builder().zone(ZONE, zone()).start())
}

fn knot() -> Arc<Server> {
    Arc::new(Knot::builder().zone(ZONE, zone()).start())
}

fn nsd() -> Arc<Server> {
    Arc::new(Nsd::builder().zone(ZONE, zone()).start())
}

/// Sends one request; status and body, or nothing where there is no answer.
fn send(panel: &Panel, method: &str, rest: &str, body: &str) -> Option<(u16, String)> {
    send_and_wait(panel, method, rest, body, WAIT)
}

fn send_and_wait(
    panel: &Panel,
    method: &str,
    rest: &str,
    body: &str,
    wait: Duration,
) -> Option<(u16, String)> {
    let address = panel.url().replace("http://", "");
    let mut stream = TcpStream::connect(address).expect("connect");
    stream.set_read_timeout(Some(wait)).expect("time-out");
    let (token, length) = (panel.token(), body.len());
    let text = format!(
        "{method} /zones/{ZONE}{rest} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).expect("send");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

fn create(panel: &Panel, record: &str) -> u16 {
    send(panel, "POST", "/records", record).expect("an answer").0
}

fn delete(panel: &Panel, data: &str, ttl: u32) -> u16 {
    let rows = panel.rows();
    let row = rows.iter().find(|row| row.name == WWW.0 && row.data == data && row.ttl == ttl).expect("a row");
    send(panel, "DELETE", &format!("/records/{}", row.id), "").expect("an answer").0
}

fn www(server: &Server) -> (u8, Vec<String>) {
    let answer = ask(server.addr(), &name_wire(WWW.0), WWW.1, Form::Udp, WAIT).expect("an answer");
    (answer.rcode, answer.texts())
}

fn eventually(server: &Server, wanted: &[&str]) {
    let deadline = Instant::now() + WAIT;
    while www(server).1 != wanted {
        assert!(Instant::now() < deadline, "{} serves {:?}, not {wanted:?}", server.kind(), www(server));
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn rows_of(panel: &Panel) -> Vec<(u32, String)> {
    let rows = panel.rows().into_iter().filter(|row| row.name == WWW.0);
    rows.map(|row| (row.ttl, row.data)).collect()
}

/// The outage: a duplicate with a shorter TTL, then the old row deleted. Everything says success, one
/// row is left in the panel, and the record is gone.
fn loses_the_record(server: Arc<Server>, after_the_duplicate: &str) {
    let panel = Panel::builder()
        .zone(ZONE, zone())
        .personality(Personality::Rows)
        .publish_to(Arc::clone(&server))
        .start();
    let prober = Prober::watch(&[server.addr()], &[WWW]);
    prober.wait_for_answers(40, WAIT).expect("answers");
    assert_eq!(create(&panel, SHORT), 201);
    assert_eq!(www(&server), (NOERROR, vec![after_the_duplicate.to_owned()]));
    assert_eq!(delete(&panel, "192.0.2.1", 3600), 200);
    prober.mark();
    prober.wait_for_answers(40, WAIT).expect("answers");
    let report = prober.stop();
    tell(&format!("the outage on {}: {report}", server.kind()));
    report.assert_hole();
    assert_eq!(rows_of(&panel), [(300, "192.0.2.1".to_owned())]);
    assert_eq!(www(&server), (NXDOMAIN, vec![]));
    assert_eq!(panel.troubles(), Vec::<String>::new());
}

#[test]
fn rows_lose_the_record_on_bind_which_takes_the_new_ttl_first() {
    loses_the_record(bind(), "300 A 192.0.2.1");
}

#[test]
fn rows_lose_the_record_on_knot_which_ignores_the_new_ttl() {
    loses_the_record(knot(), "3600 A 192.0.2.1");
}

#[test]
fn rows_lose_the_record_on_nsd_too() {
    let server = nsd();
    let panel = Panel::builder()
        .zone(ZONE, zone())
        .personality(Personality::Rows)
        .publish_to(Arc::clone(&server))
        .start();
    assert_eq!(create(&panel, SHORT), 201);
    eventually(&server, &["300 A 192.0.2.1"]);
    assert_eq!(delete(&panel, "192.0.2.1", 3600), 200);
    eventually(&server, &[]);
    assert_eq!(rows_of(&panel).len(), 1);
}

#[test]
fn an_honest_panel_loses_nothing_and_takes_no_duplicate() {
    let (bind, knot, nsd) = (bind(), knot(), nsd());
    let servers = [bind.addr(), knot.addr(), nsd.addr()];
    let builder = Panel::builder().zone(ZONE, zone()).unit("record");
    let panel =
        [&bind, &knot, &nsd].into_iter().fold(builder, |panel, server| panel.publish_to(Arc::clone(server)));
    let panel = panel.start();
    let prober = Prober::watch(&servers, &[WWW]);
    prober.wait_for_answers(40, WAIT).expect("answers");
    assert_eq!(create(&panel, SHORT), 409);
    assert_eq!(create(&panel, OLD), 409);
    let alias = r#"{"name":"www.example.test.","type":"CNAME","ttl":60,"data":"ns1.example.test."}"#;
    assert_eq!(create(&panel, alias), 409);
    assert_eq!(create(&panel, OTHER), 201);
    for server in [&bind, &knot, &nsd] {
        eventually(server, &["3600 A 192.0.2.1", "3600 A 192.0.2.2"]);
    }
    assert_eq!(delete(&panel, "192.0.2.1", 3600), 200);
    let id = panel.rows().into_iter().find(|row| row.data == "192.0.2.2").expect("a row").id;
    let (status, _) =
        send(&panel, "PUT", &format!("/records/{id}"), &OTHER.replace("3600", "60")).expect("an answer");
    assert_eq!(status, 200);
    for server in [&bind, &knot, &nsd] {
        eventually(server, &["60 A 192.0.2.2"]);
    }
    prober.mark();
    prober.wait_for_answers(40, WAIT).expect("answers");
    let report = prober.stop();
    tell(&format!("an honest panel: {report}"));
    report.assert_no_hole();
    report.assert_no_old_after_new();
    assert_eq!(panel.troubles(), Vec::<String>::new());
}

#[test]
fn a_panel_says_yes_and_serves_nowhere_or_on_the_first_servers_only() {
    let servers = [bind(), knot()];
    let builder = Panel::builder().zone(ZONE, zone()).personality(Personality::SaysYes(1));
    let panel = servers.iter().fold(builder, |panel, server| panel.publish_to(Arc::clone(server))).start();
    assert_eq!(create(&panel, OTHER), 201);
    assert_eq!(rows_of(&panel).len(), 2);
    servers.iter().for_each(|server| assert_eq!(www(server).1.len(), 1));
    let third = OTHER.replace("192.0.2.2", "192.0.2.3");
    panel.behave(Personality::ServesOn(1));
    assert_eq!(create(&panel, &third), 201);
    assert_eq!([www(&servers[0]).1.len(), www(&servers[1]).1.len()], [3, 1]);
    // The hidden primary stops feeding its secondaries with the second write.
    panel.behave(Personality::Stops(2));
    assert_eq!(delete(&panel, "192.0.2.3", 3600), 200);
    assert_eq!([www(&servers[0]).1.len(), www(&servers[1]).1.len()], [2, 2]);
    assert_eq!(delete(&panel, "192.0.2.2", 3600), 200);
    assert_eq!([www(&servers[0]).1.len(), www(&servers[1]).1.len()], [1, 2]);
}

#[test]
fn what_a_panel_publishes_may_come_late_and_go_again() {
    let server = bind();
    let panel = Panel::builder()
        .zone(ZONE, zone())
        .personality(Personality::Slow(Duration::from_millis(300)))
        .personality(Personality::DropsAfter(Duration::from_millis(500)))
        .publish_to(Arc::clone(&server))
        .start();
    let new = r#"{"name":"new.example.test.","type":"A","ttl":60,"data":"192.0.2.9"}"#;
    let served = || {
        let name = name_wire("new.example.test.");
        !ask(server.addr(), &name, rtype::A, Form::Udp, WAIT).expect("an answer").answer.is_empty()
    };
    assert_eq!(create(&panel, new), 201);
    let deadline = Instant::now() + WAIT;
    for wanted in [true, false] {
        while served() != wanted {
            assert!(Instant::now() < deadline, "never {wanted}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(panel.rows().iter().any(|row| row.name == "new.example.test."));
}

#[test]
fn answers_get_lost_before_and_after_the_write() {
    let panel = Panel::builder().zone(ZONE, zone()).personality(Personality::LosesAnswer(1)).start();
    assert_eq!(send(&panel, "POST", "/records", OTHER), None);
    assert_eq!(rows_of(&panel).len(), 2);
    let third = OTHER.replace("192.0.2.2", "192.0.2.3");
    panel.behave(Personality::TimesOutBefore(1));
    assert_eq!(send_and_wait(&panel, "POST", "/records", &third, Duration::from_millis(300)), None);
    panel.behave(Personality::Fails(1));
    assert_eq!(create(&panel, &third), 500);
    assert_eq!(rows_of(&panel).len(), 2);
    panel.behave(Personality::Duplicates);
    assert_eq!([create(&panel, OTHER), create(&panel, OTHER)], [201, 201]);
    assert_eq!(rows_of(&panel).len(), 4);
    panel.behave(Personality::TooMany(2));
    assert_eq!([create(&panel, OTHER), create(&panel, OTHER)], [409, 429]);
}

#[test]
fn a_panel_refuses_what_it_is_told_to_and_whom_it_does_not_know() {
    let panel = Panel::builder().zone(ZONE, zone()).unit("zone-batch").compare("values-and-ttl").start();
    assert_eq!(send(&panel, "POST", "/batch", "{}").expect("an answer").0, 400);
    assert_eq!(send(&panel, "POST", "/records", OTHER).expect("an answer").0, 405);
    assert_eq!(send(&panel, "PATCH", "/records", OTHER).expect("an answer").0, 405);
    assert_eq!(send(&panel, "GET", "/nothing", "").expect("an answer").0, 404);
    let panel = Panel::builder().zone(ZONE, zone()).personality(Personality::Poison(WWW.0.into())).start();
    assert_eq!(create(&panel, OTHER), 422);
    panel.behave(Personality::RefusesCreates(2));
    assert_eq!([create(&panel, OTHER), create(&panel, OLD)], [201, 422]);
    assert_eq!(delete(&panel, "192.0.2.2", 3600), 200);
    let address = panel.url().replace("http://", "");
    let mut stream = TcpStream::connect(address).expect("connect");
    stream.write_all(b"GET /zones/example.test. HTTP/1.1\r\nAuthorization: Bearer no\r\n\r\n").expect("send");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(panel.calls().last().expect("a call").status, Some(401));
}

#[test]
fn what_a_server_does_not_take_is_a_trouble_that_the_answer_does_not_tell() {
    let server = bind();
    let panel = Panel::builder().zone(ZONE, zone()).publish_to(Arc::clone(&server)).start();
    assert_eq!(create(&panel, &OTHER.replace("192.0.2.2", "nowhere")), 201);
    let troubles = panel.troubles();
    assert!(troubles.len() == 1 && troubles[0].contains("nowhere"), "{troubles:?}");
    assert_eq!(delete(&panel, "nowhere", 3600), 200);
    server.stop();
    assert_eq!(create(&panel, OTHER), 201);
    assert_eq!(panel.troubles().len(), 2, "{:?}", panel.troubles());
    server.start_again();
    assert_eq!(delete(&panel, "192.0.2.2", 3600), 200);
    assert_eq!(create(&panel, OTHER), 201);
    assert_eq!(www(&server).1.len(), 2);
    assert_eq!(panel.troubles().len(), 2, "{:?}", panel.troubles());
}
