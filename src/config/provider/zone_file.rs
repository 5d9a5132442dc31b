//! `type: zone-file`.

use super::ProviderKind;
use crate::config::reader::Reader;
use dnsure_providers::zone_file::{CommandLine, FilePattern, SerialRule, ServerSoftware};
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::yaml::Node;
use std::path::PathBuf;

/// Where master files are, and what belongs to writing them.
#[derive(Debug)]
pub struct ZoneFileConfig {
    /// The directory of the files.
    pub directory: PathBuf,
    /// How the files are called.
    pub pattern: FilePattern,
    /// What serials look like.
    pub serial: SerialRule,
    /// What must find a new file good.
    pub check: Option<CommandLine>,
    /// What tells the servers of a new file.
    pub reload: Option<CommandLine>,
    /// Whether files of people are written anew.
    pub rewrite: bool,
    /// What reads the files, where the configuration says so.
    pub software: ServerSoftware,
}

const KEYS: &[&str] =
    &["type", "directory", "file", "serial", "check", "reload", "rewrite", "software", "servers"];

impl Reader {
    pub(super) fn zone_file(&mut self, node: &Node) -> Option<ProviderKind> {
        self.only(node, KEYS);
        let directory = self.required(node, "directory")?;
        let directory = self.text(directory)?.into();
        let pattern = self.word(node, "file", |text| {
            text.parse().map_err(|error| format!("`{text}` is no name for the files of zones: {error}"))
        })?;
        let serial = self.word(node, "serial", |text| {
            SerialRule::named(text)
                .ok_or_else(|| format!("`{text}` is no kind of serial: write date, counter or unix"))
        })?;
        let software = self.word(node, "software", |text| {
            ServerSoftware::named(text).ok_or_else(|| {
                format!("`{text}` is no server that dnsure knows: write bind, knot or nsd, or leave it out")
            })
        })?;
        let check = self.command(node, "check")?;
        if let Some((place, check)) = node.get("check").zip(check.as_ref())
            && !check.names_the_file()
        {
            self.errors.push(
                place.error("bad-command", "this checks another file than the new one").with_help(
                    "put `{file}` where the path of the file belongs: the new one is not in its place yet",
                ),
            );
        }
        let reload = self.command(node, "reload")?;
        let rewrite = match node.get("rewrite") {
            Some(rewrite) => self.take(rewrite.expect_bool())?,
            None => false,
        };
        Some(ProviderKind::ZoneFile(ZoneFileConfig {
            directory,
            pattern,
            serial,
            check,
            reload,
            rewrite,
            software,
        }))
    }

    /// One of some words; the default where the key is missing.
    fn word<T: Default>(
        &mut self,
        node: &Node,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let Some(value) = node.get(key) else { return Some(T::default()) };
        let text = self.text(value)?;
        self.take(read(&text).map_err(|reason| value.error("bad-value", reason)))
    }

    fn command(&mut self, node: &Node, key: &str) -> Option<Option<CommandLine>> {
        let Some(value) = node.get(key) else { return Some(None) };
        let words: Option<Vec<String>> =
            value.items().and_then(|items| items.iter().map(|item| item.text().map(str::to_owned)).collect());
        let command = words.and_then(CommandLine::new);
        let error = || -> Diagnostic {
            value
                .error("bad-command", format!("`{key}` is a program and its arguments, run without a shell"))
                .with_help("write a list of texts, such as [\"rndc\", \"reload\", \"{zone}\"]")
        };
        self.take(command.ok_or_else(error)).map(Some)
    }
}
