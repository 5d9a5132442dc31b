//! named-checkzone reads our master files, and what it writes reads back as our bytes.

use crate::coverage::{covered, samples};
use crate::generate::Style;
use dnsure_zones::diff::diff;
use dnsure_zones::master::{read_text, write};
use dnsure_zones::{Name, RecordType, Ttl, Zone, ZoneBuilder};
use std::process::Command;

/// Obsolete types that BIND refuses, and pseudo types; `named-rrchecker -T` lists the rest.
const UNKNOWN: &[RecordType] = &[
    RecordType::MD,
    RecordType::MF,
    RecordType::ALIAS,
    RecordType::URLFWD,
    RecordType::LUA,
    RecordType::ROUTE53_ALIAS,
];

fn apex() -> Name {
    "example.".parse().unwrap()
}

/// A zone with random data of every type BIND knows, each at a name of its own.
fn random_zone() -> Zone {
    let ttl = Ttl::from_secs(3600).unwrap();
    let mut builder = ZoneBuilder::new(apex());
    let ns = "ns.example.".parse::<Name>().unwrap();
    builder.push(&apex(), RecordType::NS, ttl, ns.wire()).unwrap();
    builder.push(&ns, RecordType::A, ttl, &[192, 0, 2, 1]).unwrap();
    for row in covered("named-checkzone", UNKNOWN) {
        for (index, wire) in samples(row, Style::Tame, 40).into_iter().enumerate() {
            let owner = match row.rtype {
                RecordType::SOA if index > 0 => continue,
                RecordType::SOA => apex(),
                _ => format!("r{index}-{}.example.", row.rtype).parse().unwrap(),
            };
            builder.push(&owner, row.rtype, ttl, &wire).unwrap();
        }
    }
    builder.finish()
}

/// Runs `named-compilezone` on `text`; what it says and the zone as it writes it.
fn compile(text: &str) -> Result<String, String> {
    let directory = tempfile::tempdir().unwrap();
    let (input, output) = (directory.path().join("in"), directory.path().join("out"));
    std::fs::write(&input, text).unwrap();
    let path = format!("{}:/usr/local/sbin:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let run = Command::new("named-compilezone")
        .env("PATH", path)
        .args(["-i", "none", "-k", "ignore", "-m", "ignore", "-M", "ignore", "-n", "ignore", "-r", "ignore"])
        .args(["-S", "ignore", "-T", "ignore", "-W", "ignore", "-s", "full", "-o"])
        .args([&output])
        .arg("example.")
        .args([&input])
        .output()
        .expect("named-compilezone is missing; run tests/install");
    let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    if !run.status.success() {
        return Err(said);
    }
    std::fs::read_to_string(&output).map_err(|error| error.to_string())
}

fn read(text: &str) -> Zone {
    let (zone, diagnostics) = read_text(text, "compiled", &apex());
    zone.unwrap_or_else(|| panic!("{:#?}", diagnostics.iter().take(5).collect::<Vec<_>>()))
}

#[test]
fn named_checkzone_reads_our_zone_and_its_output_reads_back() {
    let zone = random_zone();
    let mut text = String::new();
    write(&zone, &mut text).unwrap();
    let compiled = compile(&text).unwrap_or_else(|said| {
        let lines: Vec<&str> = text.lines().collect();
        let refused: Vec<String> = said
            .lines()
            .map(|line| {
                let number = line.split(":").find_map(|part| part.parse::<usize>().ok());
                format!("{line}\n    {}", number.map_or("", |number| lines[number - 1]))
            })
            .collect();
        panic!("{}", refused.join("\n"))
    });
    let again = read(&compiled);
    let differences: Vec<String> =
        diff(&zone, &again).take(5).map(|difference| format!("{difference:#?}")).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(zone.record_count(), again.record_count());
    assert!(zone.record_count() > 2_000, "{}", zone.record_count());
}

/// The zone that BIND makes of `text` and the zone we make of it are the same.
fn same_as_bind(text: &str) {
    let ours = read(text);
    let compiled = compile(text).unwrap_or_else(|said| panic!("{said}\n{text}"));
    let theirs = read(&compiled);
    let differences: Vec<String> =
        diff(&theirs, &ours).map(|difference| format!("{difference:#?}")).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

const HEAD: &str = "$TTL 3600\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";

#[test]
fn named_checkzone_reads_every_example_as_we_do() {
    let mut text = HEAD.to_owned();
    for row in covered("named-checkzone", UNKNOWN).into_iter().filter(|row| row.rtype != RecordType::SOA) {
        for (index, example) in row.examples.iter().enumerate() {
            text.push_str(&format!("e{index}-{} {} {example}\n", row.rtype, row.rtype));
        }
    }
    same_as_bind(&text);
}

#[test]
fn named_checkzone_reads_escapes_quotes_and_parentheses_as_we_do() {
    same_as_bind(&format!(
        r#"{HEAD}
a\.b       A 192.0.2.2
c\032d     A 192.0.2.3
e\ f       A 192.0.2.4
\$g        A 192.0.2.5
*.w        A 192.0.2.6
\255\000   A 192.0.2.7
0/25       PTR host ; RFC 2317
t1         TXT a\ b "c d" "e\"f" \"g\" h\;i "j;k" \065\066 $x @ ( "l"
                "m" ) n"o"p
t2         TXT "tab	and \009 and \\ and \255 and ü"
t3  1W2D  TXT ""
t4  IN 1h30m  TXT x
t5  300 in TXT x
generic    TYPE16 \# 3 02 4142
           TYPE65280 \# 4 0A00 0001
           A \# 4 c0000201
mx         MX 10 @
           MX 010 mail
srv        TYPE33 0 0 1 t
loc        LOC 52 N 4 53 E 10m
           LOC 52 22 N 4 53 32 E -2.5m 1m 2000m 7000m
           LOC 1 N 1 E 100 250m 3.14m 99m
s1         SVCB 1 . port=1 alpn="h2,h3" key65280="a b" key65281=c\ d key65282
s2         SVCB 1 . alpn=h2\044h3 no-default-alpn mandatory=port,alpn port=53
s3         HTTPS 1 svc ipv6hint=::ffff:192.0.2.1,2001:db8::1 key7=/dns-query{{?dns}}
s4         HTTPS 1 . alpn="f\\\\oo\\,bar,h2" key4=\192\000\002\001
ds         DS 1 RSASHA256 2 aabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccdd aabbccdd
cert       CERT pgp 0 RSASHA1 aGVs bG8=
n3         NSEC3 1 1 12 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A TYPE65280
caa        CAA 0 issue ";" 
           CAA 128 iodef mailto:a@b.example
uri        URI 1 2 "https://example.com/?a=\"b\""
apl        APL !1:192.0.2.0/24 2:2001:db8::/32
eui        EUI48 00-00-5E-00-53-2A
l64        L64 10 1:2:3:4
$ORIGIN sub
x          A 192.0.2.8
$TTL 60
x2         A 192.0.2.9
$ORIGIN @
x3         A 192.0.2.9
"#
    ));
}

#[test]
fn named_checkzone_generates_as_we_do() {
    same_as_bind(&format!(
        r#"{HEAD}
$GENERATE 1-5 host-$ A 192.0.2.$
$GENERATE 0-20/10 ${{5,4,x}}-${{0,0,o}} 60 CNAME host-${{0,3,d}}
$GENERATE 250-260 ${{0,3,X}} IN PTR h${{-250}}.x
$GENERATE 0-300/99 a${{0,5,n}}.b${{0,7,N}}.c${{1,1,n}} A 192.0.2.1
$GENERATE 3-4 mx-$ MX "10 mail-$"
$GENERATE 3-3 t-$ TXT "\"a $ b\" c$$ \$"
$GENERATE 1-2 $.\$.$$ A 192.0.2.$
"#
    ));
}
