//! Adapters that do not follow the protocol.

use super::*;
use dnsure_providers::BackendError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PLAIN: &str = r#"{"zone":"example.test.","unit":"record"}"#;
const GUARDED: &str = r#"{"zone":"example.test.","unit":"record","compare":"values-and-ttl"}"#;

/// An adapter that always answers with this declaration, and with this page to anything else.
async fn adapter(declaration: &'static str, page: &'static str) -> Panel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let count = stream.read(&mut request).await.unwrap_or(0);
            let is_declaration = request[..count].starts_with(b"GET /zones/example.test. ");
            let body = if is_declaration { declaration } else { page };
            let head =
                format!("HTTP/1.1 200 .\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    Panel::new(PanelSettings::new(url, "token".into())).unwrap()
}

#[tokio::test]
async fn listings_that_make_no_sense_are_incomplete_and_never_taken_for_a_zone() {
    let one = r#"{"id":"1","name":"a.example.test.","type":"A","ttl":60,"data":"192.0.2.1"}"#;
    let page = |records: &str, rest: &str| -> &'static str {
        Box::leak(format!(r#"{{"records":[{records}],{rest}}}"#).into_boxed_str())
    };
    let whole = page(one, r#""next":null,"total":1"#);
    for (declaration, page, words) in [
        (PLAIN, page(one, r#""next":"2","total":1"#), "2 records or more and says 1"),
        (PLAIN, page("", r#""next":"2","total":1"#), "a page after 0 of 1 records is empty"),
        (PLAIN, page(&format!("{one},{one}"), r#""total":2"#), "the id 1 is listed twice"),
        (PLAIN, page(&one.replace("\"1\"", "\"..\""), r#""total":1"#), "no path can hold"),
        (PLAIN, page(&one.replace("a.example.test.", "a.example.net."), r#""total":1"#), "not in the zone"),
        (PLAIN, page(&one.replace("a.example.test.", "a"), r#""total":1"#), "the record `a 60 A"),
        (PLAIN, page(one, r#""next":null"#), "does not follow the protocol: missing field `total`"),
        (PLAIN, "[]", "does not follow the protocol"),
        (GUARDED, whole, "it has no version"),
        (r#"{"zone":"other.test.","unit":"record"}"#, whole, "declares the zone other.test."),
        (r#"{"zone":"example.test."}"#, whole, "missing field `unit`"),
        (r#"{"zone":"example.test.","unit":"record","compare":"all"}"#, whole, "unknown variant `all`"),
    ] {
        match adapter(declaration, page).await.read(&name("@")).await {
            Err(BackendError::Incomplete { reason, .. }) => {
                assert!(reason.contains(words), "{words}: {reason}")
            }
            other => panic!("{words}: {other:?}"),
        }
    }
    assert!(matches!(adapter(PLAIN, whole).await.read(&name("@")).await, Ok(Reading::Live(_))));
}

#[tokio::test]
async fn a_version_that_no_header_can_hold_stops_the_write() {
    for version in [r#"4\"2"#, "4\\r\\n2"] {
        let page = format!(r#"{{"records":[],"total":0,"version":"{version}"}}"#);
        let backend = adapter(GUARDED, Box::leak(page.into_boxed_str())).await;
        let Reading::Live(live) = backend.read(&name("@")).await.unwrap() else { panic!("missing") };
        let end = backend.write(&name("@"), &changes(None, Some("a TXT 60 x")), &live).await;
        refused(&end, "nothing was sent");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_said_to_be() {
    let declared = r#"{"zone":"example.test.","unit":"record","servers":["192.0.2.1","[2001:db8::1]:54"]}"#;
    let servers = adapter(declared, "{}").await.servers(&name("@")).await.unwrap();
    assert_eq!(servers, ["192.0.2.1:53".parse().unwrap(), "[2001:db8::1]:54".parse().unwrap()]);
    let declared = r#"{"zone":"example.test.","unit":"record","servers":["ns1.example.net"]}"#;
    let error = adapter(declared, "{}").await.servers(&name("@")).await.unwrap_err();
    assert!(error.to_string().contains("ns1.example.net is no address"), "{error}");
}
