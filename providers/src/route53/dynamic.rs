//! octoDNS's `dynamic` records as Route 53's weighted, failover and geolocation sets.

use super::fields::{ALIAS, HEALTH, NAMESPACE, TARGET};
use super::set::ALIAS_TTL;
use crate::dynamic::{Part, Routing, laid_out};
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordSet, Ttl};
use serde_json::{Value, json};

/// The record sets of a declared `dynamic` record.
///
/// # Errors
/// As [`laid_out`].
pub(super) fn sets(set: &SetRef<'_>, dynamic: &Value) -> Result<Vec<RecordSet>, String> {
    Ok(laid_out(set, dynamic)?.into_iter().map(routed).collect())
}

fn routed(Part { mut set, routing }: Part) -> RecordSet {
    let alias = |to: &Name| json!({ TARGET: super::names::of_name(to), HEALTH: true });
    let own = match &routing {
        Routing::Always => return set,
        Routing::Weighted(weight) => json!({ "weight": weight }),
        Routing::Failover { is_primary, to } => {
            json!({ ALIAS: alias(to), "failover": if *is_primary { "primary" } else { "secondary" } })
        }
        Routing::Place { place, to } => json!({ ALIAS: alias(to), "geo": place }),
    };
    if set.rdatas().is_empty() {
        set.ttl = Ttl::from_wire(ALIAS_TTL);
    }
    set.settings.0.insert(NAMESPACE.into(), own);
    set
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
        let sets = sets(&set, &set.settings().unwrap().0["dynamic"])?;
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
