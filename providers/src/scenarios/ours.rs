//! Groups 64 and up: what no peer tests.

use super::{Draft, Expect, Need, group};

pub(super) fn groups() -> Vec<Draft> {
    let mut groups = foreign();
    groups.extend(shapes());
    groups.extend(swaps());
    groups
}

fn foreign() -> Vec<Draft> {
    vec![
        group(64, "unknown-type", "A record of a type nobody knows survives changes around it.")
            .need(Need::UnknownTypes)
            .state("create", &["www A [192.0.2.1]"])
            .state("a change beside it", &["www A [192.0.2.2]"])
            .after_foreign(&["www 300 TYPE65280 \\# 3 010203"])
            .ignoring(&["** TYPE65280"])
            .keeping(&["www TYPE65280 \\# 3 010203"])
            .state("its neighbours go", super::basics::EMPTY)
            .ignoring(&["** TYPE65280"])
            .keeping(&["www TYPE65280 \\# 3 010203"]),
        group(65, "foreign-member", "A member that somebody else added stays while its set changes.")
            .state("create", &["www A [192.0.2.1]"])
            .state("another member changes", &["www A [192.0.2.2]"])
            .after_foreign(&["www 300 A 192.0.2.99"])
            .ignoring(&["www A 192.0.2.99"])
            .keeping(&["www A 192.0.2.99"])
            .state("the TTL changes", &["www A 600 [192.0.2.2]"])
            .ignoring(&["www A 192.0.2.99"])
            .keeping(&["www A 192.0.2.99"]),
        group(66, "foreign-text", "Texts with several strings and all bytes, written by others, survive.")
            .state("create", &["www A [192.0.2.1]"])
            .state("a change beside them", &["www A [192.0.2.2]"])
            .after_foreign(&[
                "chunks 300 TXT \"one\" \"two\" \"\" \"three\"",
                "bytes 300 TXT \"\\000\\001\\009\\010\\127\\128\\255 \\\" \\\\ ;\"",
            ])
            .ignoring(&["chunks TXT", "bytes TXT"])
            .keeping(&[
                "chunks TXT \"one\" \"two\" \"\" \"three\"",
                "bytes TXT \"\\000\\001\\009\\010\\127\\128\\255 \\\" \\\\ ;\"",
            ]),
        group(67, "mixed-ttls", "Members with different TTLs (RFC 2181 5.2) become one set with one TTL.")
            .state("create", &["www A [192.0.2.1]"])
            .state("one TTL", &["www A [192.0.2.1]", "mixed A 600 [192.0.2.1, 192.0.2.2]"])
            .after_foreign(&["mixed 300 A 192.0.2.1", "mixed 600 A 192.0.2.2"])
            .expecting(Expect::Either),
    ]
}

fn shapes() -> Vec<Draft> {
    let label = "a".repeat(63);
    let members = |count: u16, step: u16| -> String {
        let list: Vec<String> =
            (0..count).map(|index| format!("10.{step}.{}.{}", index / 200, index % 200 + 1)).collect();
        format!("big A [{}]", list.join(", "))
    };
    vec![
        group(68, "strings-of-a-text", "A text of several strings is created and changed.")
            .state("two strings", &["foo TXT ['\"one\" \"two\"']"])
            .state("others", &["foo TXT ['\"one\" \"three\"']"]),
        group(69, "longest-names", "Labels of 63 octets, one and two.")
            .state("longest label", &[format!("{label} A [192.0.2.1]")])
            .state(
                "two of them",
                &[format!("{label}.{label} A [192.0.2.1]"), format!("{label} A [192.0.2.2]")],
            ),
        group(70, "any-byte-in-a-label", "Dots and spaces inside labels.")
            .need(Need::AnyLabel)
            .state("a dot", &[r"a\.b A [192.0.2.1]"])
            .state("a space", &[r"a\.b A [192.0.2.2]", r"a\032b A [192.0.2.1]"])
            .state("neither", super::basics::EMPTY),
        group(71, "empty-non-terminals", "Names that exist only for what is below them come and go.")
            .state("two levels below", &["x.y.ent A [192.0.2.1]"])
            .state("data at the middle", &["x.y.ent A [192.0.2.1]", "y.ent A [192.0.2.2]"])
            .state("empty again", &["x.y.ent A [192.0.2.1]"])
            .state("data at the top, nothing below", &["ent A [192.0.2.3]"])
            .state("nothing", super::basics::EMPTY),
        group(72, "words-of-yaml", "Names that YAML could take for something else.")
            .state(
                "create",
                &["no A [192.0.2.1]", "on A [192.0.2.2]", "010 A [192.0.2.3]", "1.10 A [192.0.2.4]"],
            )
            .state(
                "change",
                &["no A [192.0.2.5]", "on A [192.0.2.2]", "010 A [192.0.2.3]", "1.10 A [192.0.2.4]"],
            ),
        group(73, "port-zero", "An SRV record with port 0 and a real target.")
            .state("create", &["_x._tcp SRV [{priority: 1, weight: 1, port: 0, target: foo.example.net.}]"])
            .state("change", &["_x._tcp SRV [{priority: 1, weight: 1, port: 1, target: foo.example.net.}]"]),
        group(74, "large-sets", "Sets beyond 100 and 1,000 members.")
            .need(Need::LargeSets)
            .state("100", &[members(100, 0)])
            .state("101", &[members(101, 0)])
            .state("1,200", &[members(1200, 0)])
            .state("1,200 others", &[members(1200, 1)])
            .state("one", &[members(1, 1)]),
        group(75, "smallest-and-largest-ttl", "TTLs of 0 and of 2^31 - 1 seconds (RFC 2181 8).")
            .state("zero", &["www A 0 [192.0.2.1]"])
            .state("largest", &["www A 2147483647 [192.0.2.1]"])
            .state("zero again", &["www A 0 [192.0.2.1]"]),
    ]
}

fn swaps() -> Vec<Draft> {
    vec![
        group(76, "swap-above-others", "A name swaps between CNAME and A while names below it stay.")
            .state("CNAME", &["foo CNAME www.example.net.", "a.foo A [192.0.2.1]", "b.c.foo TXT ['x']"])
            .state("A", &["foo A [192.0.2.1]", "a.foo A [192.0.2.1]", "b.c.foo TXT ['x']"])
            .state("CNAME again", &["foo CNAME www.example.org.", "a.foo A [192.0.2.1]", "b.c.foo TXT ['x']"]),
        group(77, "swap-of-many-types", "A name with five types becomes a CNAME and gets them back.")
            .state("five types", FIVE)
            .state("CNAME", &["foo CNAME www.example.net."])
            .state("five types again", FIVE),
        group(78, "swap-of-a-wildcard", "A wildcard swaps between A and CNAME and goes on answering.")
            .state("A", &["*.w A [192.0.2.1]", "x.w.y A [192.0.2.2]"])
            .state("CNAME", &["*.w CNAME www.example.net.", "x.w.y A [192.0.2.2]"])
            .state("A again", &["*.w A [192.0.2.3]", "x.w.y A [192.0.2.2]"]),
        group(79, "delegation-and-glue", "A child with name servers below itself, whose addresses change.")
            .state("create", &["sub NS [ns.sub.{apex}]", "ns.sub A [192.0.2.1]"])
            .state("other address", &["sub NS [ns.sub.{apex}]", "ns.sub A [192.0.2.2]"])
            .state("second server", &["sub NS [ns.sub.{apex}, ns2.sub.{apex}]", "ns.sub A [192.0.2.2]", "ns2.sub AAAA ['2001:db8::1']"])
            .state("no child any more", &["ns.sub A [192.0.2.2]"]),
        group(80, "script", "A PowerDNS script is created and changed.")
            .state("create", &["lua PowerDnsProvider/LUA [{type: A, script: \"pickrandom({'192.0.2.1', '192.0.2.2'})\"}]"])
            .state("change", &["lua PowerDnsProvider/LUA [{type: A, script: \"pickrandom({'192.0.2.1'})\"}]"]),
        group(81, "all-ttls-and-members", "Every set of a zone changes its TTL or a member in one plan.")
            .state("create", &["a A 300 [192.0.2.1, 192.0.2.2]", "b TXT 300 ['x', 'y']", "@ MX 300 [{preference: 1, exchange: a.{apex}}]"])
            .state("all", &["a A 600 [192.0.2.2, 192.0.2.3]", "b TXT 60 ['y']", "@ MX 600 [{preference: 1, exchange: a.{apex}}, {preference: 2, exchange: b.example.net.}]"])
            .state("back", &["a A 300 [192.0.2.1, 192.0.2.2]", "b TXT 300 ['x', 'y']", "@ MX 300 [{preference: 1, exchange: a.{apex}}]"]),
    ]
}

const FIVE: &[&str] = &[
    "foo A [192.0.2.1]",
    "foo AAAA ['2001:db8::1']",
    "foo MX [{preference: 10, exchange: mail.example.net.}]",
    "foo TXT ['x']",
    "foo CAA [{flags: 0, tag: issue, value: ca.example.net}]",
];
