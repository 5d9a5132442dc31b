//! Text from and for the wire, made safe to show and to send.

use serde_json::Value;
use std::error::Error;
use std::fmt::Write as _;

/// The largest part of a server's words that an error shows, in characters.
const SHOWN: usize = 600;

/// The texts of the errors in a reply: `error` as a text or as an object with a `message`,
/// `errors` as a list of such objects, or a `message` on its own. `None` where there is nothing of it.
pub(super) fn of_errors(value: &Value) -> Option<String> {
    let message = |value: &Value| {
        let text = value.get("message").and_then(Value::as_str);
        let code =
            value.get("code").map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
        match (code, text) {
            (Some(code), Some(text)) => Some(format!("{code} {text}")),
            (None, Some(text)) => Some(text.to_owned()),
            _ => None,
        }
    };
    if let Some(error) = value.get("error") {
        return error.as_str().map(str::to_owned).or_else(|| message(error));
    }
    if let Some(errors) = value.get("errors").and_then(Value::as_array) {
        let texts: Vec<String> = errors.iter().filter_map(message).collect();
        return (!texts.is_empty()).then(|| texts.join("; "));
    }
    message(value)
}

/// An error with all its causes, each told once.
#[must_use]
pub(crate) fn causes(error: &dyn Error) -> String {
    with_causes(error.to_string(), error)
}

/// These words for an error, and all its causes.
#[must_use]
pub(crate) fn with_causes(mut text: String, error: &dyn Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

/// Text of unknown origin on one line, cut at 600 characters: what would steer a terminal or
/// turn the direction of writing is escaped.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(SHOWN));
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN {
            safe.push('…');
            break;
        }
        let steers = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if steers {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Text as one segment of a path or value of a query: all but RFC 3986's unreserved
/// characters is percent-encoded. The segments `.` and `..` mean other paths all the same.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}
