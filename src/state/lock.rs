//! One writer per target.
//!
//! A lock is a file with owner, run and expiry. It may be taken over when it has expired (on
//! another host: a minute later, because clocks differ), or when it belongs to a process of this
//! host that is gone. DNS services check no fencing tokens, so the lock is checked right before
//! each write, and the numbered journal is the fence.

pub use super::identity::{host, owner, run_url};
use super::identity::{machine, nonce, process_began};
use super::{State, StateError, TargetId, Versioned};
use crate::sabotage;
use jiff::{SignedDuration, Timestamp};

/// How long a lock holds without being renewed.
pub const LOCK_FOR: SignedDuration = SignedDuration::from_mins(15);

/// How far the clocks of two machines may be apart: the lock of another host is taken over only so
/// long after its expiry.
pub const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);

/// How often a lock is looked at again because somebody else has just changed it.
const TRIES: usize = 32;

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
    /// The boot of the machine, and the processes seen there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Random, and the same as long as the process lives: tells it from every other one anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The CI run, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless renewed.
    pub expires_at: Timestamp,
    /// When it was given back or broken, where the store cannot remove it safely: it is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
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
    /// It was ours and is not any more, and nobody holds it now.
    #[error("another run, or to `dnsure unlock`, and is free again: others may have written since")]
    Lost,
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

    /// Whether somebody who may still be at work holds it.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn is_held(&self, now: Timestamp) -> Result<bool, StateError> {
        Ok(self.holder().await?.is_some_and(|holder| !self.may_be_taken_over(&holder, now)))
    }

    /// The lock as it is, to be changed if it is still the same, and who holds it.
    async fn look(&self) -> Result<(Option<Versioned>, Option<Holder>), StateError> {
        let file = self.file();
        let Some(seen) = self.state.look(&file).await? else { return Ok((None, None)) };
        match serde_json::from_slice::<Holder>(&seen.bytes) {
            Ok(holder) => Ok((Some(seen), Some(holder).filter(|holder| holder.released_at.is_none()))),
            Err(error) => {
                Err(StateError::Damaged { path: self.state.place(&file), reason: error.to_string() })
            }
        }
    }

    /// Takes the lock, or moves its expiry where it is ours already.
    ///
    /// # Errors
    /// [`LockError::Held`] when somebody else has it.
    pub async fn take(&self, now: Timestamp) -> Result<(), LockError> {
        for _ in 0..TRIES {
            let (seen, holder) = self.look().await?;
            let since = match holder {
                Some(holder) if self.is_ours(&holder) => holder.since,
                Some(holder) if !self.may_be_taken_over(&holder, now) => {
                    return Err(self.held(holder));
                }
                _ => now,
            };
            if self.state.swap(&self.file(), seen.as_ref(), &self.ours(since, now)).await? {
                return Ok(());
            }
        }
        Err(self.contended().into())
    }

    /// Checks that the lock is still ours and moves its expiry. Whoever took it over may have given
    /// it back since; a free lock is as much lost as one that somebody holds.
    ///
    /// # Errors
    /// [`LockError::Held`] when somebody took it over, [`LockError::Lost`] when nobody holds it.
    pub async fn renew(&self, now: Timestamp) -> Result<(), LockError> {
        for _ in 0..TRIES {
            let (seen, holder) = self.look().await?;
            let Some(holder) = holder else { return Err(LockError::Lost) };
            if !self.is_ours(&holder) {
                return Err(self.held(holder));
            }
            if self.state.swap(&self.file(), seen.as_ref(), &self.ours(holder.since, now)).await? {
                return Ok(());
            }
        }
        Err(self.contended().into())
    }

    fn held(&self, holder: Holder) -> LockError {
        LockError::Held { target: self.target.to_string(), holder: Box::new(holder) }
    }

    /// Gives the lock back, if it is ours.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn release(&self) -> Result<(), StateError> {
        self.let_go(|holder| self.is_ours(holder)).await.map(|_| ())
    }

    /// Breaks the lock of `run`, wherever its process is, and says whether there was one.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn break_it(&self, run: &str) -> Result<bool, StateError> {
        self.let_go(|holder| holder.run == run).await
    }

    async fn let_go(&self, is_meant: impl Fn(&Holder) -> bool) -> Result<bool, StateError> {
        for _ in 0..TRIES {
            let (Some(seen), Some(holder)) = self.look().await? else { return Ok(false) };
            if !is_meant(&holder) {
                return Ok(false);
            }
            let free = Holder { released_at: Some(Timestamp::now()), ..holder };
            if self.state.vacate(&self.file(), &seen, &bytes(&free)).await? {
                return Ok(true);
            }
        }
        Err(self.contended())
    }

    fn contended(&self) -> StateError {
        StateError::Contended { place: self.state.place(&self.file()) }
    }

    fn is_ours(&self, holder: &Holder) -> bool {
        holder.run == self.run && holder.nonce.as_deref() == Some(nonce())
    }

    fn ours(&self, since: Timestamp, now: Timestamp) -> Vec<u8> {
        bytes(&Holder {
            run: self.run.clone(),
            owner: owner(),
            host: host(),
            pid: std::process::id(),
            process_began: process_began(std::process::id()),
            machine: machine(),
            nonce: Some(nonce().to_owned()),
            run_url: self.run_url.clone(),
            since,
            expires_at: now.saturating_add(sabotage::lock_for(LOCK_FOR)).unwrap_or(now),
            released_at: None,
        })
    }

    fn may_be_taken_over(&self, holder: &Holder, now: Timestamp) -> bool {
        let here = self.is_here(holder);
        let tolerated = if here { SignedDuration::ZERO } else { CLOCKS_DIFFER };
        now.duration_since(holder.expires_at) >= tolerated || here && is_gone(holder)
    }

    /// Whether the holder's process would be seen from here. Machines that share state may have
    /// one name, as containers do.
    fn is_here(&self, holder: &Holder) -> bool {
        holder.host == host() && (!self.state.is_shared() || holder.machine == machine())
    }
}

fn bytes(holder: &Holder) -> Vec<u8> {
    // Plain data with string keys always serialises.
    serde_json::to_vec_pretty(holder).unwrap_or_default()
}

/// Whether the holder was a process of this host that does not run any more.
fn is_gone(holder: &Holder) -> bool {
    if !std::path::Path::new("/proc/self").exists() {
        return false;
    }
    match (process_began(holder.pid), holder.process_began) {
        (None, _) => true,
        (Some(now), Some(then)) => now != then,
        (Some(_), None) => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn target() -> TargetId {
        TargetId::of(&"example.".parse().unwrap(), "bind")
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
        assert!(matches!(first.renew(later).await, Err(LockError::Lost)));
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

    #[tokio::test]
    async fn the_lock_of_another_host_holds_a_minute_longer_because_clocks_differ() {
        let (_root, state, now) = new_state();
        let lock = Lock::new(&state, &target(), "one", None);
        lock.take(now).await.unwrap();
        let holder = Holder { host: "elsewhere".into(), ..lock.holder().await.unwrap().unwrap() };
        state.replace(&lock.file(), &bytes(&holder)).await.unwrap();
        let second = Lock::new(&state, &target(), "two", None);
        let just_before = holder.expires_at + CLOCKS_DIFFER - SignedDuration::from_secs(1);
        assert!(matches!(second.take(just_before).await, Err(LockError::Held { .. })));
        second.take(holder.expires_at + CLOCKS_DIFFER).await.unwrap();
    }

    #[tokio::test]
    async fn the_same_run_in_another_process_is_somebody_else() {
        let (_root, state, now) = new_state();
        let lock = Lock::new(&state, &target(), "one", None);
        lock.take(now).await.unwrap();
        let holder = Holder { nonce: Some("another".into()), ..lock.holder().await.unwrap().unwrap() };
        state.replace(&lock.file(), &bytes(&holder)).await.unwrap();
        assert!(matches!(lock.take(now).await, Err(LockError::Held { .. })));
        lock.release().await.unwrap();
        assert!(lock.holder().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_lock_is_broken_only_as_the_one_that_was_meant() {
        let (_root, state, now) = new_state();
        let lock = Lock::new(&state, &target(), "one", None);
        lock.take(now).await.unwrap();
        assert!(!lock.break_it("two").await.unwrap());
        assert!(lock.break_it("one").await.unwrap());
        assert!(lock.holder().await.unwrap().is_none());
    }
}
