//! The canonical order of names (RFC 4034 6.1), and the keys by which a zone is sorted.

use super::Name;
use std::cmp::Ordering;

impl Name {
    /// The sort key below `apex`: labels reversed and in lower case, each ended by
    /// `00`, the bytes `00` and `01` written `01 01` and `01 02`. Comparing keys as
    /// bytes is the canonical order of RFC 4034 6.1, and a subtree is a prefix.
    /// `None` when the name is outside `apex`.
    #[must_use]
    pub fn sort_key(&self, apex: &Name) -> Option<Vec<u8>> {
        let mut key = Vec::with_capacity(self.0.len());
        self.write_sort_key(apex, &mut key).then_some(key)
    }

    /// Appends [`Name::sort_key`] to `key`; `false` when the name is outside `apex`.
    #[must_use]
    pub fn write_sort_key(&self, apex: &Name, key: &mut Vec<u8>) -> bool {
        if !self.is_at_or_below(apex) {
            return false;
        }
        let own = &self.0[..self.0.len() - apex.0.len()];
        let begun = key.len();
        let mut starts = [0_u8; 128];
        let mut count = 0;
        let mut at = 0;
        while at < own.len() {
            // A name has at most 127 labels and 255 octets, so both fit.
            starts[count] = at as u8;
            count += 1;
            at += usize::from(own[at]) + 1;
        }
        for &start in starts[..count].iter().rev() {
            let start = usize::from(start);
            let length = usize::from(own[start]);
            let label = &own[start + 1..start + 1 + length];
            if label.iter().all(|&byte| byte > 1) {
                key.extend_from_slice(label);
            } else {
                for &byte in label {
                    match byte {
                        0 | 1 => key.extend_from_slice(&[1, byte + 1]),
                        other => key.push(other),
                    }
                }
            }
            key.push(0);
        }
        key[begun..].make_ascii_lowercase();
        true
    }

    /// The name that [`Name::sort_key`] made `key` from, in lower case.
    #[must_use]
    pub fn from_sort_key(key: &[u8], apex: &Name) -> Self {
        let mut wire = Vec::with_capacity(key.len() + apex.0.len());
        for label in key.split_inclusive(|&byte| byte == 0).rev() {
            let length_at = wire.len();
            wire.push(0);
            let mut bytes = label[..label.len().saturating_sub(1)].iter();
            while let Some(&byte) = bytes.next() {
                wire.push(if byte == 1 { bytes.next().map_or(0, |escaped| escaped - 1) } else { byte });
            }
            wire[length_at] = (wire.len() - length_at - 1) as u8;
        }
        wire.extend(apex.0.iter());
        Self(wire.into())
    }
}

/// Where the labels of a name start. A name of 255 octets has 127 labels at most.
struct Starts {
    at: [u8; 127],
    count: usize,
}

impl Starts {
    fn of(wire: &[u8]) -> Self {
        let mut starts = Self { at: [0; 127], count: 0 };
        let mut at = 0;
        while let (Some(&length), Some(slot)) = (wire.get(at), starts.at.get_mut(starts.count)) {
            if length == 0 {
                break;
            }
            *slot = at as u8;
            starts.count += 1;
            at += usize::from(length) + 1;
        }
        starts
    }

    /// The labels, the rightmost first.
    fn labels<'a>(&'a self, wire: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.at[..self.count].iter().rev().map(move |&start| {
            let start = usize::from(start);
            &wire[start + 1..start + 1 + usize::from(wire[start])]
        })
    }
}

/// The order of two labels, case aside (RFC 4034 6.1).
fn cmp_labels(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, others) = (Starts::of(&self.0), Starts::of(&other.0));
        let ours = mine.labels(&self.0).zip(others.labels(&other.0));
        ours.map(|(a, b)| cmp_labels(a, b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| mine.count.cmp(&others.count))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
