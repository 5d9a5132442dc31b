//! Outages that happened, at each of the clouds: the kit's fakes, held to the vendors' documents and clients,
//! publish to a real name server, and the prober asks it all the while.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../lab/mod.rs"]
mod lab;
mod site;

use dnsure_kit::cloud::Response;
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Fault, Fits};
use site::{Site, Which};
use std::time::{Duration, Instant};

const RECORDS: &str = "www 3600 A 192.0.2.10\nshop 300 A 192.0.2.11\napi 300 A 192.0.2.12";
const WATCHED: [(&str, u16); 3] =
    [("www.example.test.", A), ("shop.example.test.", A), ("api.example.test.", A)];

fn files(www: &str, shop: &str) -> String {
    format!("www: {www}\nshop: {shop}\napi: {{type: A, ttl: 300, value: 192.0.2.12}}")
}

const WWW: &str = "{type: A, ttl: 3600, value: 192.0.2.10}";
const SHOP: &str = "{type: A, ttl: 300, value: 192.0.2.11}";

/// A TTL was lowered by a duplicate and a deletion, and the name was gone for 67 minutes.
#[test]
fn xchart_ttl() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        site.declare(&files("{type: A, ttl: 60, value: 192.0.2.10}", SHOP));
        let prober = site.watch(&WATCHED);
        site.project.apply();
        site.nothing_was_missing(prober);
        assert!(site.project.serves("www.example.test. 60 IN A 192.0.2.10"), "{which:?}");
        site.project.assert_settled();
    }
}

/// TTLs and types were changed by destroying and creating.
#[test]
fn terraform_ttl() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        let prober = site.watch(&WATCHED);
        for ttl in [60, 300, 60] {
            site.declare(&files(&format!("{{type: A, ttl: {ttl}, value: 192.0.2.20}}"), SHOP));
            site.project.apply();
        }
        site.declare(&files(WWW, "{type: CNAME, ttl: 300, value: api.example.test.}"));
        let swap = site.project.run(&["apply", "--yes"]);
        if which.swaps_types() {
            swap.ends(0);
            assert!(site.project.serves("shop.example.test. 300 IN CNAME api.example.test."), "{which:?}");
        } else {
            // There is no write for both, so a reviewer has to say so first.
            swap.ends(12).tells(&["shop.example.test."]);
            assert!(site.project.serves("shop.example.test. 300 IN A 192.0.2.11"));
        }
        site.nothing_was_missing(prober);
    }
}

/// What an API calls done is not served yet: an apply waits for the servers, not for the word.
#[test]
fn done_before_it_is_served() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        site.publishes_after(Duration::from_secs(3));
        let prober = site.watch(&WATCHED);
        site.declare(&files("{type: A, ttl: 300, value: 192.0.2.20}", SHOP));
        let began = Instant::now();
        site.project.apply();
        assert!(site.project.serves("www.example.test. 300 IN A 192.0.2.20"), "{which:?}");
        assert!(began.elapsed() >= Duration::from_secs(3), "{which:?}");
        site.nothing_was_missing(prober);
        site.project.assert_settled();
    }
}

/// And what is never served is taken back, and told as not served.
#[test]
fn done_and_never_served() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        site.project.configure(", canary: never", "verify: {samples: 1, deadline: 2s}");
        site.publishes_after(Duration::from_secs(3_600));
        let prober = site.watch(&WATCHED);
        site.declare(&files("{type: A, ttl: 300, value: 192.0.2.20}", SHOP));
        site.project.run(&["apply", "--yes"]).ends(13).tells(&["www.example.test."]);
        assert!(site.project.serves("www.example.test. 3600 IN A 192.0.2.10"), "{which:?}");
        site.nothing_was_missing(prober);
        site.project.run(&["plan"]).ends(0).shows(&["192.0.2.10 → 192.0.2.20"]);
    }
}

/// An old plan was applied over a newer one.
#[test]
fn aws_stale_plan() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        site.declare(&files("{type: A, ttl: 300, value: 192.0.2.20}", SHOP));
        site.project.plan();
        site.stranger("www", "192.0.2.30");
        let late = site.project.run(&["apply", "plan.json", "--yes"]);
        late.ends(10).tells(&["192.0.2.10", "192.0.2.30"]);
        assert_eq!(site.writes(), 0, "{which:?}");
        assert!(site.project.serves("www.example.test. 300 IN A 192.0.2.30"), "{which:?}");
    }
}

/// The same, where the slow one has looked for the last time: only the service can see it then, or the look
/// right before the call.
#[test]
fn aws_stale_plan_in_the_last_moment() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        site.declare(&files("{type: A, ttl: 300, value: 192.0.2.20}", SHOP));
        let slow = site.project.pause_at("before write 1", &["apply", "--yes"]);
        site.stranger("www", "192.0.2.30");
        let late = slow.finish();
        assert!(!matches!(late.code, Some(0)), "{which:?}: {late:?}");
        late.tells(&["www.example.test."]);
        assert!(site.project.serves("www.example.test. 300 IN A 192.0.2.30"), "{which:?}: {late:?}");
    }
}

/// Half a zone was taken for the whole one.
#[test]
fn denic_truncated() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        site.project.configure(", owns: zone, canary: never, guards: {max_delete_percent: 100}", "");
        site.declare(&files("{type: A, ttl: 300, value: 192.0.2.20}", SHOP));
        site.project.run(&["plan"]).ends(0);
        let whole = site.last_listing();
        let half = whole.body[..whole.body.len() / 2].to_owned();
        let fits = Fits::method("GET").on(which.listing());
        site.fault(Fault::Answers {
            fits: fits.clone(),
            times: 1,
            response: Response::text(200, whole.media_type, half),
        });
        let ran = site.project.run(&["apply", "--yes"]);
        ran.ends(1).tells(&["is incomplete"]);
        // One that goes on failing is no smaller zone either.
        site.fault(Fault::Fails { fits, times: 40, status: 500 });
        site.project.run(&["apply", "--yes"]).ends(1);
        assert_eq!(site.writes(), 0, "{which:?}");
        assert!(site.project.serves("api.example.test. 300 IN A 192.0.2.12"), "{which:?}");
    }
}

/// A tool gave up in the middle of a storm of 429s, and a write whose answer was lost was made twice.
#[test]
fn storms_and_lost_answers_cost_no_record_and_make_no_duplicate() {
    for which in Which::ALL {
        let site = Site::start(which, RECORDS);
        site.declare(&format!(
            "{}\nnew: {{type: A, ttl: 300, values: [192.0.2.15, 192.0.2.16]}}",
            files("{type: A, ttl: 300, value: 192.0.2.20}", SHOP)
        ));
        site.fault(Fault::TooMany { fits: Fits::method("GET"), times: 3, retry_after: 0 });
        let write = match which {
            Which::AzureDns => Fits::method("PUT"),
            _ => Fits::method("POST"),
        };
        site.fault(Fault::TooMany { fits: write.clone(), times: 2, retry_after: 0 });
        site.fault(Fault::LosesAnswer { fits: write, times: 1 });
        let prober = site.watch(&WATCHED);
        site.project.apply();
        site.nothing_was_missing(prober);
        assert!(site.faults_are_used_up(), "{which:?}");
        let new: Vec<String> =
            site.project.snapshot().into_iter().filter(|line| line.starts_with("new.")).collect();
        let wanted = ["192.0.2.15", "192.0.2.16"].map(|data| format!("new.example.test. 300 IN A {data}"));
        assert_eq!(new, wanted, "{which:?}");
        assert!(site.project.serves("www.example.test. 300 IN A 192.0.2.20"), "{which:?}");
        site.project.assert_settled();
    }
}
