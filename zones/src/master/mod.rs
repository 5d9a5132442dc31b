//! RFC 1035 master files: what BIND and most other servers call a zone file.

mod generate;
mod reader;
mod record;
mod writer;

pub use reader::{read, read_text};
pub use writer::write;
