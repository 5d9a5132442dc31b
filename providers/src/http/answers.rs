//! From replies to what backends say.

use super::{Call, Http, HttpError, Reply, shown};
use crate::backend::{BackendError, WriteEnd};
use dnsure_zones::Name;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The longest wait between two looks at something that is pending.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl Http {
    /// Sends a read of `zone`, again where that may help.
    ///
    /// # Errors
    /// [`BackendError::Incomplete`] for a reply that is too large, else as [`Http::unreachable`].
    pub async fn get(&self, zone: &Name, path: String) -> Result<Reply, BackendError> {
        self.repeatable(&Call::get(path)).await.map_err(|error| match error {
            HttpError::TooLarge(_) => self.incomplete(zone, error.to_string()),
            other => self.unreachable(&other),
        })
    }

    /// The JSON of a reply.
    ///
    /// # Errors
    /// [`BackendError::Incomplete`] for what has not the form of `T`.
    pub fn json<T: DeserializeOwned>(&self, zone: &Name, reply: &Reply) -> Result<T, BackendError> {
        serde_json::from_slice(&reply.body).map_err(|error| {
            // The error may quote the reply.
            let error = shown(&error.to_string());
            self.incomplete(zone, format!("the answer is not one of this API: {error}; check url"))
        })
    }

    /// The zones of these names, sorted, with or without their final dots.
    ///
    /// # Errors
    /// [`BackendError::Incomplete`] for a name that is none: a listing is never cut short in silence.
    pub fn zone_names<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Vec<Name>, BackendError> {
        let read = |text: &str| {
            Name::parse(text, Some(&Name::root())).map_err(|error| {
                self.incomplete(&Name::root(), format!("a zone is called {}: {error}", shown(text)))
            })
        };
        let mut names = names.map(read).collect::<Result<Vec<Name>, _>>()?;
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The error for a reply that is no success, by its status: turned away or 5xx, not let in, refused.
    /// `words` say what the server said and what to do.
    #[must_use]
    pub fn failure(&self, reply: &Reply, words: String) -> BackendError {
        let server = self.base.clone();
        match reply.status {
            _ if self.is_passing(reply) => BackendError::Unreachable { server, reason: words },
            401 | 403 => BackendError::Unauthorised { server, reason: words },
            _ => BackendError::Refused { server, reason: words },
        }
    }

    /// How a write ended whose reply is no success, by its status: 412 is stale, what was turned away
    /// is refused, 408 and 5xx are unknown.
    pub fn unsuccessful(&self, reply: &Reply, words: String) -> WriteEnd {
        match reply.status {
            412 => WriteEnd::Stale { reason: words },
            _ if (self.settings.turned_away)(reply) => {
                WriteEnd::Refused { reason: format!("{words}; it did nothing: try again later") }
            }
            408 | 500.. => WriteEnd::Unknown { reason: words },
            _ => WriteEnd::Refused { reason: words },
        }
    }

    /// A listing of `zone` that is broken off or makes no sense.
    #[must_use]
    pub fn incomplete(&self, zone: &Name, reason: String) -> BackendError {
        BackendError::Incomplete { server: self.base.clone(), zone: zone.clone(), reason }
    }

    fn is_passing(&self, reply: &Reply) -> bool {
        reply.is_passing() || (self.settings.turned_away)(reply)
    }
}

/// Looks until something is no longer pending, with waits that double from `first` on; false when that
/// takes longer than `within`.
///
/// # Errors
/// What `look` gives.
pub async fn until_done<Look>(
    first: Duration,
    within: Duration,
    mut look: impl FnMut() -> Look,
) -> Result<bool, BackendError>
where
    Look: Future<Output = Result<bool, BackendError>>,
{
    let started = tokio::time::Instant::now();
    let mut wait = first;
    loop {
        if look().await? {
            return Ok(true);
        }
        if started.elapsed() + wait > within {
            return Ok(false);
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
