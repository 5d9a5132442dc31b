//! Starts a cloud's DNS API (a fake of the tests) with one zone and more zones without records, says where
//! it is in one line of JSON, and stops when stdin closes:
//! `cloud cloud-dns|route53|cloudflare|azure-dns ZONE MASTER-FILE [MORE-ZONES]`.
//!
//! What the zone holds is served by a Knot. Each line on stdin is answered with the calls since the last
//! one, as JSON.

use dnsure_kit::cloud::azure::Azure;
use dnsure_kit::cloud::cloudflare::Cloudflare;
use dnsure_kit::cloud::google::{self, Google, ManagedZone};
use dnsure_kit::cloud::route53::{self, Route53};
use dnsure_kit::cloud::{Request, Service};
use dnsure_kit::{Cloud, Knot};
use serde_json::{Value, json};
use std::io::{BufRead as _, Write as _};
use std::sync::Arc;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (kind, zone, file, more) = match arguments.as_slice() {
        [kind, zone, file] => (kind, zone, file, 0),
        [kind, zone, file, more] => (kind, zone, file, more.parse()?),
        _ => {
            return Err(
                "usage: cloud cloud-dns|route53|cloudflare|azure-dns ZONE MASTER-FILE [MORE-ZONES]".into()
            );
        }
    };
    let text = std::fs::read_to_string(file)?;
    let others = (0..more).map(|number| format!("zone{number}.example."));
    match kind.as_str() {
        "cloud-dns" => {
            let google = Google::new().with(ManagedZone::from_file("the-zone", zone, &text));
            let google = others.fold(google, |google, other| {
                google.with(ManagedZone::new(other.trim_end_matches('.').replace('.', "-").as_str(), &other))
            });
            let facts = json!({ "project": google::PROJECT, "token": google::TOKEN });
            answer(google, zone, facts)
        }
        "cloudflare" => {
            let lines = text.lines().filter(|line| !line.contains(" SOA ")).collect::<Vec<_>>().join("\n");
            let fake = Cloudflare::new().zone(zone, &lines).empty_zones(more);
            answer(fake, zone, json!({ "token": Cloudflare::TOKEN }))
        }
        "route53" => {
            let mut route53 = Route53::start().zone(zone, &text);
            for other in others {
                route53.create(&other, false);
            }
            let variables: serde_json::Map<String, Value> = route53::variables()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect();
            answer(route53, zone, json!({ "variables": variables }))
        }
        "azure-dns" => {
            let mut azure = Azure::new().zone(zone, &text);
            for other in others {
                create_at_azure(&mut azure, &other);
            }
            let facts =
                json!({ "subscription": Azure::SUBSCRIPTION, "group": Azure::GROUP, "token": Azure::TOKEN });
            answer(azure, zone, facts)
        }
        other => Err(format!("`{other}` is none of cloud-dns, route53, cloudflare, azure-dns").into()),
    }
}

fn create_at_azure(azure: &mut Azure, zone: &str) {
    let name = zone.trim_end_matches('.');
    let (subscription, group) = (Azure::SUBSCRIPTION, Azure::GROUP);
    azure.answer(&Request {
        method: "PUT".into(),
        target: format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnsZones/{name}?api-version=2018-05-01"
        ),
        headers: vec![("authorization".into(), format!("Bearer {}", Azure::TOKEN))],
        body: json!({ "location": "global" }).to_string(),
    });
}

/// Serves until stdin closes.
fn answer<S: Service>(service: S, zone: &str, mut facts: Value) -> Result<(), Failure> {
    let mut cloud = Cloud::start(service, Vec::new());
    let served = cloud.by_hand(|service| service.served(zone));
    let lines = served.iter().flat_map(|((name, rtype), (ttl, data))| {
        data.iter().map(move |data| format!("{name} {ttl} IN {rtype} {data}\n"))
    });
    let server = Arc::new(Knot::builder().zone(zone, lines.collect::<String>()).start());
    facts["url"] = json!(cloud.url());
    facts["dns"] = json!(server.addr());
    cloud.publish_to(server);
    say(&facts)?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let calls = cloud.calls();
        cloud.forget_calls();
        let is_read = |method: &str| matches!(method, "GET" | "HEAD");
        let reads = calls.iter().filter(|call| is_read(&call.request.method)).count();
        let what = calls.iter().map(|call| format!("{} {}", call.request.method, call.request.target));
        say(&json!({
            "reads": reads,
            "writes": calls.len() - reads,
            "calls": what.collect::<Vec<_>>(),
            "troubles": cloud.troubles(),
        }))?;
    }
    Ok(())
}

fn say(facts: &Value) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{facts}")?;
    out.flush()?;
    Ok(())
}
