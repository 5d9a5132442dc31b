//! Runs the scenarios of [`dnsure_providers::scenarios`] on any backend.
//!
//! Behind the feature `conformance`, and meant for backends of other crates too:
//!
//! ```no_run
//! # async fn example(
//! #     backend: std::sync::Arc<dyn dnsure_providers::Backend>,
//! #     zone: dnsure_zones::Name,
//! #     name_servers: Vec<dnsure_zones::Name>,
//! # ) -> Result<(), dnsure::conformance::RunError> {
//! use dnsure::conformance::{Subject, Unwatched, run};
//! use dnsure_providers::scenarios::groups;
//!
//! let groups = groups(&zone, &name_servers);
//! let subject = Subject::new(backend, zone, name_servers, "/tmp/conformance-state");
//! let report = run(&subject, &groups, &mut Unwatched).await?;
//! assert_eq!(report.failures().count(), 0, "{:#?}", report.failures().collect::<Vec<_>>());
//! for (group, state, refusals) in report.refusals() {
//!     println!("{}, {}: {refusals:?}", group.name, state.title);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! For every group the zone is emptied: the SOA and the NS records at the apex stay as they
//! were. For every state its file is read, planned (`owns: zone`, its ignore rules, guards
//! acknowledged), applied by the machine and the driver of `dnsure apply`, and then the zone
//! is read and planned again, which must find nothing to do, as must the plan of what is live
//! once it is imported as zone files ([`crate::import`]), and every record set is asked of every
//! server. A state that is no change must give an empty plan at once.
//!
//! A state that the target cannot hold must be refused while it is planned; that is
//! [`StateEnd::Refused`], never a failure in the middle. Which refusals are right is for the
//! caller to say, best as a list that names each one.
//!
//! | module | idea |
//! |---|---|
//! | [`report`] | what came of it |
//! | [`witness`] | who watches from outside, and plays the foreign hand |
//! | `stage` | one zone at one target: plan, apply, look again |

pub mod report;
mod stage;
pub mod witness;

pub use report::{GroupReport, Refusal, Report, StateEnd, StateReport};
pub use witness::{Moment, Unwatched, Witness};

use crate::apply::machine::Pace;
use dnsure_providers::scenarios::{Expect, Group, State};
use dnsure_providers::{Backend, Reading};
use dnsure_zones::{Name, Zone};
use jiff::SignedDuration;
use stage::{Planned, Stage};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// A backend and a zone that may be changed at will.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The way to the provider.
    pub backend: Arc<dyn Backend>,
    /// The zone; it is created where it is missing and the backend can.
    pub zone: Name,
    /// The NS records at the apex that every state has.
    pub name_servers: Vec<Name>,
    /// The addresses that must answer; empty where the backend or the NS records tell.
    pub servers: Vec<SocketAddr>,
    /// Where locks, journals and receipts go.
    pub state: PathBuf,
    /// Times and numbers of each apply.
    pub pace: Pace,
}

impl Subject {
    /// A subject whose servers are found by the backend, at a pace for servers near by.
    #[must_use]
    pub fn new(
        backend: Arc<dyn Backend>,
        zone: Name,
        name_servers: Vec<Name>,
        state: impl Into<PathBuf>,
    ) -> Self {
        let pace = Pace {
            between: SignedDuration::from_millis(10),
            deadline: SignedDuration::from_secs(30),
            ..Pace::default()
        };
        Self { backend, zone, name_servers, servers: Vec::new(), state: state.into(), pace }
    }
}

/// Why nothing could be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The zone is not there and cannot be made.
    #[error("the zone {0} is not there, and this backend cannot create it")]
    NoZone(Name),
    /// The backend failed before the first group.
    #[error(transparent)]
    Backend(#[from] dnsure_providers::BackendError),
    /// The zone of the first moment makes no sense.
    #[error("{0}")]
    Setup(String),
}

/// Runs `groups` one after the other.
///
/// # Errors
/// [`RunError`] when not even the first group can start; what goes wrong later is in the report.
pub async fn run(subject: &Subject, groups: &[Group], witness: &mut dyn Witness) -> Result<Report, RunError> {
    let empty = empty_zone(subject).await?;
    let mut reports = Vec::with_capacity(groups.len());
    for group in groups {
        reports.push(run_group(subject, group, &empty, witness).await);
    }
    Ok(Report { kind: subject.backend.kind(), groups: reports })
}

/// SOA and apex NS as they are now.
async fn empty_zone(subject: &Subject) -> Result<Zone, RunError> {
    let live = match subject.backend.read(&subject.zone).await? {
        Reading::Live(live) => live.zone,
        Reading::Missing if subject.backend.guarantee(&subject.zone).creates_zones => {
            let initial = stage::name_servers_only(&subject.zone, &subject.name_servers)
                .map_err(|error| RunError::Setup(error.to_string()))?;
            subject.backend.create_zone(&subject.zone, &initial).await?;
            match subject.backend.read(&subject.zone).await? {
                Reading::Live(live) => live.zone,
                Reading::Missing => return Err(RunError::NoZone(subject.zone.clone())),
            }
        }
        Reading::Missing => return Err(RunError::NoZone(subject.zone.clone())),
    };
    Ok(stage::apex_only(&live))
}

async fn run_group(subject: &Subject, group: &Group, empty: &Zone, witness: &mut dyn Witness) -> GroupReport {
    let mut report = GroupReport { number: group.number, name: group.name, states: Vec::new() };
    let mut stage = Stage::new(subject, group);
    if let Err(reason) = clear(&mut stage, group, empty, witness).await {
        let end = StateEnd::Failed(format!("the zone could not be emptied: {reason}"));
        report.states.push(StateReport { title: "empty".into(), end });
        return report;
    }
    let mut put = Vec::new();
    let mut as_expected = true;
    for state in &group.states {
        put.extend(state.extras.iter().cloned());
        let end = match reach(&mut stage, group, state, as_expected, witness).await {
            Ok(end) => end,
            Err(reason) => StateEnd::Failed(reason),
        };
        // After a state that was refused the next one starts from another zone than it was
        // written for: whether it is a change is then open.
        as_expected = as_expected && matches!(end, StateEnd::Reached { .. });
        let failed = matches!(end, StateEnd::Failed(_));
        report.states.push(StateReport { title: state.title.clone(), end });
        if failed {
            break;
        }
    }
    if !put.is_empty()
        && let Err(reason) = witness.take_back(&put)
    {
        report.states.push(StateReport { title: "take back".into(), end: StateEnd::Failed(reason) });
    }
    report
}

/// Takes everything away but SOA and apex NS.
async fn clear(
    stage: &mut Stage<'_>,
    group: &Group,
    empty: &Zone,
    witness: &mut dyn Witness,
) -> Result<(), String> {
    let planned = match stage.plan(empty, &[]).await? {
        Planned::Plan(plan) => plan,
        Planned::Refused(refusals) => return Err(report::words(&refusals)),
    };
    let moment = Moment { group, state: None, live: &planned.live, end: &planned.end };
    witness.before(&moment)?;
    if !planned.target.is_empty() {
        stage.apply(&planned, empty).await?;
    }
    stage.look_again(empty, &[]).await?;
    witness.after(&moment)
}

async fn reach(
    stage: &mut Stage<'_>,
    group: &Group,
    state: &State,
    as_expected: bool,
    witness: &mut dyn Witness,
) -> Result<StateEnd, String> {
    if !state.extras.is_empty() {
        witness.put(&state.extras)?;
    }
    let declared = match stage.read(state) {
        Ok(declared) => declared,
        Err(refusals) => return Ok(StateEnd::Refused(refusals)),
    };
    let rules = stage::rules(state)?;
    let planned = match stage.plan(&declared, &rules).await? {
        Planned::Plan(plan) => plan,
        Planned::Refused(refusals) => return Ok(StateEnd::Refused(refusals)),
    };
    let nothing = planned.target.is_empty();
    match state.expect {
        Expect::Change if nothing && as_expected => return Err("the plan is empty".into()),
        Expect::NoChange if !nothing && as_expected => {
            return Err(format!("the plan is not empty: {}", stage::changes_in_words(&planned.target)));
        }
        _ => {}
    }
    let moment = Moment { group, state: Some(state), live: &planned.live, end: &planned.end };
    witness.before(&moment)?;
    if !nothing {
        stage.apply(&planned, &declared).await?;
    }
    stage.look_again(&declared, &rules).await?;
    witness.after(&moment)?;
    Ok(StateEnd::Reached { changed: !nothing })
}
