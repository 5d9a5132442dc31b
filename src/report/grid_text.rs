//! The grid of record sets and servers that `verify` saw.

use super::drift_text;
use super::events::{Event, Judged, Target};
use super::plan_text::table;
use super::rows::Row;
use super::words;
use crate::project::verifying::Grid;
use crate::verify::judge::Judgement;
use crate::verify::sweep::Seen;
use dnsure_zones::diagnostic::visible;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many rows with findings are shown.
const ROWS: usize = 50;

/// Rows with findings, one column per server, and the last line that counts.
#[must_use]
pub fn text(grid: &Grid) -> String {
    let mut text = format!("{}  {}\n", grid.id.zone_id(), visible(&grid.id.provider));
    let mut rows: BTreeMap<usize, Vec<&Seen>> = BTreeMap::new();
    for seen in grid.findings() {
        rows.entry(seen.check).or_default().push(seen);
    }
    let name_of = |check: usize| {
        let question = &grid.checks[check].question;
        format!("{} {}", question.name.shown_in(&grid.id.zone), question.rtype)
    };
    let width = rows.keys().map(|&check| name_of(check).chars().count()).max().unwrap_or(0).min(48);
    if !rows.is_empty() {
        let _ = write!(text, "  {:width$}", "");
        for server in &grid.servers {
            let _ = write!(text, "  {server:<22}");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    for (&check, cells) in rows.iter().take(ROWS) {
        let mut line = format!("  {:width$}", name_of(check));
        for server in 0..grid.servers.len() {
            let cell = cells.iter().find(|seen| seen.server == server);
            let _ = write!(line, "  {:<22}", cell.map_or("ok", |seen| word(&seen.judgement)));
        }
        let _ = writeln!(text, "{}", line.trim_end());
        for seen in cells {
            let _ =
                writeln!(text, "      {}: {}", grid.servers[seen.server], visible(seen.judgement.detail()));
        }
    }
    if rows.len() > ROWS {
        let _ = writeln!(text, "  … and {} more", words::count(rows.len() - ROWS, "record set"));
    }
    if !grid.listed.is_empty() {
        let rows: Vec<Row> = grid.listed.iter().map(|one| drift_text::row(&grid.id, one)).collect();
        text.push_str(
            "  listed otherwise than the files have it; answers cannot show it, `dnsure plan` shows the way back:\n",
        );
        text.push_str(&table(&rows));
    }
    for &server in &grid.not_asked {
        let _ = writeln!(text, "  not asked: {} (no route from here)", grid.servers[server]);
    }
    let asked = grid.servers.len() - grid.not_asked.len();
    let cells = grid.checks.len() * asked;
    let good = cells - grid.findings().count();
    let took = i64::try_from(grid.took.as_millis()).unwrap_or(i64::MAX);
    let _ = writeln!(
        text,
        "{} of {} answers are right: {} on {} in {}",
        words::number(good as u64),
        words::number(cells as u64),
        words::count(grid.checks.len(), "record set"),
        words::count(asked, "server"),
        words::millis(took)
    );
    text
}

fn word(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Met => "ok",
        Judgement::Missing(_) => "missing",
        Judgement::Different(_) => "other",
        Judgement::Unknown(_) => "unknown",
    }
}

/// The same as events: every answer that is not right, every set that is listed otherwise, then the counts.
pub fn events(grid: &Grid) -> impl Iterator<Item = Event> {
    let target = Target::from(&grid.id);
    let address = |server: usize| grid.servers[server];
    let asked = grid.servers.len() - grid.not_asked.len();
    let answers = grid.checks.len() * asked;
    let judged = Judged {
        target: target.clone(),
        record_sets: grid.checks.len(),
        servers: (0..grid.servers.len())
            .filter(|server| !grid.not_asked.contains(server))
            .map(address)
            .collect(),
        not_asked: grid.not_asked.iter().map(|&server| address(server)).collect(),
        answers,
        right: answers - grid.findings().count(),
        took_ms: i64::try_from(grid.took.as_millis()).unwrap_or(i64::MAX),
    };
    let listed = grid.listed.iter().map({
        let target = target.clone();
        move |one| drift_text::set_event(&target, one)
    });
    let mismatches = grid.findings().map(move |seen| {
        let question = &grid.checks[seen.check].question;
        Event::Mismatch {
            target: target.clone(),
            name: question.name.clone(),
            rtype: question.rtype,
            server: address(seen.server),
            state: word(&seen.judgement),
            message: seen.judgement.detail().to_owned(),
        }
    });
    mismatches.chain(listed).chain(std::iter::once(Event::TargetVerified(Box::new(judged))))
}
