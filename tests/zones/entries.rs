//! The entries of `zones`, and what is wrong with them.

use dnsure::config::{Config, ZoneId};
use dnsure_zones::source::MemorySource;
use std::path::Path;

fn load(zones: &str) -> Result<Config, Vec<String>> {
    let indented: String = zones.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!(
        "providers:\n  a: {{type: embedded, directory: a}}\n  b: {{type: embedded, directory: b}}\nzones:\n{indented}"
    );
    let source = MemorySource::new().with("dnsure.yaml", text);
    Config::load(&source, Path::new("dnsure.yaml")).map_err(|found| {
        found
            .iter()
            .map(|found| {
                let related: Vec<String> = found
                    .related
                    .iter()
                    .map(|(span, label)| format!("{}: {label}", span.position.line))
                    .collect();
                let help = found.help.as_deref().unwrap_or("none");
                format!("{found} | {} | {help}", related.join("; "))
            })
            .collect()
    })
}

fn targets(config: &Config, zone: &str) -> Option<Vec<String>> {
    config.zone(&zone.parse::<ZoneId>().unwrap()).map(|entry| entry.targets.clone())
}

#[track_caller]
fn fails(zones: &str, expected: &[&str]) {
    let found = load(zones).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    for part in expected {
        assert!(found[0].contains(part), "`{part}` is not in {}", found[0]);
    }
}

#[test]
fn the_most_specific_entry_counts_wherever_it_stands() {
    let config = load(
        "\"*\": {targets: [a]}\nshops:\n  names: [www.shop.example., \"*.shop.example.\"]\n  targets: [b]\n\
         \"*.example.\": {targets: [a, b]}\nx.shop.example.: {targets: a}",
    )
    .unwrap();
    assert_eq!(targets(&config, "anything.test."), Some(vec!["a".into()]));
    assert_eq!(targets(&config, "y.shop.example."), Some(vec!["b".into()]));
    assert_eq!(targets(&config, "y.example."), Some(vec!["a".into(), "b".into()]));
    assert_eq!(targets(&config, "X.shop.example"), Some(vec!["a".into()]));
    assert_eq!(config.zones.exact().count(), 2);
}

#[test]
fn a_view_has_entries_of_its_own() {
    let config =
        load("\"*\": {targets: [a]}\n\"*!internal\": {targets: [b]}\n\"x.test.!internal\": {targets: [a]}")
            .unwrap();
    assert_eq!(targets(&config, "y.test.!internal"), Some(vec!["b".into()]));
    assert_eq!(targets(&config, "x.test.!internal"), Some(vec!["a".into()]));
    assert_eq!(targets(&config, "y.test.!other"), None);
    let name = "y.test.".parse().unwrap();
    assert_eq!(config.zone_at(&name, "b").to_string(), "y.test.!internal");
    assert_eq!(config.zone_at(&name, "a").to_string(), "y.test.");
}

#[test]
fn a_name_stands_in_one_entry() {
    fails(
        "x.test.: {targets: [a]}\nlist: {names: [y.test., X.test], targets: [b]}",
        &["dnsure.yaml:6:27", "x.test. has an entry already", "5: first here"],
    );
    fails(
        "\"*.test.\": {targets: [a]}\n\"*.test\": {targets: [b]}",
        &["*.test. has an entry already", "5: first here"],
    );
}

#[test]
fn lists_name_something_and_targets_once() {
    fails("list: {names: [], targets: [a]}", &["names no zone", "[example.com.,"]);
    fails("list: {names: [a..b], targets: [a]}", &["dnsure.yaml:5:18", "empty label"]);
    fails("x.test.: {targets: [a, a]}", &["dnsure.yaml:5:26", "a target already"]);
    fails("x.test.: {targets: [a], name: [x.test.]}", &["did you mean `names`?"]);
    fails("\"x.test.!in side\": {targets: [a]}", &["`in side` is no name of a view"]);
    fails("\"x.test!inside\": {targets: [a]}", &["end the name with a dot before a view"]);
}

#[test]
fn an_alias_takes_the_targets_of_its_zone_unless_it_has_its_own() {
    let config = load("x.test.: {targets: [a, b]}\nlist: {names: [y.test., z.test.], alias: x.test.}\nw.test.: {alias: x.test., targets: [b]}").unwrap();
    assert_eq!(targets(&config, "z.test."), Some(vec!["a".into(), "b".into()]));
    assert_eq!(targets(&config, "w.test."), Some(vec!["b".into()]));
}

#[test]
fn an_alias_of_an_alias_says_where_the_files_are() {
    fails(
        "x.test.: {targets: [a]}\ny.test.: {alias: x.test.}\nz.test.: {alias: y.test.}",
        &[
            "dnsure.yaml:7:20",
            "z.test. is an alias of y.test., and that is an alias itself",
            "6: y.test. is here",
            "write `alias: x.test.`",
        ],
    );
    fails("x.test.: {alias: x.test., targets: [a]}", &["an alias of itself"]);
    fails("x.test.: {alias: y.test.}", &["x.test. has no targets, and there is no entry for y.test."]);
    fails(
        "\"*.test.\": {alias: x.example., targets: [a]}",
        &["the glob *.test. finds zones by their files", "names: [...]"],
    );
    fails("x.test.: {alias: y.test., file: z.yaml, targets: [a]}", &["nothing of its own"]);
}

#[test]
fn reverse_zones_are_reverse_zones_of_others() {
    assert!(
        load("x.test.: {targets: [a]}\n2.0.192.in-addr.arpa.: {reverse_of: [x.test.], targets: [a]}").is_ok()
    );
    fails(
        "x.test.: {reverse_of: [y.test.], targets: [a]}",
        &["no address lies in the zone x.test.", "ip6.arpa."],
    );
    fails(
        "1.10.in-addr.arpa.: {reverse_of: [10.in-addr.arpa.], targets: [a]}\n10.in-addr.arpa.: {reverse_of: [x.test.], targets: [a]}",
        &["dnsure.yaml:5:37", "is a reverse zone itself", "6: here"],
    );
    fails("10.in-addr.arpa.: {reverse_of: [x.test.]}", &["`targets` is missing"]);
}
