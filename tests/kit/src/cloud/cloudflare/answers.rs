//! What Cloudflare's name servers answer: their own NS and SOA at the apex, addresses of the proxy for
//! proxied names, addresses in place of a CNAME that is flattened.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Served;
use super::{Record, Zone};

/// The name servers of every zone.
pub(super) const NAME_SERVERS: [&str; 2] = ["ada.ns.cloudflare.example.", "bob.ns.cloudflare.example."];

/// Addresses of the proxy.
const PROXY: [(&str, &[&str]); 2] =
    [("A", &["198.51.100.21", "198.51.100.22"]), ("AAAA", &["2001:db8:cf::21", "2001:db8:cf::22"])];
/// What names outside of the zone lead to.
const ELSEWHERE: &str = "203.0.113.80";
/// The TTL of what is automatic.
const AUTOMATIC: u32 = 300;

pub(super) fn of(zone: &Zone) -> Served {
    let mut served = Served::new();
    let servers = NAME_SERVERS.map(str::to_owned).to_vec();
    served.insert((zone.apex.clone(), "NS".into()), (86_400, servers));
    let soa = format!("{} dns.cloudflare.example. 1 10000 2400 604800 300", NAME_SERVERS[0]);
    served.insert((zone.apex.clone(), "SOA".into()), (3_600, vec![soa]));
    let mut names: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &zone.records {
        names.entry(record.name.as_str()).or_default().push(record);
    }
    for (name, records) in &names {
        let owner = format!("{name}.");
        let addresses = addresses(zone, &names, name, &mut BTreeSet::new());
        let is_made = addresses.is_some();
        for (rtype, data) in addresses.into_iter().flatten() {
            served.insert((owner.clone(), rtype.to_owned()), (AUTOMATIC, data));
        }
        for record in records {
            if is_made && matches!(record.rtype.as_str(), "A" | "AAAA" | "CNAME") {
                continue;
            }
            let ttl = if record.ttl == 1 { AUTOMATIC } else { record.ttl };
            let set = served.entry((owner.clone(), record.rtype.clone())).or_insert((ttl, Vec::new()));
            set.0 = set.0.min(ttl);
            set.1.push(record.text());
        }
    }
    served
}

type Addresses = Vec<(&'static str, Vec<String>)>;

/// The addresses that are answered where they are not the records themselves.
fn addresses(
    zone: &Zone,
    names: &BTreeMap<&str, Vec<&Record>>,
    name: &str,
    seen: &mut BTreeSet<String>,
) -> Option<Addresses> {
    let records = names.get(name)?;
    let lead = |record: &&&Record| matches!(record.rtype.as_str(), "A" | "AAAA" | "CNAME");
    if let Some(proxied) = records.iter().filter(lead).find(|record| record.proxied) {
        let only = |key: &str| proxied.settings.get(key).is_some_and(|on| on == true);
        let shown = PROXY.iter().filter(|(rtype, _)| match *rtype {
            "A" => !only("ipv6_only"),
            _ => !only("ipv4_only"),
        });
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        return Some(shown.map(|(rtype, list)| (*rtype, owned(list))).collect());
    }
    let cname = records.iter().find(|record| record.rtype == "CNAME")?;
    let is_flat = format!("{name}.") == zone.apex
        || cname.settings.get("flatten_cname").is_some_and(|on| on == true)
        || records.len() > 1;
    if !is_flat {
        return None;
    }
    let target = cname.content.trim_end_matches('.').to_ascii_lowercase();
    if !seen.insert(target.clone()) {
        return Some(Vec::new());
    }
    let Some(there) = names.get(target.as_str()) else {
        return Some(vec![("A", vec![ELSEWHERE.to_owned()])]);
    };
    if let Some(made) = addresses(zone, names, &target, seen) {
        return Some(made);
    }
    let of = |rtype: &'static str| {
        let data = there.iter().filter(|record| record.rtype == rtype).map(|record| record.text());
        (rtype, data.collect::<Vec<_>>())
    };
    Some([of("A"), of("AAAA")].into_iter().filter(|(_, data)| !data.is_empty()).collect())
}
