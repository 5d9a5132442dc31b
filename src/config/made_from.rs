//! Zones that are not made from files of their own name: aliases, reverse zones, a file by name.

use super::Config;
use super::reader::Reader;
use super::zone_id::ZoneId;
use dnsure_zones::diagnostic::{Diagnostic, Span};
use dnsure_zones::reverse::is_reverse;
use dnsure_zones::yaml::Node;
use std::path::PathBuf;

/// What a zone is made from.
#[derive(Debug, Clone, Default)]
pub enum MadeFrom {
    /// Its own files.
    #[default]
    Files,
    /// One file, relative to the configuration.
    File {
        /// The file.
        file: PathBuf,
        /// Where that is said.
        span: Span,
    },
    /// The files of another zone; relative names in them are names of this one.
    Alias {
        /// The other zone.
        of: ZoneId,
        /// Where that is said.
        span: Span,
    },
    /// The addresses of other zones, and its own files where it has any.
    Addresses {
        /// The other zones, each with its place.
        of: Vec<(ZoneId, Span)>,
        /// Its own file, where it has another than of its own name.
        file: Option<PathBuf>,
    },
}

impl MadeFrom {
    /// Where it is said, unless it is made from its own files.
    #[must_use]
    pub fn place(&self) -> Option<&Span> {
        match self {
            Self::Files => None,
            Self::File { span, .. } | Self::Alias { span, .. } => Some(span),
            Self::Addresses { of, .. } => of.first().map(|(_, span)| span),
        }
    }

    /// Whether it can be said of zones by name only: no file tells a glob that they are there.
    pub(super) fn wants_names(&self) -> bool {
        match self {
            Self::Files => false,
            Self::File { .. } | Self::Alias { .. } => true,
            Self::Addresses { file, .. } => file.is_some(),
        }
    }
}

impl Reader {
    pub(super) fn made_from(&mut self, node: &Node) -> MadeFrom {
        let file = node.get("file").and_then(|file| Some((PathBuf::from(self.text(file)?), file.span())));
        let alias = node.get("alias").and_then(|alias| Some((self.zone_id(alias)?, alias.span())));
        let reverse_of = node.get("reverse_of").map(|list| {
            let zones = list.one_or_many().iter();
            zones.filter_map(|zone| Some((self.zone_id(zone)?, zone.span()))).collect::<Vec<_>>()
        });
        match (alias, reverse_of, file) {
            (None, None, None) => MadeFrom::Files,
            (None, None, Some((file, span))) => MadeFrom::File { file, span },
            (Some((of, span)), None, None) => MadeFrom::Alias { of, span },
            (None, Some(of), file) => MadeFrom::Addresses { of, file: file.map(|(file, _)| file) },
            (Some((_, span)), ..) => {
                let message = "an alias has the files of another zone and nothing of its own";
                self.errors.push(
                    Diagnostic::error("alias-with-more", span, message)
                        .with_help("leave `file` and `reverse_of` out, or `alias`"),
                );
                MadeFrom::Files
            }
        }
    }

    /// What can be said once all entries are read: what aliases and reverse zones point to.
    pub(super) fn settle_zones(&mut self, config: &mut Config) {
        let mut targets = Vec::new();
        for (id, entry) in config.zones.exact() {
            match &entry.made_from {
                MadeFrom::Alias { of, span } => {
                    self.check_alias(config, id, of, span);
                    if entry.targets.is_empty()
                        && let Some(other) = config.zone(of)
                    {
                        targets.push((id.clone(), other.targets.clone()));
                    }
                }
                MadeFrom::Addresses { of, .. } => self.check_reverse(config, id, of, &entry.span),
                MadeFrom::Files | MadeFrom::File { .. } => {}
            }
        }
        let mut targets = targets.into_iter().peekable();
        for (id, entry) in config.zones.exact_mut() {
            if let Some((_, others)) = targets.next_if(|(zone, _)| zone == id) {
                entry.targets = others;
            }
        }
    }

    fn check_alias(&mut self, config: &Config, id: &ZoneId, of: &ZoneId, span: &Span) {
        let other = config.zone(of);
        let wrong = |message: String, help: &str| {
            Diagnostic::error("bad-alias", span.clone(), message).with_help(help)
        };
        let own = config.zone(id).is_some_and(|entry| !entry.targets.is_empty());
        if id == of {
            self.errors
                .push(wrong(format!("{id} is an alias of itself"), "name the zone whose files it has"));
        } else if let Some(other) = other
            && let Some(place) = other.made_from.place()
            && !matches!(other.made_from, MadeFrom::File { .. })
        {
            let (what, help) = match &other.made_from {
                MadeFrom::Alias { of, .. } => {
                    ("an alias itself", format!("write `alias: {of}`, the zone that has the files"))
                }
                _ => ("made from addresses", "name a zone that is made from files".to_owned()),
            };
            self.errors.push(
                wrong(format!("{id} is an alias of {of}, and that is {what}"), &help)
                    .with_related(place.clone(), format!("{of} is here")),
            );
        } else if !own && other.is_none() {
            self.errors.push(wrong(
                format!("{id} has no targets, and there is no entry for {of} to take them from"),
                "write `targets: [...]` here, or an entry for the other zone",
            ));
        }
    }

    fn check_reverse(&mut self, config: &Config, id: &ZoneId, of: &[(ZoneId, Span)], entry: &Span) {
        if !is_reverse(&id.name) {
            self.errors.push(
                Diagnostic::error("bad-reverse", entry.clone(), format!("no address lies in the zone {id}"))
                    .with_help("`reverse_of` stands in zones such as 2.0.192.in-addr.arpa., 64/26.2.0.192.in-addr.arpa. or 8.b.d.0.1.0.0.2.ip6.arpa."),
            );
        }
        for (zone, span) in of {
            let made =
                config.zone(zone).filter(|other| matches!(other.made_from, MadeFrom::Addresses { .. }));
            if let Some(other) = made {
                self.errors.push(
                    Diagnostic::error(
                        "bad-reverse",
                        span.clone(),
                        format!("{zone} is a reverse zone itself"),
                    )
                    .with_related(other.span.clone(), "here")
                    .with_help("name the zones that have the A and AAAA records"),
                );
            }
        }
    }
}
