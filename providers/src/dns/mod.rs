//! The DNS client: questions, zone transfers and dynamic updates, signed with TSIG.
//!
//! | module | idea |
//! |---|---|
//! | [`reply`] | what is asked and what comes back |
//! | [`message`] | reading messages exactly, byte for byte, whatever they hold |
//! | [`ask`](mod@ask) | one question to one server address |
//! | `ports` | the local ports from which questions leave |
//! | [`asker`] | many questions with manners: bounded, paced, backing off |
//! | [`mod@transfer`] | a whole zone, all or nothing |
//! | [`increment`] | what has changed in a zone since it was read |
//! | [`mod@update`] | one dynamic update, all or nothing |
//! | [`tsig`] | signing and verifying with a shared key |

pub mod ask;
pub mod asker;
pub mod hosts;
pub mod increment;
pub mod message;
mod ports;
pub mod rcode;
pub mod reply;
mod request;
mod stream;
pub mod transfer;
pub mod tsig;
pub mod update;

pub use ask::{AskError, ask};
pub use asker::{AskLimits, Asker, Line};
pub use increment::changed_since;
pub use rcode::Rcode;
pub use reply::{Form, Question, Record, Reply};
pub use transfer::{TransferError, Transferred, transfer};
pub use tsig::{TsigAlgorithm, TsigKey, TsigKeyError};
pub use update::{Update, UpdateEnd, update};
