//! The one trait every DNS service is reached through.
//!
//! A backend reads, writes and settles; it never decides order, never plans and never
//! judges whether what it wrote is served.

use crate::change::Change;
use crate::guarantee::Guarantee;
use crate::http::Traffic;
use dnsure_zones::diagnostic::Position;
use dnsure_zones::{Name, RecordKey, Zone};
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a zone at a provider looks like right now.
#[derive(Debug, Clone)]
pub struct Live {
    /// Every record set the provider lists, all or nothing. What the server maintains
    /// itself (RRSIG, NSEC …) may be in it; the planner leaves it out.
    pub zone: Zone,
    /// The SOA serial as served, where the provider has one (RFC 1982).
    pub serial: Option<u32>,
    /// What the backend needs to write upon this reading.
    pub tokens: Tokens,
    /// Record sets that the provider lets nobody change through its API, or that this backend
    /// could not write back as they are; a plan that would change one is refused with these words.
    pub locked: BTreeMap<RecordKey, String>,
}

/// Whatever a backend wants back when it writes upon a reading: record ids, etags, a
/// generation. Only the backend that made it looks inside; it is never kept.
#[derive(Clone, Default)]
pub struct Tokens(Option<Arc<dyn Any + Send + Sync>>);

impl Tokens {
    /// Tokens of a backend's own type.
    #[must_use]
    pub fn new<T: Any + Send + Sync>(tokens: T) -> Self {
        Self(Some(Arc::new(tokens)))
    }

    /// The tokens; `None` when they are of another type or there are none.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Tokens(..)" } else { "Tokens(none)" })
    }
}

impl Live {
    /// A reading whose backend needs nothing but the values to write upon it.
    #[must_use]
    pub fn new(zone: Zone, serial: Option<u32>) -> Self {
        Self { zone, serial, tokens: Tokens::default(), locked: BTreeMap::new() }
    }
}

/// The result of a read.
#[derive(Debug, Clone)]
pub enum Reading {
    /// The zone is there.
    Live(Live),
    /// The provider says that it has no such zone.
    Missing,
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum WriteEnd {
    /// The provider took it. That it is served is another matter.
    Accepted {
        /// Whatever the provider gave as a receipt (serial, change id), for the log.
        token: Option<String>,
        /// How long the call took.
        took: Duration,
    },
    /// The provider saw that the zone is not what the write was made from; nothing changed.
    Stale {
        /// The provider's words.
        reason: String,
    },
    /// The provider refused; nothing changed.
    Refused {
        /// The provider's words, and what to do.
        reason: String,
    },
    /// The answer was lost: it may have happened or not.
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

#[cfg_attr(not(feature = "cloud-dns"), allow(dead_code))]
impl WriteEnd {
    /// How a write ends that `sending` carries out: accepted, with what that gives as a receipt.
    pub(crate) async fn of(sending: impl Future<Output = Result<Option<String>, Self>>) -> Self {
        let start = Instant::now();
        match sending.await {
            Ok(token) => Self::Accepted { token, took: start.elapsed() },
            Err(end) => end,
        }
    }

    /// The end of a write before which something could not be read, so that it was not sent.
    pub(crate) fn unsent(error: &BackendError) -> Self {
        Self::Refused { reason: format!("nothing was sent, since reading it before failed: {error}") }
    }

    /// Why it was not accepted, if so.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Accepted { .. } => None,
            Self::Stale { reason } | Self::Refused { reason } | Self::Unknown { reason } => Some(reason),
        }
    }

    /// The same with more words about why.
    pub(crate) fn and(self, more: &str) -> Self {
        let with = |reason: String| format!("{reason}; {more}");
        match self {
            Self::Accepted { .. } => self,
            Self::Stale { reason } => Self::Stale { reason: with(reason) },
            Self::Refused { reason } => Self::Refused { reason: with(reason) },
            Self::Unknown { reason } => Self::Unknown { reason: with(reason) },
        }
    }
}

/// Something a target does to a record set that the reader of a plan should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The record set.
    pub key: RecordKey,
    /// Where the file declares it.
    pub position: Option<Position>,
    /// What happens to it, one line.
    pub message: String,
}

/// A zone as a target would hold it.
#[derive(Debug, Clone)]
pub struct Normalised {
    /// The zone in the backend's normal form, refused sets left out.
    pub zone: Zone,
    /// What was altered on the way.
    pub notices: Vec<Notice>,
    /// What this target can never hold; any of these stops a plan.
    pub refused: Vec<Notice>,
}

impl Normalised {
    /// A zone that the target holds as it is.
    #[must_use]
    pub fn unchanged(zone: &Zone) -> Self {
        Self { zone: zone.clone(), notices: Vec::new(), refused: Vec::new() }
    }
}

/// Why a call to a provider failed. Every variant says where, what, and how to go on.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// No answer, or the connection broke.
    #[error(
        "{server}: {reason}; check the address and that the server is up, then run the same command again"
    )]
    Unreachable {
        /// Address or URL.
        server: String,
        /// What happened.
        reason: String,
    },
    /// The credentials were not accepted.
    #[error("{server} did not accept the credentials: {reason}")]
    Unauthorised {
        /// Address or URL.
        server: String,
        /// What the server said and what to check.
        reason: String,
    },
    /// The listing was broken off or makes no sense; it is never taken as a smaller zone.
    #[error("{server}: the listing of {zone} is incomplete ({reason}); nothing was planned from it")]
    Incomplete {
        /// Address or URL.
        server: String,
        /// The zone.
        zone: Name,
        /// What is missing.
        reason: String,
    },
    /// The provider refused the request.
    #[error("{server} refused: {reason}")]
    Refused {
        /// Address or URL.
        server: String,
        /// The provider's words.
        reason: String,
    },
    /// What was accepted has not come to be.
    #[error(
        "{server}: {change} was accepted and is still pending after {seconds} s; it may be served later: look at it there, and run `dnsure verify`"
    )]
    Pending {
        /// Address or URL.
        server: String,
        /// What was accepted.
        change: String,
        /// How long it was looked at, in seconds.
        seconds: u64,
    },
    /// Files or settings of this provider cannot be used.
    #[error("{what}: {reason}")]
    Setup {
        /// The setting or file.
        what: String,
        /// What is wrong with it and how to mend it.
        reason: String,
    },
}

/// One account or server of one kind of DNS service.
#[async_trait::async_trait]
pub trait Backend: Send + Sync + fmt::Debug {
    /// The `type:` in `dnsure.yaml`.
    fn kind(&self) -> &'static str;

    /// The promise for `zone` as far as it is known without writing: the weaker one
    /// where it depends on the server.
    fn guarantee(&self, zone: &Name) -> Guarantee;

    /// Under the lock, before the first write: finds out what the promise really is.
    /// May send writes that change nothing.
    ///
    /// # Errors
    /// [`BackendError`] when the provider cannot be reached or refuses.
    async fn prepare(&self, zone: &Name) -> Result<Guarantee, BackendError> {
        Ok(self.guarantee(zone))
    }

    /// Before a plan leads from `live` to `declared`: finds out what [`Backend::guarantee`] and
    /// [`Backend::normalise`] depend on and no listing tells, such as the limits of an account. What is far
    /// below all of them may go without.
    ///
    /// # Errors
    /// [`BackendError`] when the provider cannot be reached or refuses.
    async fn survey(&self, _live: &Zone, _declared: &Zone) -> Result<(), BackendError> {
        Ok(())
    }

    /// Why nothing is written to `zone` as it was last read, and what to do about it; `None` where it is
    /// written. The guarantee is then [`crate::guarantee::WriteUnit::ReadOnly`].
    fn read_only(&self, _zone: &Name) -> Option<String> {
        None
    }

    /// The zone as this target would hold it. Both sides of a diff pass through it, so
    /// it must be idempotent.
    fn normalise(&self, zone: &Zone) -> Normalised;

    /// Lists the zone, all or nothing.
    ///
    /// # Errors
    /// [`BackendError`]; a listing that breaks off is [`BackendError::Incomplete`].
    async fn read(&self, zone: &Name) -> Result<Reading, BackendError>;

    /// The zone as [`Backend::read`] would list it now, which may be found out from `before`,
    /// an earlier reading of this process, and what has changed since, as long as the result is
    /// the same.
    ///
    /// # Errors
    /// As [`Backend::read`].
    async fn read_again(&self, zone: &Name, _before: &Live) -> Result<Reading, BackendError> {
        self.read(zone).await
    }

    /// The zone right before a write to the record sets `touched`, found out from `before`, an earlier
    /// reading of this process: those sets as they are now. Where the service compares every write
    /// with what it replaces, and listing is dear, the others may be some seconds old.
    ///
    /// # Errors
    /// As [`Backend::read`].
    async fn read_for(
        &self,
        zone: &Name,
        before: &Live,
        _touched: &[&RecordKey],
    ) -> Result<Reading, BackendError> {
        self.read_again(zone, before).await
    }

    /// The zones of this account or server, sorted; `None` where the service does not tell.
    ///
    /// # Errors
    /// [`BackendError`].
    async fn zones(&self) -> Result<Option<Vec<Name>>, BackendError> {
        Ok(None)
    }

    /// Carries out `changes` in one write, comparing what [`Guarantee::compare`] promises.
    /// `live` is the zone as just read, for tokens and conditions.
    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd;

    /// What the reader of a plan that makes `changes` should know about how such writes come to be
    /// served, one line each.
    fn caveats(&self, _changes: &[Change]) -> Vec<String> {
        Vec::new()
    }

    /// After an accepted write: the action of [`Guarantee::settle`] for the touched names.
    /// `token` is what the last of the writes gave as its receipt, where its answer was heard.
    ///
    /// # Errors
    /// [`BackendError`]; the write itself stands.
    async fn settle(
        &self,
        _zone: &Name,
        _touched: &[Name],
        _token: Option<&str>,
    ) -> Result<(), BackendError> {
        Ok(())
    }

    /// The calls to the provider's API so far; `None` where there is none to count.
    fn traffic(&self) -> Option<Traffic> {
        None
    }

    /// Creates `zone` with the SOA and apex NS records of `initial`, where the
    /// guarantee says it can.
    ///
    /// # Errors
    /// [`BackendError`].
    async fn create_zone(&self, zone: &Name, _initial: &Zone) -> Result<(), BackendError> {
        Err(BackendError::Setup {
            what: zone.to_string(),
            reason: format!(
                "a {} provider cannot create zones: add it to the server's configuration",
                self.kind()
            ),
        })
    }

    /// The addresses of the servers that answer for `zone`, as far as this backend knows
    /// them; empty where only the apex NS records can tell.
    async fn servers(&self, zone: &Name) -> Result<Vec<SocketAddr>, BackendError>;
}
