//! The steps of a plan as people read them: one line each, with what they wait for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dnsure::plan::inventory::Inventory;
use dnsure::plan::order::Hints;
use dnsure::plan::ownership::Policy;
use dnsure::plan::plan_target;
use dnsure::plan::target::{TargetInput, TargetPlan};
use dnsure::report::steps_text::steps_text;
use dnsure_providers::Guarantee;
use dnsure_providers::guarantee::{ApexNs, CompareAndSwap, Limits, Settle, Wildcards, WriteUnit};
use dnsure_zones::{Name, Ttl, Zone, master};

const SOA: &str = "@ 3600 SOA ns1 hostmaster 1 3600 600 604800 300\n@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n";

fn zone(records: &str) -> Zone {
    let apex: Name = "example.".parse().unwrap();
    let (zone, found) = master::read_text(&format!("{SOA}{records}"), "zone", &apex);
    zone.unwrap_or_else(|| panic!("{found:?}"))
}

fn plan(unit: WriteUnit, stage: Option<u32>, canary: bool, live: &str, desired: &str) -> TargetPlan {
    let mut hints = Hints::default();
    hints.staging.all = stage.map(|seconds| Ttl::from_secs(seconds).unwrap());
    let live = zone(live);
    plan_target(TargetInput {
        provider: "panel",
        guarantee: Guarantee {
            unit,
            compare: CompareAndSwap::None,
            limits: Limits::default(),
            settle: Settle::Nothing,
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: false,
            publishes_within: Some(30),
        },
        desired: &zone(desired),
        live: Some(&live),
        inventory: &Inventory::of(&live),
        policy: &Policy { owns_zone: true, max_deletes: 100, max_delete_percent: 100, ..Policy::default() },
        notices: Vec::new(),
        hints: &hints,
        canary,
    })
    .unwrap()
}

#[track_caller]
fn shows(plan: &TargetPlan, lines: &[&str]) {
    assert_eq!(steps_text(plan).lines().collect::<Vec<_>>(), lines, "{}", steps_text(plan));
}

#[test]
fn a_plan_of_one_write_has_no_list() {
    shows(&plan(WriteUnit::ZoneBatch, None, false, "www 300 A 192.0.2.10", "www 300 A 192.0.2.20"), &[]);
}

#[test]
fn a_member_is_created_before_another_is_deleted_and_a_canary_goes_first() {
    shows(
        &plan(WriteUnit::CreateAndDelete, None, true, "www 300 A 192.0.2.10", "www 300 A 192.0.2.20"),
        &[
            "  steps, each served everywhere before the next:",
            "    1  canary   + _dnsure-canary TXT",
            "    2  canary   - _dnsure-canary TXT",
            "    3  change   + www A 192.0.2.20",
            "    4  change   - www A 192.0.2.10",
        ],
    );
}

#[test]
fn chains_and_gaps_say_what_they_follow() {
    shows(
        &plan(
            WriteUnit::Record,
            None,
            false,
            "www 300 A 192.0.2.10",
            "www 300 CNAME shop\na 60 A 192.0.2.1\nb 60 A 192.0.2.2",
        ),
        &[
            "  steps, each served everywhere before the next:",
            "    1  + a A 192.0.2.1",
            "    2  + b A 192.0.2.2  (right after 1, both looked at together)",
            "    3  - www A 192.0.2.10",
            "    4  + www CNAME shop.example.  (right after 3, to end the gap)",
        ],
    );
}

#[test]
fn a_staged_change_shows_its_wait_and_its_timeline() {
    shows(
        &plan(WriteUnit::ZoneBatch, Some(60), false, "www 3600 A 192.0.2.10", "www 3600 A 192.0.2.20"),
        &[
            "  steps, each served everywhere before the next:",
            "    1  lower    ~ www A ttl 3600 → 60",
            "    2  change   ~ www A 192.0.2.10 → 192.0.2.20  (1 h 1 s after 1 is served: caches have let go of the old TTL)",
            "    3  restore  ~ www A ttl 60 → 3600",
            "  timeline:",
            "    lowered    as soon as apply runs; the run stays open from then on and holds its names",
            "    safe from  1 h 1 s after the lowered TTLs are served everywhere: no cache holds an older TTL, and the change is made",
            "    changed    caches may give the old answer for 1 min 1 s more",
            "    restored   as soon as the change is served everywhere",
        ],
    );
}

#[test]
fn twenty_steps_are_shown_and_the_others_counted() {
    let names = |last: u8| (10..35).map(|n| format!("n{n} 60 A 192.0.2.{last}\n")).collect::<String>();
    let plan = plan(WriteUnit::RecordSet, None, false, &names(1), &names(2));
    let text = steps_text(&plan);
    assert_eq!(text.lines().count(), 22, "{text}");
    assert!(text.contains("    20  ~ n29 A 192.0.2.1 → 192.0.2.2\n    … and 5 more\n"), "{text}");
}
