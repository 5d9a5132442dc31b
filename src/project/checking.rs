//! May this plan be applied?

use crate::exit::ExitCode;
use crate::plan::guards::Guard;
use crate::plan::{Digest, Plan, TargetPlan};
use crate::sabotage::{self, GuardName};
use jiff::Timestamp;

/// What the user allows on the command line.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Digests that were acknowledged.
    pub acknowledged: Vec<String>,
    /// Digests of plans whose gaps were accepted.
    pub gaps: Vec<String>,
    /// Why.
    pub reason: Option<String>,
    /// Zones may be created.
    pub create_zones: bool,
    /// Only one atomic, compared write per target will do.
    pub require_atomic: bool,
}

/// A plan that may not be applied: the words, and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What is in the way and how to go on.
    pub message: String,
    /// How the shell is told.
    pub code: ExitCode,
}

/// Checks expiry, guards, opt-ins.
///
/// # Errors
/// [`Refusal`] with exit code 10 for an expired plan and 12 for whatever needs a signature.
pub fn check(
    plan: &Plan,
    allowed: &Allowed,
    may_create: impl Fn(&TargetPlan) -> bool,
    now: Timestamp,
) -> Result<(), Refusal> {
    if plan.expires_at < now {
        let message = format!("the plan expired at {}: plan again", plan.expires_at);
        return Err(Refusal { message, code: ExitCode::StalePlan });
    }
    let blocked = |message: String| Err(Refusal { message, code: ExitCode::Blocked });
    if !allowed.create_zones
        && let Some(line) = not_to_be_created(plan, may_create).next()
    {
        return blocked(line);
    }
    if let Some(target) = plan.targets.iter().find(|target| allowed.require_atomic && is_weak(target)) {
        return blocked(format!(
            "{} takes {} ({}), and --require-atomic wants one that is atomic and compared: make the change in smaller parts, or apply without it",
            target.id(),
            crate::report::words::count(target.steps.len(), "write"),
            target.guarantee
        ));
    }
    check_guards(plan, plan.digest(), allowed).map_or(Ok(()), blocked)
}

/// The zones that would be created and may not without being asked for, one line each.
pub fn not_to_be_created(
    plan: &Plan,
    may_create: impl Fn(&TargetPlan) -> bool,
) -> impl Iterator<Item = String> {
    plan.targets.iter().filter(move |target| target.creates_zone && !may_create(target)).map(|target| {
        let gone = target.guards.iter().find(|guard| matches!(guard, Guard::GoneZone { .. }));
        let why = match gone {
            Some(gone) => format!("{gone}; to make it"),
            None => "it does not exist there; to make it".into(),
        };
        format!("{}: {why}, allow that with --create-zones, or with `create: true` for the zone", target.id())
    })
}

/// More than one write, or one before which the provider compares nothing. A TTL that is not
/// compared does not count: whether it is shows only when a server is tried.
fn is_weak(target: &TargetPlan) -> bool {
    let weak = !target.unit.is_whole() || target.guarantee.ends_with(", unguarded");
    !target.is_empty() && (target.steps.len() > 1 || weak)
}

fn check_guards(plan: &Plan, digest: Digest, allowed: &Allowed) -> Option<String> {
    if sabotage::is_off(GuardName::Signature) {
        return None;
    }
    check_signed(plan, digest, allowed, Signature::Guards)
        .or_else(|| check_signed(plan, digest, allowed, Signature::Gaps))
}

/// What a person signs for, and by which option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signature {
    Guards,
    Gaps,
}

impl Signature {
    fn option(self) -> &'static str {
        match self {
            Self::Guards => "--ack",
            Self::Gaps => "--accept-gap",
        }
    }
}

fn check_signed(plan: &Plan, digest: Digest, allowed: &Allowed, what: Signature) -> Option<String> {
    let mut found = plan.guards().filter(|(_, guard)| guard.is_gap() == (what == Signature::Gaps)).peekable();
    found.peek()?;
    let given = match what {
        Signature::Guards => &allowed.acknowledged,
        Signature::Gaps => &allowed.gaps,
    };
    let signed = given.iter().any(|quoted| digest.is_quoted_by(quoted));
    if signed && allowed.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty()) {
        return None;
    }
    if signed {
        return Some(format!("{} needs a reason: add --reason \"...\"", what.option()));
    }
    let mut lines: Vec<String> = found.map(|(target, guard)| format!("{}: {guard}", target.id())).collect();
    if !given.is_empty() {
        lines.push(format!("{} is for another plan; what is to be done has changed since", what.option()));
    }
    lines.push(match what {
        Signature::Guards => format!(
            "to go on, look at the plan and acknowledge it: dnsure apply --ack {digest} --reason \"...\""
        ),
        Signature::Gaps => format!(
            "no order of writes avoids it at this provider; to do it all the same, in the shortest order, with the old record put back when the new one does not appear: dnsure apply --accept-gap {digest} --reason \"...\""
        ),
    });
    Some(lines.join("\n"))
}
