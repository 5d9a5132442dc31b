//! The absence oracle: asks every server for every watched name in every query form, again and again
//! from new ports, while a test changes zones, and reports each answer that was missing.

mod asker;
mod observation;
mod report;
mod state;
mod timeline;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use asker::Asker;
pub use observation::Lack;
use observation::Watch;
pub use report::{Absence, Example, Missing, Report, Seen};
use state::Shared;

use crate::query::Form;

/// Questions in all the query forms, running until [`Prober::stop`].
#[derive(Debug)]
pub struct Prober {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// How a prober asks.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Questions a second, all servers and forms together.
    pub rate: u32,
    /// How long one question waits before it counts as unanswered.
    pub wait: Duration,
    /// The query forms to use.
    pub forms: Vec<Form>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { rate: 2_000, wait: Duration::from_secs(2), forms: Form::ALL.to_vec() }
    }
}

impl Prober {
    /// Watches `names` (owner name and record type) on each of `servers`.
    pub fn watch(servers: &[SocketAddr], names: &[(&str, u16)]) -> Prober {
        Prober::watch_with(servers, names, Settings::default())
    }

    /// As [`Prober::watch`], with another rate, time-out or choice of forms.
    pub fn watch_with(servers: &[SocketAddr], names: &[(&str, u16)], settings: Settings) -> Prober {
        assert!(!servers.is_empty() && !settings.forms.is_empty() && settings.rate > 0, "nothing to ask");
        let shared = Arc::new(Shared::new(servers, settings.forms.len()));
        for (name, rtype) in names {
            shared.lock().watch(Watch::new(name, *rtype));
        }
        let count = servers.len() * settings.forms.len();
        let interval = Duration::from_secs(1) * u32::try_from(count).unwrap_or(u32::MAX) / settings.rate;
        let mut threads = Vec::with_capacity(count);
        let mut first = Instant::now();
        for (server, addr) in servers.iter().copied().enumerate() {
            for form in settings.forms.iter().copied() {
                let (shared, number, wait) = (Arc::clone(&shared), threads.len(), settings.wait);
                let asker = Asker { shared, server, addr, form, wait, interval, number, first };
                threads.push(thread::spawn(move || asker.run()));
                first += Duration::from_secs(1) / settings.rate;
            }
        }
        Prober { shared, threads }
    }

    /// Watches one more name.
    pub fn also(&self, name: &str, rtype: u16) {
        self.shared.lock().watch(Watch::new(name, rtype));
    }

    /// Watches a name no longer. Once this returns, an answer to a question still under way counts
    /// for nothing, so the name may go.
    pub fn forget(&self, name: &str, rtype: u16) {
        self.shared.lock().forget(&Watch::new(name, rtype));
    }

    /// From here on, [`wait_for_answers`](Self::wait_for_answers) counts anew.
    pub fn mark(&self) {
        self.shared.lock().mark();
    }

    /// Blocks until each server has given `count` answers to questions asked since the last mark;
    /// the error names the servers that did not.
    pub fn wait_for_answers(&self, count: u64, timeout: Duration) -> Result<(), String> {
        self.shared.wait_until(timeout, |state| state.lacking_answers(count))
    }

    /// Blocks until every server was asked for every watched name in every form, by questions asked
    /// since the last mark.
    pub fn wait_for_round(&self, timeout: Duration) -> Result<(), String> {
        self.shared.wait_until(timeout, |state| state.lacking_rounds())
    }

    /// Declares that from now on each of these names has one answer at every server and in every form,
    /// until [`begin_change`](Self::begin_change). See [`Report::assert_no_change_after_served`].
    pub fn declare_served(&self, names: &[(&str, u16)]) {
        self.shared.lock().declare(names, Some(Instant::now()));
    }

    /// Ends what [`declare_served`](Self::declare_served) declared: these names change again.
    pub fn begin_change(&self, names: &[(&str, u16)]) {
        self.shared.lock().declare(names, None);
    }

    /// How many answers were missing so far; cheaper than a whole [`report`](Self::report).
    pub fn missing(&self) -> Missing {
        self.shared.lock().missing()
    }

    /// What was seen so far; asking goes on.
    pub fn report(&self) -> Report {
        self.shared.lock().report()
    }

    /// Ends the asking and says what was seen.
    pub fn stop(mut self) -> Report {
        self.join();
        self.report()
    }

    fn join(&mut self) {
        self.shared.stop();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.join();
    }
}
