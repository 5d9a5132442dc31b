//! What records say about the way from old to new: `dnsure: {stand_in: …}`, `ttl: {stage: …}`.

use super::{apex, codes, declared, read, show, texts};
use dnsure_zones::diff::diff;
use dnsure_zones::yaml::{Declared, Hint, Options, write_declared};
use dnsure_zones::{Name, Rdata, RecordKey, RecordType, Ttl, ZoneBuilder, rdata};

fn key(name: &str, rtype: RecordType) -> RecordKey {
    RecordKey::new(Name::parse_unicode(name, Some(&apex())).unwrap(), rtype)
}

/// The hint of the only record of `text`, which is of this type at `a`.
#[track_caller]
fn hint(text: &str, rtype: RecordType) -> Hint {
    let mut declared = declared(text);
    assert_eq!(declared.hints.len(), 1, "{text}");
    declared.hints.remove(&key("a", rtype)).unwrap()
}

fn stand_in(rtype: RecordType, text: &str) -> Hint {
    let wire = rdata::parse_text(rtype, text, &apex()).unwrap();
    Hint { stand_in: Some(Rdata::new(wire)), stage: None }
}

fn stage(seconds: u32) -> Hint {
    Hint { stand_in: None, stage: Some(Ttl::from_secs(seconds).unwrap()) }
}

/// Everything found, with help.
fn told(text: &str) -> Vec<String> {
    let found = read(text).diagnostics;
    found.iter().map(|found| format!("{}; {}", show(found), found.help.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn a_stand_in_is_a_value_in_presentation_format() {
    for (rtype, value, text) in [
        ("A", "192.0.2.1", "192.0.2.9"),
        ("AAAA", "'2001:db8::1'", "2001:db8::9"),
        ("MX", "{preference: 10, exchange: mx1.example.net.}", "10 mx9.example.net."),
        ("NS", "ns1.example.net.", "ns9.example.net."),
        ("TXT", "v=spf1 -all", "\"v=spf1 ~all\""),
        ("TYPE65280", "'\\# 1 01'", "\\# 1 02"),
    ] {
        let file = format!("a: {{type: {rtype}, value: {value}, dnsure: {{stand_in: '{text}'}}}}\n");
        let rtype = rtype.parse().unwrap();
        assert_eq!(codes(&read(&file)), [""; 0], "{file}");
        assert_eq!(hint(&file, rtype), stand_in(rtype, text), "{file}");
    }
}

#[test]
fn a_stage_is_the_ttl_while_the_record_changes() {
    let with = |ttl: &str| format!("a: {{type: A, value: 192.0.2.1, ttl: {ttl}}}\n");
    for (ttl, own) in
        [("{stage: 60}", 3600), ("{value: 300, stage: 1m}", 300), ("{stage: 60, value: 2h}", 7200)]
    {
        assert_eq!(hint(&with(ttl), RecordType::A), stage(60), "{ttl}");
        assert_eq!(texts(&declared(&with(ttl)).zone, "a"), [format!("{own} A 192.0.2.1")]);
    }
    for plain in ["300", "{value: 300}"] {
        let declared = declared(&with(plain));
        assert!(declared.hints.is_empty());
        assert_eq!(texts(&declared.zone, "a"), ["300 A 192.0.2.1"]);
    }
    let other = Options { default_ttl: Ttl::from_secs(900).unwrap(), ..Options::default() };
    let zone = super::read_with(&with("{stage: 60}"), &other).declared.unwrap().zone;
    assert_eq!(texts(&zone, "a"), ["900 A 192.0.2.1"]);
}

#[test]
fn hints_are_no_difference() {
    let plain = declared("a: {type: A, ttl: 300, value: 192.0.2.1}\n").zone;
    let hinted = declared(
        "a: {type: A, ttl: {value: 300, stage: 60}, value: 192.0.2.1, dnsure: {stand_in: 192.0.2.9}}\n",
    )
    .zone;
    let set = hinted.get_key(&key("a", RecordType::A)).unwrap();
    assert!(set.settings().is_none_or(|settings| settings.is_empty()));
    assert_eq!(diff(&plain, &hinted).count(), 0);
}

#[test]
fn a_stand_in_lives_beside_a_set_and_beside_other_settings() {
    let text = "a:\n\
                \x20 - {type: A, value: 192.0.2.1, dnsure: {set: one, stand_in: 192.0.2.9}}\n\
                \x20 - {type: A, value: 192.0.2.2, dnsure: {set: two, note: kept}}\n";
    let declared = declared(text);
    let one = RecordKey { set_id: Some("one".into()), ..key("a", RecordType::A) };
    let two = RecordKey { set_id: Some("two".into()), ..key("a", RecordType::A) };
    assert_eq!(declared.hints.into_iter().collect::<Vec<_>>(), [(one, stand_in(RecordType::A, "192.0.2.9"))]);
    let settings = declared.zone.get_key(&two).unwrap().settings().unwrap().clone();
    assert_eq!(serde_json::to_value(settings).unwrap(), serde_json::json!({"dnsure": {"note": "kept"}}));
}

#[test]
fn a_stand_in_under_octodns_counts_as_well() {
    let text = "a: {type: A, value: 192.0.2.1, octodns: {dnsure: {stand_in: 192.0.2.9}}}\n";
    assert_eq!(hint(text, RecordType::A), stand_in(RecordType::A, "192.0.2.9"));
}

#[test]
fn a_stand_in_is_not_lost_between_two_places() {
    let text =
        "a: {type: A, value: 192.0.2.1, dnsure: {stand_in: 192.0.2.9}, octodns: {dnsure: {set: one}}}\n";
    assert_eq!(
        told(text),
        [
            "1:73 error dnsure-twice this record has `dnsure` twice; put all of it into `dnsure:` beside the type"
        ]
    );
}

#[test]
fn a_wrong_stand_in_is_an_error_with_its_place() {
    let with = |record: &str, stand_in: &str| format!("a:\n  {record}\n  dnsure: {{stand_in: {stand_in}}}\n");
    let a = "type: A\n  value: 192.0.2.1";
    for (stand_in, error) in [
        (
            "192.0.2.300",
            "4:22 error bad-value A: `stand_in`: address `192.0.2.300` is not an IPv4 address such as `192.0.2.1`; -",
        ),
        ("[192.0.2.9]", "4:22 error wrong-type expected one value in presentation format, found a list; -"),
        (
            "{ip: 192.0.2.9}",
            "4:22 error wrong-type expected one value in presentation format, found a mapping; -",
        ),
        ("~", "4:22 error wrong-type expected one value in presentation format, found nothing (null); -"),
        (
            "12:30",
            "4:22 error quote-this YAML 1.1 reads `12:30` as 750, and people may read another number; write 750, or the number you mean, as a plain decimal",
        ),
        (
            "192.0.2.1",
            "4:22 error stand-in-is-value the stand-in `192.0.2.1` is a value of this record already; write a value that can answer while this one changes, or leave it out",
        ),
    ] {
        assert_eq!(told(&with(a, stand_in)), [error]);
    }
    let same = read(&with(a, "192.0.2.1"));
    assert_eq!(same.diagnostics[0].related[0].0.position.to_string(), "zones/example.com.yaml:3:10");
    let spelt = "type: NS\n  values: [ns1.example.net., NS2.example.net.]";
    assert_eq!(codes(&read(&with(spelt, "ns2.example.net."))), ["4:22 error stand-in-is-value"]);
}

#[test]
fn nothing_can_stand_beside_a_type_of_one_member() {
    for (name, rtype, value) in [
        ("a", "CNAME", "b.example.net."),
        ("a", "DNAME", "b.example.net."),
        ("''", "ALIAS", "b.example.net."),
        ("''", "SOA", "{rdata: 'ns.example.net. admin.example.net. 1 2 3 4 5'}"),
    ] {
        let text =
            format!("{name}:\n  type: {rtype}\n  dnsure: {{stand_in: c.example.net.}}\n  value: {value}\n");
        let errors: Vec<String> = told(&text).into_iter().filter(|found| found.contains(" error ")).collect();
        assert_eq!(
            errors,
            [format!(
                "3:12 error stand-in-alone a record set of type {rtype} has one member, so nothing can stand \
                 beside it; leave `stand_in` out"
            )]
        );
    }
    // A stage needs no second member.
    assert_eq!(
        hint("a: {type: CNAME, value: b.example.net., ttl: {stage: 60}}\n", RecordType::CNAME),
        stage(60)
    );
}

#[test]
fn a_stand_in_that_means_something_else_than_a_value_would_is_warned_about() {
    let with = |rest: &str| format!("a: {{type: {rest}}}\n");
    let relative = "NS, value: ns1.example.net., dnsure: {stand_in: ns9.example.net}";
    assert_eq!(
        told(&with(relative)),
        [
            "1:59 warning no-final-dot `ns9.example.net` is taken as `ns9.example.net.example.com.`; names in a \
          stand-in are relative to the zone unless they end with a dot"
        ]
    );
    let words = "TXT, value: v=spf1 -all, dnsure: {stand_in: v=spf1 ~all}";
    assert_eq!(
        told(&with(words)),
        [
            "1:55 warning txt-quotes each word of `v=spf1 ~all` is a string of its own; put it in double quotes, \
          and those in single ones: '\"v=spf1 ~all\"'"
        ]
    );
    let semicolon = "TXT, value: x, dnsure: {stand_in: v=DKIM1; p=x}";
    assert_eq!(codes(&read(&with(semicolon))), ["1:45 error bad-value"]);
}

#[test]
fn misspelt_keys_of_hints_are_errors_with_a_suggestion() {
    let with = |rest: &str| format!("a: {{type: A, value: 192.0.2.1, {rest}}}\n");
    for (rest, error) in [
        (
            "dnsure: {standin: 192.0.2.9}",
            "1:41 error unknown-key unknown key `standin` under `dnsure:`; did you mean `stand_in`?",
        ),
        (
            "dnsure: {stand-in: 192.0.2.9}",
            "1:41 error unknown-key unknown key `stand-in` under `dnsure:`; did you mean `stand_in`?",
        ),
        (
            "dnsure: {sets: one}",
            "1:41 error unknown-key unknown key `sets` under `dnsure:`; did you mean `set`?",
        ),
        ("ttl: {stages: 60}", "1:38 error unknown-key unknown key `stages`; did you mean `stage`?"),
        (
            "ttl: {seconds: 60}",
            "1:38 error unknown-key unknown key `seconds`; the keys here are `stage` and `value`",
        ),
    ] {
        assert_eq!(told(&with(rest)), [error]);
    }
    // As elsewhere, `lenient` makes a warning of it.
    let lenient = with("ttl: {stages: 60}, octodns: {lenient: true}");
    assert_eq!(codes(&read(&lenient)), ["1:38 warning unknown-key"]);
}

#[test]
fn a_wrong_stage_is_an_error_and_an_idle_one_a_warning() {
    let with = |ttl: &str| format!("a: {{type: A, value: 192.0.2.1, ttl: {ttl}}}\n");
    for (ttl, error) in [
        ("{stage: -1}", "1:45 error bad-ttl"),
        ("{stage: ~}", "1:45 error bad-ttl"),
        ("{stage: [60]}", "1:45 error wrong-type"),
        ("{value: soon, stage: 60}", "1:45 error bad-ttl"),
        ("{}", "1:37 error bad-ttl"),
        ("[60]", "1:37 error wrong-type"),
    ] {
        assert_eq!(codes(&read(&with(ttl))), [error], "{ttl}");
    }
    assert_eq!(
        told(&with("{value: 60, stage: 60}")),
        [
            "1:56 warning idle-stage a stage of 60 seconds is not below the TTL of 60 and does nothing; the stage \
          is the TTL while the record changes: write less, or leave it out"
        ]
    );
    assert_eq!(codes(&read(&with("{stage: 2h}"))), ["1:45 warning idle-stage"]);
    assert!(declared(&with("{stage: 2h}")).hints.is_empty());
}

#[test]
fn hints_are_written_and_read_back() {
    let text = "---\na:\n- dnsure:\n    note: kept\n    set: one\n    stand_in: 192.0.2.9\n  ttl:\n    stage: 60\n    value: 300\n\
                \x20 type: A\n  value: 192.0.2.1\n- dnsure:\n    stand_in: '\"v=spf1 ~all\"'\n  octodns:\n    excluded:\n    - two\n\
                \x20 ttl:\n    stage: 30\n  type: TXT\n  value: v=spf1 -all\n";
    let first = declared(text);
    assert_eq!(write_declared(&first, &Options::default()), text);
    assert_eq!(first.hints.len(), 2);
    assert_eq!(declared(&write_declared(&first, &Options::default())).hints, first.hints);
}

#[test]
fn a_stand_in_of_every_type_reads_back() {
    let mut types = 0;
    for row in rdata::rows().filter(|row| !row.rtype.is_single()) {
        let wires: Vec<Vec<u8>> =
            row.examples.iter().map(|text| rdata::parse_text(row.rtype, text, &apex()).unwrap()).collect();
        let [value, .., stand_in] = &wires[..] else { continue };
        if rdata::canonical(row.rtype, value) == rdata::canonical(row.rtype, stand_in) {
            continue;
        }
        types += 1;
        let key = key("a", row.rtype);
        let mut builder = ZoneBuilder::new(apex());
        builder.push_record(&key.name, row.rtype, None, Ttl::MAX, value, None).unwrap();
        let mut first = Declared::new(builder.finish());
        let stage = Ttl::from_secs(1).ok();
        first.hints.insert(key, Hint { stand_in: Some(Rdata::new(stand_in.as_slice())), stage });
        let text = write_declared(&first, &Options::default());
        assert_eq!(declared(&text).hints, first.hints, "{text}");
        let found = codes(&read(&text)).join(" ");
        assert!(!found.contains("no-final-dot") && !found.contains("txt-quotes"), "{found}\n{text}");
    }
    assert!(types > 20, "only {types} types have two examples");
}
