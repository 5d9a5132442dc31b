#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use jiff::civil::DateTime;
use jiff::tz::TimeZoneDatabase;
use jiff::{SignedDuration, Unit};
use proptest::prelude::*;

const MINUTES_A_DAY: usize = 24 * 60;

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn windows(name: &str, only: &[&str], freezes: &[&str]) -> Windows {
    let zone = zone(name);
    Windows {
        only: only.iter().map(|text| text.parse().unwrap()).collect(),
        freezes: freezes.iter().map(|text| Freeze::parse(text, &zone).unwrap()).collect(),
        zone,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[track_caller]
fn opens(windows: &Windows, now: &str, opening: &str) {
    let State::Closed(closed) = windows.at(at(now)) else { panic!("it is open at {now}") };
    assert_eq!(closed.next_opening, Some(at(opening)), "{closed:?}");
}

#[track_caller]
fn is_open(windows: &Windows, now: &str) {
    assert_eq!(windows.at(at(now)), State::Open, "at {now}");
}

#[test]
fn without_windows_and_freezes_changes_are_always_allowed() {
    is_open(&Windows::default(), "2026-11-23T08:00:00Z");
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    // From Monday to Friday: the night to Saturday is one, the night to Monday is none.
    let nights = windows("UTC", &["Mon-Fri 20:00-06:00"], &[]);
    is_open(&nights, "2026-11-28T05:59:59Z");
    opens(&nights, "2026-11-28T06:00:00Z", "2026-11-30T20:00:00Z");
    opens(&nights, "2026-11-30T05:00:00Z", "2026-11-30T20:00:00Z");
    is_open(&nights, "2026-12-01T00:00:00Z");
}

#[test]
fn days_may_run_over_the_end_of_the_week() {
    let days = windows("UTC", &["Fri-Mon"], &[]);
    for day in ["2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30"] {
        is_open(&days, &format!("{day}T00:00:00Z"));
        is_open(&days, &format!("{day}T23:59:59Z"));
    }
    opens(&days, "2026-12-01T00:00:00Z", "2026-12-04T00:00:00Z");
}

#[test]
fn windows_that_touch_are_one() {
    let touching = windows("UTC", &["Sat 00:00-24:00", "Sun 00:00-12:00", "12:00-13:00"], &[]);
    for time in ["2026-11-28T23:59:59.999999999Z", "2026-11-29T00:00:00Z", "2026-11-29T12:00:00Z"] {
        is_open(&touching, time);
    }
    opens(&touching, "2026-11-29T13:00:00Z", "2026-11-30T12:00:00Z");
}

#[test]
fn a_window_in_hours_that_clocks_skip_is_not_there_that_day() {
    // On 2026-03-08 clocks go from 02:00 to 03:00.
    let skipped = windows("America/Los_Angeles", &["02:15-02:45"], &[]);
    opens(&skipped, "2026-03-08T09:59:00Z", "2026-03-09T09:15:00Z");
    // One that begins in the skipped hour begins when clocks are set.
    let begins = windows("America/Los_Angeles", &["02:30-04:00"], &[]);
    opens(&begins, "2026-03-08T09:59:59Z", "2026-03-08T10:00:00Z");
}

#[test]
fn a_window_in_hours_that_clocks_show_twice_is_there_twice() {
    // On 2026-11-01 clocks go from 02:00 back to 01:00, at 09:00 UTC.
    let twice = windows("America/Los_Angeles", &["01:15-01:45"], &[]);
    is_open(&twice, "2026-11-01T08:30:00Z");
    opens(&twice, "2026-11-01T08:45:00Z", "2026-11-01T09:15:00Z");
    is_open(&twice, "2026-11-01T09:30:00Z");
    opens(&twice, "2026-11-01T09:45:00Z", "2026-11-02T09:15:00Z");
}

#[test]
fn the_last_day_of_a_freeze_is_frozen_and_a_time_at_its_end_is_not() {
    let frozen = windows("UTC", &[], &["2026-12-20..2027-01-03", "2026-11-27T00:00..2026-11-30T08:00"]);
    is_open(&frozen, "2026-12-19T23:59:59Z");
    opens(&frozen, "2026-12-20T00:00:00Z", "2027-01-04T00:00:00Z");
    opens(&frozen, "2027-01-03T23:59:59Z", "2027-01-04T00:00:00Z");
    opens(&frozen, "2026-11-30T07:59:59Z", "2026-11-30T08:00:00Z");
    is_open(&frozen, "2026-11-30T08:00:00Z");
    let day = windows("UTC", &[], &["2026-12-24"]);
    opens(&day, "2026-12-24T12:00:00Z", "2026-12-25T00:00:00Z");
}

#[test]
fn a_freeze_wins_over_a_window_and_the_opening_is_in_the_window_after_it() {
    let both = windows("UTC", &["Sat-Sun"], &["2026-12-05..2026-12-07", "2026-12-12..2026-12-12"]);
    opens(&both, "2026-12-05T10:00:00Z", "2026-12-13T00:00:00Z");
    let State::Closed(closed) = both.at(at("2026-12-05T10:00:00Z")) else { panic!("open") };
    assert_eq!(closed.why.to_string(), "frozen 2026-12-05..2026-12-07");
}

#[test]
fn a_freeze_is_one_piece_where_clocks_show_its_end_twice() {
    let frozen = windows(
        "America/Los_Angeles",
        &[],
        &["2026-10-30..2026-11-01", "2026-11-01T01:30..2026-11-01T01:40"],
    );
    opens(&frozen, "2026-11-01T08:30:00Z", "2026-11-02T08:00:00Z");
    let short = windows("America/Los_Angeles", &[], &["2026-11-01T01:30..2026-11-01T01:40"]);
    opens(&short, "2026-11-01T08:30:00Z", "2026-11-01T09:40:00Z");
    opens(&short, "2026-11-01T09:10:00Z", "2026-11-01T09:40:00Z");
}

#[test]
fn no_opening_within_the_horizon_is_said_to_be_none() {
    let never = windows("America/Los_Angeles", &["Sun 02:10-02:20"], &["2026-01-01..2029-12-31"]);
    let State::Closed(closed) = never.at(at("2026-11-23T00:00:00Z")) else { panic!("open") };
    assert_eq!(closed.next_opening, None);
    let ever = windows("America/Los_Angeles", &[], &["2026-01-01..9999-12-31"]);
    for now in [at("2026-11-23T00:00:00Z"), at("9998-01-01T00:00:00Z")] {
        assert!(matches!(ever.at(now), State::Closed(Closed { next_opening: None, .. })), "{now}");
    }
}

#[test]
fn what_is_no_window_is_told_apart() {
    for (text, code) in [
        ("Sat-Son", "bad-day"),
        ("Moon", "bad-day"),
        ("", "bad-window"),
        ("Mon 20:00 06:00", "bad-window"),
        ("Mon 20:00", "bad-window"),
        ("20:00-20:00", "bad-window"),
        ("Mon-Fri 20:00-25:00", "bad-time"),
        ("24:00-06:00", "bad-time"),
        ("20:60-21:00", "bad-time"),
        ("+8:00-21:00", "bad-time"),
        ("8:00-21:00", "bad-time"),
        ("00:00-24:01", "bad-time"),
    ] {
        let error = text.parse::<Weekly>().expect_err(text);
        assert_eq!(error.code(), code, "`{text}`: {error}");
    }
    for text in ["sat-sun", "Mon  20:00-06:00", "00:00-24:00", "20:00-00:00", "Wed"] {
        assert!(text.parse::<Weekly>().is_ok(), "{text}");
    }
}

#[test]
fn what_is_no_freeze_is_told_apart() {
    for (text, code) in [
        ("2026-12-20..2026-12-19", "reversed-dates"),
        ("2026-12-20T08:00..2026-12-20T08:00", "reversed-dates"),
        ("2026-02-29..2026-03-01", "bad-date"),
        ("2026-12-20..2026-12-24T24:30", "bad-date"),
        ("2026-12-20..", "bad-date"),
        ("2026-12-20T00:00Z..2026-12-21", "bad-date"),
        ("26-12-20..26-12-21", "bad-date"),
        ("Christmas", "bad-date"),
        ("2026-12-2\u{e9}", "bad-date"),
    ] {
        let error = Freeze::parse(text, &TimeZone::UTC).expect_err(text);
        assert_eq!(error.code(), code, "`{text}`: {error}");
    }
}

/// Zones that set their clocks by an hour, by half an hour, at midnight, by a whole day, never.
const ZONES: [&str; 9] = [
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Africa/Cairo",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "UTC",
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// One window of a week as its text and as the minutes of a week, Monday first. Many begin and
/// end close to `turn`, the minute of the day at which clocks are set.
fn weekly(turn: usize) -> impl Strategy<Value = (String, Vec<bool>)> {
    let days = proptest::option::of((0..7_usize, 0..7_usize));
    let close = (0..24_usize).prop_map(move |step| (MINUTES_A_DAY + turn + step * 10 - 120) % MINUTES_A_DAY);
    let minute = prop_oneof![3 => close, 1 => 0..MINUTES_A_DAY];
    let hours = proptest::option::of((minute.clone(), minute));
    (days, hours).prop_filter_map("neither days nor hours", |(days, hours)| {
        let (first, last) = days.unwrap_or((0, 6));
        let (begin, end) = hours.unwrap_or((0, MINUTES_A_DAY));
        if (days.is_none() && hours.is_none()) || begin == end {
            return None;
        }
        let mut week = vec![false; 7 * MINUTES_A_DAY];
        let mut day = first;
        loop {
            let mut minute = begin;
            while minute != end {
                week[(day * MINUTES_A_DAY + minute) % (7 * MINUTES_A_DAY)] = true;
                minute += 1;
                if minute == MINUTES_A_DAY && end < begin {
                    (0..end).for_each(|rest| {
                        week[((day + 1) % 7) * MINUTES_A_DAY + rest] = true;
                    });
                    break;
                }
            }
            if day == last {
                break;
            }
            day = (day + 1) % 7;
        }
        let clock = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
        let words = [
            days.map(|_| format!("{}-{}", DAYS[first], DAYS[last])),
            hours.map(|_| format!("{}-{}", clock(begin), clock(end))),
        ];
        Some((words.into_iter().flatten().collect::<Vec<_>>().join(" "), week))
    })
}

/// A time zone and a moment at which its clocks are set, if they are.
fn turns() -> impl Strategy<Value = (TimeZone, Timestamp)> {
    (proptest::sample::select(&ZONES[..]), 0..14_usize).prop_map(|(name, nth)| {
        let zone = zone(name);
        let start = at("2005-01-01T00:00:00Z");
        let turn = zone.following(start).nth(nth).map_or(start, |turn| turn.timestamp());
        (zone, turn)
    })
}

/// A turn with windows and freezes around it; a freeze is the minute of its beginning and how
/// long the clock says it lasts.
type Case = (TimeZone, Timestamp, Vec<(String, Vec<bool>)>, Vec<(usize, usize)>);

fn cases() -> impl Strategy<Value = Case> {
    turns().prop_flat_map(|(zone, turn)| {
        let wall = zone.to_datetime(turn);
        let minute = usize::try_from(wall.hour()).unwrap() * 60 + usize::try_from(wall.minute()).unwrap();
        let close = (BEFORE - 180..BEFORE + 120, 1..180_usize);
        let freeze = prop_oneof![close, (0..9 * MINUTES_A_DAY, 1..3 * MINUTES_A_DAY)];
        let weekly = proptest::collection::vec(weekly(minute), 0..4);
        (Just(zone), Just(turn), weekly, proptest::collection::vec(freeze, 0..3))
    })
}

/// How many minutes before a turn are looked at.
const BEFORE: usize = 4 * MINUTES_A_DAY + MINUTES_A_DAY / 2;

/// Nine days of minutes around a turn.
fn minutes(turn: Timestamp) -> Vec<Timestamp> {
    let minutes = |minutes: usize| SignedDuration::from_mins(i64::try_from(minutes).unwrap());
    (0..9 * MINUTES_A_DAY).map(|minute| turn - minutes(BEFORE) + minutes(minute)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// What counts is what the clock on the wall shows, minute by minute.
    #[test]
    fn open_is_what_a_clock_on_the_wall_says_minute_by_minute(
        (zone, turn, weekly, freezes) in cases(),
    ) {
        let moments = minutes(turn);
        let walls: Vec<DateTime> = moments.iter().map(|moment| zone.to_datetime(*moment)).collect();
        let written = |time: DateTime| time.strftime("%Y-%m-%dT%H:%M").to_string();
        let mut frozen = vec![false; moments.len()];
        let mut texts = Vec::new();
        for (begin, length) in freezes {
            let from = walls[begin];
            let to = from + SignedDuration::from_mins(i64::try_from(length).unwrap());
            let first = walls.iter().position(|wall| *wall >= from).unwrap();
            let last = walls.iter().rposition(|wall| *wall < to).unwrap();
            frozen[first..=last].fill(true);
            texts.push(format!("{}..{}", written(from), written(to)));
        }
        let windows = Windows {
            only: weekly.iter().map(|(text, _)| text.parse().unwrap()).collect(),
            freezes: texts.iter().map(|text| Freeze::parse(text, &zone).unwrap()).collect(),
            zone: zone.clone(),
        };
        let naive = |index: usize| {
            let wall = walls[index];
            let day = usize::try_from(wall.weekday().to_monday_zero_offset()).unwrap();
            let minute = day * MINUTES_A_DAY
                + usize::try_from(wall.hour()).unwrap() * 60
                + usize::try_from(wall.minute()).unwrap();
            !frozen[index] && (weekly.is_empty() || weekly.iter().any(|(_, week)| week[minute]))
        };
        let open: Vec<bool> = (0..moments.len()).map(naive).collect();
        for (index, moment) in moments.iter().enumerate() {
            prop_assert_eq!(windows.is_open(*moment), open[index], "{} {} {:?}", moment, walls[index], windows);
        }
        // Where it closes, and here and there.
        let closed = (0..open.len()).filter(|&index| !open[index]);
        for index in closed.filter(|&index| index % 331 == 0 || (index > 0 && open[index - 1])) {
            let State::Closed(closed) = windows.at(moments[index]) else {
                return Err(TestCaseError::fail("at() and is_open() differ"));
            };
            match (open[index..].iter().position(|open| *open), closed.next_opening) {
                (Some(ahead), found) => prop_assert_eq!(found, Some(moments[index + ahead])),
                (None, Some(found)) => prop_assert!(found > moments[moments.len() - 1]),
                (None, None) => {}
            }
        }
    }

    /// Over the whole horizon, where no minutes are counted.
    #[test]
    fn the_next_opening_is_open_and_the_instant_before_it_is_closed(
        name in proptest::sample::select(&ZONES[..]),
        now in 1_100_000_000..1_900_000_000_i64,
        weekly in proptest::collection::vec(weekly(120), 1..4),
        freeze in proptest::option::of(1..500_i64),
    ) {
        let zone = zone(name);
        let now = Timestamp::from_second(now).unwrap();
        let today = zone.to_datetime(now).date();
        let freeze = freeze.map(|days| format!("{today}..{}", today + SignedDuration::from_hours(24 * days)));
        let windows = Windows {
            only: weekly.iter().map(|(text, _)| text.parse().unwrap()).collect(),
            freezes: freeze.iter().map(|text| Freeze::parse(text, &zone).unwrap()).collect(),
            zone,
        };
        if let State::Closed(Closed { next_opening: Some(opening), .. }) = windows.at(now) {
            prop_assert!(opening > now && opening <= now + SignedDuration::from_hours(24 * DAYS_AHEAD));
            prop_assert!(windows.is_open(opening), "{opening} {windows:?}");
            prop_assert!(!windows.is_open(opening - SignedDuration::from_nanos(1)), "{opening} {windows:?}");
            prop_assert_eq!(opening.round(Unit::Minute).unwrap(), opening);
        }
    }
}
