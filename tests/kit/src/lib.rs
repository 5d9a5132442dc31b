//! What dnsure's tests need and what must not share its bugs: real name servers on loopback, a tiny
//! DNS client written by hand, and the prober, which watches every server while zones change and
//! reports each answer that was missing. This crate depends on no dnsure crate.
//!
//! Helpers panic with a readable message where a test can only fail.

pub mod cloud;
pub mod gate;
pub mod json_schema;
pub mod lossy;
pub mod octodns;
pub mod panel;
pub mod prober;
pub mod query;
pub mod servers;
pub mod transfer;
pub mod tsig;
pub mod update;
pub mod zone_text;

mod http;
mod ports;
mod process;
mod publish;
mod tell;
mod wire;

pub use cloud::azure::Azure;
pub use cloud::entra::Entra;
pub use cloud::{Cloud, Fault, Fits};
pub use gate::Gate;
pub use json_schema::schema_violations;
pub use lossy::{Loss, Lossy};
pub use octodns::{octodns_program, octodns_read, oracle_script, oracles_python};
pub use panel::{Panel, Personality};
pub use ports::{Lease, reserve};
pub use prober::{Prober, Report};
pub use query::{Answer, Form, Rr, ask};
pub use servers::{Aws, Bind, Conditions, Knot, Nsd, PowerDns, S3, Server, Unbound};
pub use tell::tell;
pub use transfer::{dig_axfr_sorted, without_server_made};
pub use tsig::Tsig;
pub use update::{knsupdate, nsupdate, planted_hole};
pub use zone_text::zone_text;
