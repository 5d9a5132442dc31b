//! What DNS should be: names, record sets, zone files, the difference between two zones.
//!
//! This floor is pure: no network, no clock, no async. Files come in through the
//! [`source::Source`] trait. The rooms:
//!
//! | module | idea |
//! |---|---|
//! | [`name`] | a domain name as its wire bytes, compared as DNS compares |
//! | [`record_type`] | DNS types and the pseudo types that never go on the wire |
//! | [`rdata`] | the table of record types: text, wire and YAML forms of every type from one row |
//! | [`record_set`] | an RRset with its key, TTL and provider settings |
//! | [`zone`] | an immutable, sorted zone in compact arenas |
//! | [`answer`] | what an authoritative server answers from a zone |
//! | [`diff`] | one merge pass over two zones |
//! | [`reverse`] | PTR records made from the addresses of other zones |
//! | [`diagnostic`] | an error or warning with file, line, column and the way to mend it |
//! | [`source`] | where files come from |
//! | [`yaml`] | octoDNS's YAML zone files |
//! | [`master`] | RFC 1035 master files |

pub mod answer;
pub mod diagnostic;
pub mod diff;
mod made;
pub mod master;
pub mod name;
pub mod rdata;
pub mod record_set;
pub mod record_type;
pub mod reverse;
mod sabotage;
pub mod source;
pub mod yaml;
pub mod zone;

pub use name::Name;
pub use record_set::{Rdata, RecordKey, RecordSet, Settings, Ttl};
pub use record_type::RecordType;
pub use zone::{Zone, ZoneBuilder};
