//! Text from and for the wire, made safe to show and to send.

use super::dialect::Told;
use serde_json::Value;
use std::error::Error;
use std::fmt::Write as _;

/// The largest part of a server's words that an error shows, in characters.
const SHOWN: usize = 600;

/// The errors of a reply in JSON: `error` as a text or an object, `errors` as a list of objects, or an
/// object on its own, each with a `message`, a `code` or both. The `reason` of a first inner error (Google's form)
/// stands for a code that is no more than the status.
pub(super) fn of_errors(body: &[u8]) -> Vec<Told> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let told = |value: &Value| {
        let inner = value.pointer("/errors/0/reason");
        let code = inner.or_else(|| value.get("code")).filter(|code| !code.is_null());
        let code = code.map(text).unwrap_or_default();
        let message = value.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        (!code.is_empty() || !message.is_empty()).then_some(Told { code, message })
    };
    match (value.get("error"), value.get("errors").and_then(Value::as_array)) {
        (Some(Value::String(message)), _) => vec![Told { message: message.clone(), ..Told::default() }],
        (Some(error), _) => told(error).into_iter().collect(),
        (None, Some(errors)) => errors.iter().filter_map(told).collect(),
        (None, None) => told(&value).into_iter().collect(),
    }
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
