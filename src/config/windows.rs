//! The `windows` section: when changes are allowed.

use super::reader::Reader;
use crate::windows::freeze::FreezeError;
use crate::windows::{Freeze, Weekly, Windows};
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::yaml::{Node, closest};
use jiff::tz::{TimeZone, TimeZoneDatabase};

const KEYS: &[&str] = &["only", "freeze", "zone"];
const FREEZE_KEYS: &[&str] = &["from", "to", "why"];

impl Reader {
    /// Reads windows below `above`: what is not said here stays as it is there, and freezes
    /// add up, so that a zone's own line cannot end a freeze of all zones.
    pub(super) fn windows(&mut self, node: &Node, above: &Windows) -> Option<Windows> {
        self.take(node.expect_map().map(|_| ()))?;
        self.only(node, KEYS);
        let mut windows = above.clone();
        if let Some(zone) = node.get("zone") {
            windows.zone = self.time_zone(zone).unwrap_or(windows.zone);
        }
        if let Some(only) = node.get("only") {
            windows.only = self.weekly(only);
        }
        if let Some(freezes) = node.get("freeze") {
            for item in freezes.one_or_many() {
                windows.freezes.extend(self.freeze(item, &windows.zone));
            }
        }
        Some(windows)
    }

    fn weekly(&mut self, node: &Node) -> Vec<Weekly> {
        let items = node.one_or_many();
        if items.is_empty() {
            self.errors.push(
                node.error("bad-window", "an empty list of windows leaves no time for changes")
                    .with_help("leave `only` out to allow changes at any time, or write \"Mon-Sun\""),
            );
        }
        let read = |item| {
            let text = self.text(item)?;
            self.take(
                text.parse::<Weekly>()
                    .map_err(|error| item.error(error.code(), error.to_string()).with_help(error.help())),
            )
        };
        items.iter().filter_map(read).collect()
    }

    fn freeze(&mut self, node: &Node, zone: &TimeZone) -> Option<Freeze> {
        if node.entries().is_none() {
            let read = Freeze::parse(&self.date(node)?, zone);
            return self.take(read.map_err(|error| told(node, &error)));
        }
        self.only(node, FREEZE_KEYS);
        let (Some(from), Some(to)) = (self.required(node, "from"), self.required(node, "to")) else {
            return None;
        };
        let reason = match node.get("why") {
            Some(reason) => Some(self.text(reason)?),
            None => None,
        };
        let (first, last) = (self.date(from)?, self.date(to)?);
        let read = Freeze::between(&first, &last, zone).map_err(|error| match &error {
            FreezeError::Date(text) if *text == first => told(from, &error),
            _ => told(to, &error),
        });
        Some(Freeze { reason, ..self.take(read)? })
    }

    /// A date as it is written: YAML has a type of its own for it, which changes nothing here.
    fn date(&mut self, node: &Node) -> Option<String> {
        match node.text() {
            Some(text) => Some(text.to_owned()),
            None => self.text(node),
        }
    }

    fn time_zone(&mut self, node: &Node) -> Option<TimeZone> {
        let name = self.text(node)?;
        let found = time_zone(&name);
        if found.is_none() {
            let known: Vec<String> =
                TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
            let error = node.error("unknown-time-zone", format!("`{name}` is no time zone"));
            self.errors.push(match closest(&name, known.iter().map(String::as_str)) {
                Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
                None => error.with_help("write a name of the IANA database, such as Europe/Berlin, or UTC"),
            });
        }
        found
    }
}

fn told(node: &Node, error: &FreezeError) -> Diagnostic {
    node.error(error.code(), error.to_string()).with_help(error.help())
}

/// The system's database first, because it is mended when a country changes its clocks; what
/// it lacks, or where there is none, comes with the program.
fn time_zone(name: &str) -> Option<TimeZone> {
    let found = jiff::tz::db().get(name).or_else(|_| TimeZoneDatabase::bundled().get(name));
    found.ok().filter(|zone| !zone.is_unknown())
}
