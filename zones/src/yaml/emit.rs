//! Writes YAML that YAML 1.1 and 1.2 read alike.

use super::natural;
use super::scalar::Plain;
use serde_json::Value;
use std::fmt::Write;

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Out {
    /// A text; gets quotes where it needs them.
    Text(String),
    /// A number, a truth value or null, as it is.
    Raw(String),
    List(Vec<Out>),
    Map(Vec<(String, Out)>),
}

impl Out {
    /// A value of provider settings.
    pub(super) fn of_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Raw("null".into()),
            Value::Bool(value) => Self::Raw(value.to_string()),
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(float) => Self::Raw(float_text(float)),
                None => Self::Raw(number.to_string()),
            },
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            Value::Object(pairs) => {
                Self::Map(pairs.iter().map(|(key, value)| (key.clone(), Self::of_json(value))).collect())
            }
        }
    }

    /// Appends this as the value of a key or the item of a list, with a line end.
    /// `indent` is that of the lines below.
    pub(super) fn write(&self, text: &mut String, indent: usize) {
        match self {
            Self::Text(value) => {
                text.push(' ');
                write_text(text, value);
                text.push('\n');
            }
            Self::Raw(value) => {
                text.push(' ');
                text.push_str(value);
                text.push('\n');
            }
            Self::List(items) if items.is_empty() => text.push_str(" []\n"),
            Self::Map(pairs) if pairs.is_empty() => text.push_str(" {}\n"),
            Self::List(items) => {
                text.push('\n');
                Self::write_items(items, text, indent, true);
            }
            Self::Map(_) => {
                text.push('\n');
                self.write_pairs(text, indent, true);
            }
        }
    }

    fn write_items(items: &[Out], text: &mut String, indent: usize, mut new_line: bool) {
        for item in items {
            if new_line {
                spaces(text, indent);
            }
            new_line = true;
            text.push('-');
            match item {
                Self::Map(pairs) if !pairs.is_empty() => {
                    text.push(' ');
                    item.write_pairs(text, indent + 2, false);
                }
                Self::List(inner) if !inner.is_empty() => {
                    text.push(' ');
                    Self::write_items(inner, text, indent + 2, false);
                }
                _ => item.write(text, indent + 2),
            }
        }
    }

    /// The pairs of a mapping in natural order, the first after what stands on its line.
    fn write_pairs(&self, text: &mut String, indent: usize, mut new_line: bool) {
        let Self::Map(pairs) = self else { return };
        let mut pairs: Vec<&(String, Out)> = pairs.iter().collect();
        pairs.sort_by(|a, b| natural::compare(&natural::decomposed(&a.0), &natural::decomposed(&b.0)));
        for (key, value) in pairs {
            if new_line {
                spaces(text, indent);
            }
            new_line = true;
            write_text(text, key);
            text.push(':');
            // Lists stand below their key without indentation of their own, as octoDNS has it.
            let inner = if matches!(value, Self::List(_)) { indent } else { indent + 2 };
            value.write(text, inner);
        }
    }
}

fn spaces(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}

/// A number that YAML 1.1 takes as a number with a point.
fn float_text(float: f64) -> String {
    let text = format!("{float:?}");
    match text.split_once('e') {
        None => text,
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
        }
    }
}

/// Appends a text, in quotes unless nothing could read it as something else.
pub(super) fn write_text(text: &mut String, value: &str) {
    if is_safe(value) {
        text.push_str(value);
    } else if value.chars().any(needs_escape) {
        text.push('"');
        for c in value.chars() {
            match c {
                '"' | '\\' => text.extend(['\\', c]),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\r' => text.push_str("\\r"),
                c if needs_escape(c) => write_escape(text, c),
                c => text.push(c),
            }
        }
        text.push('"');
    } else {
        text.push('\'');
        text.push_str(&value.replace('\'', "''"));
        text.push('\'');
    }
}

fn write_escape(text: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = match u32::from(c) {
        code @ ..0x100 => write!(text, "\\x{code:02x}"),
        code @ ..0x1_0000 => write!(text, "\\u{code:04x}"),
        code => write!(text, "\\U{code:08x}"),
    };
}

/// Characters that must not stand in a file as they are: control characters, breaks,
/// and what cannot be seen or reorders its line.
fn needs_escape(c: char) -> bool {
    crate::diagnostic::is_hostile(c) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn is_safe(value: &str) -> bool {
    let (Some(first), Some(last)) = (value.chars().next(), value.chars().next_back()) else { return false };
    let inside = |c: char| {
        c.is_ascii_alphanumeric() || "._-/:+=@~ ()\\;,".contains(c) || (c.is_alphabetic() && !needs_escape(c))
    };
    (first.is_alphanumeric() || first == '_')
        && last != ':'
        && last != ' '
        && value.chars().all(inside)
        && !value.contains(": ")
        && !value.contains(" #")
        && Plain::of(value) == Plain::Text
        && !matches!(value, "y" | "Y" | "n" | "N")
        // YAML 1.2 knows octal numbers as `0o10` and floats without a point.
        && !value.starts_with("0o")
        && !is_yaml_1_2_float(value)
}

fn is_yaml_1_2_float(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-_".contains(&byte))
        && value.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_could_be_read_as_something_else_is_quoted() {
        let quoted = |value: &str| {
            let mut text = String::new();
            write_text(&mut text, value);
            text
        };
        for plain in
            ["www", "192.0.2.1", "2001:db8::1", "v=spf1 -all", "_dmarc", "a10", "bücher", r"v=DKIM1\; k=rsa"]
        {
            assert_eq!(quoted(plain), plain);
        }
        for value in [
            "",
            "*",
            "no",
            "y",
            "010",
            "1.10",
            "12:30",
            "1e3",
            "~",
            "a: b",
            "a #b",
            " a",
            "a ",
            "-",
            "- a",
            "?",
            "@",
            "a:",
            "0o10",
            "it's",
            "{a}",
            "[a]",
            "&a",
            "!a",
            "%a",
            "`a",
            "1_0",
            "2020-01-01",
            "<<",
            "=",
        ] {
            assert!(quoted(value).starts_with('\''), "{value}");
        }
        assert_eq!(quoted("a\nb\u{202e}\u{7f}\""), "\"a\\nb\\u202e\\x7f\\\"\"");
        assert_eq!(float_text(1e20), "1.0e+20");
    }
}
