//! Verifying answers, one message or a stream of them (RFC 8945 5.3, 5.4).

use super::TsigFailure;
use super::key::TsigKey;
use super::record::{BADKEY, BADSIG, BADTIME, BADTRUNC, TsigRecord};
use super::sign::FUDGE;
use crate::dns::message::{RawRecord, be16};
use ring::hmac;

/// How many messages in a row may come without a signature (RFC 8945 5.3.1).
const UNSIGNED_MAX: u32 = 99;

/// Follows the chain of signatures of one answer.
pub(in crate::dns) struct Verifier<'k> {
    key: &'k TsigKey,
    hmac: hmac::Key,
    /// Has taken the last MAC and every unsigned message since.
    digest: hmac::Context,
    signed_before: bool,
    unsigned: u32,
}

impl<'k> Verifier<'k> {
    /// Begins with the MAC of the request.
    pub(in crate::dns) fn new(key: &'k TsigKey, request_mac: &[u8]) -> Self {
        let hmac = key.hmac();
        let digest = begin(&hmac, request_mac);
        Self { key, hmac, digest, signed_before: false, unsigned: 0 }
    }

    /// Takes the next message: `tsig` is its TSIG record, the last of its additional section.
    pub(in crate::dns) fn message(
        &mut self,
        message: &[u8],
        tsig: Option<&RawRecord>,
        now: u64,
    ) -> Result<(), TsigFailure> {
        let Some(raw) = tsig else {
            // The first message of an answer must be signed.
            self.unsigned += 1;
            if !self.signed_before || self.unsigned > UNSIGNED_MAX {
                return Err(self.unsigned_answer());
            }
            self.digest.update(message);
            return Ok(());
        };
        let record = TsigRecord::read(message, raw).map_err(|error| self.bad(&error.to_string()))?;
        // These two come without a MAC: the server has nothing to sign with (RFC 8945 5.2).
        match record.error {
            BADKEY => {
                return Err(TsigFailure::UnknownKey {
                    key: self.key.name.to_string(),
                    algorithm: self.key.algorithm,
                });
            }
            BADSIG => return Err(TsigFailure::WrongSecret { key: self.key.name.to_string() }),
            _ => {}
        }
        self.check_mac(message, raw.start, &record)?;
        match record.error {
            0 => {}
            BADTIME => {
                let server = record.other.iter().fold(0, |time, byte| time << 8 | u64::from(*byte));
                return Err(TsigFailure::Clock { here: now, server, fudge: record.fudge });
            }
            code => {
                let meaning = match code {
                    BADTRUNC => "the server wants longer signatures than it allows itself (BADTRUNC)",
                    _ => "look into the server's log",
                };
                return Err(TsigFailure::Refused { key: self.key.name.to_string(), code, meaning });
            }
        }
        if record.time.abs_diff(now) > u64::from(record.fudge.min(FUDGE)) {
            return Err(TsigFailure::Clock { here: now, server: record.time, fudge: FUDGE });
        }
        self.digest = begin(&self.hmac, &record.mac);
        self.signed_before = true;
        self.unsigned = 0;
        Ok(())
    }

    /// After the last message, which must have been signed.
    pub(in crate::dns) fn finish(&self) -> Result<(), TsigFailure> {
        if self.signed_before && self.unsigned == 0 { Ok(()) } else { Err(self.unsigned_answer()) }
    }

    fn check_mac(
        &mut self,
        message: &[u8],
        tsig_start: usize,
        record: &TsigRecord,
    ) -> Result<(), TsigFailure> {
        if record.key != self.key.name {
            return Err(self.bad(&format!("it is made with the key `{}`", record.key)));
        }
        if record.algorithm.to_lower_wire() != self.key.algorithm.wire() {
            return Err(self.bad(&format!("it is made with {}", record.algorithm)));
        }
        // The message as it was before signing: its first id, one additional record fewer.
        let count = be16(message, 10, "the header").map_err(|error| self.bad(&error.to_string()))?;
        self.digest.update(&record.original_id.to_be_bytes());
        self.digest.update(&message[2..10]);
        self.digest.update(&count.wrapping_sub(1).to_be_bytes());
        self.digest.update(&message[12..tsig_start]);
        if self.signed_before {
            self.digest.update(&record.timers());
        } else {
            self.digest.update(&record.variables());
        }
        let expected = self.digest.clone().sign();
        // HMACs of both MACs are compared, so that the time it takes tells nothing about them.
        hmac::verify(&self.hmac, expected.as_ref(), hmac::sign(&self.hmac, &record.mac).as_ref())
            .map_err(|_| self.bad("the message was altered, or the secrets differ"))
    }

    fn unsigned_answer(&self) -> TsigFailure {
        TsigFailure::Unsigned { key: self.key.name.to_string() }
    }

    fn bad(&self, reason: &str) -> TsigFailure {
        TsigFailure::BadAnswer { key: self.key.name.to_string(), reason: reason.into() }
    }
}

/// A digest that has taken a MAC with its length in front (RFC 8945 4.3.1).
pub(super) fn begin(key: &hmac::Key, mac: &[u8]) -> hmac::Context {
    let mut digest = hmac::Context::with_key(key);
    digest.update(&(mac.len() as u16).to_be_bytes());
    digest.update(mac);
    digest
}
