//! The table of `accept, warn, refuse` for octoDNS's files, row by row.

use super::{codes, declared, read, read_with, show, texts, values};
use dnsure_zones::yaml::{Options, Order, Semicolons};
use dnsure_zones::{Name, RecordKey, RecordType};

fn key(name: &str, rtype: RecordType) -> RecordKey {
    RecordKey::new(Name::parse_unicode(name, Some(&super::apex())).unwrap(), rtype)
}

#[track_caller]
fn refused(text: &str, code: &str) {
    let result = read(text);
    let errors: Vec<String> = result.diagnostics.iter().filter(|found| found.is_error()).map(show).collect();
    assert!(result.declared.is_none(), "{text} was accepted");
    assert!(errors.iter().any(|error| error.split(' ').nth(2) == Some(code)), "{text}: {errors:?}");
}

#[track_caller]
fn warned(text: &str, code: &str) {
    let result = read(text);
    assert!(
        result.declared.is_some(),
        "{text}: {:?}",
        result.diagnostics.iter().map(show).collect::<Vec<_>>()
    );
    assert!(result.diagnostics.iter().any(|found| found.code == code), "{text}: {:?}", codes(&result));
}

#[test]
fn octodns_forms_are_accepted_with_their_meaning() {
    let zone = declared(
        "'':\n  - {type: NS, values: [ns1.example.net., ns2.example.net.]}\n  - {type: MX, value: {priority: 5, value: mx.example.net.}}\n\
         '*': {type: A, values: 192.0.2.1}\n\
         deep.name: {type: AAAA, value: ['2001:db8::1', '2001:db8::2']}\n\
         ds:\n  - {type: DS, value: {flags: 1, protocol: 8, algorithm: 2, public_key: AABB}}\n  - {type: NS, value: ns.example.net.}\n\
         0/25: {type: PTR, value: host.example.net.}\n\
         'a\\.b\\000': {type: A, value: 192.0.2.3}\n\
         bücher: {type: CNAME, value: müller.example.net.}\n",
    )
    .zone;
    assert_eq!(
        texts(&zone, ""),
        ["3600 NS ns1.example.net.", "3600 NS ns2.example.net.", "3600 MX 5 mx.example.net."]
    );
    assert_eq!(texts(&zone, "*"), ["3600 A 192.0.2.1"]);
    assert_eq!(texts(&zone, "deep.name").len(), 2);
    assert_eq!(texts(&zone, "ds")[1], "3600 DS 1 8 2 aabb");
    assert_eq!(texts(&zone, "0/25"), ["3600 PTR host.example.net."]);
    assert_eq!(texts(&zone, "a\\.b\\000"), ["3600 A 192.0.2.3"]);
    assert_eq!(texts(&zone, "xn--bcher-kva"), ["3600 CNAME xn--mller-kva.example.net."]);
}

#[test]
fn semicolons_follow_the_switch() {
    let text = |value: &str| format!("'':\n  type: TXT\n  value: {value}\n");
    let with = |semicolons, value: &str| {
        let options = Options { semicolons, ..Options::default() };
        let result = read_with(&text(value), &options);
        let set = result.declared.map(|declared| texts(&declared.zone, "").join(" "));
        set.ok_or_else(|| result.diagnostics[0].code)
    };
    let joined = Ok("3600 TXT \"v=DKIM1; k=rsa\"".to_owned());
    for semicolons in [Semicolons::Escaped, Semicolons::Either] {
        assert_eq!(with(semicolons, r"v=DKIM1\; k=rsa"), joined);
    }
    for semicolons in [Semicolons::Plain, Semicolons::Either] {
        assert_eq!(with(semicolons, "v=DKIM1; k=rsa"), joined);
    }
    assert_eq!(with(Semicolons::Escaped, "v=DKIM1; k=rsa"), Err("txt-semicolon"));
    assert_eq!(with(Semicolons::Plain, r"v=DKIM1\; k=rsa"), Err("txt-semicolon"));
    // octoDNS lets this pass.
    assert_eq!(with(Semicolons::Escaped, "a ;b"), Ok("3600 TXT \"a ;b\"".into()));
    for semicolons in [Semicolons::Escaped, Semicolons::Plain, Semicolons::Either] {
        assert_eq!(with(semicolons, r"a\\; b"), Err("txt-semicolon"));
    }
    let mixed = read("a: {type: TXT, value: 'a; b'}\nb: {type: TXT, value: 'a\\; b'}\n");
    assert_eq!(codes(&mixed), ["2:23 warning txt-semicolon"]);
    assert!(mixed.declared.is_some());
}

#[test]
fn keys_need_no_order() {
    assert_eq!(
        codes(&read("z: {value: 192.0.2.1, type: A}\na: {type: A, ttl: 5, value: 192.0.2.1}\n")),
        [""; 0]
    );
}

#[test]
fn the_order_of_keys_counts_where_it_is_asked_for() {
    let text = "a2: {type: A, value: 192.0.2.1}\na10: {value: 192.0.2.1, type: A}\n";
    let found = |order| codes(&read_with(text, &Options { order: Some(order), ..Options::default() }));
    assert_eq!(found(Order::Natural), ["2:25 error key-order"]);
    assert_eq!(found(Order::Simple), ["2:1 error key-order", "2:25 error key-order"]);
}

#[test]
fn a_duplicate_key_is_an_error_with_both_lines() {
    let result = read(
        "www: {type: A, value: 192.0.2.1}\na: {type: A, value: 192.0.2.1}\nwww: {type: AAAA, value: '::1'}\n",
    );
    assert_eq!(codes(&result), ["3:1 error duplicate-key"]);
    assert_eq!(result.diagnostics[0].related[0].0.position.line, 1);
    refused("www: {type: A, type: AAAA, value: 192.0.2.1}\n", "duplicate-key");
}

#[test]
fn unknown_keys_are_errors_with_a_suggestion() {
    let help = |text: &str| read(text).diagnostics[0].help.clone().unwrap();
    let record = |extra: &str| format!("a: {{type: A, value: 192.0.2.1, {extra}}}\n");
    assert_eq!(help(&record("tll: 3")), "did you mean `ttl`?");
    assert_eq!(help(&record("proxied: true")), "`proxied` belongs under `octodns: cloudflare:`");
    assert_eq!(help(&record("cloudflare: {proxied: true}")), "`cloudflare` belongs under `octodns:`");
    assert_eq!(help(&record("octodns: {ignore: true}")), "did you mean `ignored`?");
    assert_eq!(help(&record("octodns: {proxied: true}")), "`proxied` belongs under `octodns: cloudflare:`");
    assert_eq!(help(&record("octodns: {clouflare: {proxied: true}}")), "did you mean `cloudflare`?");
    refused(&record("weight: 3"), "unknown-key");
    refused(&record("octodns: {nonsense: 3}"), "unknown-key");
    warned(&record("octodns: {my-own-provider: {x: 1}}"), "unknown-key");
    let options = Options { namespaces: vec!["my-own-provider".into()], ..Options::default() };
    assert!(read_with(&record("octodns: {my-own-provider: {x: 1}}"), &options).diagnostics.is_empty());
}

#[test]
fn scalars_that_yaml_1_1_retypes_must_be_quoted() {
    for name in ["no", "on", "~", "010", "0x1f", "1.10", "12:30", "1_000", "2020-01-01", "off", "null"] {
        refused(&format!("{name}: {{type: A, value: 192.0.2.1}}\n"), "quote-this");
        let quoted = format!("'{name}': {{type: TXT, value: '{name}'}}\n");
        assert!(read(&quoted).declared.is_some() || name == "~", "{quoted}");
        if !matches!(name, "~" | "null") {
            refused(&format!("a: {{type: TXT, value: {name}}}\n"), "quote-this");
        }
    }
    refused(
        "a: {type: DS, value: {key_tag: 1, algorithm: 8, digest_type: 1, digest: 00112233}}\n",
        "quote-this",
    );
    refused("a: {type: MX, value: {preference: 010, exchange: mx.example.net.}}\n", "quote-this");
    refused("a: {type: A, ttl: 1_000, value: 192.0.2.1}\n", "quote-this");
    // The text stays what it is.
    for name in ["10", "true", "1.5", "y", "08", "1e3"] {
        declared(&format!("{name}: {{type: TXT, value: {name}}}\n"));
    }
    declared(
        "a: {type: LOC, value: {lat_degrees: 52, lat_minutes: 22, lat_seconds: 23.10, lat_direction: N, \
              long_degrees: 4, long_minutes: 53, long_seconds: 32.0, long_direction: E, altitude: -2.00, size: 0.00, \
              precision_horz: 10000.00, precision_vert: 10.00}}\n",
    );
}

#[test]
fn duplicate_values_count_once_with_a_warning() {
    let text = "a: {type: A, values: [192.0.2.1, 192.0.2.2, 192.0.2.1]}\n";
    warned(text, "duplicate-value");
    assert_eq!(values(text, "a", RecordType::A).len(), 2);
    warned("a: {type: NS, values: [NS.example.net., ns.Example.net.]}\n", "duplicate-value");
}

#[test]
fn quoted_texts_are_read_as_strings_and_half_quoted_ones_refused() {
    let text = |value: &str| format!("a: {{type: TXT, value: '{value}'}}\n");
    assert_eq!(values(&text(r#""one two""#), "a", RecordType::TXT), [r#""one two""#]);
    assert_eq!(values(&text(r#""one " "two""#), "a", RecordType::TXT), [r#""one two""#]);
    assert_eq!(values(&text(r#"say "hi" now"#), "a", RecordType::TXT), [r#""say \"hi\" now""#]);
    assert_eq!(values(&text(r"back\slash\010"), "a", RecordType::TXT), [r#""back\\slash\\010""#]);
    refused(&text(r#""abc"#), "txt-quotes");
    refused(&text(r#"abc" "def"#), "txt-quotes");
    refused(&text(r#""a" b"#), "txt-quotes");
    warned(&text(r#""a\"b""#), "txt-escapes");
    warned(&text("grüße"), "txt-not-ascii");
    assert_eq!(values(&text("grüße"), "a", RecordType::TXT), [r#""gr\195\188\195\159e""#]);
    // Exact strings: a list inside the list of values, or presentation format.
    assert_eq!(values("a: {type: TXT, values: [[one, two]]}\n", "a", RecordType::TXT), [r#""one" "two""#]);
    let exact = "a: {type: TXT, value: {rdata: '\"one\" \"t\\000o\"'}}\n";
    assert_eq!(values(exact, "a", RecordType::TXT), [r#""one" "t\000o""#]);
    let long = values(&text(&"x".repeat(300)), "a", RecordType::TXT);
    assert_eq!(long, [format!("\"{}\" \"{}\"", "x".repeat(255), "x".repeat(45))]);
}

#[test]
fn the_path_of_a_uri_keeps_its_case() {
    let text =
        "_http._tcp: {type: URI, value: {priority: 1, weight: 2, target: 'https://example.com/Path'}}\n";
    assert_eq!(values(text, "_http._tcp", RecordType::URI), ["1 2 \"https://example.com/Path\""]);
}

#[test]
fn what_rfcs_allow_and_octodns_refuses_is_accepted() {
    declared(
        "a: {type: NAPTR, value: {order: 1, preference: 1, flags: '', service: s, regexp: '', replacement: .}}\n",
    );
    declared("a: {type: SSHFP, value: {algorithm: 6, fingerprint_type: 2, fingerprint: 'aabb'}}\n");
    declared("a: {type: HTTPS, value: {svcpriority: 1, targetname: ., svcparams: {ech: AEj+DQBE}}}\n");
    declared("a: {type: CNAME, value: com.}\n");
    declared("a: {type: TYPE65280, value: '\\# 4 c0000201'}\n");
}

#[test]
fn values_out_of_range_are_errors() {
    refused("a: {type: A, ttl: 2147483648, value: 192.0.2.1}\n", "bad-ttl");
    refused("a: {type: A, ttl: -1, value: 192.0.2.1}\n", "bad-ttl");
    refused("a: {type: A, ttl: ~, value: 192.0.2.1}\n", "bad-ttl");
    refused("a: {type: A, ttl: 1.5, value: 192.0.2.1}\n", "bad-ttl");
    refused("a: {type: MX, value: {preference: 65536, exchange: mx.example.net.}}\n", "bad-value");
    refused(
        "_s._tcp: {type: SRV, value: {priority: 70000, weight: 0, port: 1, target: a.example.net.}}\n",
        "bad-value",
    );
    refused("a: {type: CNAME, value: 192.0.2.1}\n", "bad-value");
    refused("a: {type: HTTPS, value: {svcpriority: 1, targetname: ., svcparams: {port: -1}}}\n", "bad-value");
    for (ttl, seconds) in [("300", 300), ("'300'", 300), ("1h", 3600), ("1h30m", 5400), ("0", 0)] {
        let zone = declared(&format!("a: {{type: A, ttl: {ttl}, value: 192.0.2.1}}\n")).zone;
        assert_eq!(texts(&zone, "a"), [format!("{seconds} A 192.0.2.1")]);
    }
}

#[test]
fn a_target_without_a_final_dot_is_absolute_with_a_warning() {
    let text = "a: {type: CNAME, value: www.example.net}\n";
    warned(text, "no-final-dot");
    assert_eq!(values(text, "a", RecordType::CNAME), ["www.example.net."]);
    warned("a: {type: MX, value: {preference: 1, exchange: mx.example.net}}\n", "no-final-dot");
    refused("a: {type: CNAME, value: www}\n", "relative-target");
}

#[test]
fn unknown_types_fail_loudly() {
    refused("a: {type: FOO, value: x}\n", "unknown-type");
    refused("a: {type: ANY, value: x}\n", "unknown-type");
    refused("a: {type: a, value: 192.0.2.1}\n", "unknown-type");
    refused("a: {type: Some/THING, value: x}\n", "unknown-type");
}

#[test]
fn lenient_makes_warnings_of_errors_that_leave_a_record() {
    let lenient = "octodns: {lenient: true}";
    warned(&format!("'': {{type: CNAME, value: a.example.net., {lenient}}}\n"), "cname-at-apex");
    warned(&format!("a: {{type: A, value: 192.0.2.1, tll: 5, {lenient}}}\n"), "unknown-key");
    warned(&format!("a: {{type: CNAME, value: www, {lenient}}}\n"), "relative-target");
    let both = format!(
        "a:\n  - {{type: CNAME, value: a.example.net., {lenient}}}\n  - {{type: A, value: 192.0.2.1}}\n"
    );
    warned(&both, "cname-and-other");
    // What leaves no record stays an error, and nothing crashes.
    for broken in
        ["type: A, value: x", "type: MX, value: {preference: x, exchange: y.z.}", "type: A", "value: 1"]
    {
        assert!(read(&format!("a: {{{broken}, {lenient}}}\n")).has_errors());
    }
    let options = Options { lenient: true, ..Options::default() };
    assert!(read_with("'': {type: CNAME, value: a.example.net.}\n", &options).declared.is_some());
    assert_eq!(declared(&both).lenient, [key("a", RecordType::CNAME)].into());
}

#[test]
fn names_are_relative_and_say_how_to_mend_them() {
    let help = |name: &str| {
        let result = read(&format!("{name}: {{type: A, value: 192.0.2.1}}\n"));
        result.diagnostics[0].help.clone().unwrap_or_default()
    };
    assert_eq!(help("'@'"), "write '' for the zone itself");
    assert_eq!(help("example.com."), "write '' for the zone itself");
    assert_eq!(help("www.example.com."), "write www");
    assert_eq!(help("www."), "leave the final dot out");
    assert_eq!(help("'a b'"), "delete it, or write \\032 if you mean it");
    refused("a..b: {type: A, value: 192.0.2.1}\n", "bad-name");
    refused(&format!("{}: {{type: A, value: 192.0.2.1}}\n", "x".repeat(64)), "bad-name");
    refused(&format!("{}x: {{type: A, value: 192.0.2.1}}\n", "abcdefg.".repeat(31)), "bad-name");
}

#[test]
fn ignored_included_and_excluded_records_are_told_apart_per_target() {
    let text = "a: {type: A, value: 192.0.2.1, octodns: {ignored: true}}\n\
                b: {type: A, value: 192.0.2.2, octodns: {included: [one]}}\n\
                c: {type: A, value: 192.0.2.3, octodns: {excluded: [one]}}\n\
                d: {type: A, value: 192.0.2.4, octodns: {included: [one, two], excluded: [two]}}\n";
    let declared = declared(text);
    assert_eq!(declared.zone.set_count(), 4);
    assert_eq!(declared.ignored, [key("a", RecordType::A)].into());
    let names = |target: &str| -> Vec<String> {
        declared.for_target(target).sets().map(|set| set.name().relative_to(&super::apex())).collect()
    };
    assert_eq!(names("one"), ["b", "d"]);
    assert_eq!(names("two"), ["c"]);
    assert!(!declared.manages(&key("a", RecordType::A), "one"));
}

#[test]
fn provider_settings_are_kept_word_for_word() {
    let text = "a:\n  type: A\n  value: 192.0.2.1\n  octodns:\n    cloudflare: {proxied: true, auto-ttl: yes, comment: 'hi', tags: [b, a]}\n    \
                healthcheck: {host: h.example.com, path: /x, port: 80, protocol: HTTP}\n    auto_arpa_priority: 5\n  \
                dynamic: {pools: {one: {values: [{value: 192.0.2.1, weight: 2}]}}, rules: [{pool: one}]}\n  dnsure: {note: kept}\n";
    let zone = declared(text).zone;
    let set = zone.get_key(&key("a", RecordType::A)).unwrap();
    let json = serde_json::to_value(set.settings().unwrap()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "auto_arpa_priority": 5,
            "cloudflare": {"auto-ttl": true, "comment": "hi", "proxied": true, "tags": ["b", "a"]},
            "dnsure": {"note": "kept"},
            "dynamic": {"pools": {"one": {"values": [{"value": "192.0.2.1", "weight": 2}]}}, "rules": [{"pool": "one"}]},
            "healthcheck": {"host": "h.example.com", "path": "/x", "port": 80, "protocol": "HTTP"},
        })
    );
    warned("a: {type: A, value: 192.0.2.1, octodns: ~}\n", "empty-settings");
    warned("a: {type: A, value: 192.0.2.1, octodns: {cloudflare: ~}}\n", "empty-settings");
    refused("a: {type: A, value: 192.0.2.1, octodns: {healthcheck: {pot: 1}}}\n", "unknown-key");
    let weighted = declared(
        "a:\n  - {type: A, value: 192.0.2.1, dnsure: {set: one}}\n  - {type: A, value: 192.0.2.2, dnsure: {set: two}}\n",
    );
    assert_eq!(weighted.zone.set_count(), 2);
}

#[test]
fn a_record_whose_provider_makes_the_answers_needs_no_value_and_is_written_back_without_one() {
    let settings = [
        "azuredns: {alias: /subscriptions/1/lb}",
        "googlecloud: {routing-policy: {wrr: {items: []}}}",
        "route53: {alias: {name: lb.example.net., hosted-zone-id: Z1}}",
    ];
    for setting in settings {
        let zone = declared(&format!("a: {{type: A, ttl: 60, octodns: {{{setting}}}}}\n")).zone;
        let set = zone.get_key(&key("a", RecordType::A)).unwrap();
        assert_eq!(set.rdatas().len(), 0);
        assert_eq!(set.position().unwrap().to_string(), "zones/example.com.yaml:1:11");
        assert!(set.made_by_provider().is_some());
        let again = declared(&dnsure_zones::yaml::write(&zone, &dnsure_zones::yaml::Options::default())).zone;
        assert_eq!(again.get_key(&key("a", RecordType::A)).unwrap().to_set(), set.to_set());
    }
    refused("a: {type: A, octodns: {azuredns: {metadata: {a: b}}}}\n", "missing-value");
    refused("a: {type: A, values: [], octodns: {azuredns: {alias: /x}}}\n", "missing-value");
}

#[test]
fn what_cannot_stand_together_is_an_error_with_both_places() {
    let result = read("a:\n  - {type: CNAME, value: a.example.net.}\n  - {type: TXT, value: x}\n");
    assert_eq!(codes(&result), ["3:12 error cname-and-other"]);
    assert_eq!(result.diagnostics[0].related[0].0.position.line, 2);
    refused(
        "a:\n  - {type: ALIAS, value: a.example.net.}\n  - {type: A, value: 192.0.2.1}\n",
        "cname-and-other",
    );
    refused("'': {type: CNAME, value: a.example.net.}\n", "cname-at-apex");
    refused("'': {type: DS, value: {key_tag: 1, algorithm: 8, digest_type: 1, digest: aa}}\n", "ds-at-apex");
    refused("a: {type: CNAME, values: [a.example.net., b.example.net.]}\n", "one-value");
    declared("a: {type: CNAME, values: [a.example.net.]}\n");
    refused("a: {type: A}\n", "missing-value");
    refused("a: {type: A, values: []}\n", "missing-value");
    refused("a: {type: A, values: [192.0.2.1, ~]}\n", "missing-value");
    refused("a: {value: 192.0.2.1}\n", "missing-type");
    refused("a:\n", "wrong-type");
    refused("a: 192.0.2.1\n", "wrong-type");
    refused("a: {type: A, value: 192.0.2.1, values: [192.0.2.2]}\n", "value-and-values");
}

#[test]
fn records_that_no_server_answers_with_are_warned_about() {
    let text = "sub: {type: NS, values: [ns.sub.example.com., ns.example.net.]}\n\
                ns.sub: {type: A, value: 192.0.2.1}\nwww.sub: {type: A, value: 192.0.2.2}\n\
                old: {type: DNAME, value: new.example.net.}\nx.old: {type: A, value: 192.0.2.3}\n";
    let result = read(text);
    assert_eq!(codes(&result), ["3:1 warning occluded", "5:1 warning occluded"]);
}

#[test]
fn one_mistake_is_told_once() {
    for (text, code) in [
        ("a: {type: A, valu: 192.0.2.1}\n", "unknown-key"),
        ("a: {typ: A, value: 192.0.2.1}\n", "unknown-key"),
        ("a: {type: A, value: 192.0.2.1}\na: {type: A, value: 192.0.2.2}\n", "duplicate-key"),
    ] {
        let read = read(text);
        let codes: Vec<&str> =
            read.diagnostics.iter().filter(|found| found.is_error()).map(|found| found.code).collect();
        assert_eq!(codes, [code], "{text}");
    }
}
