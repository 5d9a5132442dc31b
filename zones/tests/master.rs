//! Master files: what is read, what is refused and where, what is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dnsure_zones::diagnostic::{Diagnostic, Severity};
use dnsure_zones::master::{read, read_text, write};
use dnsure_zones::rdata::to_text;
use dnsure_zones::source::MemorySource;
use dnsure_zones::{Name, RecordKey, RecordType, Settings, Ttl, Zone, ZoneBuilder};
use std::path::Path;

fn apex() -> Name {
    "example.com.".parse().unwrap()
}

/// The records, one a line: owner TTL type data.
fn records(zone: &Zone) -> Vec<String> {
    let mut lines = Vec::new();
    for set in zone.sets() {
        for data in set.rdatas() {
            let owner = set.name().shown_in(zone.apex());
            lines.push(format!("{owner} {} {} {}", set.ttl(), set.rtype(), to_text(set.rtype(), data)));
        }
    }
    lines
}

fn shown(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let span = &diagnostic.span;
            format!("{}+{} {}: {}", span.position, span.length, diagnostic.code, diagnostic.message)
        })
        .collect()
}

fn good(text: &str) -> Vec<String> {
    let (zone, diagnostics) = read_text(text, "zone", &apex());
    assert!(diagnostics.is_empty(), "{:?}", shown(&diagnostics));
    records(&zone.unwrap())
}

fn bad(text: &str) -> Vec<String> {
    let (zone, diagnostics) = read_text(text, "zone", &apex());
    assert!(zone.is_none(), "a zone in spite of {:?}", shown(&diagnostics));
    shown(&diagnostics)
}

const SOA: &str = "@ 3600 IN SOA ns1 hostmaster 1 2 3 4 300\n";

#[test]
fn a_zone_file_as_people_write_it() {
    let text = "\u{feff}$ORIGIN example.com.\r
$TTL 1h
@\tIN SOA ns1 hostmaster (
\t\t2026112301 ; serial
\t\t2h 1h 2w 5m )
        NS ns1
        IN 300 NS ns2
www     300 IN A 192.0.2.1
        A 192.0.2.2 ; another
mail    in a 192.0.2.3
$origin sub
host    CLASS1 5m A 192.0.2.4
@       TXT \"a;b\" c\\;d ( \"in
$TTL 60
last    TXT x
";
    let text = text.replace("( \"in\n", "(\n \"in\" )\n");
    assert_eq!(
        good(&text),
        [
            "@ 300 NS ns1.example.com.",
            "@ 300 NS ns2.example.com.",
            "@ 3600 SOA ns1.example.com. hostmaster.example.com. 2026112301 7200 3600 1209600 300",
            "mail 3600 A 192.0.2.3",
            "sub 3600 TXT \"a;b\" \"c;d\" \"in\"",
            "host.sub 300 A 192.0.2.4",
            "last.sub 60 TXT \"x\"",
            "www 300 A 192.0.2.1",
            "www 300 A 192.0.2.2",
        ]
    );
}

#[test]
fn names_keep_their_escapes_and_any_byte() {
    assert_eq!(
        good(&format!(
            "{SOA}a\\.b A 192.0.2.1\n\\$x A 192.0.2.2\n\\@ A 192.0.2.3\nc\\032d A 192.0.2.4\ne\\ f A 192.0.2.5\n"
        ))[1..],
        [
            "\\$x 3600 A 192.0.2.2",
            "\\@ 3600 A 192.0.2.3",
            "a\\.b 3600 A 192.0.2.1",
            "c\\032d 3600 A 192.0.2.4",
            "e\\032f 3600 A 192.0.2.5",
        ]
    );
}

#[test]
fn a_ttl_comes_from_the_record_the_directive_the_last_record_or_the_soa() {
    assert_eq!(good(&format!("{SOA}a 60 A 192.0.2.1\nb A 192.0.2.2\n"))[2], "b 60 A 192.0.2.2");
    assert_eq!(good(&format!("$TTL 7\n{SOA}a 60 A 192.0.2.1\nb A 192.0.2.2\n"))[2], "b 7 A 192.0.2.2");
    let (zone, diagnostics) = read_text("@ SOA a b 1 2 3 4 300\nb A 192.0.2.2\n", "zone", &apex());
    assert_eq!(records(&zone.unwrap())[1], "b 300 A 192.0.2.2");
    assert_eq!(
        shown(&diagnostics),
        ["zone:1:1+1 soa-minimum-as-ttl: no TTL is given, so the SOA's minimum of 300 seconds is taken"]
    );
    assert_eq!(diagnostics[0].severity, Severity::Warning);
    assert_eq!(
        bad("a A 192.0.2.1\nb A 192.0.2.2\n"),
        ["zone:1:1+1 no-ttl: no TTL is given here, before, or by $TTL"]
    );
}

#[test]
fn every_error_of_a_file_is_reported_with_its_place() {
    let text = format!(
        "{SOA}  \
\u{fc} MX 70000 mail
a CH A 192.0.2.1
a 9w9 A 192.0.2.1
a 99999999999 A 192.0.2.1
a 2147483648 A 192.0.2.1
a AA 192.0.2.1
a AXFR x
a
b A 192.0.2.1 (
   192.0.2.2 )
www.example.net. A 192.0.2.1
a..b A 192.0.2.1
$TTL
$TTL 60 61
$FOO bar
 $TTL 60
c A )
d TXT \"open
e TXT ok
$INCLUDE other
f MX 10
"
    );
    assert_eq!(
        bad(&text),
        [
            "zone:2:3+1 unknown-type: `\u{fc}` is no record type",
            "zone:3:3+2 foreign-class: class CH is not supported: zones here have class IN",
            "zone:4:3+3 bad-ttl: `9w9` is no number of seconds and no period such as `1h30m`",
            "zone:5:3+11 bad-ttl: `99999999999` is above 4294967295 seconds",
            "zone:6:3+10 bad-ttl: a TTL of 2147483648 seconds is above 2147483647, the largest there is (RFC 2181 8)",
            "zone:7:3+2 unknown-type: `AA` is no record type",
            "zone:8:3+4 unknown-type: AXFR is for questions; no zone holds it (RFC 6895 3.1)",
            "zone:9:1+1 unknown-type: the record type is missing",
            "zone:11:4+9 bad-rdata: `192.0.2.2` is left over: A is `address`, as in `192.0.2.1`",
            "zone:12:1+16 out-of-zone: www.example.net. is not in the zone example.com.",
            "zone:13:1+4 bad-name: empty label in `a..b`: two dots in a row, or a dot at the start",
            "zone:14:1+4 bad-directive: $TTL has 0 arguments: write $TTL seconds, or a period such as 1h30m",
            "zone:15:9+2 bad-directive: $TTL has 2 arguments: write $TTL seconds, or a period such as 1h30m",
            "zone:16:1+4 unknown-directive: `$FOO` is no directive",
            "zone:17:2+4 unknown-type: `$TTL` is no record type",
            "zone:18:5+1 unbalanced: this parenthesis was never opened",
            "zone:19:7+1 unbalanced: this quote is not closed on its line",
            "zone:21:10+5 unreadable-include: there are no other files here to include",
            "zone:22:6+2 bad-rdata: exchange is missing: MX is `preference exchange`, as in `10 mail.example.com.`",
        ]
    );
    assert_eq!(bad(" A 192.0.2.1\n"), ["zone:1:2+1 no-owner: there is no owner name before this record"]);
    assert_eq!(
        bad(&format!("{SOA}a A (\n192.0.2.1\n"))[0],
        "zone:2:5+1 unbalanced: this parenthesis is never closed"
    );
    assert_eq!(
        bad(&format!("{SOA}gr\u{fc}n TXT ( \"\u{fc}\"\n \"\u{fc}\" \\300 )\n"))[0],
        "zone:3:6+4 bad-rdata: text has a bad escape: write `\\DDD` with a decimal number up to 255, or `\\` and one character"
    );
}

#[test]
fn records_know_their_place() {
    let (zone, _) = read_text(&format!("{SOA}\n\na A (\n 192.0.2.1 )\n  TXT x\n"), "zone", &apex());
    let zone = zone.unwrap();
    let places: Vec<String> = zone.sets().map(|set| set.position().unwrap().to_string()).collect();
    assert_eq!(places, ["zone:1:1", "zone:4:1", "zone:6:3"]);
}

fn files(files: &[(&str, &str)]) -> MemorySource {
    files.iter().fold(MemorySource::new(), |source, (path, text)| source.with(*path, *text))
}

#[test]
fn included_files_have_their_own_origin_and_leave_the_outer_one_alone() {
    let source = files(&[
        (
            "zones/example.com",
            &format!("{SOA}a A 192.0.2.1\n$INCLUDE parts/one.inc sub\n  A 192.0.2.2\nb A 192.0.2.3\n"),
        ),
        ("zones/parts/one.inc", "c A 192.0.2.4\n$INCLUDE ../two.inc\n$ORIGIN other.example.com.\n"),
        ("zones/two.inc", "d A 192.0.2.5\n"),
    ]);
    let (zone, diagnostics) = read(&source, Path::new("zones/example.com"), &apex());
    assert_eq!(shown(&diagnostics), [""; 0]);
    let zone = zone.unwrap();
    assert_eq!(
        records(&zone)[1..],
        [
            "a 3600 A 192.0.2.1",
            "a 3600 A 192.0.2.2",
            "b 3600 A 192.0.2.3",
            "c.sub 3600 A 192.0.2.4",
            "d.sub 3600 A 192.0.2.5"
        ]
    );
    let place = zone.get(&"d.sub.example.com.".parse().unwrap(), RecordType::A).unwrap().position();
    assert_eq!(place.unwrap().to_string(), "zones/two.inc:1:1");
}

#[test]
fn includes_stay_below_the_root_and_end() {
    let source = files(&[
        (
            "z",
            &format!(
                "{SOA}$INCLUDE ../secret\n$INCLUDE /etc/passwd\n$INCLUDE a/../../x\n$INCLUDE z\n$INCLUDE none\n$INCLUDE \"bomb\"\n"
            ),
        ),
        ("bomb", "$INCLUDE a1\n$INCLUDE a1\n"),
        ("a1", "$INCLUDE a2\n$INCLUDE a2\n"),
        ("a2", "$INCLUDE a1\n"),
    ]);
    let (zone, diagnostics) = read(&source, Path::new("z"), &apex());
    assert!(zone.is_none());
    assert_eq!(
        shown(&diagnostics)[..6],
        [
            "z:2:10+9 unreadable-include: `../secret` leads out of the directory that holds the zone files",
            "z:3:10+11 unreadable-include: `/etc/passwd` leads out of the directory that holds the zone files",
            "z:4:10+9 unreadable-include: `a/../../x` leads out of the directory that holds the zone files",
            "z:5:10+1 unreadable-include: `z` includes itself",
            "z:6:10+4 unreadable-include: cannot read `none`: there is no such file",
            "a2:1:10+2 unreadable-include: `a1` includes itself",
        ]
    );
    let (zone, diagnostics) = read(&source, Path::new("nothing"), &apex());
    assert!(zone.is_none());
    assert_eq!(
        shown(&diagnostics),
        ["nothing:1:1+1 unreadable-file: cannot read the file: there is no such file"]
    );
}

#[test]
fn generate_makes_records_with_every_modifier() {
    let text = format!(
        "$TTL 3600\n{SOA}$GENERATE 1-3 host-$ A 192.0.2.$
$GENERATE 8-12/4 p${{-8,3}} 60 IN CNAME host-${{0,2,d}}.x
$GENERATE 10-10 o${{0,0,o}}-x${{0,4,x}}-X${{0,0,X}} A 192.0.2.1
$GENERATE 27-27 ${{0,7,n}} PTR n
$GENERATE 27-27 ${{0,0,N}}.up PTR n
$GENERATE 1-1 mx MX \"10 mail-$\"
$GENERATE 1-1 dollar TXT \"\\\"$$ \\$ $\\\"\"
$GENERATE 1-1 srv SRV 0 0 53${{0,2}} host-$
"
    );
    assert_eq!(
        good(&text)[1..],
        [
            "b.1.0.0 3600 PTR n.example.com.",
            "dollar 3600 TXT \"$ $ 1\"",
            "host-1 3600 A 192.0.2.1",
            "host-2 3600 A 192.0.2.2",
            "host-3 3600 A 192.0.2.3",
            "mx 3600 MX 10 mail-1.example.com.",
            "o12-x000a-XA 3600 A 192.0.2.1",
            "p000 60 CNAME host-08.x.example.com.",
            "p004 60 CNAME host-12.x.example.com.",
            "srv 3600 SRV 0 0 5301 host-1.example.com.",
            "B.1.up 3600 PTR n.example.com.",
        ]
    );
}

#[test]
fn generate_that_cannot_work_is_refused_once() {
    let text = format!(
        "{SOA}$GENERATE 3-1 a A 192.0.2.1
$GENERATE 1-2000000 a A 192.0.2.1
$GENERATE 1-2 a${{0,0,q}} A 192.0.2.1
$GENERATE 1-2 a${{-2}} A 192.0.2.1
$GENERATE 1-9 a$ A 192.0.2.3$$
$GENERATE 1-2 a
"
    );
    assert_eq!(
        bad(&text),
        [
            "zone:2:11+3 bad-generate: `3-1` is no range: write `1-254`, or `0-100/10` for steps",
            "zone:3:11+9 bad-generate: 2000000 records from one $GENERATE; the limit is 1048576",
            "zone:4:15+9 bad-generate: `${0,0,q}` is no modifier: write `${offset,width,radix}` with a radix of d, o, x, X, n or N",
            "zone:5:15+6 bad-generate: 1 with offset -2 is below 0",
            "zone:6:20+11 bad-rdata: for 1: address `192.0.2.3$` is not an IPv4 address such as `192.0.2.1`",
            "zone:7:1+9 bad-directive: $GENERATE has 2 arguments: write $GENERATE first-last[/step] owner [ttl] [class] type data",
        ]
    );
}

/// Found by fuzzing: each directive was bounded and all of them together were not, so 20 kB made 32 million
/// records.
#[test]
fn what_all_generates_of_a_zone_make_is_bounded() {
    let long = "x".repeat(250);
    let text = format!("{SOA}{}", format!("$GENERATE 0-99999 h$ TXT {long}\n").repeat(4));
    let found = bad(&text);
    assert!(
        found[0].contains("bad-generate: more than 67108864 octets from $GENERATE in one zone"),
        "{found:?}"
    );
}

#[test]
fn a_written_zone_is_aligned_and_reads_back() {
    let text = format!(
        "$TTL 3600\n{SOA}@ NS ns1\nns1 A 192.0.2.1\nwww 60 A 192.0.2.2\n\\@ TXT \"a;b\" \"(\"\nWWW AAAA ::1\n"
    );
    let (zone, _) = read_text(&text, "zone", &apex());
    let zone = zone.unwrap();
    let mut out = String::new();
    write(&zone, &mut out).unwrap();
    insta::assert_snapshot!(out, @r#"
    $ORIGIN example.com.
    $TTL 3600
    @      IN SOA  ns1.example.com. hostmaster.example.com. 1 2 3 4 300
    @      IN NS   ns1.example.com.
    \@     IN TXT  "a;b" "("
    ns1    IN A    192.0.2.1
    www 60 IN A    192.0.2.2
    WWW    IN AAAA ::1
    "#);
    let (again, diagnostics) = read_text(&out, "zone", &apex());
    assert_eq!(shown(&diagnostics), [""; 0]);
    assert_eq!(records(&again.unwrap()), records(&zone));
}

#[test]
fn what_a_master_file_cannot_hold_is_written_as_comments() {
    let mut builder = ZoneBuilder::new(apex());
    let ttl = Ttl::from_secs(60).unwrap();
    let name: Name = "www.example.com.".parse().unwrap();
    let target = "lb.example.net.".parse::<Name>().unwrap();
    builder.push(&apex(), RecordType::ALIAS, ttl, target.wire()).unwrap();
    builder.push(&name, RecordType::A, ttl, &[192, 0, 2, 1]).unwrap();
    builder.push_record(&name, RecordType::AAAA, Some(&"one\ntwo".into()), ttl, &[0; 16], None).unwrap();
    let settings = Settings([("comment".to_owned(), "two\nlines".into())].into());
    builder.set_settings(RecordKey::new(name, RecordType::A), settings);
    let mut out = String::new();
    write(&builder.finish(), &mut out).unwrap();
    insta::assert_snapshot!(out, @r#"
    $ORIGIN example.com.
    $TTL 60
    ; ALIAS is no DNS type; a provider makes answers from it
    ; @   IN ALIAS lb.example.net.
    ; octodns: {"comment":"two\nlines"}
    www IN A    192.0.2.1
    ; one of several sets at this name, which a master file cannot hold: "one\ntwo"
    ; www IN AAAA ::
    "#);
    let (again, diagnostics) = read_text(&out, "zone", &apex());
    assert_eq!(shown(&diagnostics), [""; 0]);
    assert_eq!(again.unwrap().record_count(), 1);
}
