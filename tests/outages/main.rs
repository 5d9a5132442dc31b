//! Outages that happened, played against real servers: with its guards dnsure holds, and without the guard
//! the same play ends in the outage. `cargo run --example outage` replays them for a reader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../lab/mod.rs"]
mod lab;
mod scenarios;

use scenarios::stage::Stage;

/// The outage does not happen.
fn holds(name: &str) {
    let outage = scenarios::find(name).unwrap();
    if let Err(happened) = (outage.play)(&Stage::quiet(outage, None)) {
        panic!("{name}: {happened}");
    }
}

/// Without any one of its guards it happens.
fn is_red(name: &str) {
    let outage = scenarios::find(name).unwrap();
    for guard in outage.guards {
        let stage = Stage::quiet(outage, Some(guard.off));
        let Err(happened) = (outage.play)(&stage) else {
            panic!("{name} passes without its guard `{}`", guard.off);
        };
        assert!(happened.0.contains(guard.so), "{name} without `{}` fails otherwise: {happened}", guard.off);
        stage.counts(&happened.0);
    }
}

macro_rules! outages {
    ($($test:ident $red:ident $name:literal;)*) => {
        $(
            #[test]
            fn $test() {
                holds($name);
            }

            #[test]
            fn $red() {
                is_red($name);
            }
        )*

        #[test]
        fn every_scenario_is_played() {
            let names: Vec<&str> = scenarios::ALL.iter().map(|outage| outage.name).collect();
            assert_eq!(names, [$($name),*]);
        }
    };
}

outages! {
    xchart_ttl xchart_ttl_is_red_without_its_guard "xchart-ttl";
    terraform_ttl terraform_ttl_is_red_without_its_guard "terraform-ttl";
    aws_stale_plan aws_stale_plan_is_red_without_its_guard "aws-stale-plan";
    github_flapping_source github_flapping_source_is_red_without_its_guard "github-flapping-source";
    zalando_typo zalando_typo_is_red_without_its_guard "zalando-typo";
    codeship_split_brain codeship_split_brain_is_red_without_its_guard "codeship-split-brain";
    denic_truncated denic_truncated_is_red_without_its_guard "denic-truncated";
    habitat_drift habitat_drift_is_red_without_its_guard "habitat-drift";
    clayton_concurrent clayton_concurrent_is_red_without_its_guard "clayton-concurrent";
    extdns_create_fails_delete_succeeds extdns_create_fails_delete_succeeds_is_red_without_its_guard
        "extdns-create-fails-delete-succeeds";
    moj_poison_record moj_poison_record_is_red_without_its_guard "moj-poison-record";
    salesforce_canary salesforce_canary_is_red_without_its_guard "salesforce-canary";
    hidden_primary_stops hidden_primary_stops_is_red_without_its_guard "hidden-primary-stops";
}

#[test]
fn each_of_the_two_guards_of_external_dns_is_enough() {
    let outage = scenarios::find("extdns-create-fails-delete-succeeds").unwrap();
    for off in ["dependents", "freshness"] {
        if let Err(happened) = (outage.play)(&Stage::quiet(outage, Some(off))) {
            // What dnsure says is another matter; no name is lost.
            assert!(!happened.0.contains("answers were missing"), "without {off}: {happened}");
        }
    }
}
