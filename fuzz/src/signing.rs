//! Signatures as a server makes them over an answer of several messages (TSIG, RFC 8945 5.3): written
//! once more, so that the reader is held to something else than itself.

use ring::hmac;

/// The key's secret, as settings have it and as octets.
pub(super) const SECRET: &str = "b25lIHNlY3JldCBmb3IgdGVzdHMgb2Ygb25lIGtleS4=";
const OCTETS: &[u8] = b"one secret for tests of one key.";

/// `fuzz.` and `hmac-sha256.` on the wire.
const KEY: &[u8] = b"\x04fuzz\0";
const ALGORITHM: &[u8] = b"\x0bhmac-sha256\0";
/// Seconds.
const FUDGE: u16 = 300;

/// `messages` with signatures: the first, every `period`th after it and the one at `last` have one.
pub(super) fn signed(
    messages: &[&[u8]],
    request_mac: &[u8],
    now: u64,
    period: usize,
    last: usize,
) -> Vec<Vec<u8>> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, OCTETS);
    let mut digest = after(&key, request_mac);
    let mut answer = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        digest.update(message);
        if index % period != 0 && index != last {
            answer.push(message.to_vec());
            continue;
        }
        digest.update(&if index == 0 { variables(now) } else { timers(now) });
        let mac = digest.sign();
        answer.push(with_record(message, mac.as_ref(), now));
        digest = after(&key, mac.as_ref());
    }
    answer
}

/// What every signature takes first: the one before it.
fn after(key: &hmac::Key, mac: &[u8]) -> hmac::Context {
    let mut digest = hmac::Context::with_key(key);
    digest.update(&length(mac));
    digest.update(mac);
    digest
}

fn length(octets: &[u8]) -> [u8; 2] {
    u16::try_from(octets.len()).expect("a short one").to_be_bytes()
}

fn timers(now: u64) -> Vec<u8> {
    [&now.to_be_bytes()[2..], &FUDGE.to_be_bytes()].concat()
}

/// Name, class ANY and TTL 0 of the record, then its data without the signature.
fn variables(now: u64) -> Vec<u8> {
    [KEY, &[0, 255, 0, 0, 0, 0], ALGORITHM, &timers(now), &[0; 4]].concat()
}

fn with_record(message: &[u8], mac: &[u8], now: u64) -> Vec<u8> {
    let id = &message[..2];
    let data = [ALGORITHM, &timers(now), &length(mac), mac, id, &[0; 4]].concat();
    let mut signed = [message, KEY, &[0, 250, 0, 255, 0, 0, 0, 0], &length(&data), &data].concat();
    let count = u16::from_be_bytes([message[10], message[11]]);
    signed[10..12].copy_from_slice(&count.wrapping_add(1).to_be_bytes());
    signed
}
