//! The document says what is sent and answered, no more and no less.

use super::*;
use dnsure_kit::Personality;
use dnsure_kit::panel::Call;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What does not fit, one line each; empty when everything does.
fn compared(calls: &[Call]) -> String {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/panel/openapi.py");
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/panel.openapi.yaml");
    let mut child = Command::new(dnsure_kit::oracles_python())
        .args([here, document])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for Call { method, path, body, status, answer, .. } in calls {
        let Some(status) = status else { continue };
        let line = serde_json::json!({
            "method": method, "path": path, "body": body, "status": status, "answer": answer
        });
        writeln!(stdin, "{line}").unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Everything the backend can ask, in every unit, with refusals in between.
async fn conversations() -> Vec<Call> {
    let mut calls = Vec::new();
    for unit in UNITS {
        let builder = panel("www 300 A 192.0.2.1\nold TXT x").unit(unit).compare("values-and-ttl").page(3);
        let builder = builder.limit_records(100).publishes_within(5).ttl(0, 86400);
        let fixture = Fixture::of(builder.types(&["SOA", "NS", "A", "TXT"]));
        let one = "www A 300 192.0.2.1";
        assert!(accepted(&fixture.write(None, Some("a TXT 60 x")).await));
        assert!(accepted(&fixture.write(Some("old TXT 3600 x"), None).await));
        if unit != "create-and-delete" {
            assert!(accepted(&fixture.write(Some(one), Some("www A 60 192.0.2.1")).await));
        }
        fixture.panel.behave(Personality::TooMany(3));
        assert!(accepted(&fixture.write(None, Some("b TXT 60 x")).await));
        fixture.panel.behave(Personality::Poison("c.example.test.".into()));
        refused(&fixture.write(None, Some("c TXT 60 x")).await, "cannot be saved");
        let other: Name = "other.test.".parse().unwrap();
        assert!(fixture.backend.prepare(&other).await.is_err());
        calls.extend(fixture.panel.calls());
    }
    calls
}

#[tokio::test]
async fn every_request_and_answer_is_as_documented_and_every_operation_is_used() {
    let calls = conversations().await;
    println!("{} calls compared with the document", calls.len());
    assert_eq!(compared(&calls), "");
}

#[tokio::test]
async fn the_comparison_notices_what_does_not_fit() {
    let mut calls = conversations().await;
    let creation =
        calls.iter_mut().find(|call| call.method == "POST" && call.path.ends_with("/records")).unwrap();
    creation.body = creation.body.replace("\"ttl\":60", "\"ttl\":\"60\",\"colour\":1");
    calls.retain(|call| !call.path.ends_with("/draft/publish"));
    let found = compared(&calls);
    assert_eq!(found.lines().count(), 3, "{found}");
    for words in ["has colour", "ttl is no", "publish was never asked for"] {
        assert!(found.contains(words), "{found}");
    }
}
