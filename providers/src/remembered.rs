//! What a backend has learnt about zones, kept for as long as the program runs.

use dnsure_zones::Name;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// One thing known of each of some zones.
#[derive(Debug)]
pub(crate) struct Remembered<T>(Mutex<HashMap<Name, T>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Remembered<T> {
    /// What is known of `zone`.
    pub(crate) fn of(&self, zone: &Name) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(zone).cloned()
    }

    /// What is known of `zone`; where nothing is, what `learning` gives, from now on.
    ///
    /// # Errors
    /// Those of `learning`.
    pub(crate) async fn or_learn<E>(
        &self,
        zone: &Name,
        learning: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        if let Some(known) = self.of(zone) {
            return Ok(known);
        }
        let learnt = learning.await?;
        self.keep(zone, Some(learnt.clone()));
        Ok(learnt)
    }

    /// Remembers something, or forgets what was known.
    pub(crate) fn keep(&self, zone: &Name, known: Option<T>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(known) => all.insert(zone.clone(), known),
            None => all.remove(zone),
        };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_learnt_is_not_asked_again_and_a_failure_is() {
        let (zone, remembered) = ("example.".parse().unwrap(), Remembered::default());
        assert_eq!(remembered.or_learn(&zone, async { Err("lost") }).await, Err("lost"));
        assert_eq!(remembered.or_learn(&zone, async { Ok::<_, &str>(1) }).await, Ok(1));
        assert_eq!(remembered.or_learn(&zone, async { Ok::<_, &str>(2) }).await, Ok(1));
        remembered.keep(&zone, None);
        assert_eq!(remembered.or_learn(&zone, async { Ok::<_, &str>(3) }).await, Ok(3));
    }
}
