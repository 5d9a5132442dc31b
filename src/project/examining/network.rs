//! Are the name servers reached over UDP and TCP, and is it they who answer?

use super::{Examined, Project, Verdict, judge_clock};
use crate::config::ProviderKind;
use crate::project::open::{resolve, tsig_key};
use crate::verify::servers;
use dnsure_providers::Backend;
use dnsure_providers::dns::{AskError, Form, Question, Reply, transfer};
use dnsure_zones::{Name, RecordType, Zone};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// What one server said over UDP and over TCP.
type Said = [Result<Reply, AskError>; 2];

impl Project {
    /// Asks every server of `lives` for the SOA, over UDP and TCP.
    pub(super) async fn name_servers(
        &self,
        provider: &str,
        backend: &Arc<dyn Backend>,
        lives: &[Zone],
    ) -> Vec<Examined> {
        let mut found = Vec::new();
        let mut places: BTreeMap<SocketAddr, Name> = BTreeMap::new();
        let configured = self.config.providers.get(provider).map(|config| config.servers.as_slice());
        for live in lives {
            match servers::find(provider, configured.unwrap_or_default(), backend.as_ref(), live).await {
                Ok(addresses) => {
                    for address in addresses {
                        places.entry(address).or_insert_with(|| live.apex().clone());
                    }
                }
                Err(error) => {
                    found.push(Examined::new(provider, "name servers", Verdict::Broken, error.to_string()));
                }
            }
        }
        let mut asking = tokio::task::JoinSet::new();
        for (address, zone) in places {
            let asker = Arc::clone(&self.asker);
            asking.spawn(async move {
                let question = Question { name: zone, rtype: RecordType::SOA };
                let udp = asker.ask(address, &question, Form::UdpEdns).await;
                let tcp = asker.ask(address, &question, Form::Tcp).await;
                (address, [udp, tcp])
            });
        }
        let mut answers: BTreeMap<SocketAddr, Said> = BTreeMap::new();
        while let Some(joined) = asking.join_next().await {
            if let Ok((address, said)) = joined {
                answers.insert(address, said);
            }
        }
        if is_intercepted(&answers) {
            let words = "every server answers, and none of them as an authority (no AA)";
            found.push(Examined::new(provider, "name servers", Verdict::Broken, words).advice(
                "something on the way answers in their place: port 53 is intercepted in this network; run from another",
            ));
            return found;
        }
        found.extend(answers.iter().map(|(address, said)| judge(provider, *address, said)));
        found
    }

    /// The clock of a server that signs, by a signed transfer.
    pub(super) async fn tsig_clock(&self, provider: &str, zones: &[Name]) -> Option<Examined> {
        let (server, key) = match &self.config.providers.get(provider)?.kind {
            ProviderKind::Rfc2136 { server, key, transfer_key, .. } => {
                (server, transfer_key.as_ref().or(key.as_ref())?)
            }
            ProviderKind::Axfr { server, key } => (server, key.as_ref()?),
            _ => return None,
        };
        let zone = zones.first()?;
        let address = resolve(provider, server).await.ok()?;
        let key = tsig_key(provider, key, &self.root).ok()?;
        // Its failure was told where the zone was read.
        let signed_at = transfer(address, zone, Some(&key)).await.ok()?.signed_at?;
        let now = jiff::Timestamp::now().as_second();
        Some(judge_clock(provider, i64::try_from(signed_at).ok()?.saturating_sub(now), "the server's (TSIG)"))
    }
}

/// Whether all that answer do so without AA: that is no fault of one server.
fn is_intercepted(answers: &BTreeMap<SocketAddr, Said>) -> bool {
    let mut replies = answers.values().flatten().filter_map(|said| said.as_ref().ok()).peekable();
    replies.peek().is_some() && replies.all(|reply| !reply.authoritative)
}

fn judge(provider: &str, address: SocketAddr, [udp, tcp]: &Said) -> Examined {
    let said = |verdict, words: String| {
        Examined::new(provider, "name server", verdict, format!("{address}: {words}"))
    };
    let no_route = |said: &Result<Reply, AskError>| matches!(said, Err(AskError::NoRoute { .. }));
    if no_route(udp) && no_route(tcp) {
        let which = if address.is_ipv6() { "IPv6 route" } else { "route" };
        return said(Verdict::Unknown, format!("not asked: there is no {which} from this machine"));
    }
    let faults: Vec<String> = [("UDP", udp), ("TCP", tcp)]
        .into_iter()
        .filter_map(|(over, said)| match said {
            Err(error) => Some(format!("over {over}: {}", error.beside_the_server())),
            Ok(reply) if !reply.authoritative => {
                Some(format!("over {over}: it answers {} without authority (no AA)", reply.rcode))
            }
            Ok(_) => None,
        })
        .collect();
    if faults.is_empty() {
        return said(Verdict::Fine, "answers over UDP and TCP, with authority".into());
    }
    let answers_once = faults.len() == 1;
    let verdict = if answers_once { Verdict::Warning } else { Verdict::Broken };
    let words = match [udp, tcp] {
        [Err(udp), Err(tcp)] if udp == tcp => {
            format!("over UDP and TCP: {}", udp.beside_the_server())
        }
        _ => faults.join("; "),
    };
    said(verdict, words).advice(format!(
        "check the server and the firewalls on the way: port {} is needed over both UDP and TCP",
        address.port()
    ))
}
