//! What is live and how it may change.
//!
//! | module | idea |
//! |---|---|
//! | [`account`] | credentials of the clouds |
//! | [`axfr`] | a server that is only read, by zone transfer |
//! | `azure_dns` | Azure DNS by Azure Resource Manager (feature `azure-dns`) |
//! | [`backend`] | the one trait every DNS service is reached through |
//! | [`guarantee`] | what a backend promises about a write, as separate axes |
//! | [`change`] | what a write holds: whole owner names, before and after |
//! | `cloudflare` | Cloudflare by its API (a feature) |
//! | [`dns`] | the DNS client: ask, transfer, update, TSIG over UDP and TCP |
//! | `cloud_dns` | Google Cloud DNS |
//! | [`embedded`] | zones on disk, served by an authoritative server in this process |
//! | [`rfc2136`] | BIND, Knot, PowerDNS and others by zone transfer and dynamic update |
//! | [`http`] | the one HTTP layer: retries, limits, redaction |
//! | [`panel`] | any provider for which somebody writes a small HTTP adapter |
//! | [`powerdns`] | PowerDNS by its HTTP API |
//! | `route53` | Amazon Route 53 |
//! | [`scenarios`] | what every backend must pass, as data |
//! | [`zone_file`] | master files, and the commands that check and load them |

pub mod account;
pub mod axfr;
#[cfg(feature = "azure-dns")]
pub mod azure_dns;
pub mod backend;
pub mod change;
#[cfg(feature = "cloud-dns")]
pub mod cloud_dns;
#[cfg(feature = "cloudflare")]
pub mod cloudflare;
#[cfg_attr(
    not(all(feature = "cloud-dns", feature = "route53", feature = "cloudflare", feature = "azure-dns")),
    allow(dead_code)
)]
mod declared;
pub mod dns;
#[cfg(feature = "route53")]
mod dynamic;
pub mod embedded;
#[cfg_attr(not(feature = "azure-dns"), allow(dead_code))]
mod followed;
#[cfg(any(feature = "cloudflare", feature = "azure-dns"))]
mod forms;
pub mod guarantee;
#[cfg_attr(not(all(feature = "cloud-dns", feature = "route53")), allow(dead_code))]
mod hosted;
pub mod http;
#[cfg_attr(not(all(feature = "cloud-dns", feature = "azure-dns")), allow(dead_code))]
mod listing;
#[cfg_attr(not(feature = "cloud-dns"), allow(dead_code))]
mod normaliser;
#[cfg(feature = "route53")]
mod octal;
pub mod panel;
mod plain;
pub mod powerdns;
#[cfg(feature = "cloudflare")]
mod records;
#[cfg_attr(not(feature = "route53"), allow(dead_code))]
mod remembered;
pub mod rfc2136;
#[cfg(feature = "route53")]
pub mod route53;
#[cfg_attr(not(feature = "cloud-dns"), allow(dead_code))]
mod rules;
mod sabotage;
pub mod scenarios;
#[cfg(test)]
mod sizes;
#[cfg(feature = "cloud-dns")]
mod small;
#[cfg_attr(not(all(feature = "cloud-dns", feature = "cloudflare")), allow(dead_code))]
mod standing;
pub mod zone_file;

pub use backend::{Backend, BackendError, Live, Normalised, Notice, Reading, Tokens, WriteEnd};
pub use change::{Change, RecordWrite, SetChange, Size};
pub use guarantee::Guarantee;
