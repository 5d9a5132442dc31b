//! The prober of the kit, as a witness.

use super::stage::Stage;
use super::{Verdict, must};
use dnsure::report::words::number;
use dnsure_kit::{Prober, Report};
use std::net::SocketAddr;
use std::time::Duration;

/// How long each server may take to be heard.
const PATIENCE: Duration = Duration::from_secs(60);

/// Questions under way.
pub struct Watching<'s> {
    stage: &'s Stage,
    prober: Prober,
}

impl<'s> Watching<'s> {
    pub(super) fn start(stage: &'s Stage, servers: &[SocketAddr], names: &[(&str, u16)]) -> Self {
        let settings = dnsure_kit::prober::Settings { rate: 1_200, ..Default::default() };
        let watching = Self { stage, prober: Prober::watch_with(servers, names, settings) };
        watching.see();
        watching
    }

    /// Waits until every server was asked for everything in every form once more.
    pub fn see(&self) {
        self.prober.mark();
        self.prober.wait_for_round(PATIENCE).unwrap();
    }

    /// Ends the questions and tells the counts.
    pub fn end(self) -> Report {
        let (stage, report) = self.stop();
        stage.counts(&counts(&report));
        report
    }

    /// As [`Watching::end`]; an answer that was missing is an outage.
    pub fn end_without_a_hole(self) -> Verdict {
        without_a_hole(&self.end())
    }

    /// As [`Watching::end_without_a_hole`]; an old answer after a new one is one too. Not for names
    /// that go back to what they were.
    pub fn end_in_order(self) -> Verdict {
        let (stage, report) = self.stop();
        stage.counts(&format!("{}, {} old after new", counts(&report), report.old_after_new()));
        without_a_hole(&report)?;
        must(report.old_after_new() == 0, || format!("old answers came after new ones\n{report}"))
    }

    fn stop(self) -> (&'s Stage, Report) {
        self.see();
        (self.stage, self.prober.stop())
    }
}

fn without_a_hole(report: &Report) -> Verdict {
    must(report.missing().total() == 0, || {
        let of = report.absences().iter().map(|absence| {
            let lasted = absence.last.saturating_sub(absence.first).as_millis();
            format!(
                "{} had no answer from {} ({} answers, {lasted} ms)",
                absence.question, absence.server, absence.count
            )
        });
        let of: Vec<String> = of.collect();
        format!("{} answers were missing: {}", report.missing().total(), of.join("; "))
    })
}

/// `prober: 4 812 asked, 4 812 answered, 0 missing`.
fn counts(report: &Report) -> String {
    format!(
        "prober: {} asked, {} answered, {} missing",
        number(report.answers() + report.unanswered()),
        number(report.answers()),
        number(report.missing().total())
    )
}
