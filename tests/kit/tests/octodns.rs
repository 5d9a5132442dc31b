//! octoDNS reads zone files for us, and its complaints come through.

use dnsure_kit::octodns_read;

fn read(yaml: &str, escaped_semicolons: bool) -> Result<Vec<String>, String> {
    let directory = tempfile::tempdir().expect("temporary directory");
    std::fs::write(directory.path().join("example.test.yaml"), yaml).expect("zone file");
    octodns_read(directory.path(), "example.test.", escaped_semicolons)
}

#[test]
fn octodns_says_what_it_reads() {
    let yaml = "---\nwww:\n  type: A\n  ttl: 60\n  values: [192.0.2.2, 192.0.2.1]\n'':\n  type: TXT\n  value: v=spf1 a; x\n";
    let lines = read(yaml, false).expect("octoDNS reads it");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains(r#""name": """#) && lines[0].contains(r#""ttl": 3600"#), "{}", lines[0]);
    assert!(lines[0].contains(r#""values": ["\"v=spf1 a; x\""]"#), "{}", lines[0]);
    assert!(lines[1].contains(r#""values": ["192.0.2.1", "192.0.2.2"]"#), "{}", lines[1]);
}

#[test]
fn octodns_complains() {
    let error = read("www:\n  type: A\n  value: not-an-address\n", false).expect_err("a bad address");
    assert!(error.contains("invalid IPv4 address"), "{error}");
}
