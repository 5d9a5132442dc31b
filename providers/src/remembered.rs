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

    /// Remembers something, or forgets what was known.
    pub(crate) fn keep(&self, zone: &Name, known: Option<T>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(known) => all.insert(zone.clone(), known),
            None => all.remove(zone),
        };
    }
}
