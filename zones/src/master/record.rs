//! One record: owner, TTL and class in any order, type, data.

use super::reader::{Entry, File, Reader};
use crate::diagnostic::{Position, Severity};
use crate::rdata::parse_tokens_into;
use crate::rdata::token::Token;
use crate::zone::ZoneError;
use crate::{Name, RecordType, Ttl};

/// What stands between owner and data.
pub(super) struct Head {
    pub(super) ttl: Option<Ttl>,
    pub(super) rtype: RecordType,
    /// The index of the first word of the data.
    pub(super) data: usize,
}

impl Reader<'_> {
    pub(super) fn record<'f>(&mut self, file: &mut File<'f>, entry: &Entry<'f>) {
        let first = usize::from(!entry.indented);
        if !entry.indented {
            let written = entry.tokens[0].bytes;
            if file.owner.as_ref().is_none_or(|(known, _)| *known != written) {
                file.owner = self.name(file, entry, 0).map(|name| (written, name));
                if file.owner.is_none() {
                    return;
                }
            }
        }
        let Some(head) = self.head(file, entry, first) else { return };
        let Some((written, owner)) = file.owner.take() else {
            let help = "this line starts with white space, so it takes the owner of the line before";
            let message = "there is no owner name before this record".to_owned();
            return self.error(file, entry, 0, "no-owner", message, Some(help));
        };
        let position = file.start(entry);
        let data = &entry.tokens[head.data..];
        let pushed = self.push(&owner, &head, data, &file.origin, &position);
        file.owner = Some((written, owner));
        if let Err((token, code, message)) = pushed {
            let index = token.map_or(0, |token| head.data + token);
            self.error(file, entry, index, code, message, None);
        }
    }

    /// Reads TTL, class and type from word `at` on.
    pub(super) fn head<'f>(&mut self, file: &File<'f>, entry: &Entry<'f>, mut at: usize) -> Option<Head> {
        let (mut ttl, mut class) = (None, false);
        loop {
            let Some(token) = entry.tokens.get(at).filter(|token| !token.quoted) else {
                let message = "the record type is missing".to_owned();
                self.error(
                    file,
                    entry,
                    at,
                    "unknown-type",
                    message,
                    Some("write `owner [ttl] [class] type data`"),
                );
                return None;
            };
            match (token.bytes, class_of(token.bytes)) {
                ([b'0'..=b'9', ..], _) if ttl.is_none() => ttl = Some(self.ttl(file, entry, at)?),
                (_, Some(true)) if !class => class = true,
                (_, Some(false)) => {
                    let message =
                        format!("class {} is not supported: zones here have class IN", token.shown());
                    self.error(file, entry, at, "foreign-class", message, None);
                    return None;
                }
                _ => break,
            }
            at += 1;
        }
        let token = &entry.tokens[at];
        let rtype = type_of(token.bytes);
        match rtype {
            Some(rtype) if rtype.is_meta() => {
                let message = format!("{rtype} is for questions; no zone holds it (RFC 6895 3.1)");
                self.error(file, entry, at, "unknown-type", message, None);
                None
            }
            Some(rtype) => Some(Head { ttl, rtype, data: at + 1 }),
            None => {
                let message = format!("`{}` is no record type", token.shown());
                let help = match token.bytes {
                    [b'$', ..] => "a directive starts in the first column",
                    _ => "write a mnemonic such as A or MX, or TYPE and a number (RFC 3597)",
                };
                self.error(file, entry, at, "unknown-type", message, Some(help));
                None
            }
        }
    }

    /// Adds a record to the zone. The error is the index of the word of `data` at fault
    /// (nothing where it is the owner), a code and a message.
    pub(super) fn push(
        &mut self,
        owner: &Name,
        head: &Head,
        data: &[Token<'_>],
        origin: &Name,
        position: &Position,
    ) -> Result<(), (Option<usize>, &'static str, String)> {
        self.wire.clear();
        parse_tokens_into(head.rtype, data, origin, &mut self.wire)
            .map_err(|error| (error.token, "bad-rdata", error.message))?;
        let ttl = self.effective_ttl(head, position);
        let added = self.builder.push_record(owner, head.rtype, None, ttl, &self.wire, Some(position));
        added.map_err(|error| {
            let code = match error {
                ZoneError::OutOfZone { .. } => "out-of-zone",
                ZoneError::TooLarge => "too-large",
            };
            (None, code, error.to_string())
        })
    }

    fn effective_ttl(&mut self, head: &Head, position: &Position) -> Ttl {
        if let Some(ttl) = head.ttl {
            self.last_ttl = Some(ttl);
            return ttl;
        }
        if let Some(ttl) = self.default_ttl.or(self.last_ttl) {
            return ttl;
        }
        let span = crate::diagnostic::Span { position: position.clone(), length: 1 };
        let help = "write `$TTL 3600` or another period at the top of the file";
        if let (RecordType::SOA, Some(minimum)) = (head.rtype, self.wire.last_chunk::<4>()) {
            let ttl = Ttl::from_wire(u32::from_be_bytes(*minimum));
            self.default_ttl = Some(ttl);
            let message = format!("no TTL is given, so the SOA's minimum of {ttl} seconds is taken");
            self.report(Severity::Warning, "soa-minimum-as-ttl", message, span, Some(help));
            return ttl;
        }
        if !self.ttl_missed {
            self.ttl_missed = true;
            let message = "no TTL is given here, before, or by $TTL".to_owned();
            self.report(Severity::Error, "no-ttl", message, span, Some(help));
        }
        Ttl::MAX
    }
}

fn type_of(word: &[u8]) -> Option<RecordType> {
    let known = std::str::from_utf8(word).ok()?.parse().ok();
    // PowerDNS's own name in its zone files.
    known.or_else(|| word.eq_ignore_ascii_case(b"LUA").then_some(RecordType::LUA))
}

/// Whether the word is a class: `Some(true)` for IN.
fn class_of(word: &[u8]) -> Option<bool> {
    if !matches!(word.first(), Some(b'I' | b'i' | b'C' | b'c' | b'H' | b'h' | b'N' | b'n')) {
        return None;
    }
    let is = |class: &str| word.eq_ignore_ascii_case(class.as_bytes());
    if is("IN") || is("CLASS1") {
        return Some(true);
    }
    let numbered = word.len() > 5
        && word[..5].eq_ignore_ascii_case(b"CLASS")
        && word[5..].iter().all(u8::is_ascii_digit);
    (numbered || ["CH", "HS", "CS", "CHAOS", "HESIOD", "NONE"].iter().any(|class| is(class))).then_some(false)
}
