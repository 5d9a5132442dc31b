//! What a record says about the way from its old data to its new, and never about the
//! data: `dnsure: {stand_in: …}` and `ttl: {stage: …}`.

use super::node::{Entry, Node, closest};
use super::owner::{hazard, ttl};
use super::record::Context;
use crate::diagnostic::{Diagnostic, Diagnostics, Position, Span};
use crate::rdata::{self, FieldInput, RDATA_KEY, Row};
use crate::{Rdata, RecordType, Ttl};

/// The keys of `dnsure:` that mean something here; others are kept as settings.
const OWN: [&str; 2] = ["set", STAND_IN];
/// The key of the stand-in.
pub(super) const STAND_IN: &str = "stand_in";
/// The keys of `ttl:` as a mapping.
const TTL: &[&str] = &["stage", "value"];

/// What a record says about the way from old to new. It takes no part in comparisons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// A value that may be served while the record changes, and is none of its own
    /// (`dnsure: {stand_in: 192.0.2.9}`).
    pub stand_in: Option<Rdata>,
    /// The TTL while the record changes, in seconds, below its own (`ttl: {stage: 60}`).
    pub stage: Option<Ttl>,
}

impl Hint {
    /// Whether this says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.stand_in.is_none() && self.stage.is_none()
    }
}

/// Reads `ttl:` as a number or as a mapping: the TTL, and the one while the record changes.
pub(super) fn ttls(
    node: &Node,
    default: Ttl,
    soft: &mut Vec<Diagnostic>,
    found: &mut Diagnostics,
) -> (Ttl, Option<Ttl>) {
    let mut read = |node: &Node| ttl(node).map_err(|error| found.push(error)).ok();
    let Some(entries) = node.entries() else {
        return (read(node).unwrap_or(default), None);
    };
    let (mut value, mut stage) = (None, None);
    for Entry { key, value: node } in entries {
        match key.text() {
            Some("value") => value = Some((node, read(node))),
            Some("stage") => stage = Some((node, read(node))),
            _ => {}
        }
    }
    soft.extend(node.unknown_keys(TTL));
    if entries.is_empty() {
        let error = node.error("bad-ttl", "the TTL is missing");
        found.push(error.with_help("write seconds, or leave `ttl` out for the default"));
    }
    let own = match value {
        Some((_, own)) => own,
        None => Some(default),
    };
    match (own, stage) {
        // What does nothing is told and not kept.
        (Some(own), Some((node, Some(stage)))) if stage >= own => {
            let message =
                format!("a stage of {stage} seconds is not below the TTL of {own} and does nothing");
            let help = "the stage is the TTL while the record changes: write less, or leave it out";
            found.push(node.warning("idle-stage", message).with_help(help));
            (own, None)
        }
        (own, stage) => (own.unwrap_or(default), stage.and_then(|(_, stage)| stage)),
    }
}

/// Keys of `dnsure:` that are probably meant to be others.
pub(super) fn misspelt(own: &Node) -> impl Iterator<Item = Diagnostic> + '_ {
    own.entries().unwrap_or_default().iter().filter_map(|Entry { key, .. }| {
        let text = key.text().filter(|text| !OWN.contains(text))?;
        let meant = closest(text, OWN)?;
        let error = key.error("unknown-key", format!("unknown key `{text}` under `dnsure:`"));
        Some(error.with_help(format!("did you mean `{meant}`?")))
    })
}

/// Reads `stand_in` of `own`, the value of `dnsure:`, for a record with `values`.
pub(super) fn stand_in(
    own: &Node,
    rtype: RecordType,
    values: &[(Vec<u8>, Position)],
    context: &Context<'_>,
    found: &mut Diagnostics,
) -> Option<Rdata> {
    let Entry { key, value } = own.entry(STAND_IN)?;
    if rtype.is_single() {
        let message = format!("a record set of type {rtype} has one member, so nothing can stand beside it");
        found.push(key.error("stand-in-alone", message).with_help("leave `stand_in` out"));
        return None;
    }
    let Some(text) = value.text().filter(|_| !value.is_null()) else {
        found.push(value.unexpected("one value in presentation format"));
        return None;
    };
    if let Some(error) = hazard(value, false) {
        // It may have been told with the settings.
        if !found.has(error.code, &error.span) {
            found.push(error);
        }
        return None;
    }
    let wire = match rdata::parse_text(rtype, text, context.apex) {
        Ok(wire) => wire,
        Err(error) => {
            found.push(value.error("bad-value", format!("{rtype}: `{STAND_IN}`: {error}")));
            return None;
        }
    };
    found.extend(surprise(value, text, rtype, &wire, context));
    let same = rdata::canonical(rtype, &wire);
    if let Some((_, position)) = values.iter().find(|(own, _)| rdata::canonical(rtype, own) == same) {
        let message = format!("the stand-in `{text}` is a value of this record already");
        let error = value.error("stand-in-is-value", message);
        let error = error.with_related(Span::new(position.clone(), 1), "the value is here");
        found.push(error.with_help("write a value that can answer while this one changes, or leave it out"));
        return None;
    }
    Some(Rdata::new(wire))
}

/// A warning where presentation format means something else than `value:` would.
fn surprise(
    node: &Node,
    text: &str,
    rtype: RecordType,
    wire: &[u8],
    context: &Context<'_>,
) -> Option<Diagnostic> {
    if matches!(rtype, RecordType::TXT | RecordType::SPF) {
        let one = wire.first().is_some_and(|length| usize::from(*length) + 1 == wire.len());
        let loose = !one && !text.contains('"');
        return loose.then(|| {
            let message = format!("each word of `{text}` is a string of its own");
            node.warning("txt-quotes", message)
                .with_help(format!("put it in double quotes, and those in single ones: '\"{text}\"'"))
        });
    }
    if !rdata::row(rtype).is_some_and(Row::has_names) {
        return None;
    }
    let absolute = FieldInput::Map(vec![(RDATA_KEY.to_owned(), FieldInput::Scalar(text.to_owned()))]);
    let other = rdata::from_fields(rtype, &absolute, context.apex).ok()?;
    (other != wire).then(|| {
        let message = format!("`{text}` is taken as `{}`", rdata::to_text(rtype, wire));
        let help = "names in a stand-in are relative to the zone unless they end with a dot";
        node.warning("no-final-dot", message).with_help(help)
    })
}
