//! The signatures, made again by botocore's own signer.

use super::*;
use dnsure_kit::oracle_script;
use serde_json::json;

#[tokio::test]
async fn botocore_signs_every_request_the_same_way() {
    let fixture = Fixture::with("*.wild 60 A 192.0.2.1\n");
    let write = add("new\\032name 60 TXT \"a & <b> \\228\"");
    let id = token(&fixture.write(&write).await);
    fixture.backend.settle(&name("@"), &[], Some(&id)).await.unwrap();
    let _ = fixture.backend.servers(&name("@")).await;
    let calls = fixture.cloud.calls();
    let lines: Vec<String> = calls
        .iter()
        .map(|call| {
            let request = &call.request;
            let url = format!("{}{}", fixture.cloud.url(), request.target);
            json!({ "method": request.method, "url": url, "headers": request.headers, "body": request.body })
                .to_string()
        })
        .collect();
    let secret = rig::variables()[1].1;
    let check = |lines: &[String]| oracle_script("sigv4_check.py", &[secret], &lines.join("\n")).unwrap();
    let said = check(&lines);
    assert_eq!(said.lines().filter(|line| *line == "ok").count(), lines.len(), "{said}");
    assert!(lines.len() >= 7, "{}", lines.len());
    // The check can fail.
    let forged = lines[0].replace("maxitems=100", "maxitems=101");
    assert_ne!(forged, lines[0]);
    assert!(check(&[forged]).starts_with("differs"));
}
