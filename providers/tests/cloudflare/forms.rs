//! Every type in the forms of the API, there and back.

use super::*;
use dnsure_zones::rdata::rows;

/// The types of which the API has records.
const TYPES: [&str; 21] = [
    "A",
    "AAAA",
    "CAA",
    "CERT",
    "CNAME",
    "DNSKEY",
    "DS",
    "HTTPS",
    "LOC",
    "MX",
    "NAPTR",
    "NS",
    "OPENPGPKEY",
    "PTR",
    "SMIMEA",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
    "URI",
];

fn examples() -> Vec<RecordSet> {
    let mut sets = Vec::new();
    for row in rows().filter(|row| TYPES.contains(&row.rtype.to_string().as_str())) {
        for (number, example) in row.examples.iter().enumerate() {
            // An octet that no host name has.
            if example.contains(r"a\.b") {
                continue;
            }
            let owner = format!("x{number}-{}", row.rtype.to_string().to_ascii_lowercase());
            let key = RecordKey::new(name(&owner), row.rtype);
            let wire = rdata::parse_text(row.rtype, example, &name("@")).unwrap();
            if row.rtype == RecordType::DS {
                sets.push(set(&format!("{owner} NS 300 ns1.example.net.")));
            }
            sets.push(RecordSet::new(key, Ttl::from_secs(300).unwrap(), [Rdata::new(wire)]));
        }
    }
    sets
}

#[tokio::test]
async fn every_example_of_every_type_comes_back_as_it_was() {
    let fixture = Fixture::with("");
    let wanted = examples();
    let types: std::collections::BTreeSet<String> =
        wanted.iter().map(|set| set.key.rtype.to_string()).collect();
    assert_eq!(types.len(), 21, "{types:?}");
    accepted(&fixture.bring_about(&wanted, &[]).await);
    let live = fixture.live().await;
    for set in &wanted {
        assert_eq!(live.zone.get_key(&set.key).unwrap().to_set(), *set);
    }
    assert_eq!(live.zone.set_count(), wanted.len());
    // The same again is nothing to do.
    assert!(changes(&live, &wanted, &[]).is_empty());
}

#[tokio::test]
async fn texts_with_quotes_backslashes_semicolons_and_any_octet_come_back_as_they_were() {
    let fixture = Fixture::with("");
    let values = [
        r#""v=DKIM1; k=rsa; p=\"x\"""#,
        r#""back\\slash \000\009\255""#,
        r#""" "a" """#,
        r#""two  blanks ""#,
    ];
    for (number, value) in values.iter().enumerate() {
        let wanted = set(&format!("t{number} TXT 300 {value}"));
        accepted(&fixture.bring_about(std::slice::from_ref(&wanted), &[]).await);
        assert_eq!(fixture.set(&format!("t{number}"), RecordType::TXT).await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn numbers_go_out_whole_and_names_without_their_final_dot() {
    let fixture = Fixture::with("");
    let wanted = [
        set("_sip._tcp SRV 300 10 60 5060 sip.example.net."),
        set("@ MX 300 10 mail.example.net."),
        set("none SRV 300 0 0 0 ."),
    ];
    accepted(&fixture.bring_about(&wanted, &[]).await);
    let batch = &fixture.batches()[0];
    let posts = batch["posts"].as_array().unwrap();
    assert!(
        posts.iter().any(|post| post["data"]
            == json!({ "priority": 10, "weight": 60, "port": 5060, "target": "sip.example.net" })),
        "{batch}"
    );
    assert!(
        posts.iter().any(|post| post["content"] == "mail.example.net" && post["priority"] == 10),
        "{batch}"
    );
    assert!(posts.iter().any(|post| post["data"]["target"] == "."), "{batch}");
}
