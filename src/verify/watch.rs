//! Asking all the while a change is made: does a name that stays ever go missing?

use dnsure_providers::dns::{Asker, Form, Question, Rcode, Reply};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

/// What was seen while watching.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sightings {
    /// Questions that were answered.
    pub answers: u64,
    /// Answers in which a name that stays was missing.
    pub missing: u64,
    /// Questions without an answer; they are not counted as missing.
    pub unanswered: u64,
    /// The first few missing ones: when, where, what.
    pub examples: Vec<String>,
}

impl Sightings {
    const MAX_EXAMPLES: usize = 20;

    /// Adds what another watch saw.
    pub fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.missing += other.missing;
        self.unanswered += other.unanswered;
        self.examples.extend(other.examples);
        self.examples.truncate(Self::MAX_EXAMPLES);
    }

    fn count(&mut self, server: SocketAddr, question: &Question, form: Form, reply: Option<&Reply>) {
        let Some(reply) = reply else {
            self.unanswered += 1;
            return;
        };
        self.answers += 1;
        if is_missing(reply) {
            self.missing += 1;
            if self.examples.len() < Self::MAX_EXAMPLES {
                let when = Timestamp::now();
                self.examples.push(format!(
                    "{when} {server} {} {} over {form}: {}",
                    question.name, question.rtype, reply.rcode
                ));
            }
        }
    }
}

/// Whether a reply denies a name that has an answer: NXDOMAIN, or NOERROR with neither an
/// answer nor a referral.
fn is_missing(reply: &Reply) -> bool {
    let refers = reply.authority.iter().any(|record| record.rtype == dnsure_zones::RecordType::NS);
    match reply.rcode {
        Rcode::NXDOMAIN => reply.answer.is_empty(),
        Rcode::NOERROR => reply.answer.is_empty() && (reply.authoritative || !refers),
        _ => false,
    }
}

/// A watch that runs until it is stopped.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Sightings>>,
}

/// The pause between two questions to a server on loopback; others are paced by the [`Asker`].
const PAUSE: Duration = Duration::from_millis(2);

impl Watch {
    /// Starts asking `servers` these questions, over and over, in every form.
    #[must_use]
    pub fn start(asker: &Arc<Asker>, servers: &[SocketAddr], questions: Vec<Question>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let questions = Arc::new(questions);
        let tasks = if questions.is_empty() { &[] } else { servers }
            .iter()
            .map(|&server| {
                let (asker, questions, stop) = (Arc::clone(asker), Arc::clone(&questions), Arc::clone(&stop));
                tokio::spawn(async move { watch_one(&asker, server, &questions, &stop).await })
            })
            .collect();
        Self { stop, tasks }
    }

    /// Stops and tells what was seen.
    pub async fn stop(self) -> Sightings {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Sightings::default();
        for task in self.tasks {
            if let Ok(seen) = task.await {
                all.add(seen);
            }
        }
        all
    }
}

async fn watch_one(
    asker: &Asker,
    server: SocketAddr,
    questions: &[Question],
    stop: &AtomicBool,
) -> Sightings {
    let mut seen = Sightings::default();
    for question in questions.iter().cycle() {
        for form in Form::ALL {
            if stop.load(Ordering::Relaxed) {
                return seen;
            }
            let reply = asker.ask(server, question, form).await;
            seen.count(server, question, form, reply.as_ref().ok());
            tokio::time::sleep(PAUSE).await;
        }
    }
    seen
}
