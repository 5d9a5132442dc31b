//! Change windows and freezes: when a zone may be changed.
//!
//! | module | idea |
//! |---|---|
//! | [`weekly`] | days and hours that come again every week |
//! | [`freeze`] | dates between which nothing is changed |
//! | `opening` | when a closed time ends |
//!
//! A weekly window is open whenever a clock on a wall in its time zone shows a time inside it:
//! an hour that clocks skip is skipped, and an hour that they show twice counts twice. A
//! freeze is one piece: it lasts from the first moment at which the clock shows its beginning
//! to the last at which it shows a time before its end. Everything here is pure: `now` is told.

pub mod freeze;
mod opening;
#[cfg(test)]
mod tests;
pub mod weekly;

pub use freeze::Freeze;
pub use weekly::Weekly;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;

/// How far ahead an opening is looked for, in days: a year and a month.
pub const DAYS_AHEAD: i64 = 400;

/// When changes are allowed. Without windows and freezes: always.
#[derive(Debug, Clone)]
pub struct Windows {
    /// The weekly windows; none means at any time.
    pub only: Vec<Weekly>,
    /// When nothing is changed, windows or not.
    pub freezes: Vec<Freeze>,
    /// Whose clocks the weekly windows go by.
    pub zone: TimeZone,
}

impl Default for Windows {
    fn default() -> Self {
        Self { only: Vec::new(), freezes: Vec::new(), zone: TimeZone::UTC }
    }
}

/// Whether changes are allowed at a point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// They are.
    Open,
    /// They are not.
    Closed(Closed),
}

/// Why changes are not allowed, and when they are again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The first later moment at which changes are allowed; `None` where there is none in
    /// the next [`DAYS_AHEAD`] days.
    pub next_opening: Option<Timestamp>,
    /// The rule that stands in the way.
    pub why: Why,
}

/// The rule that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A freeze; of several the one that ends last.
    Frozen(Freeze),
    /// None of these windows.
    Outside(Vec<Weekly>),
}

impl Windows {
    /// Whether changes are allowed at `now`, and when not, why and until when.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> State {
        match self.in_the_way(now) {
            None => State::Open,
            Some(why) => State::Closed(Closed { next_opening: opening::next(self, now), why }),
        }
    }

    /// Whether changes are allowed at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.freezes.iter().any(|freeze| freeze.holds(now)) && self.is_in_a_window(now)
    }

    fn in_the_way(&self, now: Timestamp) -> Option<Why> {
        let frozen = self.freezes.iter().filter(|freeze| freeze.holds(now)).max_by_key(|freeze| freeze.until);
        if let Some(freeze) = frozen {
            return Some(Why::Frozen(freeze.clone()));
        }
        (!self.is_in_a_window(now)).then(|| Why::Outside(self.only.clone()))
    }

    fn is_in_a_window(&self, now: Timestamp) -> bool {
        let local = self.zone.to_datetime(now);
        self.only.is_empty() || self.only.iter().any(|window| window.has(local))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frozen(freeze) => write!(f, "frozen {freeze}"),
            Self::Outside(windows) => {
                let windows: Vec<String> = windows.iter().map(Weekly::to_string).collect();
                write!(f, "outside {}", windows.join(", "))
            }
        }
    }
}
