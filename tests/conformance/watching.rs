//! The prober beside a run: whatever is answered before and after a state's change is asked
//! for all the while.

use crate::hosts::Host;
use crate::served;
use crate::suite::ZONE;
use dnsure::conformance::{Moment, Witness};
use dnsure_kit::{Prober, Report, prober};
use dnsure_zones::answer::{Answer, answer};
use dnsure_zones::{Name, RecordType, Zone};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::block_in_place;

/// Answers that each server must have given before each state's change.
const BEFORE: u64 = 50;
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Watching<H> {
    host: Arc<H>,
    prober: Prober,
    watched: BTreeSet<(String, u16)>,
    missing: u64,
}

impl<H: Host> Watching<H> {
    pub(crate) fn start(host: Arc<H>) -> Self {
        let settings = prober::Settings { rate: host.rate(), ..prober::Settings::default() };
        let prober = Prober::watch_with(&host.servers(), &[], settings);
        Self { host, prober, watched: BTreeSet::new(), missing: 0 }
    }

    pub(crate) fn stop(self) -> Report {
        block_in_place(|| self.prober.stop())
    }

    fn declare(&self, served: bool) {
        // The serial is the server's own to move.
        let soa = RecordType::SOA.code();
        let names: Vec<(&str, u16)> = self
            .watched
            .iter()
            .filter(|(_, rtype)| Some(*rtype) != soa)
            .map(|(name, rtype)| (name.as_str(), *rtype))
            .collect();
        if served {
            self.prober.declare_served(&names);
        } else {
            self.prober.begin_change(&names);
        }
    }

    /// No more answers are missing than after the state before.
    fn no_hole(&mut self) -> Result<(), String> {
        let missing = self.prober.missing().total();
        if std::mem::replace(&mut self.missing, missing) == missing {
            return Ok(());
        }
        let report = self.prober.report();
        let absences = report
            .absences()
            .iter()
            .map(|absence| format!("{} at {} {} times", absence.question, absence.server, absence.count));
        Err(format!("missing: {}", absences.collect::<Vec<_>>().join(", ")))
    }
}

impl<H: Host> Witness for Watching<H> {
    fn put(&mut self, records: &[String]) -> Result<(), String> {
        block_in_place(|| {
            self.declare(false);
            self.host.put(records)
        })
    }

    fn take_back(&mut self, records: &[String]) -> Result<(), String> {
        block_in_place(|| {
            self.declare(false);
            for (name, rtype) in std::mem::take(&mut self.watched) {
                self.prober.forget(&name, rtype);
            }
            self.host.take_back(records)
        })
    }

    fn before(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        block_in_place(|| {
            self.declare(false);
            let mut watched = stays(moment.live, moment.end, !self.host.hides_wildcards());
            // Every zone has name servers, also where the provider keeps them to itself.
            watched.extend(RecordType::NS.code().map(|code| (ZONE.to_owned(), code)));
            for (name, rtype) in self.watched.difference(&watched) {
                self.prober.forget(name, *rtype);
            }
            for (name, rtype) in watched.difference(&self.watched) {
                self.prober.also(name, *rtype);
            }
            self.watched = watched;
            self.prober.mark();
            self.prober.wait_for_answers(BEFORE, TIMEOUT)
        })
    }

    fn after(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        block_in_place(|| {
            let until = Instant::now() + self.host.late();
            self.declare(self.host.late().is_zero());
            while let Err(error) = served::check(self.host.as_ref(), moment) {
                if Instant::now() >= until {
                    return Err(error);
                }
                std::thread::sleep(Duration::from_millis(500));
            }
            self.prober.wait_for_answers(self.host.answers(), TIMEOUT)?;
            self.prober.wait_for_round(TIMEOUT)?;
            self.no_hole()
        })
    }
}

/// Every question that has an answer before and after; one made up for each wildcard among them.
fn stays(before: &Zone, after: &Zone, wildcards: bool) -> BTreeSet<(String, u16)> {
    let mut questions: BTreeSet<(Name, u16)> = BTreeSet::new();
    for set in before.sets().chain(after.sets()) {
        let rtype = set.rtype();
        let Some(code) = rtype.code().filter(|_| !rtype.is_server_kept() && !rtype.is_pseudo()) else {
            continue;
        };
        let name = set.name();
        if wildcards
            && name.is_wildcard()
            && let Some(parent) = name.parent()
            && let Ok(made_up) = parent.child(b"made-up")
        {
            questions.insert((made_up, code));
        }
        questions.insert((name, code));
    }
    questions.retain(|(name, code)| {
        let rtype = RecordType::from_code(*code);
        is_answered(before, name, rtype) && is_answered(after, name, rtype)
    });
    questions.into_iter().map(|(name, code)| (name.to_string(), code)).collect()
}

fn is_answered(zone: &Zone, name: &Name, rtype: RecordType) -> bool {
    match answer(zone, name, rtype) {
        Answer::Data { .. } | Answer::Cname { .. } | Answer::Dname { .. } => true,
        // A referral answers for the NS of the very cut.
        Answer::Referral { ns } => rtype == RecordType::NS && ns.name() == *name,
        Answer::NoData { .. } | Answer::NameError | Answer::OutOfZone => false,
    }
}

#[test]
fn a_name_that_swaps_types_is_watched_and_one_that_goes_is_not() {
    let apex: Name = ZONE.parse().unwrap();
    let zone = |rtype: RecordType, wire: &[u8]| {
        let mut builder = dnsure_zones::ZoneBuilder::new(apex.clone());
        let ttl = dnsure_zones::Ttl::from_wire(60);
        builder.push(&apex.child(b"foo").unwrap(), rtype, ttl, wire).unwrap();
        builder.finish()
    };
    let (a, cname) = (zone(RecordType::A, &[192, 0, 2, 1]), zone(RecordType::CNAME, apex.wire()));
    assert_eq!(stays(&a, &cname, true), BTreeSet::from([(format!("foo.{ZONE}"), 1)]));
    assert_eq!(stays(&cname, &a, true), BTreeSet::from([(format!("foo.{ZONE}"), 1)]));
    assert!(stays(&a, &Zone::empty(apex.clone()), true).is_empty());
}
