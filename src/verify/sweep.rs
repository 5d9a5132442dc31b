//! Many questions to many servers at once.
//!
//! Each server has its own askers, as many as the [`Asker`] lets ask it at once, and each
//! takes the next question when it has an answer; a slow server holds up no other. Right
//! answers are counted and forgotten, so that a sweep over a hundred thousand record sets
//! keeps only what is wrong.

use super::expectation::{Expectation, expect, question};
use super::judge::{Judgement, judge};
use crate::progress::Counter;
use dnsure_providers::dns::{AskError, Asker, Form, Question};
use dnsure_zones::{Name, RecordType, Ttl, Zone};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

/// One question and its right answer.
#[derive(Debug, Clone)]
pub struct Check {
    /// What is asked.
    pub question: Question,
    /// What is right.
    pub expected: Expectation,
    /// TTLs that are right as well, besides those of the expected set.
    pub ttls_on_the_way: Vec<Ttl>,
}

impl Check {
    /// Asks whether what `zone` holds under this name and type is served.
    #[must_use]
    pub fn of(zone: &Zone, name: &Name, rtype: RecordType) -> Self {
        let question = question(zone, name, rtype);
        let expected = expect(zone, &question.name, question.rtype);
        Self { question, expected, ttls_on_the_way: Vec::new() }
    }
}

/// One reply that is not as it should be.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which check, by its index.
    pub check: usize,
    /// Which server, by its index.
    pub server: usize,
    /// In which form it was asked.
    pub form: Form,
    /// What came of it; never [`Judgement::Met`].
    pub judgement: Judgement,
    /// There is no way to this address from here.
    pub no_route: bool,
}

/// What a sweep found.
#[derive(Debug, Clone, Default)]
pub struct Swept {
    /// Everything that is not as it should be, by check, server and form.
    pub findings: Vec<Seen>,
    /// Each server, in the order they were given.
    pub servers: Vec<SweptServer>,
}

/// What a sweep found at one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweptServer {
    /// The number of questions it was asked.
    pub asked: usize,
    /// The number of questions for which there was no way to it from here.
    pub no_route: usize,
    /// The instances that answered (RFC 5001), where they say so.
    pub instances: BTreeSet<Vec<u8>>,
}

impl Swept {
    /// The servers that could not be asked from here at all, by index.
    #[must_use]
    pub fn unroutable(&self) -> BTreeSet<usize> {
        let none = |server: &SweptServer| server.asked > 0 && server.asked == server.no_route;
        (0..self.servers.len()).filter(|&server| none(&self.servers[server])).collect()
    }
}

/// Asks every check of every server in every form, and judges.
pub async fn sweep(
    asker: &Arc<Asker>,
    servers: &[SocketAddr],
    checks: Arc<Vec<Check>>,
    forms: &[Form],
) -> Swept {
    sweep_counted(asker, servers, checks, forms, &Counter::default()).await
}

/// As [`sweep`]; every answer is counted.
pub async fn sweep_counted(
    asker: &Arc<Asker>,
    servers: &[SocketAddr],
    checks: Arc<Vec<Check>>,
    forms: &[Form],
    answered: &Counter,
) -> Swept {
    let mut swept = Swept { servers: vec![SweptServer::default(); servers.len()], ..Swept::default() };
    let on_the_wire = |check: &&Check| !matches!(check.expected, Expectation::ApiOnly(_));
    let questions = checks.iter().filter(on_the_wire).count() * forms.len();
    let mut asking = JoinSet::new();
    for (server, &address) in servers.iter().enumerate() {
        let next = Arc::new(AtomicUsize::new(0));
        for _ in 0..asker.at_once().min(questions) {
            let lane = Lane {
                server,
                address,
                forms: forms.to_vec(),
                next: Arc::clone(&next),
                answered: answered.clone(),
            };
            let (asker, checks) = (Arc::clone(asker), Arc::clone(&checks));
            asking.spawn(async move { (server, lane.ask_on(&asker, &checks).await) });
        }
    }
    while let Some(joined) = asking.join_next().await {
        let Ok((server, (found, seen))) = joined else { continue };
        let all = &mut swept.servers[server];
        all.asked += seen.asked;
        all.no_route += seen.no_route;
        all.instances.extend(seen.instances);
        swept.findings.extend(found);
    }
    swept.findings.sort_by_key(|one| (one.check, one.server, one.form as u8));
    swept
}

/// One of the askers of one server.
struct Lane {
    server: usize,
    address: SocketAddr,
    forms: Vec<Form>,
    /// The next question of this server: a check and a form.
    next: Arc<AtomicUsize>,
    answered: Counter,
}

impl Lane {
    async fn ask_on(self, asker: &Asker, checks: &[Check]) -> (Vec<Seen>, SweptServer) {
        let mut found = Vec::new();
        let mut seen = SweptServer::default();
        let mut line = asker.line(self.address);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let (check, form) = (number / self.forms.len(), self.forms[number % self.forms.len()]);
            let Some(wanted) = checks.get(check) else { return (found, seen) };
            if matches!(wanted.expected, Expectation::ApiOnly(_)) {
                continue;
            }
            let reply = line.ask(&wanted.question, form).await;
            seen.asked += 1;
            self.answered.one();
            let no_route = matches!(reply, Err(AskError::NoRoute { .. }));
            seen.no_route += usize::from(no_route);
            let judgement = judge(&wanted.question, &reply, &wanted.expected, &wanted.ttls_on_the_way);
            if let Some(nsid) = reply.ok().and_then(|reply| reply.nsid)
                && !seen.instances.contains(&nsid)
            {
                seen.instances.insert(nsid);
            }
            if judgement != Judgement::Met {
                found.push(Seen { check, server: self.server, form, judgement, no_route });
            }
        }
    }
}
