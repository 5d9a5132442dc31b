//! Wrong keys, stopped servers, lost answers.

use super::*;
use dnsure_providers::BackendError;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn a_wrong_key_is_unauthorised_and_never_shown() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let mut wrong = settings(&fixture.server);
    wrong.api_key = "not-the-key".into();
    assert!(!format!("{wrong:?}").contains("not-the-key"));
    let backend = PowerDns::new(wrong).unwrap();
    assert!(!format!("{backend:?}").contains("not-the-key"));
    let error = backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unauthorised { .. }), "{error}");
    assert!(!error.to_string().contains("not-the-key"));
    let live = fixture.live().await;
    let changes = changes(&live, &[set("www", RecordType::A, 300, &["192.0.2.2"])]);
    let end = backend.write(&name("@"), &changes, &live).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("401")), "{end:?}");
    assert!(backend.settle(&name("@"), &[], None).await.is_err());
}

#[tokio::test]
async fn a_stopped_server_is_unreachable_and_takes_no_write() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let live = fixture.live().await;
    let changes = changes(&live, &[set("www", RecordType::A, 300, &["192.0.2.2"])]);
    fixture.server.stop();
    let error = fixture.backend.read(&name("@")).await.unwrap_err();
    assert!(matches!(error, BackendError::Unreachable { .. }), "{error}");
    let end = fixture.backend.write(&name("@"), &changes, &live).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("nothing was sent")), "{end:?}");
    fixture.server.start_again();
    assert_eq!(fixture.texts("www", RecordType::A).await, ["192.0.2.1"]);
    let end = fixture.backend.write(&name("@"), &changes, &live).await;
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
}

#[tokio::test]
async fn the_servers_own_words_come_with_a_refusal() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let end = fixture.bring_about(&[set("www", RecordType::CNAME, 300, &["a.example.net."])]).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("Conflicts")), "{end:?}");
    assert_eq!(fixture.texts("www", RecordType::A).await, ["192.0.2.1"]);
}

#[tokio::test]
async fn a_secondary_zone_is_read_and_never_written() {
    let primary = dnsure_kit::PowerDns::builder().zone(APEX, zone_text(APEX, "www 300 A 192.0.2.1")).start();
    let secondary = dnsure_kit::PowerDns::builder().secondary_zone(APEX, primary.addr());
    let fixture = Fixture::of(secondary.start());
    let end = fixture.bring_about(&[set("www", RecordType::A, 300, &["192.0.2.2"])]).await;
    assert!(matches!(&end, WriteEnd::Refused { reason } if reason.contains("secondary")), "{end:?}");
    assert!(matches!(fixture.backend.prepare(&name("@")).await, Err(BackendError::Setup { .. })));
}

/// What a proxy before the API does to PATCH requests.
#[derive(Clone, Copy)]
enum Fate {
    /// The request arrives, its answer does not.
    AnswerLost,
    /// The connection breaks before the request arrives.
    RequestLost,
    /// The answer comes after the client gave up.
    Slow,
    /// Somebody else writes just before the request arrives.
    ForeignFirst,
}

/// A proxy that passes everything on but PATCH requests, each on its own connection.
async fn proxy(target: String, fate: Fate) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, target.clone(), fate));
        }
    });
    address
}

async fn pass(mut client: TcpStream, target: String, fate: Fate) {
    let mut request = Vec::new();
    let mut buffer = [0; 65536];
    loop {
        let count = client.read(&mut buffer).await.unwrap_or(0);
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return;
            }
            continue;
        };
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if body.len() >= length || count == 0 {
            break;
        }
    }
    let is_patch = request.starts_with(b"PATCH");
    if is_patch && matches!(fate, Fate::RequestLost) {
        return;
    }
    if is_patch && matches!(fate, Fate::ForeignFirst) {
        // The same request with another address of the same length.
        let foreign = String::from_utf8_lossy(&request).replace("192.0.2.2", "192.0.2.6");
        send(&target, foreign.as_bytes()).await;
    }
    let reply = send(&target, &request).await;
    match (is_patch, fate) {
        (true, Fate::AnswerLost) => return,
        (true, Fate::Slow) => tokio::time::sleep(Duration::from_secs(5)).await,
        _ => {}
    }
    let _ = client.write_all(&reply).await;
}

async fn send(target: &str, request: &[u8]) -> Vec<u8> {
    let mut server = TcpStream::connect(target.trim_start_matches("http://")).await.unwrap();
    server.write_all(request).await.unwrap();
    let mut reply = Vec::new();
    server.read_to_end(&mut reply).await.unwrap();
    reply
}

#[tokio::test]
async fn a_lost_answer_is_unknown_whether_or_not_the_write_happened() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    for (fate, expected) in
        [(Fate::RequestLost, "192.0.2.1"), (Fate::AnswerLost, "192.0.2.2"), (Fate::Slow, "192.0.2.3")]
    {
        let mut settings = settings(&fixture.server);
        settings.url = proxy(fixture.server.api_url(), fate).await;
        settings.http.silence = Duration::from_millis(700);
        let backend = PowerDns::new(settings).unwrap();
        let live = fixture.live().await;
        let wanted = if matches!(fate, Fate::Slow) { "192.0.2.3" } else { "192.0.2.2" };
        let changes = changes(&live, &[set("www", RecordType::A, 300, &[wanted])]);
        let start = Instant::now();
        let end = backend.write(&name("@"), &changes, &live).await;
        assert!(matches!(end, WriteEnd::Unknown { .. }), "{end:?}");
        assert!(start.elapsed() < Duration::from_secs(4));
        assert_eq!(fixture.texts("www", RecordType::A).await, [expected]);
    }
}

/// No condition goes along with a PATCH, so a change that falls between the last read and it
/// is overwritten: this is what `CompareAndSwap::None` admits, and why plans say "unguarded".
#[tokio::test]
async fn a_foreign_change_inside_the_window_is_overwritten_unseen() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let mut settings = settings(&fixture.server);
    settings.url = proxy(fixture.server.api_url(), Fate::ForeignFirst).await;
    let backend = PowerDns::new(settings).unwrap();
    let live = fixture.live().await;
    let changes = changes(&live, &[set("www", RecordType::A, 300, &["192.0.2.2"])]);
    let end = backend.write(&name("@"), &changes, &live).await;
    assert!(matches!(end, WriteEnd::Accepted { .. }), "{end:?}");
    assert_eq!(fixture.texts("www", RecordType::A).await, ["192.0.2.2"]);
    // Both writes arrived: the serial moved twice.
    assert_eq!(fixture.live().await.serial.unwrap() % 100, 2);
    assert_eq!(backend.guarantee(&name("@")).to_string(), "atomic, unguarded");
}

#[tokio::test]
async fn the_window_is_a_few_milliseconds() {
    let fixture = Fixture::with("www 300 A 192.0.2.1");
    let mut whole = Vec::new();
    for round in 0..20 {
        whole.push(fixture.accepted(&[set("www", RecordType::A, 300 + round, &["192.0.2.2"])]).await);
    }
    whole.sort();
    println!("two reads, comparison and PATCH together: median {:?}, worst {:?}", whole[10], whole[19]);
    assert!(whole[10] < Duration::from_secs(1));
}
