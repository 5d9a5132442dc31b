//! Names as the API writes them: with octal escapes.

use crate::http::shown;
use crate::octal;
use dnsure_zones::Name;

/// An owner name, in lower case; all but letters, digits, `-` and `_` is escaped, a wildcard's `*` excepted.
pub(super) fn of_name(name: &Name) -> String {
    let octet = |octet: &u8| match octet.to_ascii_lowercase() {
        plain @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') => char::from(plain).to_string(),
        other => format!("\\{other:03o}"),
    };
    let label = |(index, label): (usize, &[u8])| match (index, label) {
        (0, b"*") => "*".to_owned(),
        _ => label.iter().map(octet).collect(),
    };
    name.labels().enumerate().map(label).collect::<Vec<_>>().join(".") + "."
}

/// An absolute name, with or without its final dot.
///
/// # Errors
/// As [`name_in`].
pub(super) fn name(text: &str) -> Result<Name, String> {
    name_in(text, &Name::root())
}

/// A name, relative to `origin` where it has no final dot.
///
/// # Errors
/// Text that is no name.
pub(super) fn name_in(text: &str, origin: &Name) -> Result<Name, String> {
    let name = Name::parse(&octal::to_master(text)?, Some(origin));
    name.map_err(|error| format!("`{}` is no name: {error}", shown(text)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_octal_escapes_with_and_without_their_final_dot() {
        assert_eq!(name(r"\052.example.com.").unwrap(), "*.example.com.".parse().unwrap());
        assert_eq!(name("example.com").unwrap(), "example.com.".parse().unwrap());
    }

    #[test]
    fn owner_names_are_written_in_lower_case_and_octal() {
        let text = |name: &str| of_name(&name.parse().unwrap());
        assert_eq!(text("*.Example.COM."), "*.example.com.");
        assert_eq!(text(r"a\.b._x-1.\@\228.example."), r"a\056b._x-1.\100\344.example.");
        assert_eq!(text("x.*.example."), r"x.\052.example.");
        for spelt in ["*.Example.COM.", r"a\.b._x-1.\@\228.example.", r"\000\255.example."] {
            let original: Name = spelt.parse().unwrap();
            assert_eq!(name(&of_name(&original)).unwrap(), original);
        }
    }
}
