//! Dates between which nothing is changed: `2026-12-20..2027-01-03`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::fmt;

/// A freeze, as points in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
    /// As it was written.
    pub text: String,
    /// What it is for, where the file says so.
    pub reason: Option<String>,
}

/// What is wrong with the text of a freeze.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// A date, or a date and time, that there is not.
    #[error("`{0}` is no date")]
    Date(String),
    /// It ends before it begins.
    #[error("the freeze ends ({to}) before it begins ({from})")]
    Reversed {
        /// Its beginning.
        from: String,
        /// Its end.
        to: String,
    },
}

impl FreezeError {
    /// The word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Date(_) => "bad-date",
            Self::Reversed { .. } => "reversed-dates",
        }
    }

    /// How to write it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Date(_) => {
                "write two dates, each alone or with a time of day: \"2026-12-20..2027-01-03\", \"2026-11-27T00:00..2026-11-30T08:00\""
            }
            Self::Reversed { .. } => "write the earlier one first",
        }
    }
}

/// An end of a freeze as it is written.
#[derive(Debug, Clone, Copy)]
enum Edge {
    Day(Date),
    Time(DateTime),
}

impl Freeze {
    /// Reads `FROM..TO`, or the one date that is both.
    ///
    /// # Errors
    /// [`FreezeError`].
    pub fn parse(text: &str, zone: &TimeZone) -> Result<Self, FreezeError> {
        match text.split_once("..") {
            Some((from, to)) => Self::between(from.trim(), to.trim(), zone),
            None if text.len() == 10 => Self::between(text, text, zone),
            None => Err(FreezeError::Date(text.into())),
        }
    }

    /// A freeze from `from` to `to`, both dates (the last one included) or times, as the
    /// clocks of `zone` show them.
    ///
    /// # Errors
    /// [`FreezeError`].
    pub fn between(from: &str, to: &str, zone: &TimeZone) -> Result<Self, FreezeError> {
        let begin = match edge(from)? {
            Edge::Day(date) => date.at(0, 0, 0, 0),
            Edge::Time(time) => time,
        };
        let end = match edge(to)? {
            Edge::Day(date) => date.tomorrow().map_or(DateTime::MAX, |next| next.at(0, 0, 0, 0)),
            Edge::Time(time) => time,
        };
        if end <= begin {
            return Err(FreezeError::Reversed { from: from.into(), to: to.into() });
        }
        Ok(Self {
            from: moment(zone, begin, Reading::First).ok_or_else(|| FreezeError::Date(from.into()))?,
            until: moment(zone, end, Reading::Last).unwrap_or(Timestamp::MAX),
            text: if from == to { from.into() } else { format!("{from}..{to}") },
            reason: None,
        })
    }

    /// Whether it is on at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl fmt::Display for Freeze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "{} ({reason})", self.text),
            None => f.write_str(&self.text),
        }
    }
}

fn edge(text: &str) -> Result<Edge, FreezeError> {
    // The lengths keep out forms that the parser takes and people may read otherwise.
    let edge = match text.len() {
        10 => Date::strptime("%Y-%m-%d", text).map(Edge::Day).ok(),
        16 => DateTime::strptime("%Y-%m-%dT%H:%M", text).map(Edge::Time).ok(),
        _ => None,
    };
    edge.ok_or_else(|| FreezeError::Date(text.into()))
}

/// Which one, where clocks show a time twice.
#[derive(Debug, Clone, Copy)]
enum Reading {
    First,
    Last,
}

/// The moment at which the clocks of `zone` come to `local`; where they skip it, when they do.
fn moment(zone: &TimeZone, local: DateTime, reading: Reading) -> Option<Timestamp> {
    let offset = match (zone.to_ambiguous_timestamp(local).offset(), reading) {
        (AmbiguousOffset::Unambiguous { offset }, _) => offset,
        (AmbiguousOffset::Fold { before, .. }, Reading::First) => before,
        (AmbiguousOffset::Fold { after, .. }, Reading::Last) => after,
        (AmbiguousOffset::Gap { after, .. }, _) => {
            // Read by the later offset, a skipped time lies before the skip.
            let before = after.to_timestamp(local).ok()?;
            return zone.following(before).next().map(|transition| transition.timestamp());
        }
    };
    offset.to_timestamp(local).ok()
}
