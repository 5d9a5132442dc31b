//! Accepted is not served: asking every authoritative server, judging what it says.
//!
//! | module | idea |
//! |---|---|
//! | [`servers`] | which addresses must answer |
//! | [`expectation`] | what a right answer to a question looks like |
//! | [`mod@judge`] | is this reply right? |
//! | [`sweep`] | many questions to many servers at once |
//! | [`listed`] | what no answer can show, by what the provider lists |
//! | [`whole`] | questions for a whole zone |
//! | [`lasting`] | does what was seen served stay served? |
//! | [`watch`] | asking all the while a change is made |

pub mod expectation;
pub mod judge;
pub mod lasting;
pub mod listed;
pub mod servers;
pub mod sweep;
pub mod watch;
pub mod whole;

pub use expectation::{Expectation, expect};
pub use judge::{Judgement, judge};
