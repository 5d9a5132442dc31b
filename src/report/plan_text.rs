//! A plan on a terminal.

use super::rows::{Row, Sign, Tally, rows};
use super::steps_text::steps_text;
use crate::plan::{Plan, TargetPlan};
use anstyle::{AnsiColor, Style};
use dnsure_zones::diagnostic::visible;
use std::fmt::Write as _;

/// The widest a value may be before old and new get lines of their own.
const WIDE: usize = 56;

/// The whole plan; colours are always in it, and the stream takes them out where there is
/// no terminal.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    for target in &plan.targets {
        write_target(&mut text, target);
    }
    let tally = Tally::of(&plan.targets);
    let bold = Style::new().bold();
    let _ = write!(
        text,
        "{bold}Plan: {} to add, {} to change, {} to destroy.{bold:#}",
        tally.add, tally.change, tally.destroy
    );
    if tally.unmanaged > 0 {
        let _ = write!(text, "   {} unmanaged", tally.unmanaged);
    }
    if plan.targets.iter().any(|target| !target.is_empty()) {
        let _ = write!(text, "   digest {}", plan.digest());
    }
    text.push('\n');
    text
}

fn write_target(text: &mut String, target: &TargetPlan) {
    let bold = Style::new().bold();
    let _ = write!(
        text,
        "{bold}{}{bold:#}  {}  {}",
        target.zone_id(),
        visible(&target.provider),
        target.guarantee
    );
    if target.steps.len() > 1 {
        let _ = write!(text, "  in {} writes", target.steps.len());
    }
    if !target.names.are_all() {
        let _ = write!(text, "  only {}", visible(&target.names.to_string()));
    }
    if target.ignored > 0 {
        let _ = write!(text, "  ({} ignored)", target.ignored);
    }
    text.push('\n');
    if target.creates_zone {
        let _ = writeln!(text, "  {} the zone does not exist there and will be created", paint(Sign::Add));
    }
    let rows = rows(target);
    if target.is_empty() {
        let _ = writeln!(text, "  no changes");
    }
    text.push_str(&table(&rows));
    text.push_str(&steps_text(target));
    if target.guarantee.ends_with(", unguarded") && !target.steps.is_empty() {
        text.push_str("  not covered: this provider compares nothing before it writes; between the last look and the call another writer is not noticed\n");
    }
    let warn = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    for notice in &target.notices {
        let _ = writeln!(text, "  {warn}note{warn:#}: {}", visible(notice));
    }
    let stop = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    for guard in &target.guards {
        let _ = writeln!(text, "  {stop}guard{stop:#}: {}", visible(&guard.to_string()));
    }
}

/// Rows in columns.
pub(super) fn table(rows: &[Row]) -> String {
    let widths = Widths::of(rows);
    let mut text = String::new();
    rows.iter().for_each(|row| write_row(&mut text, row, &widths));
    text
}

struct Widths {
    name: usize,
    rtype: usize,
    value: usize,
    place: usize,
}

impl Widths {
    fn of(rows: &[Row]) -> Self {
        let widest =
            |measure: fn(&Row) -> usize, most: usize| rows.iter().map(measure).max().unwrap_or(0).min(most);
        Self {
            name: widest(|row| visible(&row.name).chars().count(), 32),
            rtype: widest(|row| row.rtype.chars().count(), 16),
            value: widest(|row| one_line(row).map_or(0, |value| value.chars().count()), WIDE),
            place: widest(|row| place(row).chars().count(), 48),
        }
    }
}

/// Old and new on one line, where they fit.
fn one_line(row: &Row) -> Option<String> {
    let line = match (&row.before, &row.after) {
        (Some(before), Some(after)) => format!("{} → {}", visible(before), visible(after)),
        (Some(value), None) | (None, Some(value)) => visible(value).into_owned(),
        (None, None) => String::new(),
    };
    (line.chars().count() <= WIDE).then_some(line)
}

fn place(row: &Row) -> String {
    row.position.as_ref().map(|position| format!("{}:{}", position.file, position.line)).unwrap_or_default()
}

fn write_row(text: &mut String, row: &Row, widths: &Widths) {
    let dim = Style::new().dimmed();
    let _ = write!(
        text,
        "  {} {:name$}  {:rtype$}  ",
        paint(row.sign),
        visible(&row.name),
        row.rtype,
        name = widths.name,
        rtype = widths.rtype,
    );
    let notes = row.notes.join(" · ");
    let notes = visible(&notes);
    let value = one_line(row);
    let mut line = format!(
        "{:value$}  {:place$}  {dim}{notes}{dim:#}",
        value.as_deref().unwrap_or(""),
        visible(&place(row)),
        value = widths.value,
        place = widths.place,
    );
    if notes.is_empty() {
        line.truncate(line.trim_end_matches(&format!("{dim}{dim:#}")).trim_end().len());
    }
    text.push_str(line.trim_end());
    text.push('\n');
    if value.is_none() {
        for (sign, value) in [(Sign::Destroy, &row.before), (Sign::Add, &row.after)] {
            if let Some(value) = value {
                let _ = writeln!(text, "      {} {}", paint(sign), visible(value));
            }
        }
    }
}

fn paint(sign: Sign) -> String {
    let colour = match sign {
        Sign::Add => AnsiColor::Green,
        Sign::Change => AnsiColor::Yellow,
        Sign::Destroy => AnsiColor::Red,
        Sign::Unmanaged => AnsiColor::Cyan,
    };
    let style = Style::new().fg_color(Some(colour.into()));
    format!("{style}{}{style:#}", sign.symbol())
}
