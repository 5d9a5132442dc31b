//! octoDNS's form of every kind of value.

use dnsure_zones::rdata::{self, FieldInput, from_fields, to_fields};
use dnsure_zones::{Name, RecordType};

fn origin() -> Name {
    "example.com.".parse().unwrap()
}

fn text(text: &str) -> FieldInput {
    FieldInput::Scalar(text.into())
}

fn list(items: &[&str]) -> FieldInput {
    FieldInput::List(items.iter().map(|item| text(item)).collect())
}

fn map(pairs: &[(&str, FieldInput)]) -> FieldInput {
    FieldInput::Map(pairs.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
}

/// A mapping of plain values from `key: value, key: value`.
fn plain(pairs: &str) -> FieldInput {
    let pairs = pairs.split(", ").map(|pair| pair.split_once(": ").unwrap());
    FieldInput::Map(pairs.map(|(key, value)| (key.into(), text(value))).collect())
}

fn read(rtype: RecordType, input: &FieldInput) -> String {
    match from_fields(rtype, input, &origin()) {
        Ok(wire) => rdata::to_text(rtype, &wire),
        Err(errors) => panic!("{rtype} {input:?}: {errors:?}"),
    }
}

/// Each problem as `path: message (help)`.
fn problems(rtype: RecordType, input: &FieldInput) -> Vec<String> {
    let errors = from_fields(rtype, input, &origin()).unwrap_err();
    let shown = errors.into_iter().map(|error| {
        let help = error.help.map_or(String::new(), |help| format!(" ({help})"));
        format!("{}: {}{help}", error.path.join("."), error.message)
    });
    shown.collect()
}

#[test]
fn plain_values_stand_without_keys() {
    assert_eq!(read(RecordType::A, &text("192.0.2.1")), "192.0.2.1");
    assert_eq!(read(RecordType::CNAME, &text("WWW.Example.net.")), "WWW.Example.net.");
    assert_eq!(read(RecordType::CNAME, &text("localhost")), "localhost.");
    assert_eq!(read(RecordType::NS, &text("ns.m\u{fc}nchen.example.")), "ns.xn--mnchen-3ya.example.");
    assert_eq!(read(RecordType::ALIAS, &text("lb.example.net")), "lb.example.net.");
    assert_eq!(
        read(RecordType::APL, &list(&["1:192.0.2.0/24", "!1:192.0.2.1/32"])),
        "1:192.0.2.0/24 !1:192.0.2.1/32"
    );
}

#[test]
fn names_without_a_final_dot_are_absolute_and_reported() {
    let missing = |rtype, input: &FieldInput| rdata::missing_final_dot(rtype, input);
    assert_eq!(missing(RecordType::CNAME, &text("www")), [Vec::<String>::new()]);
    assert!(missing(RecordType::CNAME, &text("www.")).is_empty());
    assert_eq!(missing(RecordType::CNAME, &text(r"www\.")).len(), 1);
    assert_eq!(missing(RecordType::MX, &plain("priority: 1, value: mail")), [["value"]]);
    assert_eq!(missing(RecordType::SOA, &plain("mname: a, rname: b.")), [["mname"]]);
    assert!(missing(RecordType::TXT, &text("www")).is_empty());
    assert_eq!(read(RecordType::MX, &plain("preference: 10, exchange: mail")), "10 mail.");
}

#[test]
fn older_keys_of_octodns_mean_what_they_meant() {
    assert_eq!(
        read(RecordType::MX, &plain("priority: 10, value: mail.example.com.")),
        "10 mail.example.com."
    );
    assert_eq!(
        read(RecordType::DS, &plain("flags: 1, protocol: 2, algorithm: 3, public_key: AABB")),
        "1 2 3 aabb"
    );
    assert_eq!(
        read(RecordType::DS, &plain("key_tag: 1, algorithm: 2, digest_type: 3, digest: AABB")),
        "1 2 3 aabb"
    );
    assert_eq!(read(RecordType::CAA, &plain("tag: issue, value: ca.example")), r#"0 issue "ca.example""#);
    assert_eq!(
        problems(RecordType::MX, &plain("preference: 10, priority: 20, exchange: a.")),
        ["priority: priority and preference are the same field with different values"]
    );
    assert_eq!(
        problems(RecordType::DS, &plain("key_tag: 1, algorithm: 2, digest_type: 3, public_key: aa"))[0],
        ": flags is missing (a DS value has the keys key_tag, algorithm, digest_type, digest)"
    );
}

#[test]
fn what_rfcs_allow_and_octodns_refuses_is_accepted() {
    let naptr = "order: 1, preference: 2, flags: u, service: S, regexp: , replacement: .";
    assert_eq!(read(RecordType::NAPTR, &plain(naptr)), r#"1 2 "U" "S" "" ."#);
    assert_eq!(read(RecordType::NAPTR, &plain(&naptr.replace("flags: u", "flags: "))), r#"1 2 "" "S" "" ."#);
    assert_eq!(
        read(RecordType::SSHFP, &plain("algorithm: 6, fingerprint_type: 2, fingerprint: AB")),
        "6 2 ab"
    );
    let uri = "priority: 1, weight: 2, target: https://Example.com/Path?Q=1";
    assert_eq!(read(RecordType::URI, &plain(uri)), r#"1 2 "https://Example.com/Path?Q=1""#);
    let ech = map(&[
        ("svcpriority", text("1")),
        ("targetname", text(".")),
        ("svcparams", map(&[("ech", text("AEj+DQ=="))])),
    ]);
    assert_eq!(read(RecordType::HTTPS, &ech), "1 . ech=AEj+DQ==");
}

#[test]
fn every_problem_of_a_value_is_reported_with_its_place() {
    assert_eq!(
        problems(RecordType::SRV, &plain("priority: 70000, weight: -1, prot: 5060, target: 192.0.2.1")),
        [
            "priority: priority 70000 is above 65535",
            "weight: weight -1 is below 0",
            ": port is missing (a SRV value has the keys priority, weight, port, target)",
            "target: target `192.0.2.1` is an IP address (a name stands here; an address belongs in an A or AAAA record of that name)",
            "prot: `prot` is no key of SRV (did you mean `port`?)",
        ]
    );
    assert_eq!(
        problems(RecordType::CNAME, &text("2001:db8::1"))[0],
        ": target `2001:db8::1` is an IP address (a name stands here; an address belongs in an A or AAAA record of that name)"
    );
    assert_eq!(
        problems(RecordType::CNAME, &text("@")),
        [": target `@` does not stand for the zone here: write `example.com.`"]
    );
    assert_eq!(
        problems(RecordType::MX, &plain("preference: 010, exchange: a.")),
        [
            "preference: preference 010 starts with 0, which YAML 1.1 reads as octal: write 10 if you mean that"
        ]
    );
    assert_eq!(problems(RecordType::A, &FieldInput::Null), [": A has no value"]);
    assert_eq!(problems(RecordType::A, &list(&["192.0.2.1"])).len(), 1);
    assert_eq!(
        problems(RecordType::CAA, &plain("tag: is sue, value: x")),
        ["tag: tag `is sue` may hold only letters and digits (RFC 8659 4.1.1)"]
    );
    assert_eq!(
        problems(RecordType::CNAME, &text("a b.")),
        [r": target `a b.` holds white space (write \032 if you mean it)"]
    );
    assert_eq!(
        problems(RecordType::URLFWD, &plain("path: /, target: http://a, code: 307, masking: 3, query: 0")),
        ["code: code 307 is above 302", "masking: masking 3 is above 2"]
    );
}

fn service(priority: &str, params: &[(&str, FieldInput)]) -> FieldInput {
    map(&[("svcpriority", text(priority)), ("targetname", text("svc.example.")), ("svcparams", map(params))])
}

#[test]
fn service_parameters_are_a_mapping() {
    let all = service(
        "1",
        &[
            ("key65280", text(r"a\001b")),
            ("dohpath", text("/dns-query{?dns}")),
            ("ipv6hint", list(&["2001:db8::1"])),
            ("ipv4hint", list(&["192.0.2.1", "192.0.2.2"])),
            ("port", text("443")),
            ("no-default-alpn", FieldInput::Null),
            ("alpn", list(&["h3", r"h\\,2"])),
            ("mandatory", list(&["port", "alpn"])),
        ],
    );
    let written = r#"1 svc.example. mandatory=alpn,port alpn="h3,h\\,2" no-default-alpn port=443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 dohpath=/dns-query{?dns} key65280="a\001b""#;
    assert_eq!(read(RecordType::SVCB, &all), written);
    assert_eq!(read(RecordType::HTTPS, &plain("svcpriority: 0, targetname: a.")), "0 a.");
    assert_eq!(read(RecordType::HTTPS, &service("0", &[])), "0 svc.example.");
}

#[test]
fn service_parameters_that_contradict_themselves_are_refused() {
    let problem =
        |priority, params: &[(&str, FieldInput)]| problems(RecordType::HTTPS, &service(priority, params));
    assert_eq!(
        problem("0", &[("port", text("1"))]),
        [
            "svcparams: svcparams have no effect with svcpriority 0, which is an alias (RFC 9460 2.4.2): leave them out, or use a priority of 1 or more"
        ]
    );
    assert_eq!(
        problem("1", &[("no-default-alpn", FieldInput::Null)]),
        ["svcparams.no-default-alpn: no-default-alpn needs alpn beside it (RFC 9460 7.1.1)"]
    );
    assert_eq!(
        problem("1", &[("mandatory", list(&["port"]))]),
        ["svcparams.mandatory: mandatory names port, which is not there (RFC 9460 8)"]
    );
    assert_eq!(
        problem(
            "1",
            &[
                ("ipv4hint", list(&["192.0.2.1", "x"])),
                ("port", text("-1")),
                ("alpn", text("h2")),
                ("foo", text("x"))
            ]
        ),
        [
            "svcparams.ipv4hint.1: ipv4hint `x` is no IPv4 address",
            "svcparams.port: port `-1` is no whole number from 0 to 65535",
            "svcparams.alpn: alpn takes a list: write [h2]",
            "svcparams.foo: `foo` is no service parameter: known are mandatory, alpn, no-default-alpn, port, ipv4hint, ech, ipv6hint, dohpath, ohttp, tls-supported-groups, and key0 to key65534",
        ]
    );
    assert_eq!(
        problem("1", &[("alpn", list(&["h2"])), ("key1", text(r"\002h3"))]),
        ["svcparams.key1: alpn is given twice (RFC 9460 2.1)"]
    );
}

#[test]
fn a_location_has_twelve_keys() {
    let pairs = "lat_degrees: 52, lat_minutes: 22, lat_seconds: 23.5, lat_direction: N, long_degrees: 4, long_minutes: 53, long_seconds: 32.0, long_direction: E, altitude: -2.0, size: 0.0, precision_horz: 10000.0, precision_vert: 10.0";
    let expected = "52 22 23.500 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m";
    assert_eq!(read(RecordType::LOC, &plain(pairs)), expected);
    assert_eq!(
        problems(
            RecordType::LOC,
            &plain(&pairs.replace("lat_degrees: 52", "lat_degrees: 91").replace("size: 0.0, ", ""))
        ),
        [
            ": size is missing (a LOC value has the keys lat_degrees, lat_minutes, lat_seconds, lat_direction, long_degrees, long_minutes, long_seconds, long_direction, altitude, size, precision_horz, precision_vert)",
            "lat_degrees: lat_degrees 91 is not from 0 to 90",
        ]
    );
    assert_eq!(read(RecordType::LOC, &text(expected)), expected);
}

#[test]
fn text_is_cut_into_strings_and_a_list_gives_exact_ones() {
    let long = "\u{fc}".repeat(200);
    let wire = from_fields(RecordType::TXT, &text(&long), &origin()).unwrap();
    assert_eq!((wire.len(), wire[0], wire[256]), (402, 255, 145));
    assert_eq!(to_fields(RecordType::TXT, &wire), text(&long));
    let exact = from_fields(RecordType::TXT, &list(&["a", "b"]), &origin()).unwrap();
    assert_eq!(exact, b"\x01a\x01b");
    assert_eq!(to_fields(RecordType::TXT, &exact), list(&["a", "b"]));
    assert_eq!(from_fields(RecordType::TXT, &text(""), &origin()).unwrap(), [0]);
    assert_eq!(
        problems(RecordType::TXT, &list(&["a", &"x".repeat(256)]))[0],
        "1: text has 256 octets; one string holds at most 255 (RFC 1035 3.3): split it into several"
    );
}

#[test]
fn text_fields_hold_what_stands_between_the_quotes() {
    let naptr = r"order: 1, preference: 2, flags: U, service: , regexp: !(.*)!\\1!, replacement: .";
    let written = r#"1 2 "U" "" "!(.*)!\\1!" ."#;
    assert_eq!(read(RecordType::NAPTR, &plain(naptr)), written);
    let wire = rdata::parse_text(RecordType::NAPTR, written, &origin()).unwrap();
    assert!(wire.ends_with(b"!(.*)!\\1!\0"));
    assert_eq!(to_fields(RecordType::NAPTR, &wire), plain(naptr));
    assert_eq!(
        problems(RecordType::CAA, &plain(r"tag: issue, value: a\1b")),
        [
            r"value: value has a bad escape: write `\DDD` with a decimal number up to 255, or `\` and one character"
        ]
    );
}

#[test]
fn any_value_may_stand_in_presentation_format() {
    assert_eq!(read(RecordType::MX, &text("10 mail")), "10 mail.");
    assert_eq!(read(RecordType::TXT, &map(&[("rdata", text(r#""a\255""#))])), r#""a\255""#);
    assert_eq!(read(RecordType::from_code(65280), &text(r"\# 4 0A000001")), r"\# 4 0a000001");
    assert_eq!(to_fields(RecordType::TXT, b"\x02a\xff"), map(&[("rdata", text(r#""a\255""#))]));
    assert_eq!(
        read(RecordType::SOA, &text("ns1.example.com. admin.example.com. 1 2h 1h 2w 5m")),
        "ns1.example.com. admin.example.com. 1 7200 3600 1209600 300"
    );
    let soa = "mname: ns1.example.com., rname: admin.example.com., refresh: 2h, retry: 3600, expire: 2w, minimum: 300";
    assert_eq!(
        read(RecordType::SOA, &plain(soa)),
        "ns1.example.com. admin.example.com. 0 7200 3600 1209600 300"
    );
    assert_eq!(
        problems(RecordType::from_code(65280), &text("x")),
        [": TYPE65280 has no text form of its own: write `\\# length hex`, as `\\# 4 c0000201` (RFC 3597 5)"]
    );
}

#[test]
fn fields_are_written_with_the_keys_of_octodns() {
    let written = |rtype, text: &str| to_fields(rtype, &rdata::parse_text(rtype, text, &origin()).unwrap());
    assert_eq!(written(RecordType::MX, "10 mail"), plain("preference: 10, exchange: mail.example.com."));
    assert_eq!(written(RecordType::AAAA, "::ffff:192.0.2.1"), text("::ffff:c000:201"));
    assert_eq!(
        written(RecordType::HTTPS, "1 . alpn=h2 no-default-alpn"),
        map(&[
            ("svcpriority", text("1")),
            ("targetname", text(".")),
            ("svcparams", map(&[("alpn", list(&["h2"])), ("no-default-alpn", FieldInput::Null)])),
        ])
    );
    assert_eq!(
        written(RecordType::CAA, r#"0 issue "ca.example""#),
        plain("flags: 0, tag: issue, value: ca.example")
    );
}
