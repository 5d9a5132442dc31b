//! What every part of the configuration is read with.

use dnsure_zones::diagnostic::{Diagnostic, Problem};
use dnsure_zones::yaml::Node;
use jiff::SignedDuration;
use std::net::{IpAddr, SocketAddr};

/// Collects errors while it reads; what it returns on an error does not matter.
pub(super) struct Reader {
    pub(super) errors: Vec<Diagnostic>,
}

impl Reader {
    pub(super) fn take<T>(&mut self, result: Result<T, impl Into<Problem>>) -> Option<T> {
        result.map_err(|error| self.errors.push(*error.into())).ok()
    }

    pub(super) fn only(&mut self, node: &Node, keys: &[&str]) {
        self.errors.extend(node.unknown_keys(keys));
    }

    pub(super) fn text(&mut self, node: &Node) -> Option<String> {
        self.take(node.expect_str().map(str::to_owned))
    }

    pub(super) fn duration(&mut self, node: &Node) -> Option<SignedDuration> {
        let text = self.text(node)?;
        self.take(text.parse().map_err(|_| {
            node.error("bad-duration", format!("`{text}` is no duration"))
                .with_help("write a number and a unit, such as 30s, 5m or 1h")
        }))
    }

    pub(super) fn required<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = node.get(key);
        if found.is_none() {
            self.errors.push(missing(node, key));
        }
        found
    }

    pub(super) fn address(&mut self, node: &Node) -> Option<SocketAddr> {
        let text = self.text(node)?;
        let with_port = text.parse::<SocketAddr>().ok();
        let parsed = with_port.or_else(|| {
            let bare = text.trim_start_matches('[').trim_end_matches(']');
            bare.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 53))
        });
        if parsed.is_none() {
            self.errors.push(
                node.error("bad-address", format!("`{text}` is no address"))
                    .with_help("write an IP address with or without a port, such as \"192.0.2.53:53\""),
            );
        }
        parsed
    }
}

pub(super) fn missing(node: &Node, key: &str) -> Diagnostic {
    node.error("missing-key", format!("`{key}` is missing here"))
}
