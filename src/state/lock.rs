//! One writer per target.
//!
//! A lock is a file with owner, run and expiry. It may be taken over when it has expired,
//! or when it belongs to a process of this host that is gone. DNS services check no
//! fencing tokens, so the lock is checked right before each write, and the numbered
//! journal is the fence.

use super::directory::{StateDirectory, StateError, TargetId};
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
    /// The lock file cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The lock of one target.
#[derive(Debug, Clone)]
pub struct Lock {
    state: StateDirectory,
    target: TargetId,
    run: String,
    run_url: Option<String>,
}

impl Lock {
    /// The lock of `target` for `run`.
    #[must_use]
    pub fn new(state: &StateDirectory, target: &TargetId, run: &str, run_url: Option<String>) -> Self {
        Self { state: state.clone(), target: target.clone(), run: run.into(), run_url }
    }

    fn file(&self) -> String {
        format!("locks/{}.json", self.target.file_name())
    }

    /// Who holds the lock now; `None` when it is free.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn holder(&self) -> Result<Option<Holder>, StateError> {
        let file = self.file();
        let Some(bytes) = self.state.read(&file)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| StateError::Damaged {
            path: self.state.path(&file).display().to_string(),
            reason: error.to_string(),
        })
    }

    /// Takes the lock, or moves its expiry when it is ours already.
    ///
    /// # Errors
    /// [`LockError::Held`] when somebody else has it.
    pub fn take(&self, now: Timestamp) -> Result<(), LockError> {
        let _turn = self.turn()?;
        let since = match self.holder()? {
            None => now,
            Some(holder) if self.is_ours(&holder) => holder.since,
            Some(holder) if holder.expires_at > now && !is_gone(&holder) => {
                return Err(LockError::Held { target: self.target.to_string(), holder: Box::new(holder) });
            }
            Some(_) => now,
        };
        Ok(self.state.replace(&self.file(), &self.ours(since, now))?)
    }

    /// Checks that the lock is still ours and moves its expiry.
    ///
    /// # Errors
    /// [`LockError::Held`] when somebody took it over.
    pub fn renew(&self, now: Timestamp) -> Result<(), LockError> {
        self.take(now)
    }

    /// Gives the lock back, if it is ours.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn release(&self) -> Result<(), StateError> {
        let _turn = self.turn()?;
        match self.holder()? {
            Some(holder) if self.is_ours(&holder) => self.state.remove(&self.file()),
            _ => Ok(()),
        }
    }

    /// Removes the lock whoever holds it.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn break_it(&self) -> Result<(), StateError> {
        let _turn = self.turn()?;
        self.state.remove(&self.file())
    }

    /// One process at a time looks at the lock and changes it. The system ends a turn with its
    /// process, so a kill leaves none behind.
    fn turn(&self) -> Result<std::fs::File, StateError> {
        self.state.exclusive(&format!("{}.turn", self.file()))
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

    fn new_state() -> (tempfile::TempDir, StateDirectory, Timestamp) {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::new(root.path());
        (root, state, Timestamp::now())
    }

    #[test]
    fn a_second_run_is_told_who_holds_the_lock() {
        let (_root, state, now) = new_state();
        Lock::new(&state, &target(), "one", None).take(now).unwrap();
        let error = Lock::new(&state, &target(), "two", None).take(now).unwrap_err();
        assert!(matches!(error, LockError::Held { holder, .. } if holder.run == "one"));
    }

    #[test]
    fn an_expired_lock_is_taken_over_and_the_late_owner_notices() {
        let (_root, state, now) = new_state();
        let first = Lock::new(&state, &target(), "one", None);
        let second = Lock::new(&state, &target(), "two", None);
        first.take(now).unwrap();
        let later = now + LOCK_FOR + SignedDuration::from_secs(1);
        second.take(later).unwrap();
        assert!(matches!(first.renew(later), Err(LockError::Held { .. })));
        first.release().unwrap();
        assert!(second.holder().unwrap().is_some());
        second.release().unwrap();
        assert!(second.holder().unwrap().is_none());
    }

    #[test]
    fn the_lock_of_a_process_that_is_gone_is_taken_over() {
        let (_root, state, now) = new_state();
        let lock = Lock::new(&state, &target(), "one", None);
        lock.take(now).unwrap();
        let mut holder = lock.holder().unwrap().unwrap();
        holder.pid = u32::MAX - 1;
        state.replace(&lock.file(), &serde_json::to_vec(&holder).unwrap()).unwrap();
        Lock::new(&state, &target(), "two", None).take(now).unwrap();
    }

    #[test]
    fn a_process_that_got_the_number_of_a_dead_one_holds_no_lock() {
        let (_root, state, now) = new_state();
        let lock = Lock::new(&state, &target(), "one", None);
        lock.take(now).unwrap();
        let mut holder = lock.holder().unwrap().unwrap();
        holder.process_began = holder.process_began.map(|began| began + 1);
        state.replace(&lock.file(), &serde_json::to_vec(&holder).unwrap()).unwrap();
        Lock::new(&state, &target(), "two", None).take(now).unwrap();
    }

    #[test]
    fn of_many_that_see_a_dead_holder_one_takes_the_lock() {
        let (_root, state, now) = new_state();
        Lock::new(&state, &target(), "dead", None).take(now).unwrap();
        let later = now + LOCK_FOR + SignedDuration::from_secs(1);
        let takers: Vec<_> = (0..8)
            .map(|number| {
                let lock = Lock::new(&state, &target(), &format!("run {number}"), None);
                std::thread::spawn(move || lock.take(later).is_ok())
            })
            .collect();
        let taken = takers.into_iter().map(|taker| taker.join().unwrap()).filter(|took| *took).count();
        assert_eq!(taken, 1);
    }
}
