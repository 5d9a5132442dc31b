//! Asking every server about what was written.

use super::entry::Direction;
use super::machine::{Event, Machine, Scope, Verdict};
use super::performer::{Known, Performer, millis};
use crate::plan::legal;
use crate::plan::step::Step;
use crate::sabotage::{self, GuardName};
use crate::verify::expect;
use crate::verify::judge::Judgement;
use crate::verify::sweep::{Check, Swept, sweep};
use dnsure_providers::dns::Form;
use dnsure_providers::{RecordWrite, SetChange};
use dnsure_zones::{RecordKey, RecordSet, Ttl};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who is asked, and what is known of the answers so far.
#[derive(Debug, Default)]
pub(super) struct Looking {
    pub(super) addresses: Vec<SocketAddr>,
    /// The same questions again, until they are answered as they should be K times.
    questions: Option<(Scope, Arc<Vec<Check>>)>,
    instances: BTreeMap<usize, BTreeSet<String>>,
    pub(super) unreachable: BTreeSet<usize>,
    started: Option<Instant>,
    rounds: u32,
    /// How many record sets the final look found right, and how long it took.
    pub(super) verified: (usize, Duration),
}

impl Looking {
    /// What the last look at everything asked, and of whom.
    pub(super) fn at_the_end(&self) -> (Vec<SocketAddr>, Arc<Vec<Check>>) {
        let reachable =
            |(index, address): (usize, &SocketAddr)| (!self.unreachable.contains(&index)).then_some(*address);
        let checks = match &self.questions {
            Some((Scope::All, checks)) => Arc::clone(checks),
            _ => Arc::default(),
        };
        (self.addresses.iter().enumerate().filter_map(reachable).collect(), checks)
    }

    /// What is expected may have changed.
    pub(super) fn forget(&mut self) {
        self.questions = None;
    }

    /// The next look is the first one after a write.
    pub(super) fn start_again(&mut self) {
        self.started = None;
        self.rounds = 0;
    }

    pub(super) fn instances_of(&self, server: usize) -> Vec<String> {
        self.instances.get(&server).into_iter().flatten().cloned().collect()
    }
}

impl Performer {
    pub(super) async fn ask(&mut self, scope: Scope, machine: &Machine) -> Event {
        let started = *self.looking.started.get_or_insert_with(Instant::now);
        if self.known.is_none() {
            match self.list().await {
                Ok(true) => {}
                Ok(false) => return Event::Failed("the provider has no such zone any more".into()),
                Err(reason) => return Event::Failed(reason),
            }
        }
        if sabotage::is_off(GuardName::Observation) {
            return Event::Asked(Verdict::default());
        }
        let checks = match &self.looking.questions {
            Some((before, checks)) if *before == scope => Arc::clone(checks),
            _ => match self.checks(scope, machine) {
                Ok(checks) => Arc::new(checks),
                Err(reason) => return Event::Failed(reason),
            },
        };
        self.looking.questions = Some((scope, Arc::clone(&checks)));
        let addresses = &self.looking.addresses;
        let swept = sweep(&self.shared.asker, addresses, Arc::clone(&checks), &Form::ALL).await;
        self.looking.unreachable = swept.unroutable();
        for (index, server) in swept.servers.iter().enumerate() {
            let texts = server.instances.iter().map(|nsid| String::from_utf8_lossy(nsid).into_owned());
            self.looking.instances.entry(index).or_default().extend(texts);
        }
        let restored = match self.restored(scope, &swept, &checks, machine).await {
            Ok(restored) => restored,
            Err(reason) => return Event::Failed(reason),
        };
        let mut verdict = self.verdict(&swept, &checks, &restored);
        if self.looking.unreachable.len() == self.looking.addresses.len() {
            verdict.unknown.push("no server address can be reached from here".into());
        }
        self.note_look(scope, &verdict, checks.len(), started, machine.steps().len());
        Event::Asked(verdict)
    }

    /// One line for each server and question that is not as it should be; the forms in which it was
    /// asked are named where they differ.
    fn verdict(&self, swept: &Swept, checks: &[Check], restored: &BTreeSet<(usize, usize)>) -> Verdict {
        let mut forms: BTreeMap<(usize, usize, bool, &str), Vec<String>> = BTreeMap::new();
        for one in &swept.findings {
            if self.looking.unreachable.contains(&one.server) || restored.contains(&(one.check, one.server)) {
                continue;
            }
            let is_unknown = match &one.judgement {
                Judgement::Met => continue,
                Judgement::Missing(_) | Judgement::Different(_) => false,
                Judgement::Unknown(_) => true,
            };
            let what = (one.check, one.server, is_unknown, one.judgement.detail());
            forms.entry(what).or_default().push(one.form.to_string());
        }
        let mut verdict = Verdict::default();
        for ((check, server, is_unknown, detail), forms) in forms {
            let question = &checks[check].question;
            let address = self.looking.addresses[server];
            let over = if forms.len() == Form::ALL.len() {
                String::new()
            } else {
                format!(" over {}", forms.join(", "))
            };
            let line = format!("{address} {question}{over}: {detail}");
            if is_unknown { verdict.unknown.push(line) } else { verdict.unmet.push(line) }
        }
        verdict
    }

    /// On the way back: the checks that a server does not meet because what it serves is already
    /// what the whole way leads to. Something that is to be removed only later has gone by itself:
    /// that holds up nothing.
    async fn restored(
        &self,
        scope: Scope,
        swept: &Swept,
        checks: &[Check],
        machine: &Machine,
    ) -> Result<BTreeSet<(usize, usize)>, String> {
        let unmet: BTreeSet<usize> = swept.findings.iter().map(|one| one.check).collect();
        let Some(Known { zone, .. }) = &self.known else { return Ok(BTreeSet::new()) };
        if machine.direction() == Direction::Forward || scope == Scope::Listed || unmet.is_empty() {
            return Ok(BTreeSet::new());
        }
        let changes = machine.steps().iter().flat_map(|step| &step.changes);
        let end = legal::after(zone, changes).map_err(|error| error.to_string())?;
        let again: Vec<Check> = unmet
            .iter()
            .map(|&check| {
                let question = checks[check].question.clone();
                let expected = expect(&end, &question.name, question.rtype);
                Check { question, expected, ttls_on_the_way: checks[check].ttls_on_the_way.clone() }
            })
            .collect();
        let again = sweep(&self.shared.asker, &self.looking.addresses, Arc::new(again), &Form::ALL).await;
        let wrong: BTreeSet<(usize, usize)> =
            again.findings.iter().map(|one| (one.check, one.server)).collect();
        let servers = 0..self.looking.addresses.len();
        let all = unmet
            .iter()
            .enumerate()
            .flat_map(|(index, &check)| servers.clone().map(move |server| (index, check, server)));
        Ok(all
            .filter(|(index, _, server)| !wrong.contains(&(*index, *server)))
            .map(|(_, check, server)| (check, server))
            .collect())
    }

    fn note_look(&mut self, scope: Scope, verdict: &Verdict, checks: usize, started: Instant, of: usize) {
        if !verdict.is_met() {
            self.looking.rounds += 1;
            self.shared.talk.waiting(&self.run.id, self.looking.rounds, verdict);
            return;
        }
        match scope {
            Scope::Steps(first, last) => {
                if self.steps[last].served_ms.is_some() {
                    return;
                }
                let took = started.elapsed();
                for step in first..=last {
                    self.steps[step].served_ms = Some(millis(took));
                }
                let servers = self.looking.addresses.len() - self.looking.unreachable.len();
                self.shared.talk.served(&self.run.id, last, of, servers, took);
            }
            Scope::All => self.looking.verified = (checks, started.elapsed()),
            Scope::Listed => {}
        }
    }

    /// The right answers after the steps of `scope`, those that were left out excepted.
    fn checks(&self, scope: Scope, machine: &Machine) -> Result<Vec<Check>, String> {
        let Some(Known { zone, .. }) = &self.known else { return Ok(Vec::new()) };
        let range = match scope {
            Scope::Steps(first, last) => first..last + 1,
            Scope::All | Scope::Listed => 0..machine.steps().len(),
        };
        let aside: Vec<usize> = machine.aside().iter().map(|aside| aside.step).collect();
        let steps: Vec<&Step> =
            range.filter(|step| !aside.contains(step)).map(|step| &machine.steps()[step]).collect();
        let changes = steps.iter().flat_map(|step| &step.changes);
        let end = match scope {
            Scope::Listed => zone.clone(),
            Scope::Steps(..) | Scope::All => {
                legal::after(zone, changes).map_err(|error| error.to_string())?
            }
        };
        let keys: BTreeSet<&RecordKey> = steps.iter().flat_map(|step| step.keys()).collect();
        Ok(keys
            .into_iter()
            .map(|key| Check {
                ttls_on_the_way: match scope {
                    Scope::Steps(..) => ttls_after_deletions(key, &steps),
                    // What a creation made of the TTL, its deletion does not undo.
                    Scope::All if machine.direction() == Direction::Back => ttls_after_deletions(key, &steps),
                    Scope::All => Vec::new(),
                    Scope::Listed => all_ttls(key, &steps),
                },
                ..Check::of(&end, &key.name, key.rtype)
            })
            .collect())
    }
}

/// Every TTL that the set has on the way.
fn all_ttls(key: &RecordKey, steps: &[&Step]) -> Vec<Ttl> {
    let sets = steps.iter().flat_map(|step| step.sets()).filter(|set| set.key() == key);
    let states = sets.flat_map(|set| set.before().into_iter().chain(set.after()));
    states.flat_map(RecordSet::members).map(|(_, ttl)| ttl).collect()
}

/// A set whose records have different TTLs is served with one of them, and nobody knows which.
/// It is so still when one of the records is deleted and none is added.
fn ttls_after_deletions(key: &RecordKey, steps: &[&Step]) -> Vec<Ttl> {
    let sets = || steps.iter().flat_map(|step| step.sets()).filter(|set| set.key() == key);
    let deletes = |set: &SetChange| matches!(set.as_record_write(), Some(RecordWrite::Delete(..)));
    if !sets().all(deletes) {
        return Vec::new();
    }
    let before = sets().filter_map(SetChange::before).flat_map(RecordSet::members);
    before.map(|(_, ttl)| ttl).collect::<BTreeSet<_>>().into_iter().collect()
}
