//! How far something that takes a while has come.
//!
//! Whoever does the work counts; whoever shows it looks at the counts when it likes. So counting costs
//! one atomic addition, and nothing here knows of terminals.

use jiff::Timestamp;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What takes a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Reading zone files, zone by zone.
    ReadingFiles,
    /// Reading what targets hold and planning, target by target.
    ReadingLive,
    /// Applying, step by step.
    Applying,
    /// Waiting until caches have let go of an old TTL, second by second.
    Waiting,
    /// Asking servers, question by question.
    Verifying,
    /// Keeping an eye on what was changed, second by second.
    Watching,
}

/// All that is going on. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<Vec<Weak<Task>>>>);

#[derive(Debug)]
struct Task {
    activity: Activity,
    began: Instant,
    goal: Goal,
}

#[derive(Debug)]
enum Goal {
    Count { done: Counter, of: usize },
    Time { since: Timestamp, until: Timestamp },
}

/// Counts what is done. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicUsize>);

impl Counter {
    /// One more is done.
    pub fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Something that is going on until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Running(Arc<Task>);

impl Running {
    /// Counts what is done of it.
    #[must_use]
    pub fn counter(&self) -> Counter {
        match &self.0.goal {
            Goal::Count { done, .. } => done.clone(),
            Goal::Time { .. } => Counter::default(),
        }
    }

    /// One more is done.
    pub fn one(&self) {
        self.counter().one();
    }
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// What is being done.
    pub activity: Activity,
    /// How long.
    pub since: Duration,
    /// How many, or how many seconds, are done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

impl Status {
    /// The time left, where it can be told: by the clock, or by the pace so far.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let left = self.of.saturating_sub(self.done);
        match self.activity {
            Activity::Waiting | Activity::Watching => Some(Duration::from_secs(left as u64)),
            _ if self.done == 0 => None,
            _ => Some(self.since.mul_f64(left as f64 / self.done as f64)),
        }
    }

    /// How many are done a second, where that says something.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        let by_clock = matches!(self.activity, Activity::Waiting | Activity::Watching);
        (!by_clock && self.done > 0).then(|| self.done as f64 / self.since.as_secs_f64().max(0.001))
    }
}

impl Progress {
    /// Begins something of which there are `of`.
    pub fn begin(&self, activity: Activity, of: usize) -> Running {
        self.push(activity, Goal::Count { done: Counter::default(), of })
    }

    /// Begins something that lasts until a point in time.
    pub fn begin_until(&self, activity: Activity, until: Timestamp) -> Running {
        self.push(activity, Goal::Time { since: Timestamp::now(), until })
    }

    fn push(&self, activity: Activity, goal: Goal) -> Running {
        let task = Arc::new(Task { activity, began: Instant::now(), goal });
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| task.strong_count() > 0);
        tasks.push(Arc::downgrade(&task));
        Running(task)
    }

    /// How far what was begun last has come; `None` when nothing is going on.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Option<Status> {
        let tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let task = tasks.iter().rev().find_map(Weak::upgrade)?;
        let seconds = |from: Timestamp, to: Timestamp| {
            let millis = to.duration_since(from).as_millis().max(0);
            usize::try_from((millis + 999) / 1000).unwrap_or(usize::MAX)
        };
        let (done, of) = match &task.goal {
            Goal::Count { done, of } => (done.get(), *of),
            Goal::Time { since, until } => {
                let of = seconds(*since, *until);
                (of.saturating_sub(seconds(now, *until)), of)
            }
        };
        Some(Status { activity: task.activity, since: task.began.elapsed(), done, of })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn what_began_last_is_shown_and_then_what_went_on_before_it() {
        let progress = Progress::default();
        let now = Timestamp::now();
        assert_eq!(progress.status(now), None);
        let asking = progress.begin(Activity::Verifying, 3);
        asking.one();
        let reading = progress.begin(Activity::ReadingLive, 2);
        assert_eq!(progress.status(now).unwrap().activity, Activity::ReadingLive);
        drop(reading);
        let status = progress.status(now).unwrap();
        assert_eq!((status.activity, status.done, status.of), (Activity::Verifying, 1, 3));
        drop(asking);
        assert_eq!(progress.status(now), None);
    }

    #[test]
    fn a_wait_is_counted_by_the_clock() {
        let progress = Progress::default();
        let until = Timestamp::now().saturating_add(SignedDuration::from_secs(60)).unwrap();
        let _waiting = progress.begin_until(Activity::Waiting, until);
        let later = until.saturating_sub(SignedDuration::from_secs(15)).unwrap();
        let status = progress.status(later).unwrap();
        assert_eq!((status.done, status.of), (45, 60));
        assert_eq!(status.left(), Some(Duration::from_secs(15)));
        assert_eq!(progress.status(until).unwrap().left(), Some(Duration::ZERO));
    }

    #[test]
    fn the_time_left_follows_the_pace_so_far() {
        let status =
            Status { activity: Activity::Verifying, since: Duration::from_secs(10), done: 25, of: 100 };
        assert_eq!(status.left(), Some(Duration::from_secs(30)));
        assert_eq!(status.rate(), Some(2.5));
        assert_eq!(Status { done: 0, ..status }.left(), None);
    }
}
