//! From replies to what backends say.

use super::{Call, Http, HttpError, Means, Reply, shown};
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

    /// As [`Http::get`]; the reply is a success.
    ///
    /// # Errors
    /// As [`Http::get`] and [`Http::failure`].
    pub async fn read(&self, zone: &Name, path: String) -> Result<Reply, BackendError> {
        let reply = self.get(zone, path).await?;
        if reply.is_success() { Ok(reply) } else { Err(self.failure(&reply)) }
    }

    /// As [`Http::read`]; `None` where the service says that it is not there.
    ///
    /// # Errors
    /// As [`Http::read`].
    pub async fn found(&self, zone: &Name, path: String) -> Result<Option<Reply>, BackendError> {
        let reply = self.get(zone, path).await?;
        match reply.is_success() {
            true => Ok(Some(reply)),
            false if self.means(&reply) == Means::NotThere => Ok(None),
            false => Err(self.failure(&reply)),
        }
    }

    /// Reads the JSON at `path`.
    ///
    /// # Errors
    /// As [`Http::read`] and [`Http::json`].
    pub async fn fetch<T: DeserializeOwned>(&self, zone: &Name, path: String) -> Result<T, BackendError> {
        self.json(zone, &self.read(zone, path).await?)
    }

    /// As [`Http::fetch`]; `None` where the service says that it is not there.
    ///
    /// # Errors
    /// As [`Http::fetch`].
    pub async fn find<T: DeserializeOwned>(
        &self,
        zone: &Name,
        path: String,
    ) -> Result<Option<T>, BackendError> {
        self.found(zone, path).await?.map(|reply| self.json(zone, &reply)).transpose()
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

    /// Sends a write, again only where the service says that it did nothing; the reply is a success.
    ///
    /// # Errors
    /// How the write ended instead, as [`Http::unwritten`] and [`Http::unsuccessful`] say.
    pub async fn write(&self, call: &Call) -> Result<Reply, WriteEnd> {
        let reply = self.once_admitted(call).await.map_err(|error| self.unwritten(&error))?;
        if reply.is_success() { Ok(reply) } else { Err(self.unsuccessful(&reply)) }
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

    /// What a reply that is no success means.
    #[must_use]
    pub fn means(&self, reply: &Reply) -> Means {
        self.dialect.meaning(reply).0
    }

    /// The error for a reply to a read that is no success.
    #[must_use]
    pub fn failure(&self, reply: &Reply) -> BackendError {
        let (server, reason) = (self.base.clone(), self.words(reply));
        match self.means(reply) {
            Means::TurnedAway | Means::Failed => BackendError::Unreachable { server, reason },
            Means::NotLetIn => BackendError::Unauthorised { server, reason },
            Means::NotThere | Means::Stale | Means::Refused => BackendError::Refused { server, reason },
        }
    }

    /// How a write ended whose reply is no success.
    pub fn unsuccessful(&self, reply: &Reply) -> WriteEnd {
        let reason = self.words(reply);
        match self.means(reply) {
            Means::Stale => WriteEnd::Stale { reason },
            Means::TurnedAway => {
                WriteEnd::Refused { reason: format!("{reason}; it did nothing: try again later") }
            }
            Means::Failed => WriteEnd::Unknown { reason },
            // It says neither that it was carried out nor that it was not.
            _ if reply.is_success() => WriteEnd::Unknown { reason },
            Means::NotLetIn | Means::NotThere | Means::Refused => WriteEnd::Refused { reason },
        }
    }

    /// The error for what the service does not have, or does not do.
    #[must_use]
    pub fn refused(&self, reason: impl Into<String>) -> BackendError {
        BackendError::Refused { server: self.base.clone(), reason: reason.into() }
    }

    /// A listing of `zone` that is broken off or makes no sense.
    #[must_use]
    pub fn incomplete(&self, zone: &Name, reason: String) -> BackendError {
        BackendError::Incomplete { server: self.base.clone(), zone: zone.clone(), reason }
    }

    pub(super) fn turns_away(&self, reply: &Reply) -> bool {
        !reply.is_success() && self.means(reply) == Means::TurnedAway
    }

    /// Looks until a change is no longer pending, with waits that double from `first` on.
    ///
    /// # Errors
    /// What `look` gives, and [`BackendError::Pending`] when that takes longer than `within`.
    pub async fn settled<Look>(
        &self,
        change: &str,
        first: Duration,
        within: Duration,
        mut look: impl FnMut() -> Look,
    ) -> Result<(), BackendError>
    where
        Look: Future<Output = Result<bool, BackendError>>,
    {
        let started = tokio::time::Instant::now();
        let mut wait = first;
        while !look().await? {
            if started.elapsed() + wait > within {
                let (server, change) = (self.base.clone(), shown(change));
                return Err(BackendError::Pending { server, change, seconds: within.as_secs() });
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        Ok(())
    }
}
