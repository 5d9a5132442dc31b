//! The numbers at the end of an SOA (RFC 1035 3.3.13).

/// The five numbers take 20 octets; the serial is the first, the negative TTL the last.
const NUMBERS: usize = 20;

fn number(wire: &[u8], from_end: usize) -> Option<u32> {
    let at = wire.len().checked_sub(from_end)?;
    wire.get(at..)?.first_chunk().map(|octets| u32::from_be_bytes(*octets))
}

/// The serial in SOA data.
#[must_use]
pub fn soa_serial(wire: &[u8]) -> Option<u32> {
    number(wire, NUMBERS)
}

/// How long an absence is remembered, in seconds, unless the SOA's own TTL is shorter (RFC 2308 4).
#[must_use]
pub fn soa_minimum(wire: &[u8]) -> Option<u32> {
    number(wire, 4)
}

/// The same data with another serial; unchanged where it is too short to have one.
#[must_use]
pub fn with_serial(wire: &[u8], serial: u32) -> Vec<u8> {
    let mut wire = wire.to_vec();
    if let Some(at) = wire.len().checked_sub(NUMBERS) {
        wire[at..at + 4].copy_from_slice(&serial.to_be_bytes());
    }
    wire
}

/// The next serial in the arithmetic of RFC 1982 3.1; 0 is left out, as some servers take it for none.
#[must_use]
pub fn next_serial(serial: u32) -> u32 {
    serial.wrapping_add(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serial_is_read_and_written_where_it_stands_and_zero_is_no_next() {
        let soa = [&[0, 0][..], &7_u32.to_be_bytes(), &[0; 12], &300_u32.to_be_bytes()].concat();
        assert_eq!((soa_serial(&soa), soa_minimum(&soa)), (Some(7), Some(300)));
        let next = with_serial(&soa, next_serial(7));
        assert_eq!((soa_serial(&next), soa_minimum(&next)), (Some(8), Some(300)));
        assert_eq!(next_serial(u32::MAX), 1);
        assert_eq!((soa_serial(&[0; 3]), with_serial(&[0; 3], 9)), (None, vec![0; 3]));
    }
}
