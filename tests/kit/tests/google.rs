//! Google's own clients find in the fake what they know from Google, and the discovery document describes
//! every call they make.

use std::io::Write as _;
use std::process::{Command, Stdio};

use dnsure_kit::cloud::google::{Google, ManagedZone, PROJECT, TOKEN, schema_violations};
use dnsure_kit::{Cloud, oracles_python, tell, zone_text};

const ZONE: &str = "example.test.";

fn cloud() -> Cloud<Google> {
    let records = "www 300 A 192.0.2.1\nwww 300 TXT \"a b\" c\nmail MX 10 mail.example.net.\n\
                   *.dev CNAME www.example.net.\n_sip._tcp SRV 1 2 5060 sip.example.net.\n@ CAA 0 issue \"ca.example\"";
    let mut google = Google::new();
    google.pending = 2;
    Cloud::start(google.with(ManagedZone::from_file("main", ZONE, &zone_text(ZONE, records))), Vec::new())
}

/// What a client says; panics when it is not content.
fn said(client: &str, cloud: &Cloud<Google>) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/google_clients.py");
    let output = Command::new(oracles_python())
        .args([script, client, &cloud.url(), PROJECT, TOKEN, "main"])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let [said, complaints] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{said}{complaints}");
    said.lines().map(str::to_owned).inspect(|line| tell(line)).collect()
}

#[test]
fn googles_client_by_discovery_finds_what_it_knows_and_the_document_describes_all_of_it() {
    let cloud = cloud();
    assert_eq!(said("discovery", &cloud).len(), 7);
    let calls = cloud.calls();
    let methods = [
        "dns.changes.create",
        "dns.changes.get",
        "dns.changes.list",
        "dns.managedZones.create",
        "dns.managedZones.get",
        "dns.managedZones.list",
        "dns.projects.get",
        "dns.resourceRecordSets.list",
    ];
    assert_eq!(schema_violations(&calls, &methods), Vec::<String>::new());
    tell(&format!("{} calls as the discovery document describes them", calls.len()));
}

#[test]
fn googles_library_changes_a_set_and_meets_412() {
    assert_eq!(said("library", &cloud()).len(), 1);
}

#[test]
fn the_discovery_document_notices_what_does_not_fit() {
    let cloud = cloud();
    let client = std::net::TcpStream::connect(cloud.url().trim_start_matches("http://"));
    let mut stream = client.unwrap_or_else(|error| panic!("{error}"));
    let request = format!(
        "GET /dns/v1/projects/{PROJECT}/managedZones?dnsName=x. HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let _ = std::io::read_to_string(&mut stream);
    let [call] = <[_; 1]>::try_from(cloud.calls()).unwrap_or_else(|calls| panic!("{calls:?}"));
    assert_eq!(schema_violations(std::slice::from_ref(&call), &[]), Vec::<String>::new());
    let mut wrong = vec![call.clone(), call.clone(), call.clone(), call];
    wrong[0].request.target = wrong[0].request.target.replace("dnsName", "zoneName");
    wrong[1].request.target = wrong[1].request.target.replace("managedZones", "zones");
    wrong[2].request.body = "{}".into();
    if let Some(response) = &mut wrong[3].response {
        response.body = response.body.replace("\"managedZones\"", "\"zones\"");
    }
    let found = schema_violations(&wrong, &["dns.changes.get"]);
    assert_eq!(found.len(), 5, "{found:#?}");
    for words in
        ["zoneName", "no such method", "nobody asked", "'zones' was unexpected", "never: dns.changes.get"]
    {
        assert!(found.iter().any(|line| line.contains(words)), "{words}: {found:#?}");
    }
}
