//! State in an object store: S3, Google Cloud Storage, Azure Blob Storage.
//!
//! A conditional write whose answer was lost is settled by reading back: every one carries a word
//! of its own in the object's metadata, so that ours is told from a stranger's of equal bytes.

mod conditions;
mod google;
mod open;
mod reason;

use super::place::BucketUrl;
use super::store::Tag;
use super::{StateError, Versioned, identity};
use crate::sabotage::point;
use object_store::path::Path;
use object_store::{
    Attribute, Error, GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion,
};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

/// How long one operation may take with all its repetitions.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a conditional write is tried whose answer was lost or that met a conflict.
const TRIES: u32 = 4;

/// How long to wait before such a write is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// How many objects are read at once.
const AT_ONCE: usize = 16;

/// The metadata that names the writer. Azure takes letters and digits only.
const WRITER: &str = "writer";

/// The root of the state in a bucket; opened at its first use.
#[derive(Clone)]
pub struct Bucket {
    url: BucketUrl,
    /// The environment, where it is not the process's.
    variables: Option<Arc<Vec<(String, String)>>>,
    store: Arc<OnceLock<Arc<dyn ObjectStore>>>,
    tried: Arc<OnceCell<()>>,
}

impl fmt::Debug for Bucket {
    /// Without the variables and the client, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("url", &self.url).finish_non_exhaustive()
    }
}

/// An operation that did not do what it should.
#[derive(Debug)]
enum Failure {
    /// There was no client to ask with, or no name to ask for.
    Before(StateError),
    TimedOut,
    Store(Error),
}

impl Failure {
    /// The store looked at the condition and did not write, or says so.
    fn is_refusal(&self) -> bool {
        matches!(self, Self::Store(Error::AlreadyExists { .. } | Error::Precondition { .. }))
    }

    /// Whether it may have been done all the same.
    fn is_open(&self) -> bool {
        self.is_refusal() || matches!(self, Self::TimedOut | Self::Store(Error::Generic { .. }))
    }

    fn reason(&self) -> String {
        match self {
            Self::Before(error) => error.to_string(),
            Self::TimedOut => format!("no answer within {} s", PATIENCE.as_secs()),
            Self::Store(error) => reason::of(error),
        }
    }
}

/// An object and who wrote it.
struct Found {
    object: Versioned,
    writer: Option<String>,
}

impl Bucket {
    /// The bucket of `url`, with credentials from the environment.
    #[must_use]
    pub fn new(url: BucketUrl) -> Self {
        Self { url, variables: None, store: Arc::default(), tried: Arc::default() }
    }

    /// The bucket of `url`, with these variables instead of the environment.
    #[must_use]
    pub fn with_variables(url: BucketUrl, variables: Vec<(String, String)>) -> Self {
        Self { variables: Some(Arc::new(variables)), ..Self::new(url) }
    }

    /// Where an object is, for messages.
    #[must_use]
    pub fn place(&self, relative: &str) -> String {
        format!("{}/{relative}", self.url)
    }

    /// The name of an object here that is written as a URL.
    #[must_use]
    pub fn relative(&self, url: &str) -> Option<String> {
        url.strip_prefix(&self.place("")).map(|rest| rest.trim_end_matches('/').to_owned())
    }

    fn error(&self, action: &'static str, relative: &str, reason: impl Into<String>) -> StateError {
        StateError::Store { action, place: self.place(relative), reason: reason.into() }
    }

    fn failed(&self, action: &'static str, relative: &str, failure: Failure) -> StateError {
        match failure {
            Failure::Before(error) => error,
            failure => self.error(action, relative, failure.reason()),
        }
    }

    fn store(&self) -> Result<Arc<dyn ObjectStore>, StateError> {
        if let Some(store) = self.store.get() {
            return Ok(Arc::clone(store));
        }
        let opened = match &self.variables {
            Some(variables) => open::open(&self.url, variables.iter().cloned()),
            None => open::open(&self.url, open::environment()),
        };
        let opened = opened.map_err(|reason| StateError::Store {
            action: "open",
            place: self.url.to_string(),
            reason,
        })?;
        Ok(Arc::clone(self.store.get_or_init(|| opened)))
    }

    fn path(&self, relative: &str) -> Result<Path, StateError> {
        let full = format!("{}/{relative}", self.url.prefix);
        Path::parse(&full).map_err(|error| self.error("name", relative, error.to_string()))
    }

    async fn get(&self, relative: &str) -> Result<Option<Found>, StateError> {
        let (store, path) = (self.store()?, self.path(relative)?);
        let got = within(async {
            let got = store.get_opts(&path, GetOptions::default()).await?;
            let tag = Tag { e_tag: got.meta.e_tag.clone(), version: got.meta.version.clone() };
            let writer =
                got.attributes.get(&Attribute::Metadata(WRITER.into())).map(|word| (**word).to_owned());
            Ok((got.bytes().await?, tag, writer))
        });
        match got.await {
            Ok((bytes, tag, writer)) => {
                let object = Versioned { bytes: bytes.to_vec(), tag };
                Ok(Some(Found { object, writer }))
            }
            // No such object; no such bucket is another matter.
            Err(Failure::Store(error @ Error::NotFound { .. })) if !reason::is_about_bucket(&error) => {
                Ok(None)
            }
            Err(failure) => Err(self.error("read", relative, failure.reason())),
        }
    }

    /// The object as it is now; `None` when there is none.
    ///
    /// # Errors
    /// [`StateError::Store`].
    pub async fn look(&self, relative: &str) -> Result<Option<Versioned>, StateError> {
        Ok(self.get(relative).await?.map(|found| found.object))
    }

    /// The bytes of several objects, in their order.
    ///
    /// # Errors
    /// [`StateError::Store`].
    pub async fn read_all(&self, relatives: &[String]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        let mut all = vec![None; relatives.len()];
        for (chunk, relatives) in relatives.chunks(AT_ONCE).enumerate() {
            let mut reading = JoinSet::new();
            for (index, relative) in relatives.iter().cloned().enumerate() {
                let bucket = self.clone();
                reading.spawn(async move { (chunk * AT_ONCE + index, bucket.look(&relative).await) });
            }
            while let Some(joined) = reading.join_next().await {
                let (index, found) =
                    joined.map_err(|error| self.error("read", "", format!("broken off: {error}")))?;
                all[index] = found?.map(|found| found.bytes);
            }
        }
        Ok(all)
    }

    /// The names below `relative`, one level, sorted.
    ///
    /// # Errors
    /// [`StateError::Store`].
    pub async fn list(&self, relative: &str) -> Result<Vec<String>, StateError> {
        let (store, path) = (self.store()?, self.path(relative)?);
        let listed = within(store.list_with_delimiter(Some(&path)))
            .await
            .map_err(|failure| self.error("list", relative, failure.reason()))?;
        let objects = listed.objects.iter().map(|object| &object.location);
        let names = objects.chain(&listed.common_prefixes).filter_map(Path::filename);
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    async fn put(&self, relative: &str, bytes: &[u8], mode: PutMode, writer: &str) -> Result<(), Failure> {
        let (store, path) =
            (self.store().map_err(Failure::Before)?, self.path(relative).map_err(Failure::Before)?);
        let mut options = PutOptions::from(mode);
        options.attributes.insert(Attribute::Metadata(WRITER.into()), writer.to_owned().into());
        point("before put");
        let put = within(store.put_opts(&path, bytes.to_vec().into(), options)).await;
        point("after put");
        put.map(|_| ())
    }

    /// Makes the object hold these bytes, whatever it held.
    ///
    /// # Errors
    /// [`StateError::Store`].
    pub async fn replace(&self, relative: &str, bytes: &[u8]) -> Result<(), StateError> {
        let writer = word();
        match self.put(relative, bytes, PutMode::Overwrite, &writer).await {
            Ok(()) => Ok(()),
            Err(failure) if failure.is_open() && self.is_written_by(relative, &writer, &failure).await? => {
                Ok(())
            }
            Err(failure) => Err(self.failed("write", relative, failure)),
        }
    }

    /// The object after a write that may have been done in spite of its `failure`.
    async fn look_back(&self, relative: &str, failure: &Failure) -> Result<Option<Found>, StateError> {
        self.get(relative).await.map_err(|_| {
            let reason = format!("{}; whether it was done cannot be read either", failure.reason());
            self.error("write", relative, reason)
        })
    }

    /// Whether the write that carried this word was done, in spite of its `failure`, and is the last one.
    async fn is_written_by(
        &self,
        relative: &str,
        writer: &str,
        failure: &Failure,
    ) -> Result<bool, StateError> {
        let found = self.look_back(relative, failure).await?;
        Ok(found.is_some_and(|found| found.writer.as_deref() == Some(writer)))
    }

    /// Makes the object hold `bytes` if it is still the version that was `seen` (`None`: if there is
    /// still no object), and says whether it was. The first time in a process the store is tried
    /// whether it can do that.
    ///
    /// # Errors
    /// [`StateError::Unconditional`] when it cannot, [`StateError::Store`].
    pub async fn swap(&self, relative: &str, seen: Option<&Tag>, bytes: &[u8]) -> Result<bool, StateError> {
        self.tried.get_or_try_init(|| self.try_conditions()).await?;
        let writer = word();
        let mut tries = 1;
        loop {
            let failure = match self.put(relative, bytes, mode(seen), &writer).await {
                Ok(()) => return Ok(true),
                Err(failure) => failure,
            };
            if !failure.is_open() {
                return Err(self.failed("write", relative, failure));
            }
            let found = self.look_back(relative, &failure).await?;
            if found.as_ref().and_then(|found| found.writer.as_ref()) == Some(&writer) {
                return Ok(true);
            }
            if found.as_ref().map(|found| &found.object.tag) != seen {
                return Ok(false);
            }
            // Nothing has changed: the answer was lost before the write was done, or two writers met
            // and the store let neither through. The same conditional write does no harm twice.
            if tries == TRIES {
                return Err(self.failed("write", relative, failure));
            }
            tries += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Removes the object; fine when there is none.
    ///
    /// # Errors
    /// [`StateError::Store`].
    pub async fn remove(&self, relative: &str) -> Result<(), StateError> {
        let (store, path) = (self.store()?, self.path(relative)?);
        match within(store.delete(&path)).await {
            Ok(()) | Err(Failure::Store(Error::NotFound { .. })) => Ok(()),
            Err(failure) => Err(self.error("remove", relative, failure.reason())),
        }
    }
}

fn mode(seen: Option<&Tag>) -> PutMode {
    match seen {
        None => PutMode::Create,
        Some(tag) => {
            PutMode::Update(UpdateVersion { e_tag: tag.e_tag.clone(), version: tag.version.clone() })
        }
    }
}

/// A word that no other write anywhere carries.
fn word() -> String {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", identity::nonce(), WRITES.fetch_add(1, Ordering::Relaxed))
}

async fn within<T>(operation: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match tokio::time::timeout(PATIENCE, operation).await {
        Ok(done) => done.map_err(Failure::Store),
        Err(_) => Err(Failure::TimedOut),
    }
}
