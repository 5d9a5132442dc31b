//! What all server builders have in common.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::server::Ready;
use crate::ports::Lease;
use crate::tsig::Tsig;

/// Where a zone comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// A master file; this server is the primary.
    Text(String),
    /// Transferred from a primary.
    Primary(SocketAddr),
}

#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) zones: Vec<(String, Source)>,
    pub(super) keys: Vec<Tsig>,
    pub(super) signed: bool,
    pub(super) notify: Vec<SocketAddr>,
    pub(super) extra: String,
    pub(super) at: Option<Lease>,
    pub(super) unready: bool,
}

impl Settings {
    pub(super) fn ready(&self) -> Ready {
        if self.unready {
            return Ready::Anything;
        }
        Ready::Zones(self.zones.iter().map(|(apex, _)| apex.clone()).collect())
    }
}

/// The file a zone is kept in.
pub(crate) fn zone_file(apex: &str) -> String {
    let name = apex.trim_end_matches('.').replace(['/', '\\'], "_");
    format!("{}.zone", if name.is_empty() { "root" } else { &name })
}

/// Writes a file of a server, or fails the test.
pub(super) fn write(directory: &Path, name: &str, text: &str) {
    let file = directory.join(name);
    fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// The builder methods every server has; the builder keeps its [`Settings`] in `settings`.
macro_rules! common_settings {
    () => {
        /// A zone of which this server is the primary, in master file form.
        #[must_use]
        pub fn zone(mut self, apex: &str, text: impl Into<String>) -> Self {
            let source = $crate::servers::settings::Source::Text(text.into());
            self.settings.zones.push((apex.to_owned(), source));
            self
        }

        /// A zone transferred from the primary at `primary`, with this server's first key if it has
        /// any. The primary should [`notify`](Self::notify) this server.
        #[must_use]
        pub fn secondary_zone(mut self, apex: &str, primary: ::std::net::SocketAddr) -> Self {
            let source = $crate::servers::settings::Source::Primary(primary);
            self.settings.zones.push((apex.to_owned(), source));
            self
        }

        /// Sends NOTIFY for every zone to this address.
        #[must_use]
        pub fn notify(mut self, secondary: ::std::net::SocketAddr) -> Self {
            self.settings.notify.push(secondary);
            self
        }

        /// Listens where [`reserve`](crate::reserve) said, so that others can be told before.
        #[must_use]
        pub fn at(mut self, lease: $crate::Lease) -> Self {
            self.settings.at = Some(lease);
            self
        }

        /// Raw lines for the server's main configuration section.
        #[must_use]
        pub fn extra(mut self, lines: &str) -> Self {
            self.settings.extra.push_str(lines);
            self.settings.extra.push('\n');
            self
        }

        /// Returns as soon as the server answers anything, also when a zone is not (yet) served.
        #[must_use]
        pub fn unready(mut self) -> Self {
            self.settings.unready = true;
            self
        }
    };
}
pub(super) use common_settings;

/// The builder methods of servers that take updates and transfers by TSIG.
macro_rules! key_settings {
    () => {
        /// Allows updates and transfers with this key. Without any key they are allowed from
        /// loopback unsigned.
        #[must_use]
        pub fn tsig(self, name: &str, algorithm: &str, secret: &str) -> Self {
            self.key(&$crate::Tsig::new(name, algorithm, secret))
        }

        /// As [`tsig`](Self::tsig).
        #[must_use]
        pub fn key(mut self, key: &$crate::Tsig) -> Self {
            self.settings.keys.push(key.clone());
            self
        }
    };
}
pub(super) use key_settings;
