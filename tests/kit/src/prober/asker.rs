//! One thread of the prober: one server, one query form, all names in turn.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::observation::{Lack, Observation, Outcome, Watch};
use super::state::Shared;
use crate::query::{self, Answer, AskError, Form, ask, rtype, same_name};

pub(super) struct Asker {
    pub(super) shared: Arc<Shared>,
    pub(super) server: usize,
    pub(super) addr: SocketAddr,
    pub(super) form: Form,
    pub(super) wait: Duration,
    pub(super) interval: Duration,
    pub(super) number: usize,
    pub(super) first: Instant,
}

impl Asker {
    pub(super) fn run(self) {
        let mut next = self.first;
        while !self.shared.stopped() {
            let round = Instant::now();
            let watched = self.shared.lock().watched();
            if watched.is_empty() {
                thread::sleep(Duration::from_millis(2));
            }
            for turn in 0..watched.len() {
                let watch = &watched[(turn + self.number) % watched.len()];
                // A late thread goes on from now: it does not make up for what it missed.
                let now = Instant::now();
                thread::sleep(next.saturating_duration_since(now));
                next = next.max(now) + self.interval;
                if self.shared.stopped() {
                    return;
                }
                self.ask(watch);
            }
            self.shared.round_done(self.number, round);
        }
    }

    fn ask(&self, watch: &Watch) {
        let sent = Instant::now();
        let mut reply = ask(self.addr, &watch.name, watch.rtype, self.form, self.wait);
        if reply.as_ref().is_ok_and(|answer| answer.truncated) {
            // As every resolver does.
            reply = ask(self.addr, &watch.name, watch.rtype, Form::Tcp, self.wait);
        }
        let received = Instant::now();
        let outcome = judge(watch, reply);
        self.shared
            .record(watch, Observation { server: self.server, form: self.form, sent, received, outcome });
    }
}

fn judge(watch: &Watch, reply: Result<Answer, AskError>) -> Outcome {
    let answer = match reply {
        Ok(answer) => answer,
        Err(AskError::Silent(error)) => return Outcome::Unanswered(error.to_string()),
        Err(AskError::Garbled(what)) => {
            return Outcome::Missing(Lack::Other, format!("unreadable: {what}"));
        }
    };
    let lack = match answer.rcode {
        query::NOERROR => {
            let value = value(watch, &answer);
            if !value.is_empty() {
                return Outcome::Present(value);
            }
            Lack::NoData
        }
        query::NXDOMAIN => Lack::NxDomain,
        query::SERVFAIL => Lack::ServFail,
        query::REFUSED => Lack::Refused,
        _ => Lack::Other,
    };
    let flag = if answer.authoritative { "AA" } else { "no AA" };
    let [answers, authorities] = [answer.answer.len(), answer.authority.len()];
    let what =
        format!("{lack} (rcode {}, {flag}, {answers} answers, {authorities} in authority)", answer.rcode);
    Outcome::Missing(lack, what)
}

/// What the server says the name has: the records of the asked type or a CNAME at that very name; for
/// NS also the referral in the authority section.
fn value(watch: &Watch, answer: &Answer) -> Vec<String> {
    let texts = |section: &[query::Rr], types: &[u16]| {
        let here = section.iter().filter(|rr| types.contains(&rr.rtype) && same_name(&rr.name, &watch.name));
        let mut texts: Vec<String> = here.map(query::Rr::text).collect();
        texts.sort();
        texts.dedup();
        texts
    };
    let mut value = texts(&answer.answer, &[watch.rtype, rtype::CNAME]);
    if value.is_empty() && watch.rtype == rtype::NS {
        value = texts(&answer.authority, &[rtype::NS]);
    }
    value
}
