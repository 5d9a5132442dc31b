//! octoDNS's `dynamic` records, as octoDNS itself lays them out where single names have weights, places and
//! something to fall back to.
//!
//! ```text
//! www                            one set a rule and place → the pool's failover pair
//! _octodns-POOL-pool.www         primary → the pool's values; secondary → its fallback, or default
//! _octodns-POOL-value.www        weighted sets, one a value
//! _octodns-default-pool.www      the record's own values
//! ```
//!
//! Names and set ids are the same, so that a zone may change hands without a difference. Health checks
//! are other objects of the account, which only octoDNS makes: here each value says `status: up`, that
//! it has none.

use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl};
use serde_json::{Map, Value, json};

/// One set of a layout.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its key, TTL and values; without values it answers what another name answers.
    pub(crate) set: RecordSet,
    pub(crate) routing: Routing,
}

/// When it is answered.
#[derive(Debug)]
pub(crate) enum Routing {
    Always,
    /// In this many of all cases.
    Weighted(u64),
    /// With what `to` answers, first or when the first is down.
    Failover {
        is_primary: bool,
        to: Name,
    },
    /// With what `to` answers, to those at a place: `continent`, `country`, `subdivision`.
    Place {
        place: Value,
        to: Name,
    },
}

/// The record sets of a declared `dynamic` record.
///
/// # Errors
/// What it asks that is not done here, in words.
pub(crate) fn laid_out(set: &SetRef<'_>, dynamic: &Value) -> Result<Vec<Part>, String> {
    let rtype = set.rtype();
    if !matches!(rtype, RecordType::A | RecordType::AAAA | RecordType::CNAME) {
        return Err(format!("`dynamic` is for A, AAAA and CNAME, not for {rtype}"));
    }
    let layout = Layout { set: *set, owner: set.name() };
    let mut sets = vec![layout.default_pool()?];
    let pools = members(dynamic, "pools")?;
    for (name, pool) in pools {
        sets.extend(layout.pool(name, pool, pools)?);
    }
    let rules = dynamic.get("rules").and_then(Value::as_array).filter(|rules| !rules.is_empty());
    let rules = rules.ok_or("`dynamic` has no list of `rules`")?;
    for (index, rule) in rules.iter().enumerate() {
        let pool = text(rule, "pool").filter(|pool| pools.contains_key(*pool));
        let pool = pool.ok_or_else(|| format!("rule {index} of `dynamic` names no pool that is there"))?;
        sets.extend(layout.rule(index, pool, rule)?);
    }
    Ok(sets)
}

struct Layout<'a> {
    set: SetRef<'a>,
    owner: Name,
}

impl Layout<'_> {
    /// A set of the record's type below its name.
    fn set(
        &self,
        label: Option<&str>,
        id: Option<String>,
        ttl: Ttl,
        data: Vec<Rdata>,
        routing: Routing,
    ) -> Result<Part, String> {
        let name = match label {
            Some(label) => self.below(label)?,
            None => self.owner.clone(),
        };
        let key = RecordKey { name, rtype: self.set.rtype(), set_id: id.map(Into::into) };
        let mut set = RecordSet::new(key, ttl, data);
        set.position = self.set.position();
        Ok(Part { set, routing })
    }

    fn default_pool(&self) -> Result<Part, String> {
        let values = self.set.rdatas().map(Rdata::new).collect();
        self.set(Some("_octodns-default-pool"), None, self.set.ttl(), values, Routing::Always)
    }

    /// A set that answers what another answers.
    fn alias(&self, label: Option<&str>, id: String, routing: Routing) -> Result<Part, String> {
        self.set(label, Some(id), self.set.ttl(), Vec::new(), routing)
    }

    /// A name below the record's.
    fn below(&self, label: &str) -> Result<Name, String> {
        self.owner.child(label.as_bytes()).map_err(|error| format!("`{label}`: {error}"))
    }

    fn pool(&self, name: &str, pool: &Value, pools: &Map<String, Value>) -> Result<Vec<Part>, String> {
        let (label, values) = (pool_label(name), format!("_octodns-{name}-value"));
        let fallback = text(pool, "fallback");
        if let Some(unknown) = fallback.filter(|fallback| !pools.contains_key(*fallback)) {
            return Err(format!("the pool `{name}` falls back to `{unknown}`, which is not there"));
        }
        let next = fallback.unwrap_or("default");
        let primary = Routing::Failover { is_primary: true, to: self.below(&values)? };
        let primary = self.alias(Some(&label), format!("{name}-Primary"), primary)?;
        let secondary = Routing::Failover { is_primary: false, to: self.below(&pool_label(next))? };
        let secondary = self.alias(Some(&label), format!("{name}-Secondary-{next}"), secondary)?;
        let mut sets = vec![primary, secondary];
        let entries = pool.get("values").and_then(Value::as_array).filter(|values| !values.is_empty());
        let entries = entries.ok_or_else(|| format!("the pool `{name}` has no `values`"))?;
        for (index, entry) in entries.iter().enumerate() {
            sets.push(self.value(name, &values, index, entry)?);
        }
        Ok(sets)
    }

    fn value(&self, pool: &str, label: &str, index: usize, entry: &Value) -> Result<Part, String> {
        let status = text(entry, "status").unwrap_or("obey");
        if status != "up" {
            return Err(format!(
                "value {index} of the pool `{pool}` has `status: {status}`, which takes a health check: say `status: up`, or declare the sets one by one with the `health-check-id` of a check that is there"
            ));
        }
        let value =
            text(entry, "value").ok_or_else(|| format!("value {index} of the pool `{pool}` is none"))?;
        let data = Rdata::of_text(self.set.rtype(), value)
            .map_err(|error| format!("value {index} of the pool `{pool}`: {error}"))?;
        let weight = entry.get("weight").map_or(Some(1), Value::as_u64).filter(|weight| *weight <= 255);
        let weight = weight
            .ok_or_else(|| format!("value {index} of the pool `{pool}` has no weight from 0 to 255"))?;
        let id = format!("{pool}-{index:03}");
        self.set(Some(label), Some(id), self.set.ttl(), vec![data], Routing::Weighted(weight))
    }

    /// One set a place; one for everywhere else where the rule names no place.
    fn rule(&self, index: usize, pool: &str, rule: &Value) -> Result<Vec<Part>, String> {
        if rule.get("subnets").is_some_and(|subnets| *subnets != json!([])) {
            return Err(format!(
                "rule {index} of `dynamic` goes by `subnets`, which takes a CIDR collection: declare the sets one by one with `cidr` of a collection that is there"
            ));
        }
        let geos = rule.get("geos").and_then(Value::as_array).filter(|geos| !geos.is_empty());
        let places: Vec<(String, Value)> = match geos {
            None => vec![("None".into(), json!({ "country": "*" }))],
            Some(geos) => geos
                .iter()
                .map(|geo| {
                    let code = geo.as_str().unwrap_or_default();
                    place(code).map(|place| (code.to_owned(), place)).ok_or_else(|| {
                        format!(
                            "rule {index} of `dynamic`: `{code}` is no place: write NA, NA-US or NA-US-CA"
                        )
                    })
                })
                .collect::<Result<_, String>>()?,
        };
        let set = |(code, place): (String, Value)| {
            let routing = Routing::Place { place, to: self.below(&pool_label(pool))? };
            self.alias(None, format!("{index}-{pool}-{code}"), routing)
        };
        places.into_iter().map(set).collect()
    }
}

fn pool_label(pool: &str) -> String {
    format!("_octodns-{pool}-pool")
}

/// octoDNS's code of a place: continent, then country, then province.
fn place(code: &str) -> Option<Value> {
    let parts: Vec<&str> = code.split('-').collect();
    let is_code = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !parts.iter().all(is_code) {
        return None;
    }
    match parts.as_slice() {
        [continent] => Some(json!({ "continent": continent })),
        [_, country] => Some(json!({ "country": country })),
        [_, country, province] => Some(json!({ "country": country, "subdivision": province })),
        _ => None,
    }
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

fn members<'v>(value: &'v Value, key: &str) -> Result<&'v Map<String, Value>, String> {
    let members = value.get(key).and_then(Value::as_object).filter(|members| !members.is_empty());
    members.ok_or_else(|| format!("`dynamic` has no mapping `{key}`"))
}
