//! Which globs of `--name` found an owner name, and what the others may be misspelt from.

use super::names::OwnerNames;
use dnsure_zones::Zone;
use dnsure_zones::yaml::closest;
use std::collections::{BTreeMap, BTreeSet};

/// What the globs found in the zones that were looked at.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    matched: BTreeSet<usize>,
    /// For a glob without a match, a name that it may be misspelt from.
    near: BTreeMap<usize, String>,
}

/// The globs that found nothing.
#[derive(Debug, Clone, Default)]
pub struct Missed {
    /// One line each.
    pub lines: Vec<String>,
    /// Whether no glob found anything.
    pub are_all: bool,
}

impl Sought {
    /// Looks for `names` in zones of one name, as files and target have it.
    #[must_use]
    pub fn of<'z>(names: &OwnerNames, zones: impl IntoIterator<Item = &'z Zone>) -> Self {
        let mut sought = Self::default();
        if names.are_all() {
            return sought;
        }
        // As each may be typed, and as it is to be typed.
        let mut spelt: BTreeMap<String, String> = BTreeMap::new();
        for (apex, name) in
            zones.into_iter().flat_map(|zone| zone.sets().map(|set| (zone.apex(), set.name())))
        {
            sought.matched.extend(names.matching(apex, &name));
            let shown = name.shown_in(apex);
            let whole = name.to_string();
            spelt.insert(whole.trim_end_matches('.').to_owned(), shown.clone());
            spelt.insert(whole.clone(), whole);
            spelt.insert(shown.clone(), shown);
        }
        for (index, glob) in names.globs().enumerate().filter(|(index, _)| !sought.matched.contains(index)) {
            let near = closest(glob, spelt.keys().map(String::as_str)).and_then(|near| spelt.get(near));
            sought.near.extend(near.map(|near| (index, near.clone())));
        }
        sought
    }

    /// What was found in other zones counts too.
    pub fn add(&mut self, other: Self) {
        self.matched.extend(other.matched);
        for (index, near) in other.near {
            self.near.entry(index).or_insert(near);
        }
    }

    /// The globs that found nothing anywhere.
    #[must_use]
    pub fn missed(&self, names: &OwnerNames) -> Missed {
        let missed = names.globs().enumerate().filter(|(index, _)| !self.matched.contains(index));
        let lines = missed.map(|(index, glob)| match self.near.get(&index) {
            Some(near) => format!("no owner name matches --name `{glob}`: did you mean `{near}`?"),
            None => format!("no owner name matches --name `{glob}`, neither in the files nor live"),
        });
        Missed { lines: lines.collect(), are_all: self.matched.is_empty() && !names.are_all() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{Name, RecordType, Ttl, ZoneBuilder};

    fn lines(globs: &[&str]) -> (Vec<String>, bool) {
        let apex: Name = "example.".parse().unwrap();
        let mut builder = ZoneBuilder::new(apex.clone());
        for owner in ["@", "www", "a.shop", "mail"] {
            let name = Name::parse(owner, Some(&apex)).unwrap();
            builder.push(&name, RecordType::A, Ttl::from_wire(60), &[192, 0, 2, 1]).unwrap();
        }
        let globs: Vec<String> = globs.iter().map(ToString::to_string).collect();
        let names = OwnerNames::new(&globs);
        let missed = Sought::of(&names, [&builder.finish()]).missed(&names);
        (missed.lines, missed.are_all)
    }

    #[test]
    fn a_glob_that_finds_nothing_is_told_with_the_name_it_may_be_misspelt_from() {
        let (found, are_all) = lines(&["wwww", "www"]);
        assert!(
            found[0].ends_with("`wwww`: did you mean `www`?") && found.len() == 1 && !are_all,
            "{found:?}"
        );
        let (found, are_all) = lines(&["mail.example", "nothing-like-it"]);
        assert!(found[0].ends_with("did you mean `mail`?") && found[1].ends_with("nor live") && are_all);
        assert_eq!(lines(&["*.shop", "@", "mail.example."]), (Vec::new(), false));
        assert_eq!(lines(&[]), (Vec::new(), false));
    }
}
