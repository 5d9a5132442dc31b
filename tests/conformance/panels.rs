//! Panels of every write unit, publishing to real servers.

use crate::hosts::{Host, parts, zone_file};
use crate::suite::ZONE;
use dnsure_kit::{Knot, Nsd, Panel, Personality, Server};
use dnsure_providers::Backend;
use dnsure_providers::panel::{self, PanelSettings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A panel and the servers it publishes to.
pub(crate) struct PanelHost {
    label: String,
    panel: Panel,
    /// How much later everything is published.
    delay: Duration,
}

fn knot() -> Server {
    Knot::builder().zone(ZONE, zone_file()).start()
}

fn nsd() -> Server {
    Nsd::builder().zone(ZONE, zone_file()).start()
}

impl PanelHost {
    /// An honest panel of this unit on Knot.
    pub(crate) fn on_knot(unit: &str) -> Self {
        Self::start(unit, vec![knot()], &[])
    }

    /// An honest panel of this unit on Knot and NSD.
    pub(crate) fn on_knot_and_nsd(unit: &str) -> Self {
        Self::start(unit, vec![knot(), nsd()], &[])
    }

    /// A panel that misbehaves in these ways, on Knot.
    pub(crate) fn misbehaving(unit: &str, ways: &[Personality]) -> Self {
        Self::start(unit, vec![knot()], ways)
    }

    fn start(unit: &str, servers: Vec<Server>, ways: &[Personality]) -> Self {
        let names: Vec<&str> = servers.iter().map(|server| server.kind()).collect();
        let mut label = format!("panel, {unit}, on {}", names.join(" and "));
        let mut builder = Panel::builder().unit(unit).zone(ZONE, zone_file());
        if unit == "staged" || unit == "whole-zone" {
            builder = builder.compare("values-and-ttl");
        }
        if unit == "zone-batch" {
            // One update message holds no more than about twice as many.
            builder = builder.limit_records(1_000);
        }
        for server in servers {
            builder = builder.publish_to(server);
        }
        for way in ways {
            builder = builder.personality(way.clone());
        }
        let slow = |way: &Personality| if let Personality::Slow(delay) = way { Some(*delay) } else { None };
        let delay = ways.iter().find_map(slow).unwrap_or_default();
        if let Some(way) = ways.first() {
            label += &format!(", {way:?}");
        }
        Self { label, panel: builder.start(), delay }
    }
}

impl Host for PanelHost {
    fn label(&self) -> &str {
        &self.label
    }

    fn backend(&self) -> Arc<dyn Backend> {
        let settings = PanelSettings::new(self.panel.url(), self.panel.token().to_owned().into());
        Arc::new(panel::Panel::new(settings).unwrap())
    }

    fn servers(&self) -> Vec<SocketAddr> {
        self.panel.servers()
    }

    /// Writes are many and steps are slow; a hole has time to be seen.
    fn answers(&self) -> u64 {
        100
    }

    fn rate(&self) -> u32 {
        2_000
    }

    fn put(&self, records: &[String]) -> Result<(), String> {
        let before = self.panel.troubles().len();
        for record in records {
            let (owner, ttl, rtype, data) = parts(record);
            self.panel.foreign_add(&owner, ttl, rtype, data);
        }
        std::thread::sleep(self.delay * 2);
        match self.panel.troubles().get(before) {
            Some(trouble) => Err(trouble.clone()),
            None => Ok(()),
        }
    }

    fn plant_hole(&self, owner: &str) {
        self.panel.foreign_remove(owner, "A", "192.0.2.1");
        std::thread::sleep(Duration::from_millis(20));
        self.panel.foreign_add(owner, 300, "A", "192.0.2.1");
        std::thread::sleep(self.delay * 2);
    }
}
