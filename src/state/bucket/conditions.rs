//! Does the store heed conditions? Some that speak the protocol of S3 take every write.

use super::super::StateError;
use super::super::store::Tag;
use super::{Bucket, Failure, mode, word};
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
        match self.put(TRIED_ON, TEXT, mode(seen), &word()).await {
            Ok(()) => Ok(true),
            Err(failure) if failure.is_refusal() => Ok(false),
            Err(Failure::Store(Error::NotImplemented { .. })) => {
                Err(self.unconditional("it knows no conditional writes"))
            }
            Err(failure) => Err(self.error("try conditional writes on", TRIED_ON, failure.reason())),
        }
    }
}
