//! The rows and their examples.

use dnsure_zones::rdata::{self, rows};
use dnsure_zones::{Name, RecordType};

fn origin() -> Name {
    "example.com.".parse().unwrap()
}

fn parse(rtype: RecordType, text: &str) -> Vec<u8> {
    rdata::parse_text(rtype, text, &origin()).unwrap_or_else(|error| panic!("{rtype} {text}: {error}"))
}

#[test]
fn rows_are_in_order_and_have_examples() {
    assert!(rows().map(|row| row.rtype).is_sorted_by(|a, b| a < b));
    for row in rows() {
        assert!(!row.examples.is_empty(), "{} has no example", row.rtype);
        assert!(!row.rtype.is_meta(), "{} is no data", row.rtype);
        if let Some(old) = &row.old_form {
            assert_eq!(old.keys.len(), row.fields.len(), "{}", row.rtype);
        }
    }
}

#[test]
fn every_example_reads_back_from_its_own_text_and_fields() {
    for row in rows() {
        for example in row.examples {
            let wire = parse(row.rtype, example);
            rdata::check(row.rtype, &wire).unwrap();
            let text = rdata::to_text(row.rtype, &wire);
            assert_eq!(parse(row.rtype, &text), wire, "{} {example} -> {text}", row.rtype);
            let fields = rdata::to_fields(row.rtype, &wire);
            let again = rdata::from_fields(row.rtype, &fields, &origin())
                .unwrap_or_else(|errors| panic!("{} {fields:?}: {errors:?}", row.rtype));
            assert_eq!(again, wire, "{} {fields:?}", row.rtype);
        }
    }
}

#[test]
fn the_first_example_of_each_row_is_written_as_this_program_writes() {
    for row in rows() {
        let example = row.examples[0];
        let written = rdata::to_text(row.rtype, &parse(row.rtype, example));
        let known: &[(RecordType, &str)] = &[
            (RecordType::CERT, "1 12345 8 MIIBAA=="),
            (RecordType::DSYNC, "CDS 1 5300 notify.example.net."),
        ];
        let expected = known.iter().find(|(rtype, _)| *rtype == row.rtype).map_or(example, |(_, text)| text);
        assert_eq!(written, expected, "{}", row.rtype);
    }
}

#[test]
fn any_type_may_be_written_as_the_bytes_of_rfc_3597() {
    assert_eq!(parse(RecordType::A, r"\# 4 c0 0002 01"), [192, 0, 2, 1]);
    assert_eq!(parse(RecordType::from_code(65280), r"\# 4 0A000001"), [10, 0, 0, 1]);
    assert_eq!(rdata::to_text(RecordType::from_code(65280), &[10, 0, 0, 1]), r"\# 4 0a000001");
    assert_eq!(rdata::to_text(RecordType::from_code(65280), &[]), r"\# 0");
    assert_eq!(parse(RecordType::from_code(65280), r"\# 0"), b"");
    let error = |rtype, text| rdata::parse_text(rtype, text, &origin()).unwrap_err().to_string();
    assert_eq!(
        error(RecordType::A, r"\# 3 c00002"),
        "A data does not fit RFC 1035 3.4.1: address is cut off"
    );
    assert_eq!(error(RecordType::A, r"\# 4 c00002"), r"`\#` promises 4 octets and 3 follow");
    assert!(error(RecordType::from_code(65280), "10.0.0.1").contains(r"\# length hex"));
}

#[test]
fn errors_say_what_is_wrong_what_is_expected_and_where() {
    let cases = [
        (RecordType::MX, "70000 mail", 0, "preference 70000 is above 65535"),
        (RecordType::MX, "-1 mail", 0, "preference -1 is below 0"),
        (
            RecordType::MX,
            "10",
            2,
            "exchange is missing: MX is `preference exchange`, as in `10 mail.example.com.`",
        ),
        (RecordType::A, "192.0.2.1 extra", 10, "`extra` is left over: A is `address`, as in `192.0.2.1`"),
        (RecordType::A, "192.0.2.01", 0, "address `192.0.2.01` is not an IPv4 address such as `192.0.2.1`"),
        (RecordType::TXT, "v=DKIM1; k=rsa", 7, "`;` starts a comment here: put the text in quotes"),
        (RecordType::TXT, "\"open", 0, "this quote is not closed"),
        (
            RecordType::CNAME,
            "a..b",
            0,
            "target `a..b` is no domain name: empty label in `a..b`: two dots in a row, or a dot at the start",
        ),
        (RecordType::DS, "1 5 1 abc", 6, "digest has 3 hex digits, and two make an octet"),
        (RecordType::DS, "1 5 1 zz", 6, "digest has `z`, which is no hex digit"),
        (
            RecordType::NSEC,
            "a. A MXX",
            5,
            "types `MXX` is no record type: write a mnemonic such as A or MX, or TYPE and a number (RFC 3597); did you mean MX?",
        ),
        (RecordType::HTTPS, "1 . alpm=h2", 4, "`alpm` is no service parameter; did you mean `alpn`?"),
        (RecordType::HTTPS, "1 . port=99999", 4, "port `99999` is no whole number from 0 to 65535"),
        (RecordType::HTTPS, "1 . port=1 port=2", 11, "port is given twice (RFC 9460 2.1)"),
        (RecordType::LOC, "91 N 4 E 0m", 0, "91 is not from 0 to 90"),
    ];
    for (rtype, text, offset, message) in cases {
        let error = rdata::parse_text(rtype, text, &origin()).unwrap_err();
        assert_eq!((error.message.as_str(), error.offset), (message, Some(offset)), "{rtype} {text}");
    }
    let long = format!("\"{}\"", "x".repeat(300));
    let error = rdata::parse_text(RecordType::TXT, &long, &origin()).unwrap_err();
    assert!(error.message.starts_with("text has 300 octets; one string holds at most 255"), "{error}");
}

#[test]
fn relative_names_take_the_origin_and_at_is_the_origin() {
    assert_eq!(rdata::to_text(RecordType::MX, &parse(RecordType::MX, "10 @")), "10 example.com.");
    assert_eq!(rdata::to_text(RecordType::MX, &parse(RecordType::MX, "10 mail")), "10 mail.example.com.");
    assert_eq!(
        rdata::to_text(RecordType::SVCB, &parse(RecordType::SVCB, "1 svc port=1 alpn=h2")),
        "1 svc.example.com. alpn=h2 port=1"
    );
}

#[test]
fn texts_that_other_readers_lose_are_read_exactly() {
    let strings = |text: &str| parse(RecordType::TXT, text);
    assert_eq!(strings(r#""a\065b""#), b"\x03aAb");
    assert_eq!(strings("( \"v=DKIM1; k=rsa; \"\n \"p=MIGf\" )"), b"\x10v=DKIM1; k=rsa; \x06p=MIGf");
    assert_eq!(strings(r"a\ b"), b"\x03a b");
    assert_eq!(strings("$x"), b"\x02$x");
    assert_eq!(strings("a=\"b c\""), b"\x02a=\x03b c");
    assert_eq!(strings("gr\u{fc}n"), "\x05gr\u{fc}n".as_bytes());
    assert_eq!(
        parse(RecordType::SVCB, r#"1 . alpn="h2,h3" key65280="a b""#),
        parse(RecordType::SVCB, r"1 . key65280=a\ b alpn=h2\044h3"),
    );
    assert_eq!(
        parse(RecordType::SVCB, r#"16 foo.example.org. alpn="f\\\\oo\\,bar,h2""#)[19..],
        *b"\x00\x01\x00\x0c\x08f\\oo,bar\x02h2"
    );
}

#[test]
fn names_are_found_and_compared_without_case() {
    let soa = parse(RecordType::SOA, "NS1.Example.com. hostmaster 1 2 3 4 5");
    let names: Vec<String> = rdata::names(RecordType::SOA, &soa).map(|name| name.to_string()).collect();
    assert_eq!(names, ["NS1.Example.com.", "hostmaster.example.com."]);
    let same = |rtype, a: &str, b: &str| {
        rdata::canonical(rtype, &parse(rtype, a)) == rdata::canonical(rtype, &parse(rtype, b))
    };
    assert!(same(RecordType::SRV, "1 2 3 SIP", "1 2 3 sip"));
    assert!(same(RecordType::HTTPS, "1 WWW alpn=h2", "1 www alpn=h2"));
    assert!(!same(RecordType::HTTPS, "1 www alpn=H2", "1 www alpn=h2"));
    assert!(same(RecordType::CAA, "0 Issue ca", "0 issue ca"));
    assert!(!same(RecordType::CAA, "0 issue CA", "0 issue ca"));
    assert!(same(RecordType::NAPTR, "1 2 u S r .", "1 2 U S r ."));
    assert!(!same(RecordType::TXT, "A", "a"));
    let plain = parse(RecordType::TXT, "ABC");
    assert!(matches!(rdata::canonical(RecordType::TXT, &plain), std::borrow::Cow::Borrowed(_)));
}

#[test]
fn compressed_names_come_out_whole_and_bad_pointers_are_refused() {
    // 0: example. 9: pointer to 0 with a label in front.
    let message = b"\x07example\x00\x04mail\xc0\x00\x00\x0a\x01a\xc0\x09".to_vec();
    let read = |message: &[u8], range| rdata::decompress(RecordType::MX, message, range);
    let wire = read(&message, 16..22).unwrap();
    assert_eq!(rdata::to_text(RecordType::MX, &wire), "10 a.mail.example.");
    for (bad, range) in [
        (&b"\x00\x0a\xc0\x02"[..], 0..4),
        (b"\x00\x0a\xc0\x04", 0..4),
        (b"\x00\x0a\x01a\xc0\x02", 0..6),
        (b"\x00\x0a\xc0", 0..3),
        (b"\x00\x0a\x40a\x00", 0..5),
        (b"\x00\x0a\x00\x00", 0..4),
        (b"\x00\x0a\x00", 0..9),
    ] {
        assert!(read(bad, range).is_err(), "{bad:?}");
    }
}

#[test]
fn data_that_does_not_fit_its_type_is_shown_as_bytes() {
    assert_eq!(rdata::to_text(RecordType::A, &[1, 2, 3]), r"\# 3 010203");
    assert_eq!(rdata::to_text(RecordType::MX, &[0, 10]), r"\# 2 000a");
    // A size of 0 times 10^3: text would make it 0 times 10^0.
    let mut location = parse(RecordType::LOC, "1 N 1 E 0m");
    location[1] = 0x03;
    assert!(rdata::to_text(RecordType::LOC, &location).starts_with(r"\# 16 0003"));
}
