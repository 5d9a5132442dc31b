//! Real name servers on loopback: started on free ports in a directory of their own, ready when the
//! builder returns, killed when the handle is dropped or the test process ends in any way.

mod aws;
mod bind;
mod knot;
mod nsd;
mod powerdns;
mod s3;
mod server;
mod settings;
mod unbound;

pub use aws::Aws;
pub use bind::{Bind, BindBuilder};
pub use knot::{Knot, KnotBuilder};
pub use nsd::{Nsd, NsdBuilder};
pub use powerdns::{PowerDns, PowerDnsBuilder};
pub use s3::{Conditions, S3};
pub use server::Server;
pub(crate) use settings::zone_file;
pub use unbound::Unbound;
