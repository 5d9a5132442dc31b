//! May this plan be applied?

use crate::exit::ExitCode;
use crate::plan::{Digest, Plan, TargetPlan};
use jiff::Timestamp;

/// What the user allows on the command line.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Digests that were acknowledged.
    pub acknowledged: Vec<String>,
    /// Why.
    pub reason: Option<String>,
    /// Zones may be created.
    pub create_zones: bool,
    /// Only atomic, guarded writes will do.
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
    if let Some(target) =
        plan.targets.iter().find(|target| target.creates_zone && !allowed.create_zones && !may_create(target))
    {
        return blocked(format!(
            "{} does not exist at {}: allow its creation with --create-zones, or with `create: true` for the zone",
            target.zone, target.provider
        ));
    }
    if let Some(target) = plan
        .targets
        .iter()
        .find(|target| allowed.require_atomic && !target.is_empty() && target.guarantee != "atomic, guarded")
    {
        return blocked(format!(
            "{} at {} is {}, and --require-atomic asks for more: plan without it, or change the provider",
            target.zone, target.provider, target.guarantee
        ));
    }
    check_guards(plan, plan.digest(), allowed).map_or(Ok(()), blocked)
}

fn check_guards(plan: &Plan, digest: Digest, allowed: &Allowed) -> Option<String> {
    plan.guards().next()?;
    let acknowledged = allowed.acknowledged.iter().any(|quoted| digest.is_quoted_by(quoted));
    if acknowledged && allowed.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty()) {
        return None;
    }
    if acknowledged {
        return Some("an acknowledgement needs a reason: add --reason \"...\"".into());
    }
    let mut lines: Vec<String> = plan
        .guards()
        .map(|(target, guard)| format!("{} at {}: {guard}", target.zone, target.provider))
        .collect();
    if !allowed.acknowledged.is_empty() {
        lines.push("the acknowledgement is for another plan; what is to be done has changed since".into());
    }
    lines.push(format!(
        "to go on, look at the plan and acknowledge it: dnsure apply --ack {digest} --reason \"...\""
    ));
    Some(lines.join("\n"))
}
