//! What `drift` found, as lines and as events.

use super::events::{Adoption, DriftedSet, Event, SetForm, Target};
use super::plan_text::table;
use super::rows::{Row, Sign, setting_text, type_of, values};
use super::words;
use crate::config::ZoneId;
use crate::plan::drift::{Cause, Drifted};
use crate::project::adopting::Adopted;
use crate::project::drifting::Drift;
use crate::state::TargetId;
use crate::verify::judge::Judgement;
use anstyle::{AnsiColor, Style};
use dnsure_zones::RecordSet;
use dnsure_zones::diagnostic::visible;
use dnsure_zones::yaml::edit::Deed;
use std::fmt::Write as _;

/// How many answers of servers are shown for each target.
const ANSWERS: usize = 20;

/// Everything that differs, and the last line that counts.
#[must_use]
pub fn text(drifts: &[Drift]) -> String {
    let bold = Style::new().bold();
    let warn = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    let mut text = String::new();
    for drift in drifts {
        let _ = writeln!(text, "{bold}{}{bold:#}  {}", drift.id.zone_id(), visible(&drift.id.provider));
        if drift.is_missing {
            let _ = writeln!(text, "  {warn}note{warn:#}: the zone does not exist there");
        }
        if !drift.is_any() {
            text.push_str("  no drift\n");
        }
        let rows: Vec<Row> = drift.asked.sets.iter().map(|one| row(&drift.id, one)).collect();
        text.push_str(&table(&rows));
        for line in &drift.asked.waiting {
            let _ = writeln!(text, "  {warn}note{warn:#}: {}", visible(line));
        }
        match &drift.grid {
            Err(reason) => {
                let _ = writeln!(text, "  {warn}servers{warn:#}: unknown: {}", visible(reason));
            }
            Ok(grid) => {
                let findings: Vec<_> = grid.findings().collect();
                for seen in findings.iter().take(ANSWERS) {
                    let question = &grid.checks[seen.check].question;
                    let name = question.name.shown_in(&drift.id.zone);
                    let server = grid.servers[seen.server];
                    let line = format!("{server} {name} {}: {}", question.rtype, seen.judgement.detail());
                    let _ = writeln!(text, "  {warn}server{warn:#} {}", visible(&line));
                }
                if findings.len() > ANSWERS {
                    let more = words::count(findings.len() - ANSWERS, "answer");
                    let _ = writeln!(text, "  … and {more} more");
                }
                for &server in &grid.not_asked {
                    let _ = writeln!(text, "  not asked: {} (no route from here)", grid.servers[server]);
                }
            }
        }
    }
    let count = |causes: &[Cause]| {
        drifts.iter().flat_map(|drift| &drift.asked.sets).filter(|one| causes.contains(&one.cause)).count()
    };
    let servers: usize = drifts.iter().map(Drift::others).sum();
    let _ = writeln!(
        text,
        "{bold}Drift: {} changed live, {} waiting in the files, {} on both sides, {} unknown.{bold:#}   {} unmanaged   {} not as listed",
        count(&[Cause::Live, Cause::Gone]),
        count(&[Cause::Files]),
        count(&[Cause::Both]),
        count(&[Cause::Unknown]),
        count(&[Cause::Unmanaged]),
        words::count(servers, "answer"),
    );
    text
}

/// From the files to live.
pub(super) fn row(id: &TargetId, one: &Drifted) -> Row {
    let (files, live) = (one.files.as_ref(), one.live.as_ref());
    let mut notes = vec![one.cause.words().to_owned()];
    if let (Some(files), Some(live)) = (files, live) {
        if files.ttl != live.ttl || live.has_mixed_ttls() {
            notes.push(format!("ttl {} → {}", files.ttl, live.ttl));
        }
        if files.settings != live.settings {
            notes.push(format!("settings {} → {}", setting_text(files), setting_text(live)));
        }
    }
    let same = matches!((files, live), (Some(files), Some(live)) if files.same_rdatas(live));
    Row {
        sign: match (one.cause, files, live) {
            (Cause::Unmanaged, ..) => Sign::Unmanaged,
            (_, Some(_), Some(_)) => Sign::Change,
            (_, Some(_), None) => Sign::Destroy,
            _ => Sign::Add,
        },
        name: one.key.name.shown_in(&id.zone),
        rtype: live.or(files).map(type_of).unwrap_or_default(),
        before: if same { None } else { files.map(values) },
        after: live.map(values),
        position: files.and_then(|set| set.position.clone()),
        notes,
    }
}

/// What was written where: `changed  zones/example.com.yaml:12  www A 300 192.0.2.9`.
#[must_use]
pub fn adopted_line(zone: &ZoneId, adopted: &Adopted) -> String {
    let place =
        adopted.place.as_ref().map_or_else(String::new, |place| format!("{}:{}", place.file, place.line));
    let name = adopted.key.name.shown_in(&zone.name);
    let said = adopted.set.as_ref().map_or_else(String::new, |set| format!(" {} {}", set.ttl, values(set)));
    let line = format!("{:<7}  {}  {name} {}{said}", deed(adopted.deed), place, adopted.key.rtype);
    format!("{}\n", visible(&line))
}

fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::Added => "added",
        Deed::Changed => "changed",
        Deed::Removed => "removed",
        Deed::Nothing => "nothing",
    }
}

/// The same as events: every record set, every answer, and the target.
pub fn events(drift: &Drift) -> impl Iterator<Item = Event> {
    let target = Target::from(&drift.id);
    let sets = drift.asked.sets.iter().map({
        let target = target.clone();
        move |one| set_event(&target, one)
    });
    let answers = drift.grid.iter().flat_map(move |grid| {
        let target = target.clone();
        grid.findings().map(move |seen| Event::Mismatch {
            target: target.clone(),
            name: grid.checks[seen.check].question.name.clone(),
            rtype: grid.checks[seen.check].question.rtype,
            server: grid.servers[seen.server],
            state: match seen.judgement {
                Judgement::Missing(_) => "missing",
                Judgement::Met | Judgement::Different(_) => "other",
                Judgement::Unknown(_) => "unknown",
            },
            message: seen.judgement.detail().to_owned(),
        })
    });
    let unasked = drift.grid.as_ref().err().map(|reason| Event::Warning {
        message: format!("{}: what its servers serve is unknown: {reason}", drift.id),
    });
    let missing = drift
        .is_missing
        .then(|| Event::Warning { message: format!("{}: the zone does not exist there", drift.id) });
    missing.into_iter().chain(sets).chain(answers).chain(unasked)
}

/// The event of one record set that differs.
pub(super) fn set_event(target: &Target, one: &Drifted) -> Event {
    Event::Drift(Box::new(DriftedSet {
        target: target.clone(),
        key: one.key.clone(),
        cause: one.cause,
        files: one.files.as_ref().map(form),
        live: one.live.as_ref().map(form),
    }))
}

/// The event of one record set that was adopted.
#[must_use]
pub fn adopted_event(zone: &ZoneId, adopted: &Adopted) -> Event {
    Event::Adopted(Box::new(Adoption {
        zone: zone.name.clone(),
        view: zone.view.clone(),
        key: adopted.key.clone(),
        deed: deed(adopted.deed),
        file: adopted.place.as_ref().map(|place| place.file.to_string()),
        line: adopted.place.as_ref().map(|place| place.line),
        now: adopted.set.as_ref().map(form),
    }))
}

fn form(set: &RecordSet) -> SetForm {
    SetForm { ttl: set.ttl, values: set.texts().collect(), settings: set.settings.clone() }
}
