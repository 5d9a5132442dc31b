//! octoDNS's `dynamic` records, as octoDNS itself lays them out at Route 53.
//!
//! ```text
//! www                            geolocation sets, one a rule and place → the pool's failover pair
//! _octodns-POOL-pool.www         primary → the pool's values; secondary → its fallback, or default
//! _octodns-POOL-value.www        weighted sets, one a value
//! _octodns-default-pool.www      the record's own values
//! ```
//!
//! Names and set ids are the same, so that a zone may change hands without a difference. Health checks
//! are other objects of the account, which only octoDNS makes: here each value says `status: up`, that
//! it has none.

use super::fields::{ALIAS, HEALTH, NAMESPACE, TARGET};
use super::set::ALIAS_TTL;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use serde_json::{Map, Value, json};

/// The record sets of a declared `dynamic` record.
///
/// # Errors
/// What it asks that is not done here, in words.
pub(super) fn laid_out(set: &SetRef<'_>, dynamic: &Value) -> Result<Vec<RecordSet>, String> {
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
    ) -> Result<RecordSet, String> {
        let name = match label {
            Some(label) => {
                self.owner.child(label.as_bytes()).map_err(|error| format!("`{label}`: {error}"))?
            }
            None => self.owner.clone(),
        };
        let key = RecordKey { name, rtype: self.set.rtype(), set_id: id.map(Into::into) };
        let mut made = RecordSet::new(key, ttl, data);
        made.position = self.set.position();
        Ok(made)
    }

    fn default_pool(&self) -> Result<RecordSet, String> {
        let values = self.set.rdatas().map(Rdata::new).collect();
        self.set(Some("_octodns-default-pool"), None, self.set.ttl(), values)
    }

    /// An alias to a name below the record's, which is one of several sets.
    fn alias(
        &self,
        label: Option<&str>,
        id: String,
        to: &str,
        routing: (&str, Value),
    ) -> Result<RecordSet, String> {
        let target = self.owner.child(to.as_bytes()).map_err(|error| format!("`{to}`: {error}"))?;
        let alias = json!({ TARGET: super::text::of_name(&target), HEALTH: true });
        let made = self.set(label, Some(id), Ttl::from_wire(ALIAS_TTL), Vec::new())?;
        Ok(with(made, [(ALIAS, alias), routing]))
    }

    fn pool(&self, name: &str, pool: &Value, pools: &Map<String, Value>) -> Result<Vec<RecordSet>, String> {
        let (label, values) = (pool_label(name), format!("_octodns-{name}-value"));
        let fallback = text(pool, "fallback");
        if let Some(unknown) = fallback.filter(|fallback| !pools.contains_key(*fallback)) {
            return Err(format!("the pool `{name}` falls back to `{unknown}`, which is not there"));
        }
        let next = fallback.unwrap_or("default");
        let primary =
            self.alias(Some(&label), format!("{name}-Primary"), &values, ("failover", "primary".into()))?;
        let secondary = format!("{name}-Secondary-{next}");
        let secondary =
            self.alias(Some(&label), secondary, &pool_label(next), ("failover", "secondary".into()))?;
        let mut sets = vec![primary, secondary];
        let entries = pool.get("values").and_then(Value::as_array).filter(|values| !values.is_empty());
        let entries = entries.ok_or_else(|| format!("the pool `{name}` has no `values`"))?;
        for (index, entry) in entries.iter().enumerate() {
            sets.push(self.value(name, &values, index, entry)?);
        }
        Ok(sets)
    }

    fn value(&self, pool: &str, label: &str, index: usize, entry: &Value) -> Result<RecordSet, String> {
        let status = text(entry, "status").unwrap_or("obey");
        if status != "up" {
            return Err(format!(
                "value {index} of the pool `{pool}` has `status: {status}`, which takes a health check: say `status: up`, or declare the sets one by one with the `health-check-id` of a check that is there"
            ));
        }
        let value =
            text(entry, "value").ok_or_else(|| format!("value {index} of the pool `{pool}` is none"))?;
        let wire = rdata::parse_text(self.set.rtype(), value, &Name::root())
            .map_err(|error| format!("value {index} of the pool `{pool}`: {error}"))?;
        let weight = entry.get("weight").map_or(Some(1), Value::as_u64).filter(|weight| *weight <= 255);
        let weight = weight
            .ok_or_else(|| format!("value {index} of the pool `{pool}` has no weight from 0 to 255"))?;
        let id = format!("{pool}-{index:03}");
        let made = self.set(Some(label), Some(id), self.set.ttl(), vec![Rdata::new(wire)])?;
        Ok(with(made, [("weight", weight.into())]))
    }

    /// One geolocation set a place; one for everywhere else where the rule names no place.
    fn rule(&self, index: usize, pool: &str, rule: &Value) -> Result<Vec<RecordSet>, String> {
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
            self.alias(None, format!("{index}-{pool}-{code}"), &pool_label(pool), ("geo", place))
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

fn with<const N: usize>(mut set: RecordSet, own: [(&str, Value); N]) -> RecordSet {
    let own: Map<String, Value> = own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    set.settings.0.insert(NAMESPACE.into(), own.into());
    set
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

fn members<'v>(value: &'v Value, key: &str) -> Result<&'v Map<String, Value>, String> {
    let members = value.get(key).and_then(Value::as_object).filter(|members| !members.is_empty());
    members.ok_or_else(|| format!("`dynamic` has no mapping `{key}`"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::yaml::{Options, read_text};

    /// The sets of a record `www` with this `dynamic`, one a line; or why not.
    fn rendered(dynamic: &str) -> Result<Vec<String>, String> {
        let text = format!("www:\n  type: A\n  ttl: 60\n  values: [192.0.2.9]\n  dynamic: {dynamic}\n");
        let apex: Name = "example.com.".parse().unwrap();
        let zone = read_text(&text, "example.com.yaml", &apex, &Options::default()).declared.unwrap().zone;
        let set = zone.sets().next().unwrap();
        let sets = laid_out(&set, &set.settings().unwrap().0["dynamic"])?;
        let line = |set: &RecordSet| {
            let own = set.settings.0.get(NAMESPACE).map(Value::to_string).unwrap_or_default();
            let texts: Vec<String> = set.texts().collect();
            assert!(set.position.is_some());
            format!("{} {} {}{own}", set.key, set.ttl, texts.join(" "))
        };
        Ok(sets.iter().map(line).collect())
    }

    #[test]
    fn pools_fallbacks_values_and_rules_have_the_names_and_ids_of_octodns() {
        let dynamic = "{pools: {near: {fallback: far, values: [{value: 192.0.2.1, weight: 3, status: up}, {value: 192.0.2.2, status: up}]}, \
            far: {values: [{value: 198.51.100.1, status: up}]}}, rules: [{geos: [EU, NA-US-CA], pool: near}, {pool: far}]}";
        let alias = |to: &str| {
            format!(r#"{{"alias":{{"evaluate-target-health":true,"name":"{to}.www.example.com."}}"#)
        };
        assert_eq!(
            rendered(dynamic).unwrap(),
            [
                "_octodns-default-pool.www.example.com. A 60 192.0.2.9".to_owned(),
                format!(
                    r#"_octodns-far-pool.www.example.com. A (far-Primary) 86400 {},"failover":"primary"}}"#,
                    alias("_octodns-far-value")
                ),
                format!(
                    r#"_octodns-far-pool.www.example.com. A (far-Secondary-default) 86400 {},"failover":"secondary"}}"#,
                    alias("_octodns-default-pool")
                ),
                r#"_octodns-far-value.www.example.com. A (far-000) 60 198.51.100.1{"weight":1}"#.to_owned(),
                format!(
                    r#"_octodns-near-pool.www.example.com. A (near-Primary) 86400 {},"failover":"primary"}}"#,
                    alias("_octodns-near-value")
                ),
                format!(
                    r#"_octodns-near-pool.www.example.com. A (near-Secondary-far) 86400 {},"failover":"secondary"}}"#,
                    alias("_octodns-far-pool")
                ),
                r#"_octodns-near-value.www.example.com. A (near-000) 60 192.0.2.1{"weight":3}"#.to_owned(),
                r#"_octodns-near-value.www.example.com. A (near-001) 60 192.0.2.2{"weight":1}"#.to_owned(),
                format!(
                    r#"www.example.com. A (0-near-EU) 86400 {},"geo":{{"continent":"EU"}}}}"#,
                    alias("_octodns-near-pool")
                ),
                format!(
                    r#"www.example.com. A (0-near-NA-US-CA) 86400 {},"geo":{{"country":"US","subdivision":"CA"}}}}"#,
                    alias("_octodns-near-pool")
                ),
                format!(
                    r#"www.example.com. A (1-far-None) 86400 {},"geo":{{"country":"*"}}}}"#,
                    alias("_octodns-far-pool")
                ),
            ]
        );
    }

    #[test]
    fn what_takes_a_health_check_or_is_not_there_is_refused() {
        let pool = |value: &str| format!("{{pools: {{one: {{values: [{value}]}}}}, rules: [{{pool: one}}]}}");
        let why = |dynamic: &str| rendered(dynamic).unwrap_err();
        assert!(why(&pool("{value: 192.0.2.1}")).contains("`status: obey`, which takes a health check"));
        assert!(why(&pool("{value: 192.0.2.1, status: down}")).contains("`status: down`"));
        assert!(why(&pool("{value: www, status: up}")).contains("value 0 of the pool `one`"));
        assert!(why(&pool("{value: 192.0.2.1, status: up, weight: 256}")).contains("weight from 0 to 255"));
        let rules = |rules: &str| {
            format!("{{pools: {{one: {{values: [{{value: 192.0.2.1, status: up}}]}}}}, rules: {rules}}}")
        };
        assert!(why(&rules("[{pool: two}]")).contains("names no pool"));
        assert!(why(&rules("[{geos: [Europe-], pool: one}]")).contains("`Europe-` is no place"));
        assert!(why(&rules("[{subnets: [192.0.2.0/24], pool: one}]")).contains("CIDR collection"));
        assert!(why(&rules("[]")).contains("no list of `rules`"));
    }
}
