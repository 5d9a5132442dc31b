//! Does what was seen served stay served?
//!
//! A bad answer counts when it comes several rounds in a row: one lost packet, or one cache
//! that is late, is none. A server that does not answer is unknown, which neither counts nor
//! clears.

use super::judge::Judgement;
use super::sweep::Swept;
use std::collections::{BTreeMap, BTreeSet};

/// One question to one server: which check, which server, by index.
pub type Cell = (usize, usize);

/// What the rounds so far say.
#[derive(Debug, Clone)]
pub struct Lasting {
    /// How many bad rounds in a row count.
    rounds: u32,
    bad: BTreeMap<Cell, u32>,
}

/// What one round adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// What has been wrong for long enough, with what is seen now.
    pub regressions: Vec<(Cell, String)>,
    /// Whether anything is wrong, for however short a time.
    pub is_bad: bool,
    /// Questions that were answered.
    pub answers: u64,
    /// Questions without an answer that can be judged.
    pub unknown: u64,
}

impl Lasting {
    /// Nothing seen yet; `rounds` bad rounds in a row count, one at least.
    #[must_use]
    pub fn new(rounds: u32) -> Self {
        Self { rounds: rounds.max(1), bad: BTreeMap::new() }
    }

    /// Takes one round in; what is in `left` is not looked at.
    pub fn take(&mut self, swept: &Swept, left: &BTreeSet<usize>) -> Round {
        let mut round = Round::default();
        let mut seen: BTreeMap<Cell, &str> = BTreeMap::new();
        let mut unknown: BTreeSet<Cell> = BTreeSet::new();
        for one in swept.findings.iter().filter(|one| !left.contains(&one.check)) {
            let cell = (one.check, one.server);
            match &one.judgement {
                Judgement::Met => {}
                Judgement::Unknown(_) => {
                    round.unknown += 1;
                    unknown.insert(cell);
                }
                Judgement::Missing(words) | Judgement::Different(words) => {
                    seen.entry(cell).or_insert(words);
                }
            }
        }
        let asked: u64 = swept.servers.iter().map(|server| server.asked as u64).sum();
        round.answers = asked.saturating_sub(round.unknown);
        round.is_bad = !seen.is_empty();
        self.bad.retain(|cell, _| seen.contains_key(cell) || unknown.contains(cell));
        for (cell, words) in seen {
            let rounds = self.bad.entry(cell).or_insert(0);
            *rounds += 1;
            if *rounds >= self.rounds {
                round.regressions.push((cell, words.to_owned()));
            }
        }
        round
    }
}

#[cfg(test)]
mod tests {
    use super::super::sweep::{Seen, SweptServer};
    use super::*;
    use dnsure_providers::dns::Form;

    fn swept(judgement: Judgement) -> Swept {
        let seen = Seen { check: 0, server: 0, form: Form::UdpEdns, judgement, no_route: false };
        let findings = if seen.judgement == Judgement::Met { Vec::new() } else { vec![seen] };
        Swept { findings, servers: vec![SweptServer { asked: 4, ..SweptServer::default() }] }
    }

    fn rounds(judgements: &[Judgement]) -> Vec<usize> {
        let mut lasting = Lasting::new(3);
        judgements
            .iter()
            .map(|one| lasting.take(&swept(one.clone()), &BTreeSet::new()).regressions.len())
            .collect()
    }

    fn gone() -> Judgement {
        Judgement::Missing("NXDOMAIN".into())
    }

    fn silent() -> Judgement {
        Judgement::Unknown("time-out".into())
    }

    #[test]
    fn three_bad_rounds_in_a_row_are_a_regression_and_two_are_none() {
        assert_eq!(rounds(&[gone(), gone(), Judgement::Met, gone(), gone()]), [0, 0, 0, 0, 0]);
        assert_eq!(rounds(&[gone(), gone(), gone()]), [0, 0, 1]);
    }

    #[test]
    fn silence_is_no_regression_and_excuses_none() {
        assert_eq!(rounds(&[silent(), silent(), silent(), silent()]), [0, 0, 0, 0]);
        assert_eq!(rounds(&[gone(), silent(), gone(), silent(), gone()]), [0, 0, 0, 0, 1]);
    }

    #[test]
    fn what_another_run_changes_is_not_looked_at() {
        let mut lasting = Lasting::new(1);
        let round = lasting.take(&swept(gone()), &BTreeSet::from([0]));
        assert!(round.regressions.is_empty() && !round.is_bad);
    }
}
