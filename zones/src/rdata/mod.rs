//! The table of record types: text, wire and YAML forms of every type from one row.
//!
//! A [`Row`] lists the fields of a type in wire order; everything else follows from it:
//!
//! | form | read | write |
//! |---|---|---|
//! | presentation format (RFC 1035 5.1) | [`parse_text`], [`parse_tokens`] | [`to_text`] |
//! | wire format | [`decompress`], [`check`] | the bytes themselves |
//! | octoDNS's YAML | [`from_fields`] | [`to_fields`] |
//! | comparison | | [`canonical`] |
//!
//! Data is held in uncompressed wire form, names in their own spelling. To add a type,
//! add a row with its examples in `table.rs`; the tests walk over all rows. A type without
//! a row travels as the bytes of RFC 3597 (`\# length hex`), which every type may be written
//! as. The bytes of pseudo types follow their rows too, but never go on the wire.

mod apl;
mod bitmap;
mod fields;
mod kind;
mod loc;
mod plain;
mod route53_alias;
mod soa;
mod strings;
mod svcb;
mod table;
mod text;
pub(crate) mod time;
pub(crate) mod token;
mod wire;

pub use fields::{FieldError, FieldInput, RDATA_KEY, from_fields, missing_final_dot, to_fields};
pub use kind::Kind;
pub use route53_alias::Route53Alias;
pub use soa::{next_serial, soa_minimum, soa_serial, with_serial};
pub use strings::{push_chunks, strings};
pub use table::{Field, OldForm, Row, row, rows};
pub use text::{parse_text, parse_tokens, to_text, write_text};
pub use token::Token;
pub use wire::{MAX_RDATA, canonical, check, decompress, names};

pub(crate) use text::parse_tokens_into;

/// Why record data is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RdataError {
    /// What is wrong and what is expected, one line.
    pub message: String,
    /// The token at fault, from 0, where words were read; their number where one is missing.
    pub token: Option<usize>,
    /// The byte at fault in the text, where text was read.
    pub offset: Option<usize>,
}

impl RdataError {
    fn new(message: String) -> Self {
        Self { message, token: None, offset: None }
    }

    fn at(token: usize, message: String) -> Self {
        Self { message, token: Some(token), offset: None }
    }
}
