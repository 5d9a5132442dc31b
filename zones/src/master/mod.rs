//! RFC 1035 master files: what BIND and most other servers call a zone file.

mod besides;
mod generate;
mod reader;
mod record;
mod writer;

pub use besides::{Besides, besides};
pub use reader::{read, read_text};
pub use writer::write;
