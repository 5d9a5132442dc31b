//! One writer per target.
//!
//! A lock is a file with owner, run and expiry. It may be taken over when it has expired,
//! or when it belongs to a process of this host that is gone. DNS services check no
//! fencing tokens, so the lock is checked right before each write, and the numbered
//! journal is the fence.

use super::{State, StateError, TargetId, Versioned};
use jiff::{SignedDuration, Timestamp};

/// How long a lock holds without being renewed.
pub const LOCK_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    /// The run.
    pub run: String,
    /// The user.
    pub owner: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// When the process began, in ticks since the machine started: numbers of processes come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_began: Option<u64>,
    /// The CI run, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless renewed.
    pub expires_at: Timestamp,
}

/// Why a lock is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("{target} is locked by {} on {} (run {}, process {}) until {}{}; wait for it, or look with `dnsure unlock`",
        .holder.owner, .holder.host, .holder.run, .holder.pid, .holder.expires_at,
        .holder.run_url.as_ref().map(|url| format!(", {url}")).unwrap_or_default())]
    Held {
        /// The target.
        target: String,
        /// Who.
        holder: Box<Holder>,
    },
    /// It was ours and is free: it expired, and somebody else may have had it and be done, or
    /// somebody removed it.
    #[error(
        "the lock of {target} is not held any more; look at what is live, then go on with `dnsure apply --resume` or `dnsure rollback`"
    )]
    Gone {
        /// The target.
        target: String,
    },
    /// The lock file cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The lock of one target.
#[derive(Debug, Clone)]
pub struct Lock {
    state: State,
    target: TargetId,
    run: String,
    run_url: Option<String>,
}

impl Lock {
    /// The lock of `target` for `run`.
    #[must_use]
    pub fn new(state: &State, target: &TargetId, run: &str, run_url: Option<String>) -> Self {
        Self { state: state.clone(), target: target.clone(), run: run.into(), run_url }
    }

    fn file(&self) -> String {
        format!("locks/{}.json", self.target.file_name())
    }

    /// Who holds the lock now; `None` when it is free.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn holder(&self) -> Result<Option<Holder>, StateError> {
        Ok(self.look().await?.1)
    }

    /// The lock as it is, to be changed if it is still the same.
    async fn look(&self) -> Result<(Option<Versioned>, Option<Holder>), StateError> {
        let file = self.file();
        let Some(seen) = self.state.look(&file).await? else { return Ok((None, None)) };
        match serde_json::from_slice(&seen.bytes) {
            Ok(holder) => Ok((Some(seen), Some(holder))),
            Err(error) => {
                Err(StateError::Damaged { path: self.state.place(&file), reason: error.to_string() })
            }
        }
    }

    /// Takes the lock, or moves its expiry when it is ours already.
    ///
    /// # Errors
    /// [`LockError::Held`] when somebody else has it.
    pub async fn take(&self, now: Timestamp) -> Result<(), LockError> {
        loop {
            let (seen, holder) = self.look().await?;
            let since = match holder {
                None => now,
                Some(holder) if self.is_ours(&holder) => holder.since,
                Some(holder) if holder.expires_at > now && !is_gone(&holder) => {
                    return Err(LockError::Held {
                        target: self.target.to_string(),
                        holder: Box::new(holder),
                    });
                }
                Some(_) => now,
            };
            if self.state.swap(&self.file(), seen.as_ref(), Some(&self.ours(since, now))).await? {
                return Ok(());
            }
        }
    }

    /// Checks that the lock is still ours and moves its expiry.
    ///
    /// # Errors
    /// [`LockError::Held`] when somebody took it over, [`LockError::Gone`] when it is free: what
    /// was read under it may be old.
    pub async fn renew(&self, now: Timestamp) -> Result<(), LockError> {
        match self.look().await?.1 {
            None => Err(LockError::Gone { target: self.target.to_string() }),
            Some(_) => self.take(now).await,
        }
    }

    /// Gives the lock back, if it is ours.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn release(&self) -> Result<(), StateError> {
        loop {
            let (seen, holder) = self.look().await?;
            if !holder.is_some_and(|holder| self.is_ours(&holder))
                || self.state.swap(&self.file(), seen.as_ref(), None).await?
            {
                return Ok(());
            }
        }
    }

    /// Removes the lock whoever holds it.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn break_it(&self) -> Result<(), StateError> {
        loop {
            let seen = self.state.look(&self.file()).await?;
            if seen.is_none() || self.state.swap(&self.file(), seen.as_ref(), None).await? {
                return Ok(());
            }
        }
    }

    fn is_ours(&self, holder: &Holder) -> bool {
        holder.run == self.run && holder.pid == std::process::id()
    }

    fn ours(&self, since: Timestamp, now: Timestamp) -> Vec<u8> {
        let holder = Holder {
            run: self.run.clone(),
            owner: owner(),
            host: host(),
            pid: std::process::id(),
            process_began: process_began(std::process::id()),
            run_url: self.run_url.clone(),
            since,
            expires_at: now.saturating_add(LOCK_FOR).unwrap_or(now),
        };
        // Plain data with string keys always serialises.
        serde_json::to_vec_pretty(&holder).unwrap_or_default()
    }
}

/// Whether the holder was a process of this host that does not run any more.
fn is_gone(holder: &Holder) -> bool {
    if holder.host != host() || !std::path::Path::new("/proc/self").exists() {
        return false;
    }
    match (process_began(holder.pid), holder.process_began) {
        (None, _) => true,
        (Some(now), Some(then)) => now != then,
        (Some(_), None) => false,
    }
}

/// When a process of this host began; `None` when there is no such process.
fn process_began(pid: u32) -> Option<u64> {
    // The name in parentheses may hold anything; the 22nd field is the 20th after it.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// The user as locks and receipts name them.
#[must_use]
pub fn owner() -> String {
    ["DNSURE_OWNER", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|variable| std::env::var(variable).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".into())
}

/// The machine as locks name it.
#[must_use]
pub fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|text| text.trim().to_owned())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_else(|| "unknown".into())
}

/// The page of the CI run, where the environment tells.
#[must_use]
pub fn run_url() -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    variable("CI_JOB_URL").or_else(|| {
        let (server, repository, run) =
            (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?, variable("GITHUB_RUN_ID")?);
        Some(format!("{server}/{repository}/actions/runs/{run}"))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn target() -> TargetId {
        TargetId { zone: "example.".parse().unwrap(), provider: "bind".into() }
    }

    fn new_state() -> (tempfile::TempDir, State, Timestamp) {
        let root = tempfile::tempdir().unwrap();
        let state = State::in_directory(root.path());
        (root, state, Timestamp::now())
    }

    #[tokio::test]
    async fn a_second_run_is_told_who_holds_the_lock() {
        let (_root, state, now) = new_state();
        Lock::new(&state, &target(), "one", None).take(now).await.unwrap();
        let error = Lock::new(&state, &target(), "two", None).take(now).await.unwrap_err();
        assert!(matches!(error, LockError::Held { holder, .. } if holder.run == "one"));
    }

    #[tokio::test]
    async fn an_expired_lock_is_taken_over_and_the_late_owner_notices() {
        let (_root, state, now) = new_state();
        let first = Lock::new(&state, &target(), "one", None);
        let second = Lock::new(&state, &target(), "two", None);
        first.take(now).await.unwrap();
        let later = now + LOCK_FOR + SignedDuration::from_secs(1);
        second.take(later).await.unwrap();
        assert!(matches!(first.renew(later).await, Err(LockError::Held { .. })));
        first.release().await.unwrap();
        assert!(second.holder().await.unwrap().is_some());
        second.release().await.unwrap();
        assert!(second.holder().await.unwrap().is_none());
        // What the first one read under its lock may be old by now.
        assert!(matches!(first.renew(later).await, Err(LockError::Gone { .. })));
    }

    #[tokio::test]
    async fn the_lock_of_a_process_that_is_gone_is_taken_over() {
        let (_root, state, now) = new_state();
        let lock = Lock::new(&state, &target(), "one", None);
        lock.take(now).await.unwrap();
        let mut holder = lock.holder().await.unwrap().unwrap();
        holder.pid = u32::MAX - 1;
        state.replace(&lock.file(), &serde_json::to_vec(&holder).unwrap()).await.unwrap();
        Lock::new(&state, &target(), "two", None).take(now).await.unwrap();
    }

    #[tokio::test]
    async fn a_process_that_got_the_number_of_a_dead_one_holds_no_lock() {
        let (_root, state, now) = new_state();
        let lock = Lock::new(&state, &target(), "one", None);
        lock.take(now).await.unwrap();
        let mut holder = lock.holder().await.unwrap().unwrap();
        holder.process_began = holder.process_began.map(|began| began + 1);
        state.replace(&lock.file(), &serde_json::to_vec(&holder).unwrap()).await.unwrap();
        Lock::new(&state, &target(), "two", None).take(now).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
    async fn of_many_that_see_a_dead_holder_one_takes_the_lock() {
        let (_root, state, now) = new_state();
        Lock::new(&state, &target(), "dead", None).take(now).await.unwrap();
        let later = now + LOCK_FOR + SignedDuration::from_secs(1);
        let takers: Vec<_> = (0..8)
            .map(|number| {
                let lock = Lock::new(&state, &target(), &format!("run {number}"), None);
                tokio::spawn(async move { lock.take(later).await.is_ok() })
            })
            .collect();
        let mut taken = 0;
        for taker in takers {
            taken += usize::from(taker.await.unwrap());
        }
        assert_eq!(taken, 1);
    }
}
