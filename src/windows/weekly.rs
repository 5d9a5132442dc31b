//! Days and hours that come again every week: `Sat-Sun`, `Mon-Fri 20:00-06:00`, `20:00-06:00`.

use jiff::civil::{DateTime, Time, Weekday};
use std::fmt;
use std::str::FromStr;

/// The minutes of a day on the clock.
const DAY: u16 = 24 * 60;

/// One window of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekly {
    /// The days on which it begins.
    days: Days,
    /// When it begins, in minutes after midnight.
    begin: u16,
    /// When it ends, exclusive; not after `begin` when it ends on the next day.
    end: u16,
    /// As it was written.
    text: String,
}

/// Days of the week in a row, over the week's end too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days {
    first: Weekday,
    last: Weekday,
}

/// What is wrong with the text of a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeeklyError {
    /// A day that there is not.
    #[error("`{0}` is no day of the week")]
    Day(String),
    /// A time that there is not.
    #[error("`{0}` is no time of day")]
    Time(String),
    /// It ends when it begins.
    #[error("the window `{0}` ends when it begins")]
    Empty(String),
    /// Neither days nor hours nor both.
    #[error("`{0}` is no change window")]
    Form(String),
}

impl WeeklyError {
    /// The word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Day(_) => "bad-day",
            Self::Time(_) => "bad-time",
            Self::Empty(_) | Self::Form(_) => "bad-window",
        }
    }

    /// How to write it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Day(_) => {
                "the days are Mon, Tue, Wed, Thu, Fri, Sat and Sun, alone or as a range such as Mon-Fri"
            }
            Self::Time(_) => {
                "write hours and minutes of a 24-hour clock with two digits each, such as 06:00; 24:00 is an end only"
            }
            Self::Empty(_) => "for whole days write the days alone, such as Mon-Sun",
            Self::Form(_) => {
                "write days, hours, or days and hours: \"Sat-Sun\", \"20:00-06:00\", \"Mon-Fri 20:00-06:00\""
            }
        }
    }
}

impl Weekly {
    /// Whether a clock that shows `local` shows a time inside the window.
    #[must_use]
    pub fn has(&self, local: DateTime) -> bool {
        let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let ends_next_day = self.end <= self.begin;
        let today = self.days.has(local.weekday());
        let yesterday = self.days.has(local.weekday().previous());
        if ends_next_day {
            (today && minute >= self.begin) || (yesterday && minute < self.end)
        } else {
            today && (self.begin..self.end).contains(&minute)
        }
    }

    /// What the clock shows when it begins.
    pub(super) fn begin(&self) -> Time {
        let part = |minutes: u16| i8::try_from(minutes).unwrap_or(0);
        Time::new(part(self.begin / 60), part(self.begin % 60), 0, 0).unwrap_or(Time::midnight())
    }
}

impl Days {
    fn has(self, day: Weekday) -> bool {
        self.first.until(day) <= self.first.until(self.last)
    }
}

impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Weekly {
    type Err = WeeklyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let every_day = Days { first: Weekday::Monday, last: Weekday::Sunday };
        let words: Vec<&str> = text.split_whitespace().collect();
        let (days, (begin, end)) = match words[..] {
            [hours] if hours.contains(':') => (every_day, self::hours(hours)?),
            [days] => (days.parse()?, (0, DAY)),
            [days, hours] if hours.contains(':') => (days.parse()?, self::hours(hours)?),
            _ => return Err(WeeklyError::Form(text.into())),
        };
        if begin == end {
            return Err(WeeklyError::Empty(text.into()));
        }
        Ok(Self { days, begin, end, text: words.join(" ") })
    }
}

impl FromStr for Days {
    type Err = WeeklyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Ok(Self { first: day(first)?, last: day(last)? })
    }
}

fn day(text: &str) -> Result<Weekday, WeeklyError> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return Err(WeeklyError::Day(text.into())),
    })
}

fn hours(text: &str) -> Result<(u16, u16), WeeklyError> {
    let (begin, end) = text.split_once('-').ok_or_else(|| WeeklyError::Form(text.into()))?;
    match (minutes(begin)?, minutes(end)?) {
        (DAY, _) => Err(WeeklyError::Time(begin.into())),
        hours => Ok(hours),
    }
}

/// Minutes after midnight, up to 24:00.
fn minutes(text: &str) -> Result<u16, WeeklyError> {
    let two = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|_| plain)
    };
    text.split_once(':')
        .and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)))
        .filter(|&(_, minute)| minute < 60)
        .map(|(hour, minute)| hour * 60 + minute)
        .filter(|&minutes| minutes <= DAY)
        .ok_or_else(|| WeeklyError::Time(text.into()))
}
