//! Sets of record types (RFC 4034 4.1.2).

use crate::RecordType;

/// Appends the bitmap of `types`.
pub(super) fn push(types: &mut Vec<u16>, out: &mut Vec<u8>) {
    types.sort_unstable();
    types.dedup();
    for window in types.chunk_by(|a, b| a >> 8 == b >> 8) {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { continue };
        let octets = usize::from((last & 0xff) / 8 + 1);
        out.extend_from_slice(&[(first >> 8) as u8, octets as u8]);
        let start = out.len();
        out.resize(start + octets, 0);
        for code in window {
            out[start + usize::from((code & 0xff) / 8)] |= 0x80 >> (code & 7);
        }
    }
}

/// Whether `wire` is a bitmap in its one right form.
pub(super) fn check(mut wire: &[u8]) -> Result<(), &'static str> {
    let mut last = None;
    while let Some((&window, rest)) = wire.split_first() {
        let (&length, rest) = rest.split_first().ok_or("has a type bitmap that ends too early")?;
        if last.is_some_and(|last| last >= window) {
            return Err("has a type bitmap whose windows are not in order (RFC 4034 4.1.2)");
        }
        if length == 0 || length > 32 {
            return Err("has a type bitmap window that is not 1 to 32 octets long (RFC 4034 4.1.2)");
        }
        let (bits, rest) =
            rest.split_at_checked(usize::from(length)).ok_or("has a type bitmap that ends too early")?;
        if bits.last() == Some(&0) {
            return Err("has a type bitmap with zero octets at the end (RFC 4034 4.1.2)");
        }
        last = Some(window);
        wire = rest;
    }
    Ok(())
}

/// The types in `wire`, in order.
pub(super) fn types(mut wire: &[u8]) -> impl Iterator<Item = RecordType> {
    let mut found = Vec::new();
    while let [window, length, rest @ ..] = wire {
        let (bits, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        for (index, octet) in bits.iter().enumerate().take(32) {
            for bit in 0..8 {
                if octet & (0x80 >> bit) != 0 {
                    found.push(u16::from(*window) << 8 | (index as u16) << 3 | bit);
                }
            }
        }
        wire = rest;
    }
    found.into_iter().map(RecordType::from_code)
}

/// The number of a record type that goes on the wire.
pub(super) fn code(word: &str) -> Result<u16, String> {
    let rtype: RecordType =
        word.parse().map_err(|error: crate::record_type::UnknownType| match suggestion(word) {
            Some(near) => format!("{error}; did you mean {near}?"),
            None => error.to_string(),
        })?;
    rtype.code().ok_or_else(|| format!("`{word}` never goes on the wire: name a DNS type"))
}

fn suggestion(word: &str) -> Option<&'static str> {
    let upper = word.to_ascii_uppercase();
    let distance = |known: &&str| strsim::damerau_levenshtein(known, &upper);
    RecordType::mnemonics().min_by_key(distance).filter(|near| distance(near) == 1)
}
