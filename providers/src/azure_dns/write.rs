//! One write: what it is compared with, and what shall be.

use super::listing::{Around, Listed};
use super::record;
use super::settings::{self, METADATA, NAMESPACE};
use crate::backend::WriteEnd;
use crate::change::Change;
use crate::listing::Entries;
use dnsure_zones::{Name, Rdata, RecordSet, rdata};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

/// A write to be sent.
#[derive(Debug)]
pub(super) struct Request {
    /// The etag that the set must have; without one there must be no such set.
    pub(super) etag: Option<HeaderValue>,
    /// What shall be; none is a deletion.
    pub(super) body: Option<Value>,
}

/// The write that carries out one change.
///
/// # Errors
/// As [`Entries::upon`], and what Azure's JSON cannot hold.
pub(super) fn request(apex: &Name, changes: &[Change], sets: &Entries<Around>) -> Result<Request, WriteEnd> {
    let refused = |reason: String| WriteEnd::Refused { reason: format!("{reason}; nothing was sent") };
    let upon = sets.upon(apex, changes)?;
    let [upon] = upon.as_slice() else {
        let reason = "one write to Azure DNS takes one record set; please report this as a bug of dnsure";
        return Err(refused(reason.into()));
    };
    let etag = upon.listed.and_then(|listed| listed.source.etag.clone());
    let body = upon.after(rdata::next_serial).map(|after| body(&after, upon.listed)).transpose();
    let body = body.map_err(|reason| refused(format!("{}: {reason}", upon.change.key())))?;
    Ok(Request { etag, body })
}

/// What makes `after` of what is listed, if anything is.
fn body(after: &RecordSet, listed: Option<&Listed>) -> Result<Value, String> {
    let rtype = after.key.rtype;
    let shape = record::shape(rtype).ok_or_else(|| format!("Azure DNS holds no {rtype} records"))?;
    let mut properties = listed.map(|listed| listed.source.others.clone()).unwrap_or_default();
    properties.insert("TTL".into(), after.ttl.as_secs().into());
    if let Some(metadata) = after.settings.own(NAMESPACE, METADATA) {
        properties.insert("metadata".into(), metadata.clone());
    }
    let (member, value) = match settings::target(&after.settings) {
        Some(id) => ("targetResource", json!({ "id": id })),
        None => (shape.member, shape.write(after.rdatas().iter().map(Rdata::wire))?),
    };
    properties.insert(member.into(), value);
    Ok(json!({ "properties": properties }))
}
