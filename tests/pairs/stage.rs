//! Zones at a panel that publishes to BIND, Knot and NSD, and dnsure's planner, machine and driver in
//! this process.

use crate::random::{Members, Pair};
use dnsure::apply::driver::{Shared, Talk, TargetEnd, TargetRun, drive};
use dnsure::apply::entry::Entry;
use dnsure::apply::machine::Pace;
use dnsure::apply::receipt::FORMAT_VERSION;
use dnsure::plan::file::{Digest, TargetForm};
use dnsure::plan::inventory::Inventory;
use dnsure::plan::order::{Hints, NoOrder};
use dnsure::plan::ownership::Policy;
use dnsure::plan::target::{TargetError, TargetInput};
use dnsure::plan::{TargetPlan, plan_target};
use dnsure::state::{Journal, Lock, State, TargetId, lock};
use dnsure_kit::query::{Form, ask, name_wire};
use dnsure_kit::{Bind, Knot, Nsd, Panel, Personality};
use dnsure_providers::dns::{AskLimits, Asker};
use dnsure_providers::panel::{self, PanelSettings};
use dnsure_providers::{Backend, Reading};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, rdata};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Stage {
    panel: Panel,
    pub(crate) servers: Vec<SocketAddr>,
    backend: Arc<dyn Backend>,
    shared: Shared,
    state: tempfile::TempDir,
}

struct Silent;

impl Talk for Silent {}

pub(crate) fn key(pair: &Pair, rtype: RecordType) -> RecordKey {
    RecordKey::new(pair.owner.parse().unwrap(), rtype)
}

fn data(rtype: RecordType, value: &str) -> Rdata {
    Rdata::new(rdata::parse_text(rtype, value, &Name::root()).unwrap())
}

fn set(pair: &Pair, rtype: RecordType, members: &Members) -> RecordSet {
    let members = members.iter().map(|(value, ttl)| (data(rtype, value), Ttl::from_wire(*ttl)));
    RecordSet::from_members(key(pair, rtype), members).unwrap()
}

/// `live` with the pairs as they shall be.
pub(crate) fn with_afters(live: &Zone, pairs: &[&Pair]) -> Zone {
    let mut changes = Vec::new();
    for pair in pairs {
        if pair.from != pair.to {
            changes.push((key(pair, pair.from), None));
        }
        changes.push((key(pair, pair.to), Some(set(pair, pair.to, &pair.after))));
    }
    live.with(changes.iter().map(|(key, set)| (key, set.as_ref()))).unwrap()
}

impl Stage {
    /// Serves these zones with the pairs as they are before.
    pub(crate) fn start(zones: &[(String, Vec<Pair>)]) -> Self {
        let text = |zone: &str, pairs: &[Pair]| {
            let mut text = format!(
                "$ORIGIN {zone}\n@ 3600 SOA ns1.example.net. hostmaster.example.net. 1 3600 600 604800 300\n\
                 @ 3600 NS ns1.example.net.\n@ 3600 NS ns2.example.net.\n"
            );
            for pair in pairs {
                // Rows with several TTLs come by hand afterwards.
                let ttl = pair.before.last().unwrap().1;
                for (value, own) in &pair.before {
                    if *own == ttl {
                        text += &format!("{} {own} {} {value}\n", pair.owner, pair.from);
                    }
                }
            }
            text
        };
        let (mut bind, mut knot, mut nsd) = (Bind::builder(), Knot::builder(), Nsd::builder());
        let mut panel = Panel::builder().unit("create-and-delete").personality(Personality::Rows);
        for (zone, pairs) in zones {
            let text = text(zone, pairs);
            bind = bind.zone(zone, text.clone());
            knot = knot.zone(zone, text.clone());
            nsd = nsd.zone(zone, text.clone());
            panel = panel.zone(zone, text);
        }
        let panel = panel.publish_to(bind.start()).publish_to(knot.start()).publish_to(nsd.start()).start();
        for pair in zones.iter().flat_map(|(_, pairs)| pairs) {
            let ttl = pair.before.last().unwrap().1;
            for (value, own) in pair.before.iter().filter(|(_, own)| *own != ttl) {
                panel.foreign_add(&pair.owner, *own, &pair.from.to_string(), value);
            }
        }
        assert_eq!(panel.troubles(), Vec::<String>::new());
        let pace = Pace {
            samples: 1,
            between: SignedDuration::from_millis(10),
            deadline: SignedDuration::from_secs(60),
            ..Pace::default()
        };
        Self::over(panel, pace)
    }

    pub(crate) fn over(panel: Panel, pace: Pace) -> Self {
        let settings = PanelSettings::new(panel.url(), panel.token().to_owned().into());
        let shared = Shared {
            asker: Arc::new(Asker::new(AskLimits::default())),
            pace,
            interrupted: Arc::default(),
            talk: Arc::new(Silent),
        };
        Self {
            servers: panel.servers(),
            backend: Arc::new(panel::Panel::new(settings).unwrap()),
            panel,
            shared,
            state: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) async fn live(&self, zone: &Name) -> Zone {
        match self.backend.read(zone).await.unwrap() {
            Reading::Live(live) => live.zone,
            Reading::Missing => panic!("there is no zone {zone}"),
        }
    }

    /// What the planner makes of these pairs.
    pub(crate) fn plan(&self, live: &Zone, pairs: &[&Pair]) -> Result<TargetPlan, NoOrder> {
        let mut hints = Hints::default();
        for pair in pairs {
            let stand_in = pair.stand_in.as_ref().map(|value| data(pair.to, value));
            hints.stand_ins.extend(stand_in.map(|stand_in| (key(pair, pair.to), stand_in)));
        }
        let planned = plan_target(TargetInput {
            provider: "panel",
            guarantee: self.backend.guarantee(live.apex()),
            desired: &with_afters(live, pairs),
            live: Some(live),
            inventory: &Inventory::default(),
            policy: &Policy {
                owns_zone: true,
                max_deletes: usize::MAX,
                max_delete_percent: 100,
                ..Policy::default()
            },
            notices: Vec::new(),
            hints: &hints,
            canary: false,
        });
        planned.map_err(|error| match error {
            TargetError::NoOrder { why, .. } => why,
            other => panic!("{other}"),
        })
    }

    /// Carries a plan out; its guards count as acknowledged.
    pub(crate) async fn apply(&self, plan: &TargetPlan) -> TargetEnd {
        let id = TargetId::of(&plan.zone_id(), "panel");
        let state = State::in_directory(self.state.path());
        let run = "run";
        let begin = Entry::Begin {
            format_version: FORMAT_VERSION.into(),
            digest: Digest::of(b"").to_hex(),
            target: Box::new(TargetForm::from(plan)),
            owner: lock::owner(),
            acknowledged: Some("test".into()),
            outside_window: None,
            reason: None,
        };
        let target_run = TargetRun {
            id: id.clone(),
            steps: plan.steps.clone(),
            creates_zone: false,
            desired: None,
            noting: None,
            known_hidden: plan.hidden(),
            backend: Arc::clone(&self.backend),
            servers: Vec::new(),
            journal: Journal::new(&state, &id, run, begin),
            lock: Lock::new(&state, &id, run, None),
        };
        drive(target_run, &self.shared).await
    }

    /// Panics unless the panel and every server hold these members, each server with their TTL.
    pub(crate) fn assert_holds(&self, pair: &Pair, rtype: RecordType, members: &Members) {
        self.assert_holds_or(pair, rtype, members, &[]);
    }

    /// As [`Stage::assert_holds`]; servers may have one of `more` TTLs instead.
    pub(crate) fn assert_holds_or(&self, pair: &Pair, rtype: RecordType, members: &Members, more: &[u32]) {
        let kept: BTreeSet<(String, u32)> = self
            .panel
            .rows()
            .into_iter()
            .filter(|row| row.name == pair.owner && row.rtype == rtype.to_string())
            .map(|row| (row.data, row.ttl))
            .collect();
        assert_eq!(kept, members.iter().cloned().collect(), "the panel's rows of {pair:?}");
        let ttls: BTreeSet<u32> = members.iter().map(|(_, ttl)| *ttl).chain(more.iter().copied()).collect();
        let wanted: BTreeSet<Vec<u8>> =
            members.iter().map(|(value, _)| data(rtype, value).wire().into()).collect();
        let (name, code) = (name_wire(&pair.owner), rtype.code().unwrap());
        for server in &self.servers {
            let answer = ask(*server, &name, code, Form::Tcp, Duration::from_secs(10)).unwrap();
            let section = if rtype == RecordType::NS { &answer.authority } else { &answer.answer };
            let served: BTreeSet<Vec<u8>> = section.iter().map(|record| record.rdata.clone()).collect();
            assert_eq!(served, wanted, "{server} serves {:?} for {pair:?}", answer.texts());
            let served: BTreeSet<u32> = section.iter().map(|record| record.ttl).collect();
            assert!(
                served.len() == 1 && served.is_subset(&ttls),
                "{server} has the TTLs {served:?}: {pair:?}"
            );
        }
        assert_eq!(self.panel.troubles(), Vec::<String>::new());
    }
}
