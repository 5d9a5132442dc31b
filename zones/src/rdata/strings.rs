//! Escapes of character strings (RFC 1035 5.1).

use crate::name::unescape;

/// Appends the bytes of `raw` with its escapes resolved.
///
/// # Errors
/// A backslash that starts no escape.
pub(crate) fn resolve(raw: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
    if !raw.contains(&b'\\') {
        out.extend_from_slice(raw);
        return Ok(());
    }
    let mut rest = raw.iter().copied();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'\\' => unescape(&mut rest).ok_or(
                "has a bad escape: write `\\DDD` with a decimal number up to 255, or `\\` and one character",
            )?,
            other => other,
        });
    }
    Ok(())
}

/// Appends `bytes` in quotes, so that reading gives the same bytes; always ASCII.
pub(crate) fn quote(bytes: &[u8], text: &mut String) {
    text.push('"');
    escape(bytes, text);
    text.push('"');
}

/// Appends `bytes` with everything escaped that would not read back inside quotes.
pub(crate) fn escape(bytes: &[u8], text: &mut String) {
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            0x20..=0x7e => text.push(char::from(byte)),
            other => push_decimal(other, text),
        }
    }
}

/// `bytes` with everything escaped that would end a word without quotes.
pub(crate) fn word(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'"' | b'\\' | b'(' | b')' | b';' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            0x21..=0x7e => text.push(char::from(byte)),
            other => push_decimal(other, &mut text),
        }
    }
    text
}

fn push_decimal(byte: u8, text: &mut String) {
    text.push('\\');
    for digit in [byte / 100, byte / 10 % 10, byte % 10] {
        text.push(char::from(b'0' + digit));
    }
}

/// Appends one character string with its length octet.
///
/// # Errors
/// More than 255 octets.
pub(crate) fn push_string(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let Ok(length) = u8::try_from(bytes.len()) else {
        return Err(format!(
            "has {} octets; one string holds at most 255 (RFC 1035 3.3): split it into several",
            bytes.len()
        ));
    };
    out.push(length);
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends text of any length as strings of up to 255 octets; at least one.
pub fn push_chunks(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.is_empty() {
        out.push(0);
    }
    for chunk in bytes.chunks(255) {
        out.push(chunk.len() as u8);
        out.extend_from_slice(chunk);
    }
}

/// The character strings in `wire`, as far as they are whole.
pub fn strings(mut wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (&length, rest) = wire.split_first()?;
        let (string, rest) = rest.split_at_checked(usize::from(length))?;
        wire = rest;
        Some(string)
    })
}
