//! The fake of Azure DNS, held to Microsoft's own client.
#![allow(clippy::unwrap_used, clippy::panic)]

use dnsure_kit::{Azure, Cloud, Form, Knot, ask, oracles_python, zone_text};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

const ZONE: &str = "example.test.";

fn run(url: &str, token: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/azure_sdk.py");
    let output = Command::new(oracles_python())
        .args([script, url, Azure::SUBSCRIPTION, Azure::GROUP, ZONE.trim_end_matches('.'), token])
        .output()
        .unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{out}{err}");
    out
}

#[test]
fn microsofts_client_finds_what_it_knows_and_nothing_else() {
    let text =
        zone_text(ZONE, "www 300 A 192.0.2.10\nmail 300 MX 10 mx.example.net.\nt 300 TXT \"a b\" \"c\\\"d\"");
    let knot = Knot::builder().zone(ZONE, text.clone()).start();
    let addr = knot.addr();
    let cloud = Cloud::start(Azure::new().zone(ZONE, &text), vec![Arc::new(knot)]);
    let said = run(&cloud.url(), Azure::TOKEN);
    let count: usize = said
        .trim()
        .strip_prefix("ok ")
        .and_then(|rest| rest.strip_suffix(" answers"))
        .unwrap_or_else(|| panic!("{said}"))
        .parse()
        .unwrap();
    assert!(count > 50, "{said}");
    // What it made is served, aliases with addresses of the fake's choice.
    assert_eq!(cloud.troubles(), Vec::<String>::new());
    let served = |name: &str, rtype: u16| {
        let name = dnsure_kit::query::name_wire(name);
        let answer = ask(addr, &name, rtype, Form::Tcp, Duration::from_secs(5)).unwrap();
        answer.texts()
    };
    let txt = served("sdk.example.test.", dnsure_kit::query::rtype::TXT).join(" ");
    assert!(txt.contains("three; four") && txt.contains("one "), "{txt}");
    assert!(served("alias.example.test.", dnsure_kit::query::rtype::A).concat().contains("203.0.113.80"));
}

#[test]
fn the_check_is_able_to_fail() {
    let text = zone_text(ZONE, "www 300 A 192.0.2.10\nmail 300 MX 10 mx.example.net.");
    let cloud = Cloud::start(Azure::new().zone(ZONE, &text), Vec::new());
    cloud.by_hand(|azure| {
        let properties = serde_json::json!({
            "TTL": 60, "surprise": 1, "metadata": { "number": 7 }, "ARecords": [{ "ipv4Address": "192.0.2.7", "weight": 1 }],
        });
        azure.plant(ZONE, "odd", "A", properties);
    });
    let said = run(&cloud.url(), Azure::TOKEN);
    for part in
        ["surprise: RecordSet has no such member", ".weight: ARecord has no such member", "7 is no str"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
}
