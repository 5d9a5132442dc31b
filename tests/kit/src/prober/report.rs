//! What the prober saw, and the assertions a test makes about it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::observation::Lack;
use crate::query::{Form, name_wire};

/// Everything one prober saw.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub(super) servers: Vec<SocketAddr>,
    pub(super) elapsed: Duration,
    pub(super) answers: BTreeMap<(SocketAddr, Form), u64>,
    pub(super) missing: Missing,
    pub(super) unanswered: BTreeMap<SocketAddr, u64>,
    pub(super) missing_examples: Vec<Example>,
    pub(super) unanswered_examples: Vec<Example>,
    pub(super) order_examples: Vec<String>,
    pub(super) old_after_new: u64,
    pub(super) changes_after_served: u64,
    pub(super) absences: Vec<Absence>,
    pub(super) history: BTreeMap<(SocketAddr, Vec<u8>, u16), Vec<Seen>>,
}

/// Answers that were missing, by sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// No such name.
    pub nxdomain: u64,
    /// The name without the type.
    pub nodata: u64,
    /// The server failed.
    pub servfail: u64,
    /// The server refused.
    pub refused: u64,
    /// Other response codes and unreadable answers.
    pub other: u64,
}

impl Missing {
    pub(super) fn count(&mut self, lack: Lack) {
        *match lack {
            Lack::NxDomain => &mut self.nxdomain,
            Lack::NoData => &mut self.nodata,
            Lack::ServFail => &mut self.servfail,
            Lack::Refused => &mut self.refused,
            Lack::Other => &mut self.other,
        } += 1;
    }

    /// All sorts together.
    pub fn total(&self) -> u64 {
        self.nxdomain + self.nodata + self.servfail + self.refused + self.other
    }
}

/// One noteworthy answer.
#[derive(Clone, Debug)]
pub struct Example {
    /// Since the prober started.
    pub at: Duration,
    /// Who was asked.
    pub server: SocketAddr,
    /// Name and type.
    pub question: String,
    /// How it was asked.
    pub form: Form,
    /// What came.
    pub what: String,
}

/// How long one name was missing at one server.
#[derive(Clone, Debug)]
pub struct Absence {
    /// Who was asked.
    pub server: SocketAddr,
    /// Name and type.
    pub question: String,
    /// When the first missing answer came, since the prober started.
    pub first: Duration,
    /// When the last one came.
    pub last: Duration,
    /// How many they were.
    pub count: u64,
}

/// Equal answers one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `TTL TYPE rdata` of each record, sorted.
    pub records: Vec<String>,
    /// When the first of them came, since the prober started.
    pub first: Duration,
    /// When the last of them came.
    pub last: Duration,
    /// How many they were.
    pub count: u64,
}

impl Report {
    /// How long the prober has been asking.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Answers from all servers, the missing ones among them.
    pub fn answers(&self) -> u64 {
        self.answers.values().sum()
    }

    /// Answers from one server.
    pub fn answers_of(&self, server: SocketAddr) -> u64 {
        Form::ALL.iter().map(|form| self.answers_in(server, *form)).sum()
    }

    /// Answers from one server in one form.
    pub fn answers_in(&self, server: SocketAddr, form: Form) -> u64 {
        self.answers.get(&(server, form)).copied().unwrap_or(0)
    }

    /// Answers that should have held data and held none.
    pub fn missing(&self) -> Missing {
        self.missing
    }

    /// Questions without any answer: time-outs, refused connections. Never counted as missing.
    pub fn unanswered(&self) -> u64 {
        self.unanswered.values().sum()
    }

    /// Unanswered questions to one server.
    pub fn unanswered_of(&self, server: SocketAddr) -> u64 {
        self.unanswered.get(&server).copied().unwrap_or(0)
    }

    /// Answers older than one that had been seen before they were asked for.
    pub fn old_after_new(&self) -> u64 {
        self.old_after_new
    }

    /// The first missing answers.
    pub fn missing_examples(&self) -> &[Example] {
        &self.missing_examples
    }

    /// From the first to the last missing answer, for each server and question that missed any.
    pub fn absences(&self) -> &[Absence] {
        &self.absences
    }

    /// What one server answered for one name and type, in the order it was seen. Around a change the
    /// query forms may alternate for a moment.
    pub fn history(&self, server: SocketAddr, name: &str, rtype: u16) -> &[Seen] {
        let key = (server, name_wire(name).to_ascii_lowercase(), rtype);
        self.history.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The last answer one server gave for one name and type.
    pub fn last(&self, server: SocketAddr, name: &str, rtype: u16) -> Option<&[String]> {
        self.history(server, name, rtype).last().map(|seen| seen.records.as_slice())
    }

    /// Panics if any answer was missing, or if a server never answered, which would prove nothing.
    #[track_caller]
    pub fn assert_no_hole(&self) {
        assert!(self.missing.total() == 0, "{self}");
        self.assert_at_least(1);
    }

    /// Panics unless answers were missing: for tests that plant a hole.
    #[track_caller]
    pub fn assert_hole(&self) {
        assert!(self.missing.total() > 0, "the hole was not seen\n{self}");
    }

    /// Panics unless each server gave `count` answers.
    #[track_caller]
    pub fn assert_at_least(&self, count: u64) {
        for server in &self.servers {
            let answers = self.answers_of(*server);
            assert!(answers >= count, "{server} gave {answers} answers, wanted {count}\n{self}");
        }
    }

    /// Panics if any server gave, in any form, an older answer than one it had given before the
    /// question was asked. A name that goes back to an earlier value on purpose counts too: take a new
    /// prober for the way back.
    #[track_caller]
    pub fn assert_no_old_after_new(&self) {
        assert!(self.old_after_new == 0, "{self}");
    }

    /// Panics if a name had different answers between `declare_served` and `begin_change`.
    #[track_caller]
    pub fn assert_no_change_after_served(&self) {
        assert!(self.changes_after_served == 0, "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.missing.total();
        write!(
            f,
            "prober: {} answers from {} server{}, {} missing, {} unanswered",
            grouped(self.answers()),
            self.servers.len(),
            if self.servers.len() == 1 { "" } else { "s" },
            grouped(total),
            grouped(self.unanswered())
        )?;
        if total > 0 {
            let Missing { nxdomain, nodata, servfail, refused, other } = self.missing;
            write!(
                f,
                "\n  missing: {nxdomain} NXDOMAIN, {nodata} NODATA, {servfail} SERVFAIL, {refused} REFUSED, {other} other"
            )?;
        }
        for example in self.missing_examples.iter().chain(&self.unanswered_examples) {
            let Example { at, server, question, form, what } = example;
            write!(f, "\n  {:.3} s  {server}  {question}  {form}: {what}", at.as_secs_f64())?;
        }
        if self.old_after_new > 0 {
            write!(f, "\n  {} old answers after new ones", grouped(self.old_after_new))?;
        }
        if self.changes_after_served > 0 {
            write!(
                f,
                "\n  {} answers differ after they were declared served",
                grouped(self.changes_after_served)
            )?;
        }
        for example in &self.order_examples {
            write!(f, "\n  {example}")?;
        }
        Ok(())
    }
}

/// `12345` as `12 345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
    }
}
