#![allow(clippy::unwrap_used)]
use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers the nth request with the nth text and counts requests; an empty
/// text closes the connection, none is silence.
async fn server(answers: Vec<Option<&'static str>>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api/", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let index = seen.fetch_add(1, Ordering::SeqCst);
            let answer = answers[index.min(answers.len() - 1)];
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                match answer {
                    Some(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                    None => tokio::time::sleep(Duration::from_secs(60)).await,
                }
            });
        }
    });
    (base, count)
}

fn http(base: &str) -> Http {
    let settings = HttpSettings {
        silence: Duration::from_millis(200),
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_secs(2),
        largest_reply: 1000,
        ..HttpSettings::default()
    };
    let key = (HeaderName::from_static("x-api-key"), SecretString::from("s3cret-key"));
    Http::new(base, Some(key), settings).unwrap()
}

fn get() -> Call {
    Call::new(Method::GET, "/x")
}

const OK: Option<&str> = Some("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
const BUSY: Option<&str> = Some("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
const SLOW_DOWN: Option<&str> =
    Some("HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
const FAR_TOO_SLOW: Option<&str> =
    Some("HTTP/1.1 429 Slow\r\nRetry-After: 900\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
const CLOSE: Option<&str> = Some("");

#[tokio::test]
async fn a_read_is_repeated_until_the_server_recovers() {
    let (base, count) = server(vec![BUSY, CLOSE, OK]).await;
    let reply = http(&base).repeatable(&get()).await.unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"hi".as_slice()));
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn the_wait_a_server_asks_for_is_kept() {
    let (base, count) = server(vec![SLOW_DOWN, OK]).await;
    let start = std::time::Instant::now();
    assert!(http(&base).repeatable(&get()).await.unwrap().is_success());
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_wait_that_is_too_long_ends_the_tries() {
    let (base, count) = server(vec![FAR_TOO_SLOW, OK]).await;
    assert_eq!(http(&base).repeatable(&get()).await.unwrap().status, 429);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_is_sent_once_and_a_lost_answer_is_said_to_be_lost() {
    for answer in [CLOSE, None] {
        let (base, count) = server(vec![answer]).await;
        let call = Call::new(Method::PATCH, "/x").json(b"{}".to_vec());
        let end = http(&base).once(&call).await;
        assert!(matches!(end, Err(HttpError::Lost(_))), "{end:?}");
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_write_is_sent_again_when_the_server_says_that_it_did_nothing_and_never_otherwise() {
    let (base, count) = server(vec![SLOW_DOWN, OK]).await;
    let call = Call::new(Method::POST, "/x").json(b"{}".to_vec());
    assert!(http(&base).once_admitted(&call).await.unwrap().is_success());
    assert_eq!(count.load(Ordering::SeqCst), 2);
    for answer in [BUSY, CLOSE] {
        let (base, count) = server(vec![answer, OK]).await;
        let end = http(&base).once_admitted(&call).await;
        assert!(!end.is_ok_and(|reply| reply.is_success()));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_bearer_token_is_blotted_out_without_its_prefix_too() {
    let http = Http::bearer("http://127.0.0.1:1", "t0ken".into(), HttpSettings::default()).unwrap();
    let body = br#"{"error":"no t0ken, no Bearer t0ken"}"#.to_vec();
    let words = http.words(&Reply { status: 401, body, headers: HeaderMap::new() });
    assert_eq!(words, "HTTP 401: no [secret], no Bearer [secret]");
    assert!(!format!("{http:?}").contains("t0ken"));
    for unusable in ["", " ", "a\nb"] {
        assert!(Http::bearer("http://127.0.0.1:1", unusable.into(), HttpSettings::default()).is_err());
    }
}

#[tokio::test]
async fn a_reply_cut_short_is_lost_and_a_large_one_is_refused() {
    let cut = Some("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhi");
    let (base, _) = server(vec![cut]).await;
    assert!(matches!(http(&base).once(&get()).await, Err(HttpError::Lost(_))));
    let large: &'static str = Box::leak(
        format!("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{}", "x".repeat(2000)).into_boxed_str(),
    );
    let (base, _) = server(vec![Some(large)]).await;
    assert_eq!(http(&base).once(&get()).await.unwrap_err(), HttpError::TooLarge(1000));
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let end = http(&format!("http://{port}")).once(&get()).await;
    assert!(matches!(end, Err(HttpError::NotSent(_))), "{end:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let moved = Some(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    let (base, _) = server(vec![moved]).await;
    assert_eq!(http(&base).once(&get()).await.unwrap().status, 302);
}

#[test]
fn secrets_and_control_characters_do_not_get_into_messages() {
    let http = http("http://127.0.0.1:1");
    let body = br#"{"error":"key s3cret-key\u001b[31m is \u202ewrong"}"#.to_vec();
    let words = http.words(&Reply { status: 401, body, headers: HeaderMap::new() });
    assert_eq!(words, "HTTP 401: key [secret]\\u{1b}[31m is \\u{202e}wrong");
    assert!(!format!("{http:?}").contains("s3cret"));
    let long = Reply { status: 500, body: vec![b'x'; 10_000], headers: HeaderMap::new() };
    assert!(http.words(&long).chars().count() < 650);
}

#[test]
fn urls_with_credentials_or_other_schemes_are_refused() {
    for url in ["ftp://x", "http://a:b@x", "x", "http://x?key=1", "unix:/run/x"] {
        assert!(Http::new(url, None, HttpSettings::default()).is_err(), "{url}");
    }
}
