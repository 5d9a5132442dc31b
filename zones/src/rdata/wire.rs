//! Wire format: the fields inside, checks, names, compression.

use super::table::{Field, Row, row};
use super::{Kind, RdataError, apl, bitmap, loc, plain, svcb};
use crate::{Name, RecordType, name};
use std::borrow::Cow;
use std::ops::Range;

/// The longest record data, in octets (RFC 1035 4.1.3).
pub const MAX_RDATA: usize = 65_535;

/// What is wrong with a field, to follow its key.
type Problem = Cow<'static, str>;

/// The octets that a field of `kind` takes at the start of `rest`.
pub(super) fn measure(kind: Kind, rest: &[u8]) -> Result<usize, Problem> {
    let fixed = |octets: usize| {
        if rest.len() < octets { Err(Cow::Borrowed("is cut off")) } else { Ok(octets) }
    };
    let counted = |octets: usize| {
        let length = plain::number(rest.get(..octets).ok_or(Cow::Borrowed("is cut off"))?) as usize;
        fixed(octets + length)
    };
    let all = |result: Result<(), &'static str>| result.map(|()| rest.len()).map_err(Cow::Borrowed);
    let at_least = |min: u8| match rest.len() < usize::from(min) {
        true => Err(Cow::Owned(format!("has {} octets; at least {min} are needed", rest.len()))),
        false => Ok(rest.len()),
    };
    match kind {
        Kind::Integer { octets, min, max, .. } => {
            let octets = fixed(usize::from(octets))?;
            match plain::number(&rest[..octets]) {
                value if value < min => Err(Cow::Owned(format!("{value} is below {min}"))),
                value if value > max => Err(Cow::Owned(format!("{value} is above {max}"))),
                _ => Ok(octets),
            }
        }
        Kind::Period | Kind::Moment | Kind::Ipv4 => fixed(4),
        Kind::TypeNumber => fixed(2),
        Kind::Name => name::wire_length(rest).map_err(|error| Cow::Owned(error.to_string())),
        Kind::Ipv6 => fixed(16),
        Kind::Eui(octets) => fixed(usize::from(octets)),
        Kind::Locator64 => fixed(8),
        Kind::String | Kind::Salt => counted(1),
        Kind::Tag | Kind::Hash if rest.first() == Some(&0) => Err(Cow::Borrowed("is empty")),
        Kind::Tag | Kind::Hash => counted(1),
        Kind::LongString => counted(2),
        Kind::Strings => {
            let mut at = 0;
            while at < rest.len() || at == 0 {
                let length = *rest.get(at).ok_or(Cow::Borrowed("has no string"))?;
                at += 1 + usize::from(length);
            }
            if at == rest.len() { Ok(at) } else { Err(Cow::Borrowed("is cut off")) }
        }
        Kind::Text { min } | Kind::Hex { min } | Kind::Base64 { min } => at_least(min),
        Kind::Types => all(bitmap::check(rest)),
        Kind::ServiceParams => all(svcb::check(rest)),
        Kind::Location => loc::check(rest).map(|()| 16).map_err(Cow::Borrowed),
        Kind::Prefixes => all(apl::check(rest)),
    }
}

/// The fields of `row` with their bytes; ends with an error where `wire` does not fit.
pub(super) fn split<'w>(
    row: &'static Row,
    wire: &'w [u8],
) -> impl Iterator<Item = Result<(&'static Field, Range<usize>), RdataError>> + use<'w> {
    let mut at = 0;
    let mut broken = false;
    row.fields.iter().map_while(move |field| {
        if broken {
            return None;
        }
        let rest = wire.get(at..).unwrap_or_default();
        match measure(field.kind, rest) {
            Ok(length) => {
                at += length;
                Some(Ok((field, at - length..at)))
            }
            Err(problem) => {
                broken = true;
                Some(Err(misfit(row, field, &problem)))
            }
        }
    })
}

fn misfit(row: &Row, field: &Field, problem: &str) -> RdataError {
    RdataError::new(format!("{} data does not fit {}: {} {problem}", row.rtype, row.rfc, field.key))
}

/// Checks that uncompressed `wire` is whole and right for its type.
///
/// What a type's row says is checked: lengths, ranges, names, order of service
/// parameters. What is legal but unwise is for lint. Types without a row hold any bytes.
///
/// # Errors
/// [`RdataError`] with the field that does not fit.
pub fn check(rtype: RecordType, wire: &[u8]) -> Result<(), RdataError> {
    if wire.len() > MAX_RDATA {
        return Err(RdataError::new(format!(
            "{} octets of data; a record holds at most 65535 (RFC 1035 4.1.3)",
            wire.len()
        )));
    }
    let Some(row) = row(rtype) else { return Ok(()) };
    let mut end = 0;
    for part in split(row, wire) {
        end = part?.1.end;
    }
    if end < wire.len() {
        return Err(left_over(row, wire.len() - end));
    }
    Ok(())
}

fn left_over(row: &Row, octets: usize) -> RdataError {
    let last = row.fields.last().map_or("", |field| field.key);
    RdataError::new(format!("{} data does not fit {}: {octets} octets after {last}", row.rtype, row.rfc))
}

/// The form for comparison: embedded names in lower case, because names compare without
/// case (RFC 1035 2.3.3), and so the flags of NAPTR and the tag of CAA.
///
/// For the types of RFC 4034 6.2 this is the DNSSEC canonical form; RFC 6840 5.1 takes
/// NSEC off that list and later types such as SVCB were never on it, so for them it serves
/// comparison only. Nothing is allocated for types without names and for data without
/// capitals.
#[must_use]
pub fn canonical(rtype: RecordType, wire: &[u8]) -> Cow<'_, [u8]> {
    if !wire.iter().any(u8::is_ascii_uppercase) {
        return Cow::Borrowed(wire);
    }
    let folds = |field: &Field| field.kind == Kind::Name || field.caseless;
    let Some(row) = row(rtype).filter(|row| row.fields.iter().any(folds)) else {
        return Cow::Borrowed(wire);
    };
    let mut lower = Cow::Borrowed(wire);
    for (field, range) in split(row, wire).map_while(Result::ok) {
        if field.kind == Kind::Name {
            // Length octets of labels are below 64 and so never in A..Z.
            lower.to_mut()[range].make_ascii_lowercase();
        } else if field.caseless {
            lower.to_mut()[range.start + 1..range.end].make_ascii_lowercase();
        }
    }
    lower
}

/// The domain names inside, in order.
pub fn names(rtype: RecordType, wire: &[u8]) -> impl Iterator<Item = Name> + use<'_> {
    row(rtype)
        .filter(|row| row.has_names())
        .into_iter()
        .flat_map(move |row| split(row, wire).map_while(Result::ok))
        .filter(|(field, _)| field.kind == Kind::Name)
        .filter_map(move |(_, range)| Name::from_wire(&wire[range]).ok())
}

/// Reads the record data at `range` of a DNS message and returns its uncompressed wire
/// form. Compression is followed in the names of every type with a row (RFC 3597 4 asks
/// for that in some types that may not be sent so); a pointer must lead to an earlier
/// place. The result has passed [`check`].
///
/// # Errors
/// [`RdataError`] for data that does not fit its type, and for bad pointers.
pub fn decompress(rtype: RecordType, message: &[u8], range: Range<usize>) -> Result<Vec<u8>, RdataError> {
    let data = message
        .get(range.clone())
        .ok_or_else(|| RdataError::new(format!("the {rtype} data ends after the message")))?;
    let Some(row) = row(rtype).filter(|row| row.has_names()) else {
        check(rtype, data)?;
        return Ok(data.to_vec());
    };
    let mut wire = Vec::with_capacity(data.len() + 32);
    let mut at = range.start;
    for field in row.fields {
        let length = match field.kind {
            Kind::Name => follow(&message[..range.end], at, &mut wire),
            kind => measure(kind, &message[at..range.end]).inspect(|length| {
                wire.extend_from_slice(&message[at..at + length]);
            }),
        };
        at += length.map_err(|problem| misfit(row, field, &problem))?;
    }
    if at < range.end {
        return Err(left_over(row, range.end - at));
    }
    Ok(wire)
}

/// Appends the name at `start` of `message`; the octets it takes there.
fn follow(message: &[u8], start: usize, wire: &mut Vec<u8>) -> Result<usize, Problem> {
    const CUT_OFF: Problem = Cow::Borrowed("is cut off");
    let begun = wire.len();
    let mut at = start;
    // A pointer leads before the run of labels that holds it, so following ends.
    let mut run = start;
    let mut taken = None;
    loop {
        let length = usize::from(*message.get(at).ok_or(CUT_OFF)?);
        match length {
            0 => {
                wire.push(0);
                return Ok(taken.unwrap_or_else(|| at + 1 - start));
            }
            1..=63 => {
                let label = message.get(at..at + 1 + length).ok_or(CUT_OFF)?;
                wire.extend_from_slice(label);
                if wire.len() - begun >= name::MAX_NAME {
                    return Err(Cow::Borrowed("is longer than 255 octets"));
                }
                at += 1 + length;
            }
            0xc0.. => {
                let low = usize::from(*message.get(at + 1).ok_or(CUT_OFF)?);
                let target = (length & 0x3f) << 8 | low;
                taken = taken.or_else(|| Some(at + 2 - start));
                if target >= run {
                    return Err(Cow::Borrowed("has a compression pointer that does not lead back"));
                }
                at = target;
                run = target;
            }
            _ => return Err(Cow::Borrowed("has a label of an unknown kind (RFC 6891 5)")),
        }
    }
}
