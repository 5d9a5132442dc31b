//! What a plan holds, and what it refuses: ownership, ignoring, guards, hidden answers, the
//! order of steps, the plan file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dnsure::plan::guards::Guard;
use dnsure::plan::inventory::Inventory;
use dnsure::plan::order::Hints;
use dnsure::plan::ownership::Policy;
use dnsure::plan::target::{TargetError, TargetInput};
use dnsure::plan::{Plan, TargetPlan, legal, plan_target};
use dnsure::report::rows::{Sign, Tally, rows};
use dnsure_providers::guarantee::{ApexNs, CompareAndSwap, Limits, Settle, Wildcards, WriteUnit};
use dnsure_providers::{Guarantee, SetChange};
use dnsure_zones::{Name, Zone, master};
use jiff::Timestamp;

const SOA: &str = "@ 3600 SOA ns1 hostmaster 1 3600 600 604800 300\n@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n";

fn apex() -> Name {
    "example.".parse().unwrap()
}

fn zone(records: &str) -> Zone {
    let (zone, found) = master::read_text(records, "zone", &apex());
    zone.unwrap_or_else(|| panic!("{found:?}"))
}

fn with_soa(records: &str) -> Zone {
    zone(&format!("{SOA}{records}"))
}

/// One planning: what is declared, what is live, what was declared last time, the policy.
struct Case {
    desired: Zone,
    live: Zone,
    inventory: Inventory,
    policy: Policy,
    records: Option<usize>,
    wildcards: Wildcards,
}

fn case(desired: &str, live: &str) -> Case {
    Case {
        desired: zone(&format!("$TTL 3600\n{desired}")),
        live: with_soa(live),
        inventory: Inventory::default(),
        policy: Policy { max_deletes: 100, max_delete_percent: 100, ..Policy::default() },
        records: None,
        wildcards: Wildcards::Steady,
    }
}

impl Case {
    fn owning(mut self) -> Self {
        self.policy.owns_zone = true;
        self
    }

    fn declared_before(mut self) -> Self {
        self.inventory = Inventory::of(&self.live);
        self
    }

    fn ignoring(mut self, rules: &[&str]) -> Self {
        self.policy.ignore = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        self
    }

    fn try_plan(&self) -> Result<TargetPlan, TargetError> {
        plan_target(TargetInput {
            provider: "bind",
            guarantee: Guarantee {
                unit: WriteUnit::ZoneBatch,
                compare: CompareAndSwap::ValuesAndTtl,
                limits: Limits { records: self.records, ..Limits::default() },
                settle: Settle::Nothing,
                apex_ns: ApexNs::Editable,
                wildcards: self.wildcards,
                creates_zones: true,
                publishes_within: None,
            },
            desired: &self.desired,
            live: Some(&self.live),
            inventory: &self.inventory,
            policy: &self.policy,
            notices: Vec::new(),
            hints: &Hints::default(),
            canary: false,
        })
    }

    fn plan(&self) -> TargetPlan {
        self.try_plan().unwrap()
    }
}

/// The rows of a plan as `+ name TYPE`.
fn shown(plan: &TargetPlan) -> Vec<String> {
    rows(plan).iter().map(|row| format!("{} {} {}", row.sign.symbol(), row.name, row.rtype)).collect()
}

#[test]
fn what_is_live_and_was_never_declared_is_left_alone() {
    let plan = case("www A 192.0.2.1\n", "www A 192.0.2.1\nold A 192.0.2.9\n").plan();
    assert_eq!(shown(&plan), ["! ns1 A", "! old A"]);
    assert!(plan.is_empty());
}

#[test]
fn what_was_declared_at_the_last_apply_is_deleted() {
    let plan = case("ns1 A 192.0.2.53\n", "old 3600 A 192.0.2.9\n").declared_before().plan();
    assert_eq!(shown(&plan), ["- old A"]);
}

#[test]
fn a_zone_that_owns_itself_deletes_everything_but_soa_and_apex_ns() {
    let plan = case("www A 192.0.2.1\n", "old A 192.0.2.9\n").owning().plan();
    assert_eq!(shown(&plan), ["- ns1 A", "- old A", "+ www A"]);
}

#[test]
fn records_of_signing_are_never_in_a_plan() {
    let live = "@ 0 NSEC3PARAM 1 0 0 -\n@ 300 NSEC ns1 NS SOA\n@ 3600 DNSKEY 257 3 13 AAAA\n@ 3600 CDS 1 13 2 \
                0000000000000000000000000000000000000000000000000000000000000000\n@ 0 TYPE65534 \\# 5 0D00010000\n";
    let plan = case("ns1 A 192.0.2.53\n", live).owning().plan();
    assert_eq!(shown(&plan), [""; 0]);
}

#[test]
fn a_declared_key_never_deletes_the_keys_of_a_signing_server() {
    let key = "@ DNSKEY 257 3 13 AwEAAag=";
    let signed =
        "@ DNSKEY 257 3 13 AwEAAbE=\n@ RRSIG DNSKEY 13 1 3600 20300101000000 20200101000000 1 example. AAAA";
    let refused = case(key, signed).owning().try_plan();
    assert!(matches!(refused, Err(TargetError::KeptByServer { .. })), "{refused:?}");
    let unsigned = case(key, "@ DNSKEY 257 3 13 AwEAAbE=").owning().try_plan();
    assert!(unsigned.is_ok(), "{unsigned:?}");
}

#[test]
fn the_serial_of_a_declared_soa_is_never_compared() {
    let same = case("@ SOA ns1 hostmaster 77 3600 600 604800 300\nns1 A 192.0.2.53\n", "").owning().plan();
    assert!(same.is_empty());
    let other = case("@ SOA ns1 hostmaster 77 3600 600 604800 600\nns1 A 192.0.2.53\n", "").owning().plan();
    assert_eq!(shown(&other), ["~ @ SOA"]);
    assert_eq!(other.guards, [Guard::Soa]);
}

#[test]
fn a_type_swap_is_one_change_of_one_name() {
    let plan = case("ns1 A 192.0.2.53\nshop CNAME shops.test.\n", "shop 3600 A 192.0.2.1\n").owning().plan();
    assert_eq!(shown(&plan), ["~ shop A → CNAME"]);
    assert_eq!(plan.changes().count(), 1);
    assert_eq!(Tally::of(&[plan]).change, 1);
}

#[test]
fn a_declared_cname_beside_something_unmanaged_is_refused_with_the_way_out() {
    let error = case("shop CNAME shops.test.\n", "shop A 192.0.2.1\n").try_plan().unwrap_err().to_string();
    assert!(error.contains("shop.example. CNAME") && error.contains("owns: zone"), "{error}");
}

#[test]
fn an_ignored_member_of_a_record_set_survives_changes_to_the_others() {
    let plan = case("ns1 A 192.0.2.53\nfoo 60 A 192.0.2.7\n", "foo 60 A 192.0.2.1\nfoo 60 A 192.0.2.2\n")
        .owning()
        .ignoring(&["foo A 192.0.2.2"])
        .plan();
    let changes: Vec<&SetChange> = plan.changes().flat_map(|change| change.sets()).collect();
    let after: Vec<String> = changes[0].after().unwrap().texts().collect();
    assert_eq!(after, ["192.0.2.2", "192.0.2.7"]);
}

#[test]
fn what_is_ignored_and_declared_is_not_touched() {
    let plan = case("foo A 192.0.2.7\n", "foo A 192.0.2.1\n").ignoring(&["foo A"]).plan();
    assert!(plan.is_empty());
    assert_eq!(plan.ignored, 1);
}

#[test]
fn a_name_below_a_wildcard_that_makes_another_empty_is_a_guard() {
    let live = "ns1 3600 A 192.0.2.53\n* 3600 A 192.0.2.1\n";
    let desired = "ns1 A 192.0.2.53\n* A 192.0.2.1\n_acme-challenge.foo TXT token\n";
    let plan = case(desired, live).plan();
    let hidden: Vec<String> = plan.guards.iter().map(ToString::to_string).collect();
    assert_eq!(hidden.len(), 2, "{hidden:?}");
    assert!(hidden.iter().any(|line| line.contains("foo.example. A")), "{hidden:?}");
}

#[test]
fn a_new_delegation_over_answered_names_is_a_guard_and_its_glue_is_not() {
    let live = "a.sub 3600 A 192.0.2.1\nns.sub 3600 A 192.0.2.2\n";
    let desired = "ns1 A 192.0.2.53\na.sub A 192.0.2.1\nns.sub A 192.0.2.2\nsub NS ns.sub\n";
    let plan = case(desired, live).plan();
    let hidden: Vec<String> = plan.guards.iter().map(ToString::to_string).collect();
    assert_eq!(hidden.len(), 1, "{hidden:?}");
    assert!(hidden[0].starts_with("a.sub.example. A"), "{hidden:?}");
}

#[test]
fn small_zones_have_no_exemption_from_the_share_of_deletions() {
    let mut case = case("ns1 A 192.0.2.53\n", "a 60 A 192.0.2.1\n").owning();
    case.policy.max_delete_percent = 20;
    assert!(matches!(case.plan().guards[..], [Guard::TooLargeShare { deletes: 1, of: 2, .. }]));
}

#[test]
fn an_empty_zone_file_and_too_many_deletions_are_guards() {
    let mut case = case("", "a 60 A 192.0.2.1\nb 60 A 192.0.2.1\n").owning();
    case.policy.max_deletes = 1;
    let guards = case.plan().guards;
    assert!(guards.contains(&Guard::EmptyZone { deletes: 3 }), "{guards:?}");
    assert!(guards.contains(&Guard::TooManyDeletes { deletes: 3, limit: 1 }), "{guards:?}");
}

#[test]
fn a_change_of_the_apex_ns_or_of_a_protected_set_is_a_guard() {
    let mut case = case("@ NS ns2\nns1 A 192.0.2.53\nwww A 192.0.2.2\n", "www 3600 A 192.0.2.1\n").owning();
    case.policy.protect = vec!["www A".parse().unwrap()];
    let guards = case.plan().guards;
    assert!(guards.contains(&Guard::ApexNs), "{guards:?}");
    assert!(guards.iter().any(|guard| matches!(guard, Guard::Protected { .. })), "{guards:?}");
}

#[test]
fn a_plan_over_the_limit_adds_first_and_removes_last_and_splits_no_name() {
    let mut case = case(
        "ns1 A 192.0.2.53\nnew A 192.0.2.1\nalias CNAME new\nswap CNAME new\n",
        "gone 60 A 192.0.2.9\nswap 60 A 192.0.2.8\n",
    )
    .owning();
    case.records = Some(2);
    let plan = case.plan();
    let order: Vec<String> = plan
        .steps
        .iter()
        .map(|step| {
            step.changes.iter().map(|change| change.name().shown_in(&apex())).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(order, ["new alias", "swap", "gone"]);
}

#[test]
fn every_answer_that_stays_is_there_between_steps() {
    let mut case = case(
        "ns1 A 192.0.2.53\na CNAME b\nb A 192.0.2.2\nc 60 A 192.0.2.3\nd NS ns1\n",
        "a 60 A 192.0.2.1\nb 60 CNAME ns1\nc 90 A 192.0.2.3\nx 60 A 192.0.2.9\n",
    )
    .owning();
    case.records = Some(3);
    let plan = case.plan();
    assert!(plan.steps.len() > 1);
    let steps = plan.steps.iter().map(|step| step.changes.as_slice());
    assert_eq!(legal::check_steps(&case.live, steps, &[]), Ok(()));
}

fn file(target: TargetPlan) -> Plan {
    Plan {
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH,
        commit: Some("0123".into()),
        targets: vec![target],
    }
}

#[test]
fn a_plan_file_reads_back_as_it_was() {
    let live = "a 60 A 192.0.2.1\n* 60 TXT \"x\\\"y\" \"z\"\n";
    let plan = file(case("ns1 A 192.0.2.53\na CNAME b.test.\nq.w TXT v\n", live).owning().plan());
    let again = Plan::from_json("plan.json", &plan.to_json()).unwrap();
    assert_eq!(again, plan);
    assert_eq!(again.digest(), plan.digest());
}

#[test]
fn a_plan_file_cut_or_changed_at_any_byte_is_refused() {
    let plan = file(case("ns1 A 192.0.2.53\na A 192.0.2.2\n", "a 60 A 192.0.2.1\n").owning().plan());
    let json = plan.to_json();
    for at in 0..json.len() - 1 {
        assert!(Plan::from_json("plan.json", &json[..at]).is_err(), "cut at {at}");
    }
    let mut refused = 0;
    for at in 0..json.len() {
        let mut changed = json.clone();
        changed[at] ^= 1;
        match Plan::from_json("plan.json", &changed) {
            Err(_) => refused += 1,
            // White space that JSON does not mind changes no plan.
            Ok(read) => assert_eq!(read, plan, "changed at {at}"),
        }
    }
    assert!(refused > json.len() / 2);
}

#[test]
fn the_same_changes_have_the_same_digest_at_any_time() {
    let case = case("ns1 A 192.0.2.53\na A 192.0.2.2\n", "a 60 A 192.0.2.1\n").owning();
    let mut later = file(case.plan());
    later.created_at = Timestamp::MAX;
    later.commit = None;
    assert_eq!(later.digest(), file(case.plan()).digest());
}

#[test]
fn signs_tell_additions_changes_and_removals_apart() {
    let signs = [Sign::Add, Sign::Change, Sign::Destroy, Sign::Unmanaged].map(Sign::symbol);
    assert_eq!(signs, ['+', '~', '-', '!']);
}

#[test]
fn a_server_that_loses_a_wildcard_for_a_moment_is_named_before_it_is_written() {
    let mut case = case("ns1 A 192.0.2.53\n* A 192.0.2.2\n", "* 3600 A 192.0.2.1\n").owning();
    assert!(case.plan().notices.is_empty());
    case.wildcards = Wildcards::MayBlink;
    assert!(case.plan().notices[0].contains("NXDOMAIN"), "{:?}", case.plan().notices);
    case.live = with_soa("* 3600 A 192.0.2.1\n* 3600 TXT x\n");
    case.desired = zone("$TTL 3600\nns1 A 192.0.2.53\n* A 192.0.2.2\n* TXT x\n");
    assert!(case.plan().notices.is_empty());
}

#[test]
fn members_with_different_ttls_are_mended() {
    let mut case = case("ns1 A 192.0.2.53\na 60 A 192.0.2.1\na 60 A 192.0.2.2\n", "").owning();
    let mut live = dnsure_zones::ZoneBuilder::new(apex());
    for set in case.live.sets() {
        live.push_set(&set.to_set()).unwrap();
    }
    for (ttl, last) in [(60, 1), (90, 2)] {
        let ttl = dnsure_zones::Ttl::from_secs(ttl).unwrap();
        live.push(&"a.example.".parse().unwrap(), dnsure_zones::RecordType::A, ttl, &[192, 0, 2, last])
            .unwrap();
    }
    case.live = live.finish();
    let plan = case.plan();
    assert_eq!(shown(&plan), ["~ a A"]);
    case.policy.ignore = vec!["other A".parse().unwrap()];
    assert_eq!(shown(&case.plan()), ["~ a A"], "with ignore rules, too");
    let read = Plan::from_json("plan.json", &file(plan.clone()).to_json()).unwrap();
    assert_eq!(read.targets, [plan]);
}
