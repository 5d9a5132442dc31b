//! Several appliers as separate processes: one writes. One that was paused until its lock was taken over
//! is stopped by its last look at the lock; in the window between that look and the call only the
//! provider can stop it, where it compares. Plan and receipt state this window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::{Bind, Conditions, Panel, S3, tell, zone_text};
use lab::{Background, Kind, Project, Ran, ZONE};
use std::sync::{Barrier, OnceLock};
use std::time::{Duration, Instant};

const BEFORE: &str = "www 300 A 192.0.2.10";
const APPLIERS: usize = 6;

/// Where locks and journals are kept.
#[derive(Debug, Clone, Copy)]
enum Store {
    Directory,
    S3,
}

/// A project, and the panel behind it where there is one.
struct Site {
    project: Project,
    panel: Option<Panel>,
}

fn s3() -> &'static S3 {
    static SERVICE: OnceLock<S3> = OnceLock::new();
    SERVICE.get_or_init(|| S3::start(Conditions::Atomic))
}

/// Each site has a corner of the one bucket.
fn corner() -> String {
    static CORNERS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    format!("{}/{}", s3().url(), CORNERS.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
}

impl Site {
    fn at(kind: Kind, store: Store) -> Self {
        Self { project: lab::on(kind, BEFORE), panel: None }.with(store)
    }

    /// A panel that creates and deletes, compares nothing, and publishes to BIND.
    fn at_panel(store: Store) -> Self {
        let server = Bind::builder().zone(ZONE, zone_text(ZONE, BEFORE)).start();
        let panel = Panel::builder().zone(ZONE, zone_text(ZONE, BEFORE)).publish_to(server).start();
        let mut project = lab::on(Kind::Embedded, "");
        project.set("LAB_TOKEN", panel.token());
        Self { project, panel: Some(panel) }.with(store)
    }

    fn with(mut self, store: Store) -> Self {
        let state = match store {
            Store::Directory => String::new(),
            Store::S3 => {
                for (name, value) in S3::variables(s3().addr()) {
                    self.project.set(name, &value);
                }
                format!("state: {}", corner())
            }
        };
        self.project.configure("", &state);
        if let Some(panel) = &self.panel {
            let text = self.project.read("dnsure.yaml");
            let (main, rest) = text.split_once("\nzones:").unwrap();
            let head = main.split_once("main:").unwrap().0;
            let provider =
                format!("{head}main: {{type: panel, url: \"{}\", token: \"env:LAB_TOKEN\"}}", panel.url());
            self.project.write("dnsure.yaml", &format!("{provider}\nzones:{rest}"));
        }
        // Nobody waits a quarter of an hour here.
        self.project.set("DNSURE_SABOTAGE_LOCK_SECONDS", "2");
        self
    }

    fn declare(&self, value: &str) {
        self.project.declare(&format!("www: {{type: A, ttl: 300, value: {value}}}"));
    }

    /// How often the panel was written to.
    fn writes(&self) -> usize {
        let writes = |panel: &Panel| panel.calls().iter().filter(|call| call.method != "GET").count();
        self.panel.as_ref().map_or(0, writes)
    }

    /// The values of `www`, at the panel or served.
    fn values(&self) -> Vec<String> {
        let name = format!("www.{ZONE}");
        let mut values: Vec<String> = match &self.panel {
            Some(panel) => {
                panel.rows().into_iter().filter(|row| row.name == name).map(|row| row.data).collect()
            }
            None => {
                let lines = self.project.snapshot();
                let of_www = lines.iter().filter(|line| line.starts_with(&format!("{name} ")));
                of_www.filter_map(|line| line.rsplit(' ').next()).map(str::to_owned).collect()
            }
        };
        values.sort();
        values
    }

    /// An applier that stands at `point`, its lock about to expire.
    fn paused(&self, point: &str) -> Background {
        self.project.pause_at(point, &["apply", "--yes", "--receipt", "late.json"])
    }

    /// Runs until the lock of somebody else has expired.
    fn once_free(&self, arguments: &[&str]) -> Ran {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let ran = self.project.run(arguments);
            if ran.code != Some(11) {
                return ran;
            }
            assert!(Instant::now() < patience, "the lock never expires: {ran:?}");
        }
    }

    /// Somebody else takes over what the paused one left, takes it back, and applies another value.
    fn another_takes_over(&self, value: &str) {
        self.once_free(&["rollback", "--yes"]).ends(0);
        self.declare(value);
        self.project.run(&["apply", "--yes"]).ends(0);
    }
}

#[test]
fn of_many_appliers_at_once_one_writes() {
    for store in [Store::Directory, Store::S3] {
        for site in [Site::at(Kind::Bind, store), Site::at_panel(store)] {
            let mut site = site;
            site.project.set("DNSURE_SABOTAGE_LOCK_SECONDS", "60");
            site.declare("192.0.2.20");
            site.project.plan();
            let start = Barrier::new(APPLIERS);
            let ran: Vec<Ran> = std::thread::scope(|scope| {
                let one = || {
                    start.wait();
                    site.project.run(&["apply", "plan.json", "--yes"])
                };
                let all: Vec<_> = (0..APPLIERS).map(|_| scope.spawn(one)).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let count = |code: i32| ran.iter().filter(|ran| ran.code == Some(code)).count();
            let (done, stale, locked) = (count(0), count(10), count(11));
            tell(&format!(
                "{APPLIERS} appliers at once, {store:?}, {}: {done} wrote, {locked} found the lock held, {stale} the plan stale",
                if site.panel.is_some() { "panel" } else { "BIND" },
            ));
            assert_eq!((done, done + stale + locked), (1, APPLIERS), "{ran:?}");
            if site.panel.is_some() {
                assert_eq!(site.writes(), 4, "the canary and the record: two creations, two deletions");
            }
            assert_eq!(site.values(), ["192.0.2.20"]);
            site.project.assert_settled();
        }
    }
}

/// Takes the lock, then looks at it before each read and before each write; the canary is written and
/// removed first.
const LAST_LOOK: &str = "before lock 7";
const CALL: &str = "before write 3";

#[test]
fn a_late_applier_is_refused_by_a_provider_that_compares_even_after_its_last_look_at_the_lock() {
    for store in [Store::Directory, Store::S3] {
        let site = Site::at(Kind::Bind, store);
        site.declare("192.0.2.20");
        let late = site.paused("before write");
        site.another_takes_over("192.0.2.30");
        let serial = site.project.host.serial(ZONE);
        let ran = late.finish();
        assert!(matches!(ran.code, Some(1 | 10 | 14)), "{ran:?}");
        assert_eq!(site.values(), ["192.0.2.30"], "{store:?}");
        assert_eq!(site.project.host.serial(ZONE), serial, "{store:?}: the late update changed nothing");
        site.project.assert_settled();
    }
}

#[test]
fn a_late_applier_is_stopped_by_its_last_look_at_the_lock_where_nothing_is_compared() {
    for store in [Store::Directory, Store::S3] {
        for site in [Site::at_panel(store), Site::at(Kind::PowerDnsApi, store)] {
            site.declare("192.0.2.20");
            let late = site.paused(LAST_LOOK);
            // Whoever takes over gives the lock back: that it is free says nothing.
            site.another_takes_over("192.0.2.30");
            let writes = site.writes();
            let ran = late.finish();
            ran.tells(&["the lock was lost"]);
            assert!(matches!(ran.code, Some(1 | 14)), "{ran:?}");
            assert_eq!(site.writes(), writes, "{store:?}: nothing more was written");
            assert_eq!(site.values(), ["192.0.2.30"], "{store:?}");
            site.project.assert_settled();
        }
    }
}

#[test]
fn between_the_last_look_and_the_call_nothing_stops_a_late_applier_and_plan_and_receipt_say_so() {
    for store in [Store::Directory, Store::S3] {
        let site = Site::at_panel(store);
        site.declare("192.0.2.20");
        site.project.plan().shows(&["unguarded"]);
        let late = site.paused(CALL);
        site.another_takes_over("192.0.2.30");
        let writes = site.writes();
        let ran = late.finish();
        assert!(matches!(ran.code, Some(1 | 14)), "{ran:?}");
        ran.tells(&["another run has taken this journal over"]);
        ran.shows(&["from the last look at the lock to the end of the call"]);
        assert_eq!(site.writes(), writes + 1, "{store:?}: one call, and the journal stops it there");
        assert_eq!(site.values(), ["192.0.2.20", "192.0.2.30"], "{store:?}: it added, and took nothing away");
        let window = unguarded_ms(&site.project.read("late.json"));
        tell(&format!("{store:?}: the receipt of the late applier states a window of {window} ms"));
        // It was paused for longer than its lock lasts, and this is what it says.
        assert!(window >= 2_000, "{window} ms");
        // What it did is found by the next plan, and mended.
        site.project.run(&["plan", "--detailed-exitcode"]).ends(2);
        site.project.run(&["apply", "--yes"]).ends(0);
        assert_eq!(site.values(), ["192.0.2.30"], "{store:?}");
    }
}

#[test]
fn a_provider_whose_backend_compares_right_before_the_call_stops_a_late_applier_too() {
    let site = Site::at(Kind::PowerDnsApi, Store::S3);
    site.declare("192.0.2.20");
    site.project.plan().shows(&["unguarded"]);
    let late = site.paused(CALL);
    site.another_takes_over("192.0.2.30");
    let ran = late.finish();
    assert!(matches!(ran.code, Some(1 | 10 | 14)), "{ran:?}");
    assert_eq!(site.values(), ["192.0.2.30"]);
    site.project.assert_settled();
}

fn unguarded_ms(receipt: &str) -> u64 {
    let receipt: serde_json::Value = serde_json::from_str(receipt).unwrap();
    receipt["targets"][0]["unguarded_ms"].as_u64().unwrap_or_else(|| panic!("no window: {receipt:#}"))
}
