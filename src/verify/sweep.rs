//! Many questions to many servers at once.

use super::expectation::Expectation;
use super::judge::{Judgement, judge};
use dnsure_providers::dns::{AskError, Asker, Form, Question};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// One question and its right answer.
#[derive(Debug, Clone)]
pub struct Check {
    /// What is asked.
    pub question: Question,
    /// What is right.
    pub expected: Expectation,
}

/// One reply, judged.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which check, by its index.
    pub check: usize,
    /// Which server, by its index.
    pub server: usize,
    /// In which form it was asked.
    pub form: Form,
    /// What came of it.
    pub judgement: Judgement,
    /// How long the answer took.
    pub took: Option<Duration>,
    /// Which instance answered (RFC 5001), where it says so.
    pub nsid: Option<Vec<u8>>,
    /// There is no way to this address from here.
    pub no_route: bool,
}

/// How many questions a sweep has in flight at most; the [`Asker`] bounds each server.
const IN_FLIGHT: usize = 4096;

/// Asks every check of every server in every form, and judges.
pub async fn sweep(
    asker: &Arc<Asker>,
    servers: &[SocketAddr],
    checks: Arc<Vec<Check>>,
    forms: &[Form],
) -> Vec<Seen> {
    let mut asked = JoinSet::new();
    let mut seen = Vec::with_capacity(checks.len() * servers.len() * forms.len());
    let on_the_wire = |check: &Check| !matches!(check.expected, Expectation::ApiOnly(_));
    for check in (0..checks.len()).filter(|&check| on_the_wire(&checks[check])) {
        for (server, &address) in servers.iter().enumerate() {
            for &form in forms {
                if asked.len() >= IN_FLIGHT
                    && let Some(Ok(one)) = asked.join_next().await
                {
                    seen.push(one);
                }
                let (asker, checks) = (Arc::clone(asker), Arc::clone(&checks));
                asked.spawn(
                    async move { ask_one(&asker, &checks[check], check, server, address, form).await },
                );
            }
        }
    }
    while let Some(one) = asked.join_next().await {
        seen.extend(one);
    }
    seen.sort_by_key(|one| (one.check, one.server, one.form as u8));
    seen
}

async fn ask_one(
    asker: &Asker,
    wanted: &Check,
    check: usize,
    server: usize,
    address: SocketAddr,
    form: Form,
) -> Seen {
    let reply = asker.ask(address, &wanted.question, form).await;
    let (took, nsid) = match &reply {
        Ok(reply) => (Some(reply.took), reply.nsid.clone()),
        Err(_) => (None, None),
    };
    let no_route = matches!(reply, Err(AskError::NoRoute { .. }));
    let judgement = judge(&wanted.question, &reply, &wanted.expected);
    Seen { check, server, form, judgement, took, nsid, no_route }
}

/// The servers that could not be asked from here at all, by index.
#[must_use]
pub fn unroutable(seen: &[Seen]) -> BTreeSet<usize> {
    let without: BTreeSet<usize> = seen.iter().filter(|one| one.no_route).map(|one| one.server).collect();
    let with: BTreeSet<usize> = seen.iter().filter(|one| !one.no_route).map(|one| one.server).collect();
    without.difference(&with).copied().collect()
}
