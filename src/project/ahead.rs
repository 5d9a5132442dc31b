//! Listings that begin while the zone files are read.
//!
//! A listing is mostly a wait for another machine, and reading files is work for this one, so for large
//! zones the two go on side by side. A listing of a zone whose files turn out broken is thrown away, so
//! only servers of one's own are listed ahead: at a cloud it would count against the account's rate limit.

use super::Project;
use super::planning::{Listed, Places, READS, list};
use crate::state::TargetId;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinSet;

/// How long the files wait for a provider to be opened: its server's name may have to be looked up, and
/// findings in files should not be late because nobody answers that.
const OPENED_WITHIN: Duration = Duration::from_secs(1);

/// The listings that have begun. Those that nobody took end with this.
#[derive(Default)]
pub(super) struct Ahead {
    begun: Mutex<BTreeMap<TargetId, oneshot::Receiver<Result<Listed, String>>>>,
    /// Dropping it stops them.
    listing: JoinSet<()>,
}

impl Ahead {
    /// What listing `id` gave, where it has begun.
    pub(super) async fn take(&self, id: &TargetId) -> Option<Result<Listed, String>> {
        let begun = self.begun.lock().await.remove(id)?;
        begun.await.ok()
    }
}

impl Project {
    /// Begins to list the first of `targets`, as many as one provider is asked for at once. What keeps one
    /// from being listed is told when it is planned.
    pub(super) async fn list_ahead(&self, targets: &[TargetId], places: &Places) -> Ahead {
        let mut ahead = Ahead::default();
        let is_own = |id: &&TargetId| {
            self.config.providers.get(&id.provider).is_some_and(|provider| provider.kind.is_own_server())
        };
        for id in targets.iter().filter(is_own).take(READS) {
            let opened = tokio::time::timeout(OPENED_WITHIN, self.backend(&id.provider)).await;
            let Ok(Ok(backend)) = opened else { break };
            if backend.read_only(&id.zone).is_some() {
                continue;
            }
            let place = places.at(&id.provider).await;
            let (tell, told) = oneshot::channel();
            let zone = id.zone.clone();
            ahead.listing.spawn(async move {
                // Nobody waits for it where the files are broken.
                let _ = tell.send(list(backend, &zone).await);
                drop(place);
            });
            ahead.begun.get_mut().insert(id.clone(), told);
        }
        ahead
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    /// A project with a zone at a name server of its own and at a service, both at `address`; there are no
    /// zone files yet.
    fn project(directory: &tempfile::TempDir, address: std::net::SocketAddr) -> Project {
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("key", "secret\n");
        write(
            "dnsure.yaml",
            &format!(
                "providers:\n  own: {{type: powerdns, url: 'http://{address}', api_key: 'file:key'}}\n  \
                 service: {{type: panel, url: 'http://{address}', token: 'file:key'}}\n\
                 zones:\n  a.test.: {{targets: [own, service]}}\n"
            ),
        );
        Project::load(directory.path(), None).unwrap()
    }

    #[tokio::test]
    async fn a_server_of_ones_own_is_asked_before_files_are_read_and_a_service_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let project = project(&directory, server.local_addr().unwrap());
        let ids = project.all_targets(&["a.test.".parse().unwrap()]).unwrap();
        let ahead = project.list_ahead(&ids, &Places::default()).await;
        let (mut asked, _) = server.accept().await.unwrap();
        asked.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        let [own, service] = ids.as_slice() else { unreachable!() };
        let refused = ahead.take(own).await.unwrap().err().unwrap();
        assert!(refused.contains("403"), "{refused}");
        assert!(ahead.take(service).await.is_none(), "its listing would count against a rate limit");
        assert!(ahead.take(own).await.is_none(), "a listing is taken once");
    }
}
