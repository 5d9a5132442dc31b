//! Paths of Resource Manager, whose words have no case.

use super::store::{Key, Refusal};
use super::{Azure, Request, text};

/// What a path leads to.
pub(super) enum Place {
    Zone(String),
    NewZone(String),
    Sets(String, Option<&'static str>),
    Set(String, Key, String),
    ZonesOfGroup,
}

impl Azure {
    /// What a request is about.
    ///
    /// # Errors
    /// For paths that lead nowhere.
    pub(super) fn place(&self, request: &Request, preview: bool) -> Result<Place, Refusal> {
        let segments = request.segments();
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let no_path = || (404, "InvalidResourceType", "The resource type could not be found.".to_owned());
        let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
        let (subscription, group, rest) = match words.as_slice() {
            [s, subscription, p, network, zones]
                if is(s, "subscriptions")
                    && is(p, "providers")
                    && is(network, "Microsoft.Network")
                    && is(zones, "dnsZones") =>
            {
                (*subscription, None, [].as_slice())
            }
            [s, subscription, g, group, p, network, zones, rest @ ..]
                if is(s, "subscriptions")
                    && is(g, "resourceGroups")
                    && is(p, "providers")
                    && is(network, "Microsoft.Network")
                    && is(zones, "dnsZones") =>
            {
                (*subscription, Some(*group), rest)
            }
            _ => return Err(no_path()),
        };
        if !is(subscription, &self.subscription) {
            let message = format!("The subscription '{subscription}' could not be found.");
            return Err((404, "SubscriptionNotFound", message));
        }
        if let Some(group) = group.filter(|group| !is(group, &self.group)) {
            return Err((
                404,
                "ResourceGroupNotFound",
                format!("Resource group '{group}' could not be found."),
            ));
        }
        let Some((zone, rest)) = rest.split_first() else { return Ok(Place::ZonesOfGroup) };
        let name = zone.to_ascii_lowercase();
        if !self.zones.contains_key(&name) {
            if rest.is_empty() && request.method == "PUT" {
                return Ok(Place::NewZone(name));
            }
            let message = format!(
                "The Resource 'Microsoft.Network/dnszones/{zone}' under resource group '{}' was not found.",
                self.group
            );
            return Err((404, "ResourceNotFound", message));
        }
        match rest {
            [] => Ok(Place::Zone(name)),
            [all] if is(all, "recordsets") || is(all, "all") => Ok(Place::Sets(name, None)),
            [rtype] => Ok(Place::Sets(name, Some(text::rtype(rtype, preview).ok_or_else(no_path)?))),
            [rtype, owner] => {
                let rtype = text::rtype(rtype, preview).ok_or_else(no_path)?;
                Ok(Place::Set(name, (owner.to_ascii_lowercase(), rtype), (*owner).to_owned()))
            }
            _ => Err(no_path()),
        }
    }
}
