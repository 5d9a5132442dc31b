//! A tiny DNS client: it builds and reads messages by hand, over UDP and TCP.

mod message;
mod name;
pub mod rtype;
mod transport;

pub use message::{Answer, Rr, parse, question};
pub use name::{name_text, name_wire, same_name};
pub use transport::{AskError, Form, ask, exchange_tcp, exchange_udp};

/// Response code "no error".
pub const NOERROR: u8 = 0;
/// Response code "the server failed".
pub const SERVFAIL: u8 = 2;
/// Response code "no such name".
pub const NXDOMAIN: u8 = 3;
/// Response code "refused".
pub const REFUSED: u8 = 5;
