//! Exit codes: a public contract. The same names stand in JSON output.

/// How a run ends, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// Done, or nothing to do.
    Done = 0,
    /// An error; nothing further was tried.
    Error = 1,
    /// There are changes or findings, and the caller asked to be told by exit code.
    Changes = 2,
    /// What is live is not what the plan was made from.
    StalePlan = 10,
    /// Somebody else holds the lock of a target.
    Locked = 11,
    /// A guard, a policy or a reservation stands in the way.
    Blocked = 12,
    /// Not every server serves what it should, by the deadline.
    NotVerified = 13,
    /// Some of it is done and some is not: within a target, and the run can be resumed or rolled back; or
    /// at some targets, and the rest is to be planned again. Or an earlier run was interrupted.
    Partial = 14,
    /// Something that was served stopped being served while watching.
    Regression = 15,
    /// The command line cannot be understood.
    Usage = 64,
}

impl ExitCode {
    /// Every code with its name and meaning, for `--help` and the documentation.
    pub const TABLE: &[(Self, &str, &str)] = &[
        (Self::Done, "done", "done, or no change"),
        (Self::Error, "error", "error"),
        (
            Self::Changes,
            "changes",
            "changes or findings (plan, rollouts --detailed-exitcode; drift; fmt --check; warnings of doctor)",
        ),
        (Self::StalePlan, "stale_plan", "what is live is not what the plan was made from"),
        (Self::Locked, "locked", "the lock is held by another run"),
        (Self::Blocked, "blocked", "blocked by a guard, a policy, a change window or an open rollout"),
        (Self::NotVerified, "not_verified", "not served everywhere by the deadline"),
        (
            Self::Partial,
            "partial",
            "partly applied, or an interrupted run is open: resume, roll back, or plan again as it says",
        ),
        (Self::Regression, "regression", "regression while watching"),
        (Self::Usage, "usage", "the command line cannot be understood"),
    ];

    /// The name in JSON output.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::TABLE.iter().find(|(code, ..)| *code == self).map_or("error", |(_, name, _)| name)
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
