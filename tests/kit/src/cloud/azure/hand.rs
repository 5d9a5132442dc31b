//! Somebody else's hand in the portal: changes that ask no rule.

use serde_json::{Value, json};

use super::{Azure, absolute, text};

impl Azure {
    /// Puts a set with these properties in its place without asking any rule; `owner` is relative.
    pub fn plant(&mut self, apex: &str, owner: &str, rtype: &str, properties: Value) {
        let rtype = text::rtype(rtype, true).unwrap_or_else(|| panic!("{rtype}"));
        let properties = properties.as_object().cloned().unwrap_or_else(|| panic!("{properties}"));
        self.store(apex).plant(owner, rtype, properties);
        self.touched.insert(absolute(apex));
    }

    /// Somebody else's change: these records in place of what the set had; none deletes it.
    pub fn edit(&mut self, apex: &str, owner: &str, rtype: &str, ttl: u32, data: &[&str]) {
        let rtype = text::rtype(rtype, true).unwrap_or_else(|| panic!("{rtype}"));
        let key = (owner.to_ascii_lowercase(), rtype);
        let store = self.store(apex);
        if data.is_empty() {
            store.sets.remove(&key);
        } else {
            let mut properties = store.sets.get(&key).map(|set| set.properties.clone()).unwrap_or_default();
            properties.insert("TTL".into(), ttl.into());
            properties.insert("targetResource".into(), json!({}));
            text::set_records(
                rtype,
                &mut properties,
                data.iter().map(|data| text::record(rtype, data)).collect(),
            );
            store.plant(owner, rtype, properties);
        }
        self.touched.insert(absolute(apex));
    }

    /// Somebody else adds a record.
    ///
    /// # Errors
    /// For a type that Azure has not.
    pub fn add(&mut self, apex: &str, owner: &str, ttl: u32, rtype: &str, data: &str) -> Result<(), String> {
        let known = text::rtype(rtype, true).ok_or_else(|| format!("Azure DNS has no {rtype}"))?;
        let key = (owner.to_ascii_lowercase(), known);
        let set = self.store(apex).sets.get(&key).cloned();
        let records = set.map(|set| text::records(known, &set.properties)).unwrap_or_default();
        let mut texts: Vec<String> =
            records.iter().filter_map(|record| text::data(known, record).ok()).collect();
        texts.push(data.to_owned());
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        self.edit(apex, owner, rtype, ttl, &texts);
        Ok(())
    }

    /// The properties of a set, as they are kept.
    pub fn properties(&self, apex: &str, owner: &str, rtype: &str) -> Option<Value> {
        let rtype = text::rtype(rtype, true)?;
        let store = self.zones.get(apex.trim_end_matches('.'))?;
        store.sets.get(&(owner.to_ascii_lowercase(), rtype)).map(|set| Value::Object(set.properties.clone()))
    }
}
