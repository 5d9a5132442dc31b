//! Owner names as zone files write them, and TTLs.

use super::node::{Node, Style};
use super::scalar::{Plain, is_decimal};
use crate::diagnostic::Diagnostic;
use crate::{Name, Ttl};

/// Reads the name of a record: relative to the zone, `''` for the zone itself.
pub(super) fn owner(key: &Node, apex: &Name) -> Result<Name, Diagnostic> {
    let Some((text, plain)) = key.scalar() else {
        return Err(key.unexpected("a name"));
    };
    if let Some(becomes) = plain.retyped(text) {
        let name = if text.is_empty() { "an empty name".to_owned() } else { format!("the name `{text}`") };
        let error = key.error("quote-this", format!("YAML 1.1 reads {name} as `{becomes}`"));
        return Err(error.with_help(format!("write it in quotes: '{text}'")));
    }
    if text.is_empty() {
        return Ok(apex.clone());
    }
    let bad = |message: String, help: &str| Err(key.error("bad-name", message).with_help(help));
    if text == "@" {
        return bad("`@` does not stand for the zone here".into(), "write '' for the zone itself");
    }
    if ends_with_dot(text) {
        let message = format!("`{text}` ends with a dot, and names here are relative to {apex}");
        return match text.parse::<Name>() {
            Ok(absolute) if absolute == *apex => bad(message, "write '' for the zone itself"),
            Ok(absolute) if absolute.is_below(apex) => {
                bad(message, &format!("write {}", absolute.relative_to(apex)))
            }
            _ => bad(message, "leave the final dot out"),
        };
    }
    if let Some(space) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        let help = match u8::try_from(space) {
            Ok(byte) => format!("delete it, or write \\{byte:03} if you mean it"),
            Err(_) => "delete it".into(),
        };
        return bad(format!("`{text}` holds white space"), &help);
    }
    Name::parse_unicode(text, Some(apex)).map_err(|error| key.error("bad-name", error.to_string()))
}

/// Whether the last dot is one that ends the name: not escaped.
fn ends_with_dot(text: &str) -> bool {
    text.strip_suffix('.')
        .is_some_and(|front| front.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0)
}

/// Reads a TTL: seconds, or a period such as `1h30m`.
pub(super) fn ttl(node: &Node) -> Result<Ttl, Diagnostic> {
    let bad = |message: String, help: &str| Err(node.error("bad-ttl", message).with_help(help));
    let example = "write seconds such as 300, or a period such as 1h30m";
    let Some((text, plain)) = node.scalar() else {
        return Err(node.unexpected("a TTL"));
    };
    match plain {
        Plain::Null => {
            return bad("the TTL is missing".into(), "write seconds, or leave `ttl` out for the default");
        }
        Plain::Int(value) if !is_decimal(text) => return Err(misread(node, text, value)),
        Plain::Bool(_) | Plain::Timestamp | Plain::Float(_) => {
            return bad(format!("a TTL is a whole number of seconds, not {}", plain.kind()), example);
        }
        _ => {}
    }
    if text.starts_with('-') && is_decimal(text) {
        return bad(format!("the TTL {text} is below 0"), example);
    }
    let Some(seconds) = seconds(text) else {
        return bad(format!("`{text}` is no TTL"), example);
    };
    let fits = seconds
        .and_then(|seconds| u32::try_from(seconds).ok())
        .and_then(|seconds| Ttl::from_secs(seconds).ok());
    match fits {
        Some(ttl) => Ok(ttl),
        None => bad(
            format!("a TTL of {text} seconds is above {}, the largest there is (RFC 2181 8)", Ttl::MAX),
            "a day is 86400, a week 604800",
        ),
    }
}

/// The seconds of `300` or `1w2d3h4m5s`; the inner option is `None` beyond 64 bits.
fn seconds(text: &str) -> Option<Option<u64>> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return (!text.is_empty()).then(|| text.parse().ok());
    }
    let mut total = Some(0_u64);
    let mut rest = text;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        if end == 0 {
            return None;
        }
        let unit = match rest.as_bytes()[end].to_ascii_lowercase() {
            b'w' => 604_800,
            b'd' => 86_400,
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        let number: Option<u64> = rest[..end].parse().ok();
        total = total.and_then(|sum| sum.checked_add(number?.checked_mul(unit)?));
        rest = &rest[end + 1..];
    }
    Some(total)
}

/// The error for a number that YAML 1.1 and people read differently.
pub(super) fn misread(node: &Node, text: &str, value: Option<i64>) -> Diagnostic {
    let Some(value) = value else {
        return node.error("quote-this", format!("`{text}` is no plain decimal number"));
    };
    let message = format!("YAML 1.1 reads `{text}` as {value}, and people may read another number");
    node.error("quote-this", message)
        .with_help(format!("write {value}, or the number you mean, as a plain decimal"))
}

/// The error when YAML 1.1 makes another text or number of a plain scalar.
pub(super) fn hazard(node: &Node, number: bool) -> Option<Diagnostic> {
    let super::node::Kind::Scalar(text, Style::Plain) = &node.kind else { return None };
    let plain = Plain::of(text);
    match plain {
        Plain::Text | Plain::Null => None,
        Plain::Int(value) if number => (!is_decimal(text)).then(|| misread(node, text, value)),
        Plain::Float(_) | Plain::Bool(_) if number => None,
        _ => plain.retyped(text).map(|becomes| {
            node.error("quote-this", format!("YAML 1.1 reads `{text}` as `{becomes}`"))
                .with_help(format!("write it in quotes: '{text}'"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_add_up_from_large_to_small_units() {
        assert_eq!(seconds("300"), Some(Some(300)));
        assert_eq!(seconds("1h30m"), Some(Some(5400)));
        assert_eq!(seconds("1W2d"), Some(Some(777_600)));
        for bad in ["", "h", "1x", "1h2h", "1m1h", "1h5", "1.5h", " 1h"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert_eq!(seconds("99999999999999999999w"), Some(None));
    }
}
