use super::*;

fn wire(rtype: RecordType, text: &str) -> Vec<u8> {
    rdata::parse_text(rtype, text, &Name::root()).unwrap()
}

/// The text the API takes, from ordinary presentation format; and it reads back the same.
fn sent(rtype: RecordType, text: &str) -> String {
    let wire = wire(rtype, text);
    let sent = to_api(rtype, &wire).unwrap();
    assert_eq!(from_api(rtype, &sent).unwrap(), wire, "{sent}");
    sent
}

fn refused(rtype: RecordType, text: &str) -> String {
    to_api(rtype, &wire(rtype, text)).unwrap_err()
}

#[test]
fn ipv6_addresses_are_written_without_dotted_quads() {
    assert_eq!(sent(RecordType::AAAA, "::ffff:192.0.2.1"), "::ffff:c000:201");
    assert_eq!(sent(RecordType::AAAA, "2001:DB8::1"), "2001:db8::1");
}

#[test]
fn names_carry_only_the_escapes_powerdns_writes() {
    let text = "a\\@b\\$\\;\\(c\\)\\\"\\.\\\\\\032.example.";
    assert_eq!(sent(RecordType::CNAME, text), "a@b$;(c)\"\\.\\\\\\032.example.");
    assert_eq!(sent(RecordType::MX, "10 a\\@b."), "10 a@b.");
    assert_eq!(sent(RecordType::NAPTR, "1 1 \"u\" \"a\\\"b\" \"\" a\\@b."), "1 1 \"u\" \"a\\\"b\" \"\" a@b.");
}

#[test]
fn service_parameters_follow_its_quoting() {
    let text = "1 . alpn=h2,h3 port=8443 ech=AAT+DQAA ipv4hint=192.0.2.1,192.0.2.2 key667=hello";
    let expected = "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ech=\"AAT+DQAA\" key667=\"hello\"";
    assert_eq!(sent(RecordType::HTTPS, text), expected);
    let text = "16 a\\@b. mandatory=port,alpn alpn=http/1.1 no-default-alpn port=1 ipv6hint=2001:db8::1";
    let expected = "16 a@b. mandatory=alpn,port alpn=http/1.1 no-default-alpn port=1 ipv6hint=2001:db8::1";
    assert_eq!(sent(RecordType::SVCB, text), expected);
    assert_eq!(sent(RecordType::SVCB, "1 . key667=\"a\\001\\\\b\""), "1 . key667=\"a\\001\\\\b\"");
    assert!(refused(RecordType::SVCB, "1 . key667=\"a\\\"b\"").contains("key667"));
    assert!(refused(RecordType::SVCB, "1 . key667=\"a;b\"").contains("key667"));
    assert!(refused(RecordType::HTTPS, "1 . alpn=\"f\\\\,oo\"").contains("alpn"));
    let mut alias_with_port = wire(RecordType::SVCB, "1 . port=5");
    alias_with_port[1] = 0;
    assert!(to_api(RecordType::SVCB, &alias_with_port).unwrap_err().contains("alias mode"));
}

#[test]
fn locations_that_overflow_are_refused() {
    let text = "52 22 23.000 N 4 53 32.000 E 21374836.47m 40000000.00m 0.00m 0.09m";
    assert_eq!(sent(RecordType::LOC, text), text);
    assert!(refused(RecordType::LOC, "52 N 4 E 21374836.48m").contains("altitudes"));
    assert!(refused(RecordType::LOC, "52 N 4 E 0m 50000000m").contains("sizes"));
}

#[test]
fn unknown_types_and_those_4_7_lacks_travel_as_bytes() {
    let rtype = RecordType::from_code(65280);
    assert_eq!(
        (type_to_api(rtype).as_str(), sent(rtype, "\\# 3 AB0203").as_str()),
        ("TYPE65280", "\\# 3 ab0203")
    );
    assert_eq!(sent(rtype, "\\# 0"), "\\# 0 ");
    assert_eq!(type_to_api(RecordType::WALLET), "TYPE262");
    assert!(sent(RecordType::WALLET, "\"a\" \"b\"").starts_with("\\# 4 "));
    for (name, rtype) in [("LUA", RecordType::LUA), ("ALIAS", RecordType::ALIAS), ("TLSA", RecordType::TLSA)]
    {
        assert_eq!(type_from_api(name), Some(rtype));
        assert_eq!(type_to_api(rtype), name);
    }
    assert!(to_api(RecordType::URLFWD, &[]).is_err());
}

#[test]
fn scripts_are_verbatim() {
    let content = "A \"ifportup(443, {'192.0.2.1'}) -- a\\b\"";
    let read = from_api(RecordType::LUA, content).unwrap();
    assert_eq!(to_api(RecordType::LUA, &read).unwrap(), content);
    assert_eq!(&read[..2], [0, 1]);
    let parts = from_api(RecordType::LUA, "TXT \";if x\" \"then\"").unwrap();
    assert_eq!(&parts[2..], b";if x then");
    assert!(to_api(RecordType::LUA, b"\0\x01a\"b").is_err());
}

#[test]
fn gateways_of_every_kind() {
    for content in [
        "10 0 2 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
        "10 1 0 192.0.2.3",
        "10 2 2 2001:db8::1 AQNRU3mG",
        "10 3 2 gateway.example.com. AQNRU3mG",
    ] {
        let wire = from_api(RecordType::IPSECKEY, content).unwrap();
        assert_eq!(to_api(RecordType::IPSECKEY, &wire).unwrap(), content);
    }
    assert_eq!(from_api(RecordType::IPSECKEY, "10 0 2 . AQNR").unwrap(), [10, 0, 2, 1, 3, 81]);
    assert!(from_api(RecordType::IPSECKEY, "10 4 2 . AQNR").is_err());
    assert!(to_api(RecordType::IPSECKEY, &[1, 2]).is_err());
}

#[test]
fn strings_over_255_octets_are_cut_as_they_are_served() {
    let read = from_api(RecordType::TXT, &format!("\"{}\" \"b\\\"\\009\" \"\"", "x".repeat(300))).unwrap();
    let lengths: Vec<u8> = [0, 256, 302, 306].map(|at| read[at]).to_vec();
    assert_eq!(lengths, [255, 45, 3, 0]);
    assert_eq!(read.len(), 307);
    assert!(from_api(RecordType::TXT, "\"open").is_err());
}

#[test]
fn every_example_of_the_table_is_taken_or_refused_in_words() {
    for row in rdata::rows() {
        for example in row.examples {
            let wire = wire(row.rtype, example);
            match to_api(row.rtype, &wire) {
                Ok(text) => assert_eq!(from_api(row.rtype, &text), Ok(wire), "{} {text}", row.rtype),
                Err(reason) => assert!(!reason.is_empty()),
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn what_is_refused_is_what_has_no_text(wire in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
        for row in rdata::rows() {
            let refused = refusal(row.rtype, &wire);
            proptest::prop_assert_eq!(refused, to_api(row.rtype, &wire).err(), "{}", row.rtype);
        }
    }
}
