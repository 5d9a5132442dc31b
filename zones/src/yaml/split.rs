//! One file per owner name, as octoDNS splits a zone.

use super::write::{NOTHING, START, write_each};
use super::{Declared, Options};
use std::collections::BTreeMap;

/// How long a file's name may be where it stands for an owner name.
const LONGEST: usize = 200;

/// Writes a zone as the files of a split directory: their names, without the directory, and texts.
/// Each owner name has a file of its own, `www.yaml`; what concerns the whole zone, the apex and the
/// wildcard below it, stands together in `$example.com.yaml`, and with it every name that is no
/// good name for a file. A zone without records is one file that says so.
#[must_use]
pub fn write_split(declared: &Declared, options: &Options) -> Vec<(String, String)> {
    let apex = declared.zone.apex().to_lower().to_string();
    let shared = format!("${}.yaml", apex.trim_end_matches('.'));
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    write_each(declared, options, |name, lines| {
        let file = if is_good_file_name(name) { format!("{name}.yaml") } else { shared.clone() };
        files.entry(file).or_insert_with(|| START.to_owned()).push_str(lines);
    });
    if files.is_empty() {
        files.insert(shared, format!("{START}{NOTHING}"));
    }
    files.into_iter().collect()
}

/// Names that mean the same to every file system: letters in one case, nothing that a shell, a
/// path or another system reads anything into.
fn is_good_file_name(name: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.*".contains(&byte);
    !matches!(name, "" | "*")
        && name.len() <= LONGEST
        && !name.starts_with(['.', '-'])
        && name.bytes().all(fine)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::yaml::{ZoneFiles, read_text};
    use crate::{Name, source::MemorySource};

    #[test]
    fn a_split_zone_reads_back_as_the_same_zone() {
        let apex: Name = "example.com.".parse().unwrap();
        let text = "---\n'':\n  type: MX\n  value: {preference: 10, exchange: mx.example.net.}\n'*':\n  type: A\n  value: 192.0.2.1\n\
                    0/25: {type: NS, value: ns.example.net.}\nWWW: {type: A, value: 192.0.2.2}\nmail:\n- {type: A, value: 192.0.2.3}\n- {type: TXT, value: text}\n";
        let options = Options::default();
        let declared = read_text(text, "zone", &apex, &options).declared.unwrap();
        let files = write_split(&declared, &options);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            ["$example.com.yaml", "mail.yaml"],
            "a slash or another case would be no good file"
        );
        let source = files.into_iter().fold(MemorySource::new(), |source, (name, text)| {
            source.with(format!("zones/example.com./{name}"), text)
        });
        let again = ZoneFiles::new(&source, "zones", options).read(&apex);
        let again = again.declared.unwrap_or_else(|| panic!("{:?}", again.diagnostics));
        assert_eq!(crate::diff::diff(&declared.zone, &again.zone).count(), 0);
    }
}
