//! One zone at one target: plan, apply, look again.

use super::report::Refusal;
use super::{Subject, report};
use crate::apply::driver::{Shared, Talk, TargetRun, drive};
use crate::apply::entry::Entry;
use crate::apply::machine::Outcome;
use crate::apply::receipt::FORMAT_VERSION;
use crate::import::back::{self, in_words};
use crate::import::{Holder, Import};
use crate::plan::file::{Digest, TargetForm};
use crate::plan::ignore::IgnoreRule;
use crate::plan::inventory::Inventory;
use crate::plan::order::Hints;
use crate::plan::ownership::{Policy, settle, without_server_kept};
use crate::plan::target::{TargetInput, plan_target};
use crate::plan::{TargetPlan, legal};
use crate::state::{Journal, Lock, State as StateStore, TargetId, lock};
use crate::verify::judge::Judgement;
use crate::verify::sweep::sweep;
use crate::verify::{servers, whole};
use dnsure_providers::dns::{AskLimits, Asker, Form};
use dnsure_providers::scenarios::{Group, State};
use dnsure_providers::{Notice, Reading};
use dnsure_zones::yaml::{Options, read_text};
use dnsure_zones::zone::ZoneError;
use dnsure_zones::{Name, RecordType, Ttl, Zone, ZoneBuilder};
use std::path::Path;
use std::sync::Arc;

/// The TTL of the NS records of a zone that is made for a run.
const NS_TTL: Ttl = Ttl::from_wire(3600);

/// How often a server may give no answer before that counts.
const ROUNDS: usize = 3;

/// The target while one group runs.
pub(super) struct Stage<'s> {
    subject: &'s Subject,
    id: TargetId,
    state: StateStore,
    shared: Shared,
    inventory: Inventory,
    runs: usize,
}

/// What planning gave.
pub(super) enum Planned {
    /// Something to apply, or nothing to do.
    Plan(Box<Ready>),
    /// The target cannot hold it.
    Refused(Vec<Refusal>),
}

/// A plan and the zones on both sides of it.
pub(super) struct Ready {
    pub(super) target: TargetPlan,
    /// The zone as the provider listed it.
    listed: Zone,
    pub(super) live: Zone,
    pub(super) end: Zone,
}

struct Silent;

impl Talk for Silent {}

impl<'s> Stage<'s> {
    /// Each group has a state directory of its own, so that its journals stay few.
    pub(super) fn new(subject: &'s Subject, group: &Group) -> Self {
        let directory = subject.state.join(format!("{:02}-{}", group.number, group.name));
        Self {
            subject,
            id: TargetId::of(&subject.zone.clone().into(), subject.backend.kind()),
            state: StateStore::in_directory(directory),
            shared: Shared {
                asker: Arc::new(Asker::new(AskLimits::default())),
                pace: subject.pace,
                interrupted: Arc::default(),
                talk: Arc::new(Silent),
            },
            inventory: Inventory::default(),
            runs: 0,
        }
    }

    /// What the file of `state` declares.
    pub(super) fn read(&self, state: &State) -> Result<Zone, Vec<Refusal>> {
        let read = read_text(&state.zone, &state.title, &self.id.zone, &Options::default());
        match read.declared {
            Some(declared) => Ok(declared.for_target(&self.id.provider)),
            None => {
                let errors = read.diagnostics.iter().filter(|found| found.is_error());
                Err(errors.map(|found| Refusal { key: None, reason: found.message.clone() }).collect())
            }
        }
    }

    async fn listed(&self) -> Result<Zone, String> {
        match self.subject.backend.read(&self.id.zone).await {
            Ok(Reading::Live(live)) => Ok(live.zone),
            Ok(Reading::Missing) => Err("the provider has no such zone any more".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(super) async fn plan(&self, declared: &Zone, rules: &[IgnoreRule]) -> Result<Planned, String> {
        let backend = self.subject.backend.as_ref();
        let listed = self.listed().await?;
        backend.survey(&listed, declared).await.map_err(|error| error.to_string())?;
        let desired = backend.normalise(declared);
        if !desired.refused.is_empty() {
            return Ok(Planned::Refused(desired.refused.into_iter().map(refusal).collect()));
        }
        let live = backend.normalise(&listed).zone;
        let planned = plan_target(TargetInput {
            hints: &Hints::default(),
            canary: false,
            provider: &self.id.provider,
            guarantee: backend.guarantee(&self.id.zone),
            desired: &desired.zone,
            live: Some(&live),
            inventory: &self.inventory,
            policy: &policy(rules),
            notices: desired.notices,
        });
        let target = match planned {
            Ok(target) => target,
            Err(error) => {
                return Ok(Planned::Refused(vec![Refusal { key: None, reason: error.to_string() }]));
            }
        };
        // Nobody is here to accept that something is missing for a moment.
        let gaps: Vec<Refusal> = target
            .guards
            .iter()
            .filter(|guard| guard.is_gap())
            .map(|guard| Refusal { key: None, reason: guard.to_string() })
            .collect();
        if !gaps.is_empty() {
            return Ok(Planned::Refused(gaps));
        }
        let changes: Vec<_> = target.changes().cloned().collect();
        let live = without_server_kept(live);
        let end = legal::after(&live, &changes).map_err(|error| error.to_string())?;
        Ok(Planned::Plan(Box::new(Ready { target, listed, live, end })))
    }

    /// Carries the plan out as `dnsure apply` does; its guards count as acknowledged.
    pub(super) async fn apply(&mut self, ready: &Ready, declared: &Zone) -> Result<(), String> {
        self.runs += 1;
        let run = format!("{:04}", self.runs);
        let begin = Entry::Begin {
            format_version: FORMAT_VERSION.into(),
            digest: Digest::of(run.as_bytes()).to_hex(),
            target: Box::new(TargetForm::from(&ready.target)),
            owner: lock::owner(),
            acknowledged: Some("conformance".into()),
            outside_window: None,
            reason: None,
        };
        let target_run = TargetRun {
            id: self.id.clone(),
            steps: ready.target.steps.clone(),
            creates_zone: ready.target.creates_zone,
            desired: Some(declared.clone()),
            noting: None,
            known_hidden: ready.target.hidden(),
            backend: Arc::clone(&self.subject.backend),
            servers: self.subject.servers.clone(),
            journal: Journal::new(&self.state, &self.id, &run, begin),
            lock: Lock::new(&self.state, &self.id, &run, None),
        };
        let end = drive(target_run, &self.shared).await;
        if end.outcome != Outcome::Done {
            return Err(format!("apply: {}", end.receipt.outcome));
        }
        if end.receipt.watched.missing > 0 {
            return Err(format!("answers were missing: {}", end.receipt.watched.examples.join("; ")));
        }
        self.inventory = Inventory::of(&self.subject.backend.normalise(declared).zone);
        Ok(())
    }

    /// The second plan must be empty, and every server must serve what is declared.
    pub(super) async fn look_again(&self, declared: &Zone, rules: &[IgnoreRule]) -> Result<(), String> {
        let ready = match self.plan(declared, rules).await? {
            Planned::Plan(ready) => ready,
            Planned::Refused(refusals) => {
                return Err(format!("refused after it was applied: {}", report::words(&refusals)));
            }
        };
        if !ready.target.is_empty() {
            return Err(format!("the second plan is not empty: {}", changes_in_words(&ready.target)));
        }
        self.import(&ready.listed)?;
        self.verify(declared, rules, &ready.live).await
    }

    /// What is live, written as zone files and read back, must plan to nothing.
    fn import(&self, listed: &Zone) -> Result<(), String> {
        let holder = Holder::stranger(&self.id.provider, Some(Arc::clone(&self.subject.backend)));
        let (directory, options) = (Path::new("zones"), Options::default());
        let import = Import::of(listed, &holder, false);
        let files = import.files(directory, false, &options);
        let wrong = back::check(&import, &files, directory, &options, listed, &holder);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(format!("what is live does not import: {}", wrong.join("; ")))
    }

    async fn verify(&self, declared: &Zone, rules: &[IgnoreRule], live: &Zone) -> Result<(), String> {
        let backend = self.subject.backend.as_ref();
        let desired = backend.normalise(declared).zone;
        let owned = settle(&desired, live, &self.inventory, &policy(rules));
        let checks = owned.and_then(|owned| whole::checks(&owned)).map_err(|error| error.to_string())?;
        let addresses = servers::find(&self.id.provider, &self.subject.servers, backend, live)
            .await
            .map_err(|error| error.to_string())?;
        let checks = Arc::new(checks);
        let ask = || sweep(&self.shared.asker, &addresses, Arc::clone(&checks), &[Form::UdpEdns]);
        let mut seen = ask().await;
        // No answer is no judgement: a busy machine is asked again.
        for _ in 1..ROUNDS {
            if !seen.findings.iter().any(|one| matches!(one.judgement, Judgement::Unknown(_))) {
                break;
            }
            seen = ask().await;
        }
        match seen.findings.first() {
            None => Ok(()),
            Some(one) => Err(format!(
                "{} {}: {}",
                addresses[one.server],
                checks[one.check].question,
                one.judgement.detail()
            )),
        }
    }
}

fn policy(rules: &[IgnoreRule]) -> Policy {
    Policy {
        owns_zone: true,
        ignore: rules.to_vec(),
        protect: Vec::new(),
        max_deletes: usize::MAX,
        max_delete_percent: 100,
        names: Default::default(),
    }
}

/// The ignore rules of `state`.
pub(super) fn rules(state: &State) -> Result<Vec<IgnoreRule>, String> {
    state.ignore.iter().map(|rule| rule.parse().map_err(|error| format!("{rule}: {error}"))).collect()
}

fn refusal(notice: Notice) -> Refusal {
    Refusal { key: Some(notice.key), reason: notice.message }
}

/// The zone with nothing but its SOA and the NS records at its apex.
pub(super) fn apex_only(zone: &Zone) -> Zone {
    zone.filtered(|set| set.is_apex() && matches!(set.rtype(), RecordType::SOA | RecordType::NS))
}

/// A zone of nothing but these NS records.
pub(super) fn name_servers_only(apex: &Name, name_servers: &[Name]) -> Result<Zone, ZoneError> {
    let mut builder = ZoneBuilder::new(apex.clone());
    for server in name_servers {
        builder.push(apex, RecordType::NS, NS_TTL, server.wire())?;
    }
    Ok(builder.finish())
}

/// What a plan would do, in one line, for people who look for the reason.
pub(super) fn changes_in_words(plan: &TargetPlan) -> String {
    let lines: Vec<String> = plan.changes().flat_map(|change| change.sets()).map(in_words).take(8).collect();
    lines.join("; ")
}
