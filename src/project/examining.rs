//! What everything rests on, looked at one thing after the other: secrets, APIs and credentials,
//! clocks, name servers, locks, open runs, the state store. Nothing live is written.

mod network;
mod secrets;

use super::{Project, ProjectError};
use crate::config::{ProviderKind, ZoneId};
use crate::exit::ExitCode;
use crate::report::words;
use crate::state::identity::nonce;
use crate::state::{Lock, TargetId};
use dnsure_providers::guarantee::WriteUnit;
use dnsure_providers::{Backend, BackendError, Live, Reading};
use dnsure_zones::Name;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// From so many seconds on, a clock that is off is told.
const CLOCK_OFF: u64 = 60;
/// How many zones of one provider are read; the others are only looked up where it lists its zones.
const READ: usize = 5;

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Examined {
    /// The provider, target or part of the project.
    pub subject: String,
    /// What was looked at.
    pub what: &'static str,
    /// What was found, in words.
    pub found: String,
    /// How good that is.
    pub verdict: Verdict,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// Nobody here can tell.
    Unknown,
    /// It works, and should be looked at.
    Warning,
    /// It does not work.
    Broken,
}

impl Examined {
    fn new(subject: &str, what: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { subject: subject.to_owned(), what, found: found.into(), verdict, advice: None }
    }

    fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// How a look at everything ends: 1 where something is broken, 2 where there are only warnings.
#[must_use]
pub fn exit(examined: &[Examined]) -> ExitCode {
    match examined.iter().map(|one| one.verdict).max() {
        Some(Verdict::Broken) => ExitCode::Error,
        Some(Verdict::Warning) => ExitCode::Changes,
        _ => ExitCode::Done,
    }
}

impl Project {
    /// Looks at these providers, all where none is named, and calls `told` for each thing.
    ///
    /// # Errors
    /// [`ProjectError`] for a provider that is not there, or zone files that cannot be listed.
    pub async fn examine(
        &self,
        providers: &[String],
        mut told: impl FnMut(Examined),
    ) -> Result<Vec<Examined>, ProjectError> {
        let unknown = providers.iter().find(|name| !self.config.providers.contains_key(*name));
        if let Some(name) = unknown {
            return Err(ProjectError::Other(format!("there is no provider `{name}` in dnsure.yaml")));
        }
        let mut all = Vec::new();
        let mut tell = |found: Vec<Examined>| {
            for one in found {
                told(one.clone());
                all.push(one);
            }
        };
        let zones = self.select(&[])?;
        let mut targets: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for zone in &zones {
            for id in self.targets(zone)? {
                targets.entry(id.provider).or_default().push(id.zone);
            }
        }
        let names: Vec<&String> = self.config.providers.keys().collect();
        let counts = (words::count(names.len(), "provider"), words::count(zones.len(), "zone"));
        let found = format!("read: {}, {}", counts.0, counts.1);
        tell(vec![Examined::new("dnsure.yaml", "configuration", Verdict::Fine, found)]);
        for name in names.into_iter().filter(|name| providers.is_empty() || providers.contains(*name)) {
            let zones = targets.get(name).map(Vec::as_slice).unwrap_or_default();
            let secrets = secrets::examine(name, &self.config.providers[name].kind, &self.root);
            let has_secrets = secrets.iter().all(|one| one.verdict != Verdict::Broken);
            tell(secrets);
            if has_secrets {
                tell(self.examine_provider(name, zones).await);
            }
            tell(self.examine_runs(name, zones).await);
        }
        tell(vec![self.examine_state().await]);
        Ok(all)
    }

    async fn examine_provider(&self, name: &str, zones: &[Name]) -> Vec<Examined> {
        let broken = |what, error: String| Examined::new(name, what, Verdict::Broken, error);
        let backend = match self.backend(name).await {
            Ok(backend) => backend,
            Err(error) => return vec![broken("opening it", error.to_string())],
        };
        let mut found = Vec::new();
        let listed = match backend.zones().await {
            Ok(listed) => listed,
            Err(error) => {
                found.push(broken("API and credentials", error.to_string()));
                found.extend(clock(name, backend.as_ref()));
                return found;
            }
        };
        if let Some(listed) = &listed {
            let reached = format!("reached and accepted, {}", words::count(listed.len(), "zone"));
            found.push(Examined::new(name, "API and credentials", Verdict::Fine, reached));
            for zone in zones.iter().filter(|zone| !listed.contains(zone)) {
                found.push(self.not_there(name, zone));
            }
        }
        let there = |zone: &&Name| listed.as_ref().is_none_or(|listed| listed.contains(zone));
        let mut lives = Vec::new();
        for zone in zones.iter().filter(there).take(READ) {
            match read(&backend, zone).await {
                Ok(Some(live)) => {
                    let listed =
                        format!("{zone} listed: {}", words::count(live.zone.set_count(), "record set"));
                    found.push(Examined::new(name, "reading", Verdict::Fine, listed));
                    lives.push(live.zone);
                }
                Ok(None) => found.push(self.not_there(name, zone)),
                Err(error) => found.push(broken("reading", error.to_string())),
            }
        }
        if zones.is_empty() && listed.is_none() {
            let words = "no zone of dnsure.yaml is kept there, so nothing was asked";
            found.push(Examined::new(name, "API and credentials", Verdict::Unknown, words));
        }
        found.push(self.writing(name, backend.as_ref(), zones));
        found.extend(clock(name, backend.as_ref()));
        found.extend(self.tsig_clock(name, zones).await);
        found.extend(self.name_servers(name, &backend, &lives).await);
        found
    }

    fn not_there(&self, provider: &str, zone: &Name) -> Examined {
        let creates = self.config.zone_of(zone, provider).is_some_and(|entry| entry.create);
        let words = format!("{zone} is not there");
        if creates {
            return Examined::new(provider, "zone", Verdict::Fine, format!("{words}, and will be created"));
        }
        Examined::new(provider, "zone", Verdict::Broken, words)
            .advice("create it there, or allow it with `create: true` for the zone, where the provider can")
    }

    /// Whether writing is allowed, where that is known without writing.
    fn writing(&self, name: &str, backend: &dyn Backend, zones: &[Name]) -> Examined {
        let apex = zones.first().cloned().unwrap_or_else(Name::root);
        let guarantee = backend.guarantee(&apex);
        let kind = self.config.providers.get(name).map(|config| &config.kind);
        if matches!(kind, Some(ProviderKind::Axfr { .. })) {
            return Examined::new(name, "writing", Verdict::Fine, "never: this type is only read");
        }
        // A provider that writes other zones may have a reason to leave one alone as it is.
        if let Some((zone, reason)) = zones.iter().find_map(|zone| Some((zone, backend.read_only(zone)?))) {
            let words = format!("{zone} is not written: {reason}");
            return Examined::new(name, "writing", Verdict::Warning, words);
        }
        if guarantee.unit == WriteUnit::ReadOnly {
            return Examined::new(name, "writing", Verdict::Fine, "never: the service is only read");
        }
        match kind {
            Some(ProviderKind::PowerDns { .. }) => {
                let words = format!("allowed: an API key of PowerDNS has no scopes; {guarantee}");
                Examined::new(name, "writing", Verdict::Fine, words)
            }
            Some(ProviderKind::Embedded { .. }) => {
                Examined::new(name, "writing", Verdict::Fine, format!("allowed; {guarantee}"))
            }
            _ => {
                let words = format!("the service does not tell without a write; {guarantee}");
                Examined::new(name, "writing", Verdict::Unknown, words)
            }
        }
    }

    /// Locks, rollouts that wait and runs that were interrupted.
    async fn examine_runs(&self, provider: &str, zones: &[Name]) -> Vec<Examined> {
        let mut found = Vec::new();
        for zone in zones {
            let id = TargetId::of(&self.config.zone_at(zone, provider), provider);
            let subject = id.to_string();
            match Lock::new(&self.state, &id, "", None).holder().await {
                Ok(None) => {}
                Ok(Some(holder)) => {
                    let words = format!(
                        "held by run {} of {} on {} since {}",
                        holder.run, holder.owner, holder.host, holder.since
                    );
                    let advice = format!(
                        "if that run is gone: dnsure unlock {} --run {}",
                        id.zone_id().typed(),
                        holder.run
                    );
                    found.push(Examined::new(&subject, "lock", Verdict::Warning, words).advice(advice));
                }
                Err(error) => {
                    found.push(Examined::new(&subject, "lock", Verdict::Broken, error.to_string()));
                }
            }
        }
        let ids: Vec<ZoneId> = zones.iter().map(|zone| self.config.zone_at(zone, provider)).collect();
        match self.open_runs(&ids, Timestamp::now()).await {
            Ok(runs) => {
                for run in runs.iter().filter(|run| run.id.provider == provider) {
                    let subject = run.id.to_string();
                    found.push(match &run.waiting {
                        Some(waiting) => {
                            let words = format!("a rollout waits until {}", waiting.reservation.until);
                            Examined::new(&subject, "open run", Verdict::Fine, words)
                                .advice("to go on then: dnsure apply --resume")
                        }
                        None => {
                            let words = "a run was interrupted".to_owned();
                            Examined::new(&subject, "open run", Verdict::Warning, words).advice(
                                "finish it with dnsure apply --resume, or take it back with dnsure rollback",
                            )
                        }
                    });
                }
            }
            Err(error) => {
                found.push(Examined::new(provider, "open run", Verdict::Broken, error.to_string()));
            }
        }
        if found.is_empty() && !zones.is_empty() {
            found.push(Examined::new(provider, "locks and runs", Verdict::Fine, "none is open"));
        }
        found
    }

    /// Writes an object of its own into the state store, and takes it away again.
    async fn examine_state(&self) -> Examined {
        let object = format!("doctor-{}", nonce());
        let place = self.state.place("");
        let tried = async {
            self.state.create(&object, b"doctor\n").await?;
            self.state.remove(&object).await
        };
        match tried.await {
            Ok(()) => Examined::new("state", "store", Verdict::Fine, format!("{place} can be written")),
            Err(error) => Examined::new("state", "store", Verdict::Broken, error.to_string())
                .advice("locks and journals are kept there: nothing can be applied without"),
        }
    }
}

async fn read(backend: &Arc<dyn Backend>, zone: &Name) -> Result<Option<Live>, BackendError> {
    Ok(match backend.read(zone).await? {
        Reading::Live(live) => Some(live),
        Reading::Missing => None,
    })
}

/// The clock behind the API, by the date of its last answer.
fn clock(name: &str, backend: &dyn Backend) -> Option<Examined> {
    Some(match backend.traffic()?.clock_ahead_s {
        Some(ahead) => judge_clock(name, ahead, "the API's"),
        None => Examined::new(name, "clock", Verdict::Unknown, "the API does not say what time it is there"),
    })
}

/// Says how far a clock is off.
fn judge_clock(name: &str, ahead: i64, whose: &str) -> Examined {
    let off = ahead.unsigned_abs();
    if off < CLOCK_OFF {
        let words = if off <= 1 { format!("as {whose}") } else { format!("{off} s from {whose}") };
        return Examined::new(name, "clock", Verdict::Fine, words);
    }
    let which = if ahead > 0 { "behind" } else { "ahead of" };
    Examined::new(name, "clock", Verdict::Warning, format!("this machine's is {off} s {which} {whose}"))
        .advice("set the clock that is wrong: from 300 s on TSIG and many APIs refuse every request")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_from_a_minute_on() {
        assert_eq!(judge_clock("p", 59, "the API's").verdict, Verdict::Fine);
        let late = judge_clock("p", 120, "the API's");
        assert_eq!(
            (late.verdict, late.found.as_str()),
            (Verdict::Warning, "this machine's is 120 s behind the API's")
        );
        assert!(judge_clock("p", -400, "the API's").found.contains("ahead of"));
    }

    #[test]
    fn what_is_broken_counts_more_than_a_warning_and_unknown_counts_nothing() {
        let of = |verdicts: &[Verdict]| {
            let all: Vec<_> = verdicts.iter().map(|verdict| Examined::new("x", "y", *verdict, "z")).collect();
            exit(&all)
        };
        assert_eq!(of(&[Verdict::Fine, Verdict::Unknown]), ExitCode::Done);
        assert_eq!(of(&[Verdict::Warning, Verdict::Unknown]), ExitCode::Changes);
        assert_eq!(of(&[Verdict::Warning, Verdict::Broken]), ExitCode::Error);
    }
}
