//! Owner names between presentation text and wire bytes.

/// The uncompressed wire form of a name written with RFC 1035 escapes; always taken as absolute.
///
/// Panics when the text is no name.
pub fn name_wire(text: &str) -> Vec<u8> {
    let mut wire = Vec::with_capacity(text.len() + 2);
    let mut label = Vec::new();
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'.' => end_label(&mut wire, &mut label, text, bytes.peek().is_none()),
            b'\\' => label.push(escaped(&mut bytes, text)),
            _ => label.push(byte),
        }
    }
    if !label.is_empty() {
        end_label(&mut wire, &mut label, text, false);
    }
    wire.push(0);
    assert!(wire.len() <= 255, "name too long: {text}");
    wire
}

fn end_label(wire: &mut Vec<u8>, label: &mut Vec<u8>, text: &str, last: bool) {
    if label.is_empty() {
        assert!(wire.is_empty() && last, "empty label in name {text:?}");
        return;
    }
    assert!(label.len() <= 63, "label too long in name {text:?}");
    wire.push(label.len() as u8);
    wire.append(label);
}

fn escaped(bytes: &mut impl Iterator<Item = u8>, text: &str) -> u8 {
    let bad = || -> ! { panic!("bad escape in name {text:?}") };
    let Some(first) = bytes.next() else { bad() };
    if !first.is_ascii_digit() {
        return first;
    }
    let mut value = u32::from(first - b'0');
    for _ in 0..2 {
        match bytes.next() {
            Some(digit) if digit.is_ascii_digit() => value = value * 10 + u32::from(digit - b'0'),
            _ => bad(),
        }
    }
    u8::try_from(value).unwrap_or_else(|_| bad())
}

/// The presentation text of an uncompressed wire name, with a final dot.
pub fn name_text(wire: &[u8]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(&length) = wire.get(at) {
        if length == 0 {
            break;
        }
        let end = at + 1 + usize::from(length);
        for &byte in wire.get(at + 1..end).unwrap_or_default() {
            match byte {
                b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => {
                    text.push('\\');
                    text.push(char::from(byte));
                }
                0x21..=0x7e => text.push(char::from(byte)),
                _ => text.push_str(&format!("\\{byte:03}")),
            }
        }
        text.push('.');
        at = end;
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Whether two wire names are the same; ASCII case does not matter.
pub fn same_name(one: &[u8], other: &[u8]) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_way_there_and_back() {
        for text in [".", "example.test.", "*.example.test.", "a\\.b.example.", "\\000\\255x.test."] {
            assert_eq!(name_text(&name_wire(text)), text);
        }
        assert_eq!(name_wire("www.example"), b"\x03www\x07example\0");
    }

    #[test]
    #[should_panic(expected = "empty label")]
    fn an_empty_label_is_no_name() {
        name_wire("a..b.");
    }
}
