use super::*;
use crate::yaml::{Options, read_text};
use proptest::prelude::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn zone(apex: &str, text: &str) -> Declared {
    read_text(text, &format!("{apex}yaml"), &name(apex), &Options::default()).declared.unwrap()
}

fn empty(apex: &str) -> Declared {
    Declared::new(Zone::empty(name(apex)))
}

/// `owner TTL value…` of every record set, with the place it was made from.
fn lines(declared: &Declared) -> Vec<String> {
    let sets = declared.zone.sets().map(|set| set.to_set());
    sets.map(|set| {
        let place = set.position.as_ref().map(|place| format!("{}:{}", place.file, place.line));
        let values: Vec<String> = set.texts().collect();
        format!(
            "{} {} {} {} {}",
            set.key.name.shown_in(declared.zone.apex()),
            set.ttl.as_secs(),
            set.key.rtype,
            values.join(" "),
            place.unwrap_or_default()
        )
    })
    .collect()
}

#[test]
fn every_address_that_lies_in_the_zone_gets_a_name_with_its_ttl_and_its_place() {
    let example = zone(
        "example.com.",
        "www: {type: A, ttl: 300, value: 192.0.2.10}\nfar: {type: A, value: 198.51.100.1}\n\
         six: {type: AAAA, ttl: 60, value: '2001:db8::1'}\n",
    );
    let (filled, found) = fill(empty("2.0.192.in-addr.arpa."), &[&example]);
    assert_eq!(lines(&filled), ["10 300 PTR www.example.com. example.com.yaml:1"]);
    assert!(found.is_empty());
    let (filled, _) = fill(empty("8.b.d.0.1.0.0.2.ip6.arpa."), &[&example]);
    assert_eq!(
        lines(&filled),
        ["1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 60 PTR six.example.com. example.com.yaml:3"]
    );
}

#[test]
fn several_names_of_one_address_are_all_kept_and_told() {
    let one = zone("example.com.", "a: {type: A, ttl: 300, value: 192.0.2.1}\n");
    let two = zone("example.net.", "b: {type: A, ttl: 60, value: 192.0.2.1}\n");
    let (filled, found) = fill(empty("2.0.192.in-addr.arpa."), &[&one, &two]);
    assert_eq!(lines(&filled), ["1 60 PTR a.example.com. b.example.net. example.com.yaml:1"]);
    let [warning] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((warning.code, warning.is_error()), ("shared-address", false));
    assert_eq!(warning.span.position.file.as_ref(), "example.net.yaml");
    assert_eq!(warning.related[0].0.position.file.as_ref(), "example.com.yaml");
}

#[test]
fn wildcards_and_ignored_records_make_no_names() {
    let example = zone(
        "example.com.",
        "'*': {type: A, value: 192.0.2.1}\nold: {octodns: {ignored: true}, type: A, value: 192.0.2.2}\n",
    );
    assert!(fill(empty("2.0.192.in-addr.arpa."), &[&example]).0.zone.is_empty());
}

#[test]
fn what_the_reverse_zone_says_itself_counts_more() {
    let example = zone(
        "example.com.",
        "a: {type: A, values: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5]}\n",
    );
    let own = zone(
        "2.0.192.in-addr.arpa.",
        "'': {type: NS, value: ns.example.net.}\n1: {type: PTR, value: mail.example.com.}\n\
         2: {type: CNAME, value: 2.0/25.2.0.192.in-addr.arpa.}\n3: {type: NS, value: ns.example.org.}\n\
         4: {type: TXT, value: kept beside}\n",
    );
    let (filled, _) = fill(own, &[&example]);
    let shown: Vec<String> = lines(&filled).into_iter().filter(|line| !line.contains(" NS ")).collect();
    assert_eq!(
        shown,
        [
            "1 3600 PTR mail.example.com. 2.0.192.in-addr.arpa.yaml:2",
            "2 3600 CNAME 2.0/25.2.0.192.in-addr.arpa. 2.0.192.in-addr.arpa.yaml:3",
            "4 3600 PTR a.example.com. example.com.yaml:1",
            "4 3600 TXT \"kept beside\" 2.0.192.in-addr.arpa.yaml:5",
            "5 3600 PTR a.example.com. example.com.yaml:1",
        ]
    );
}

#[test]
fn a_classless_part_holds_its_addresses_by_their_last_number() {
    let example =
        zone("example.com.", "a: {type: A, values: [192.0.2.63, 192.0.2.64, 192.0.2.127, 192.0.2.128]}\n");
    for apex in ["64/26.2.0.192.in-addr.arpa.", "64-127.2.0.192.in-addr.arpa."] {
        let (filled, _) = fill(empty(apex), &[&example]);
        let owners: Vec<String> =
            filled.zone.sets().map(|set| set.name().shown_in(filled.zone.apex())).collect();
        assert_eq!(owners, ["127", "64"], "{apex}");
    }
}

#[test]
fn names_that_hold_no_address_are_known() {
    for good in ["in-addr.arpa.", "10.in-addr.arpa.", "1.2.0.192.in-addr.arpa.", "8.B.D.0.ip6.arpa."] {
        assert!(is_reverse(&name(good)), "{good}");
    }
    for bad in [
        "example.com.",
        "xin-addr.arpa.",
        "256.in-addr.arpa.",
        "01.in-addr.arpa.",
        "5.1.2.0.192.in-addr.arpa.",
        "1/26.2.0.192.in-addr.arpa.",
        "0/24.2.0.192.in-addr.arpa.",
        "0/99.2.0.192.in-addr.arpa.",
        "9-3.2.0.192.in-addr.arpa.",
        "10.ip6.arpa.",
        "g.ip6.arpa.",
    ] {
        assert!(!is_reverse(&name(bad)), "{bad}");
    }
}

proptest! {
    /// A zone of any cut above an address holds its reverse name, and no zone beside it does.
    #[test]
    fn an_address_lies_in_every_zone_above_it(octets in any::<[u8; 4]>(), labels in 0..=4_usize, other in any::<[u8; 4]>()) {
        let full = reverse_name(Ipv4Addr::from(octets).into()).unwrap();
        let apex = full.suffix(labels + 2);
        let block = block_of(&apex).unwrap();
        prop_assert_eq!(owner(&apex, &block, Ipv4Addr::from(octets).into()), Some(full));
        let shares = octets[..labels] == other[..labels];
        prop_assert_eq!(owner(&apex, &block, Ipv4Addr::from(other).into()).is_some(), shares);
    }

    /// No name makes it panic.
    #[test]
    fn any_name_is_a_block_or_is_none(front in "[0-9a-f/.*-]{0,12}") {
        if let Ok(name) = format!("{front}.2.0.192.in-addr.arpa.").parse::<Name>() {
            let _ = block_of(&name);
        }
    }
}
