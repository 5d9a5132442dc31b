//! Does the store heed conditions? Some that speak the protocol of S3 take every write.

use super::super::StateError;
use super::super::store::Tag;
use super::{Bucket, Failure, TRIES, mode, word};
use object_store::Error;

/// The object that the store is tried on; it stays, so that a later try needs two requests.
const TRIED_ON: &str = "conditions.json";

const TEXT: &[u8] = b"{\"about\": \"dnsure tries on this object whether the store heeds conditions\"}\n";

impl Bucket {
    /// Creates an object twice, of which at most one may succeed, and replaces a version that never
    /// was, which may not.
    pub(super) async fn try_conditions(&self) -> Result<(), StateError> {
        if self.passes(None).await? && self.passes(None).await? {
            return Err(self.unconditional("it created one object twice"));
        }
        let never =
            Tag { e_tag: Some("\"00000000000000000000000000000000\"".into()), version: Some("1".into()) };
        if self.passes(Some(&never)).await? {
            return Err(self.unconditional("it replaced a version that never was"));
        }
        Ok(())
    }

    fn unconditional(&self, reason: &'static str) -> StateError {
        StateError::Unconditional { place: self.url.to_string(), reason }
    }

    async fn passes(&self, seen: Option<&Tag>) -> Result<bool, StateError> {
        let writer = word();
        let mut tries = 1;
        loop {
            let failure = match self.put(TRIED_ON, TEXT, mode(seen), &writer).await {
                Ok(()) => return Ok(true),
                Err(failure) if failure.is_refusal() => return Ok(false),
                Err(failure) => failure,
            };
            if matches!(failure, Failure::Store(Error::NotImplemented { .. })) {
                return Err(self.unconditional("it knows no conditional writes"));
            }
            if !failure.is_open() || tries == TRIES {
                return Err(self.failed("try conditional writes on", TRIED_ON, failure));
            }
            if self.is_written_by(TRIED_ON, &writer, &failure).await? {
                return Ok(true);
            }
            tries += 1;
        }
    }
}
