#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use dnsure_zones::Name;
use dnsure_zones::master;

const ZONE: &str = "\
$TTL 300
@ SOA ns1.example.net. host.example.net. 1 2 3 4 5
@ NS ns1.example.net.
@ DNSKEY 256 3 8 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
@ MX 10 mail
www A 192.0.2.1
www RRSIG A 8 3 300 20300101000000 20200101000000 1 example.com. AQNRU3mG
www TYPE65280 \\# 3 abcdef
_acme-challenge TXT \"token\"
";

fn zone(text: &str) -> (Name, Zone) {
    let apex: Name = "example.com.".parse().unwrap();
    let (zone, found) = master::read_text(text, "zone", &apex);
    (apex, zone.unwrap_or_else(|| panic!("{found:?}")))
}

fn imported(live: &Zone, holder: &Holder, keep_soa: bool) -> (Import, Vec<String>) {
    let import = Import::of(live, holder, keep_soa);
    let options = Options::default();
    let mut differences = Vec::new();
    for split in [false, true] {
        let files = import.files(Path::new("zones"), split, &options);
        let read = back::read(&files, Path::new("zones"), live.apex(), &options).unwrap();
        differences.extend(back::differences(&import, &read, live, holder));
    }
    (import, differences)
}

#[test]
fn an_import_plans_to_nothing_and_counts_every_record_set() {
    let (_, live) = zone(ZONE);
    let (import, differences) = imported(&live, &Holder::stranger("file", None), false);
    assert_eq!(differences, Vec::<String>::new());
    let left: Vec<String> = import.left_out.iter().map(|set| set.key.to_string()).collect();
    assert_eq!(left, ["example.com. SOA", "example.com. DNSKEY", "www.example.com. RRSIG"]);
    assert_eq!((import.live, import.written()), (8, 5));
    insta::assert_snapshot!(import.files(Path::new("zones"), false, &Options::default())[0].1);
}

#[test]
fn an_soa_is_kept_where_it_is_asked_for() {
    let (_, live) = zone(ZONE);
    let (import, differences) = imported(&live, &Holder::stranger("file", None), true);
    assert_eq!(differences, Vec::<String>::new());
    assert!(import.declared.zone.sets().any(|set| set.rtype() == RecordType::SOA));
}

#[test]
fn what_dnsure_yaml_ignores_stays_out_of_the_files() {
    let (_, live) = zone(ZONE);
    let mut holder = Holder::stranger("file", None);
    holder.policy.ignore =
        vec!["_acme-challenge.** TXT".parse().unwrap(), "_acme-challenge TXT".parse().unwrap()];
    let (import, differences) = imported(&live, &holder, false);
    assert_eq!(differences, Vec::<String>::new());
    assert!(import.left_out.iter().any(|set| set.reason.contains("`ignore`")));
}

#[test]
fn a_set_with_different_ttls_is_kept_and_left_alone() {
    let (_, live) = zone("@ 300 NS ns.example.net.\nwww 60 A 192.0.2.1\nwww 300 A 192.0.2.2\n");
    assert_eq!(live.mixed_ttls().len(), 1, "a zone that a provider of single records lists");
    let (import, differences) = imported(&live, &Holder::stranger("file", None), false);
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!((import.live, import.written(), import.left_alone.len()), (2, 1, 1));
}

#[test]
fn a_cname_beside_other_data_does_not_keep_a_zone_out() {
    let (_, live) = zone("@ 300 NS ns.example.net.\nwww 60 CNAME a.example.net.\nwww 60 TXT text\n");
    let (_, differences) = imported(&live, &Holder::stranger("file", None), false);
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
fn a_file_that_lost_a_record_is_found_out() {
    let (apex, live) = zone(ZONE);
    let holder = Holder::stranger("file", None);
    let import = Import::of(&live, &holder, false);
    let options = Options::default();
    let mut files = import.files(Path::new("zones"), false, &options);
    files[0].1 = files[0].1.replace("192.0.2.1", "192.0.2.2").replace("token", "other");
    let read = back::read(&files, Path::new("zones"), &apex, &options).unwrap();
    let differences = back::differences(&import, &read, &live, &holder);
    assert_eq!(differences.len(), 2, "{differences:?}");
    assert!(
        differences.iter().any(|line| line.contains("[192.0.2.1] 300 to [192.0.2.2] 300")),
        "{differences:?}"
    );
}

#[test]
fn a_type_that_a_provider_holds_and_takes_from_nobody_is_kept_and_left_alone() {
    use dnsure_providers::rfc2136::{Rfc2136, Rfc2136Settings, Software};
    // BIND answers with 101 addresses where it has them from a file, and takes them by no update.
    let addresses: String = (0..101).map(|number| format!("many 60 A 192.0.2.{number}\n")).collect();
    let (_, live) = zone(&format!("@ 300 NS ns.example.net.\n{addresses}"));
    let settings = Rfc2136Settings {
        server: ([127, 0, 0, 1], 53).into(),
        key: None,
        transfer_key: None,
        servers: Vec::new(),
    };
    let backend = Arc::new(Rfc2136::new(settings).running(Software::Bind));
    let (import, differences) = imported(&live, &Holder::stranger("bind", Some(backend)), false);
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!((import.written(), import.left_alone.len()), (1, 1));
}
