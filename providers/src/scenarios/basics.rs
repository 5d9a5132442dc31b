//! Groups 1 to 36: addresses, types that swap, texts, sets, many names.

use super::{Draft, Expect, Need, group};

pub(super) fn groups() -> Vec<Draft> {
    let mut groups = simple();
    groups.extend(ttls_and_swaps());
    groups.extend(services());
    groups.extend(delegations());
    groups.extend(texts());
    groups.extend(sets_and_names());
    groups.extend(many());
    groups
}

fn simple() -> Vec<Draft> {
    vec![
        group(1, "address", "An address is created and changed.")
            .state("create", &["testa A [192.0.2.1]"])
            .state("change", &["testa A [192.0.2.3]"]),
        group(2, "address-at-apex", "An address at the apex is created and changed.")
            .state("create", &["@ A [192.0.2.1]"])
            .state("change", &["@ A [192.0.2.3]"]),
        group(3, "wildcard", "A wildcard goes and the name beside it stays.")
            .state("create both", &["* A [192.0.2.1]", "www A [192.0.2.2]"])
            .state("remove the wildcard", &["www A [192.0.2.2]"]),
        group(4, "ipv6-address", "An IPv6 address is created and changed.")
            .state("create", &["testaaaa AAAA ['2001:db8::1']"])
            .state("change", &["testaaaa AAAA ['2001:db8::2']"]),
        group(5, "alias-name", "A CNAME is created and gets another target.")
            .state("create", &["testcname CNAME www.example.net."])
            .state("change", &["testcname CNAME www.example.org."]),
        group(6, "alias-with-its-target", "A CNAME is created together with the name it leads to.")
            .state("create both", &["foo A [192.0.2.1]", "testcname CNAME foo.{apex}"]),
        group(7, "mail", "Mail exchangers at the apex and elsewhere change target and preference.")
            .state("apex", &["@ MX [{preference: 5, exchange: mail.example.net.}]"])
            .state("apex, other target", &["@ MX [{preference: 5, exchange: mail.example.org.}]"])
            .state("elsewhere instead", &["testmx MX [{preference: 5, exchange: mail.example.net.}]"])
            .state("other target", &["testmx MX [{preference: 5, exchange: mail.example.org.}]"])
            .state("other preference", &["testmx MX [{preference: 15, exchange: mail.example.org.}]"]),
        group(8, "responsible-person", "Both names of an RP record change, names of the zone among them.")
            .state("create", &["foo RP [{mbox: user.example.net., txt: text.example.net.}]"])
            .state("mbox", &["foo RP [{mbox: other.example.net., txt: text.example.net.}]"])
            .state("txt", &["foo RP [{mbox: other.example.net., txt: more.example.net.}]"])
            .state("names of the zone", &["foo RP [{mbox: user.{apex}, txt: text.{apex}}]"]),
        group(9, "text", "A text is created and changed.")
            .state("create", &["foo TXT ['simple']"])
            .state("change", &["foo TXT ['changed']"]),
        group(10, "many-at-once", "Several addresses of one name come at once and one by one.")
            .state("three at once", &["www A [192.0.2.1, 192.0.2.2, 192.0.2.3]"])
            .state("none", EMPTY)
            .state("one", &["www A [192.0.2.1]"])
            .state("two", &["www A [192.0.2.1, 192.0.2.2]"])
            .state("three", &["www A [192.0.2.1, 192.0.2.2, 192.0.2.3]"]),
        group(11, "many-types-at-once", "Sets of several types come at once and one by one.")
            .state("all at once", &["www A [192.0.2.1]", BOTH_MX])
            .state("none", EMPTY)
            .state("address", &["www A [192.0.2.1]"])
            .state(
                "first exchanger",
                &["www A [192.0.2.1]", "testmx MX [{preference: 5, exchange: mail.example.net.}]"],
            )
            .state("second exchanger", &["www A [192.0.2.1]", BOTH_MX]),
    ]
}

/// No records but the name servers.
pub(super) const EMPTY: &[&str] = &[];
const BOTH_MX: &str = "testmx MX [{preference: 5, exchange: mail.example.net.}, {preference: 100, exchange: mail.example.org.}]";

fn ttls_and_swaps() -> Vec<Draft> {
    vec![
        group(12, "ttl-only", "The TTL of an address changes and nothing else.")
            .state("create", &["testa A 333 [192.0.2.1]"])
            .state("other TTL", &["testa A 999 [192.0.2.1]"]),
        group(13, "ttls", "TTLs and members change independently.")
            .state("create", &["@ A 666 [192.0.2.1]", "www A 666 [192.0.2.2, 192.0.2.3]"])
            .state("TTL of the apex", &["@ A 700 [192.0.2.1]", "www A 666 [192.0.2.2, 192.0.2.3]"])
            .state("a member of the set", &["@ A 700 [192.0.2.1]", "www A 666 [192.0.2.2, 192.0.2.4]"])
            .state("all TTLs", &["@ A 500 [192.0.2.1]", "www A 400 [192.0.2.2, 192.0.2.4]"]),
        group(14, "ttl-moves-as-a-member-comes", "A member is added while the TTL of the set changes.")
            .state("create", &["www A 400 [192.0.2.1]"])
            .state("member and TTL", &["www A 700 [192.0.2.1, 192.0.2.2]"]),
        group(15, "type-change", "A name swaps between A and MX.")
            .state("A", &["foo A [192.0.2.1]"])
            .state("MX", &["foo MX [{preference: 5, exchange: mail.example.net.}]"])
            .state("A again", &["foo A [192.0.2.1]"]),
        group(16, "type-change-with-cname", "A name swaps between CNAME and A and never stops answering.")
            .state("CNAME", &["foo CNAME www.example.net."])
            .state("A", &["foo A [192.0.2.1]"])
            .state("CNAME again", &["foo CNAME www.example.org."]),
    ]
}

fn services() -> Vec<Draft> {
    let binding = |rtype: &str, number: u8, name: &'static str, story: &'static str| {
        let record = |value: &str| vec![format!("@ {rtype} [{{{value}}}]")];
        group(number, name, story)
            .state("create", &record("svcpriority: 1, targetname: www.example.net., svcparams: {port: 80}"))
            .state("priority", &record("svcpriority: 2, targetname: www.example.net., svcparams: {port: 80}"))
            .state("target", &record("svcpriority: 2, targetname: ., svcparams: {port: 80}"))
            .state("parameters", &record("svcpriority: 2, targetname: ., svcparams: {port: 99, alpn: [h2, h3]}"))
            .state("no parameters", &record("svcpriority: 2, targetname: ."))
            .state(
                "everything",
                &record(
                    "svcpriority: 3, targetname: www.example.org., svcparams: {mandatory: [alpn], alpn: [h3], \
                     port: 8443, ipv4hint: [192.0.2.1, 192.0.2.2], ipv6hint: ['2001:db8::1']}",
                ),
            )
    };
    let ech = |ech: &str, port: u16| {
        format!("@ HTTPS [{{svcpriority: 1, targetname: ., svcparams: {{ech: '{ech}', port: {port}}}}}]")
    };
    const FIRST: &str = "AAT+DQAA";
    const SECOND: &str = "AAT+DQAB";
    vec![
        binding("HTTPS", 17, "https", "Every part of an HTTPS record changes."),
        group(18, "encrypted-hello", "ECH keys are added, kept while other parameters change, and renewed.")
            .state("without", &["@ HTTPS [{svcpriority: 1, targetname: ., svcparams: {port: 80}}]"])
            .state("with", &[ech(FIRST, 80)])
            .state("kept while the port changes", &[ech(FIRST, 100)])
            .state("renewed", &[ech(SECOND, 100)])
            .state(
                "at a second name",
                &[
                    ech(SECOND, 100),
                    format!("www HTTPS [{{svcpriority: 1, targetname: ., svcparams: {{ech: '{FIRST}'}}}}]"),
                ],
            ),
        binding("SVCB", 19, "service-binding", "Every part of an SVCB record changes."),
        group(20, "cname-to-apex", "A CNAME leads to the apex.")
            .state("create", &["@ A [192.0.2.1]", "www CNAME {apex}"]),
        group(21, "mail-at-apex-host", "A mail exchanger is the apex itself.")
            .state("create", &["@ A [192.0.2.1]", "foo MX [{preference: 8, exchange: {apex}}]"]),
        null_mx(22, "null-mail", "A name that takes no mail starts to take it, and back.", "nmx"),
        null_mx(23, "null-mail-at-apex", "An apex that takes no mail starts to take it, and back.", "@"),
    ]
}

fn null_mx(number: u8, name: &'static str, story: &'static str, owner: &str) -> Draft {
    let addresses = |mx: String| vec!["nmx A [192.0.2.2]".to_owned(), "www A [192.0.2.3]".to_owned(), mx];
    let null = addresses(format!("{owner} MX [{{preference: 0, exchange: .}}]"));
    let real = addresses(format!(
        "{owner} MX [{{preference: 2, exchange: nmx.{{apex}}}}, {{preference: 3, exchange: www.{{apex}}}}]"
    ));
    group(number, name, story)
        .state("no mail", &null)
        .state("two exchangers", &real)
        .state("no mail again", &null)
}

fn delegations() -> Vec<Draft> {
    vec![
        group(24, "delegation", "A child zone is delegated, and its name servers change.")
            .state("one", &["xyz NS [ns1.example.net.]"])
            .state("two", &["xyz NS [ns1.example.net., ns2.example.net.]"])
            .state("the apex as name server", &["@ A [192.0.2.1]", "xyz NS [{apex}]"]),
        group(25, "name-servers-at-apex", "Foreign name servers join those of the zone and leave.")
            .need(Need::ApexNs)
            .state("one more", &["@ NS 3600 [{ns}ns1.example.net.]"])
            .state("two more", &["@ NS 3600 [{ns}ns1.example.net., ns2.example.net.]"])
            .state("as before", EMPTY),
    ]
}

fn texts() -> Vec<Draft> {
    let mut complex =
        group(26, "texts-of-every-kind", "Texts replace each other: lengths, quotes, semicolons, spaces.");
    complex = complex.state("empty", &["foo TXT ['']"]);
    for length in [254, 255, 256, 509, 510, 511, 764, 765, 766] {
        let text: String = (0..length).map(|at| char::from(b'A' + (at % 26) as u8)).collect();
        complex = complex.state(format!("{length} octets"), &[format!("foo TXT ['{text}']")]);
    }
    let odd = [
        ("apostrophe", "'quo''te'"),
        ("backtick", "'blah`blah'"),
        ("a quote inside", "'in\"side'"),
        ("two quotes inside", "'in\"ter\"ior'"),
        ("a quote in front", r#"'"\"left"'"#),
        ("a quote at the end", "'right\"'"),
        ("semicolon", r"'semi\;colon'"),
        ("semicolon between spaces", r"'wssemi \; colon'"),
        ("spaces inside", "'with more   spaces'"),
        ("space at the end", "'with space at end '"),
        ("space in front", "' with space in front'"),
        ("sender policy", "'v=spf1 a mx include:_spf.example.net -all'"),
        ("everything on the keyboard", r"'!^.*$@#%^&()([][{}{<></:\;-_=+`'"),
    ];
    for (title, text) in odd {
        complex = complex.state(title, &[format!("foo TXT [{text}]")]);
    }
    vec![
        complex,
        group(27, "backslashes", "One to four backslashes in a row are backslashes.").state(
            "create",
            &[
                r"fooone TXT ['back\slash']",
                r"footwo TXT ['back\\slash']",
                r"foothree TXT ['back\\\slash']",
                r"foofour TXT ['back\\\\slash']",
            ],
        ),
    ]
}

fn sets_and_names() -> Vec<Draft> {
    let cased = |owner: &str, target: &str, decoy: u8| {
        vec![
            format!("{owner} MX [{{preference: 5, exchange: {target}.example.net.}}]"),
            format!("decoy A [192.0.2.{decoy}]"),
        ]
    };
    vec![
        group(28, "case", "Capitals in names are no change; only the decoy is.")
            .state("capitals", &cased("BAR", "BAR", 1))
            .state("owner in small letters", &cased("bar", "BAR", 2))
            .state("target in small letters", &cased("bar", "bar", 3))
            .state("capitals again", &cased("BAR", "BAR", 4))
            .same("small letters and nothing else", &cased("bar", "bar", 4)),
        group(29, "by-name", "Members of one set change, go and come back.")
            .state("two", &["foo A [192.0.2.1, 192.0.2.2]"])
            .state("change one", &["foo A [192.0.2.3, 192.0.2.2]"])
            .state("remove one", &["foo A [192.0.2.2]"])
            .state("add one", &["foo A [192.0.2.2, 192.0.2.3]"]),
        group(30, "by-set", "Members of one set change while another set of the name stays.")
            .state("create", &["bar A [192.0.2.1]", "foo A [192.0.2.2, 192.0.2.3]", TWO_MX])
            .state("change an address", &["bar A [192.0.2.1]", "foo A [192.0.2.2, 192.0.2.8]", TWO_MX])
            .state("remove an address", &["bar A [192.0.2.1]", "foo A [192.0.2.8]", TWO_MX])
            .state("add an address", &["bar A [192.0.2.1]", "foo A [192.0.2.8, 192.0.2.9]", TWO_MX]),
        group(31, "international-names", "Names beyond ASCII, as owner and as target.")
            .state("owner", &["ööö A [192.0.2.1]"])
            .state("change", &["ööö A [192.0.2.2]"])
            .state("Chinese", &["中文 A [192.0.2.1]"])
            .state("target", &["a CNAME ööö.com."]),
        group(32, "international-everywhere", "Owner, target and its top level are all beyond ASCII.")
            .state("create", &["öoö CNAME ööö.企业."]),
    ]
}

const TWO_MX: &str =
    "foo MX [{preference: 10, exchange: foo.{apex}}, {preference: 20, exchange: bar.{apex}}]";

fn many() -> Vec<Draft> {
    let names = |prefix: &str, count: u16, last: u8| -> Vec<String> {
        (0..count)
            .map(|index| format!("{prefix}{index:04} A [10.{}.{}.{last}]", index / 250, index % 250))
            .collect()
    };
    let both = |mut first: Vec<String>, second: Vec<String>| {
        first.extend(second);
        first
    };
    vec![
        group(33, "a-hundred-names", "The hundredth name and the one after it.")
            .state("99", &names("rec", 99, 1))
            .state("100", &names("rec", 100, 1))
            .state("101", &names("rec", 101, 1)),
        group(34, "six-hundred-names", "Six hundred names are created and changed.")
            .need(Need::ManyNames)
            .state("create", &names("rec", 600, 1))
            .state("change all", &names("rec", 600, 2)),
        group(35, "twelve-hundred-names", "Twelve hundred names are created and changed.")
            .need(Need::ManyNames)
            .state("create", &names("rec", 1200, 1))
            .state("change all", &names("rec", 1200, 2)),
        group(
            36,
            "mixed-batches",
            "Thousands of creations, changes and deletions at once, sorted before and after.",
        )
        .need(Need::ManyNames)
        .state("create", &names("rec", 1200, 1))
        .state("change, and create before", &both(names("rec", 1200, 2), names("a", 1200, 1)))
        .state("change, delete, and create after", &both(names("rec", 1200, 3), names("z", 1200, 1)))
        .expecting(Expect::Change),
    ]
}
