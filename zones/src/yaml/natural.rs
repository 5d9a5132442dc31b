//! The order of keys that octoDNS enforces: natural, so that `a2` comes before `a10`.

use icu_normalizer::DecomposingNormalizerBorrowed;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A text in the form that is compared (Unicode NFD).
pub(super) fn decomposed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        DecomposingNormalizerBorrowed::new_nfd().normalize(text)
    }
}

/// Compares two decomposed texts: runs of digits as numbers, the rest by code point. A
/// text that starts with a digit counts as starting with an empty text, as in Python's
/// natsort.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        match (a.is_empty(), b.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let (text_a, rest_a) = split(a, |c| !c.is_ascii_digit());
        let (text_b, rest_b) = split(b, |c| !c.is_ascii_digit());
        let (digits_a, next_a) = split(rest_a, |c| c.is_ascii_digit());
        let (digits_b, next_b) = split(rest_b, |c| c.is_ascii_digit());
        let order = text_a.cmp(text_b).then_with(|| number(digits_a).cmp(&number(digits_b)));
        if order.is_ne() {
            return order;
        }
        (a, b) = (next_a, next_b);
    }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// Compares as the number does, of whatever length; no number comes before every number.
fn number(digits: &str) -> (bool, usize, &str) {
    let significant = digits.trim_start_matches('0');
    (!digits.is_empty(), significant.len(), significant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_natsort() {
        let sorted = [
            "",
            "0",
            "9",
            "10a",
            "*",
            "A",
            "Z",
            "_x",
            "a",
            "a-b",
            "a1",
            "a2",
            "a2b",
            "a10",
            "b",
            "bu\u{308}",
            "bz",
        ];
        // `a1` before `a-b`: the run of text before the digits is shorter.
        let sorted_as_natsort = [
            "",
            "0",
            "9",
            "10a",
            "*",
            "A",
            "Z",
            "_x",
            "a",
            "a1",
            "a2",
            "a2b",
            "a10",
            "a-b",
            "b",
            "bu\u{308}",
            "bz",
        ];
        let mut shuffled = sorted;
        shuffled.reverse();
        shuffled.sort_by(|a, b| compare(a, b));
        assert_eq!(shuffled, sorted_as_natsort);
        assert!(compare(&decomposed("bücher"), &decomposed("bz")).is_lt());
    }
}
