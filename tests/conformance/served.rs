//! Does every server serve a state? Asked with the kit's client, judged here, not by `verify`.

use crate::hosts::Host;
use crate::suite::{ZONE, name};
use dnsure::conformance::Moment;
use dnsure::plan::ignore::IgnoreRule;
use dnsure_kit::query::{self, Answer, Form, ask};
use dnsure_providers::scenarios::State;
use dnsure_zones::answer::{Answer as Right, answer};
use dnsure_zones::yaml::{Options, read_text};
use dnsure_zones::{Name, RecordKey, RecordType, Zone, ZoneBuilder, rdata};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

/// Larger states are asked in one form only, each question in another.
const ALL_FORMS: usize = 200;
const WAIT: Duration = Duration::from_secs(5);

/// What a state says of one record set.
#[derive(Default)]
struct Wanted {
    /// `None` where somebody else chose it.
    ttl: Option<u32>,
    members: BTreeSet<Vec<u8>>,
}

/// Asks every server for everything that the state of `moment` holds, and for what it no longer holds.
pub(crate) fn check<H: Host>(host: &H, moment: &Moment<'_>) -> Result<(), String> {
    let Some(state) = moment.state else { return Ok(()) };
    let (wanted, zone) = wanted(host, state)?;
    let mut turn = 0;
    for server in host.servers() {
        for (key, wanted_set) in &wanted {
            for form in forms(wanted.len(), &mut turn) {
                has(server, &zone, key, wanted_set, form)?;
            }
        }
        let before: Vec<RecordKey> = moment.live.sets().map(|set| set.key()).collect();
        let gone: Vec<&RecordKey> = before
            .iter()
            .filter(|key| moment.end.get_key(key).is_none())
            .filter(|key| !key.rtype.is_server_kept() && key.rtype.code().is_some())
            .collect();
        for key in &gone {
            for form in forms(gone.len(), &mut turn) {
                has_not(server, &zone, key, form)?;
            }
        }
    }
    Ok(())
}

fn forms(questions: usize, turn: &mut usize) -> Vec<Form> {
    if questions <= ALL_FORMS {
        return Form::ALL.to_vec();
    }
    *turn += 1;
    vec![Form::ALL[*turn % Form::ALL.len()]]
}

/// The record sets of the file without what it ignores, and what is kept beside it.
fn wanted<H: Host>(host: &H, state: &State) -> Result<(BTreeMap<RecordKey, Wanted>, Zone), String> {
    let apex = name(ZONE);
    let rules: Vec<IgnoreRule> = state.ignore.iter().map(|rule| rule.parse().unwrap()).collect();
    let read = read_text(&state.zone, &state.title, &apex, &Options::default());
    let declared = read.declared.ok_or("the zone file cannot be read")?.zone;
    let declared = host.backend().normalise(&declared).zone;
    let mut wanted: BTreeMap<RecordKey, Wanted> = BTreeMap::new();
    let mut zone = ZoneBuilder::new(apex.clone());
    for set in declared.sets() {
        let key = set.key();
        let ignored = rules.iter().any(|rule| rule.covers_set(&apex, &key.name, key.rtype));
        if ignored || key.rtype.code().is_none() || key.rtype.is_pseudo() {
            continue;
        }
        zone.push_set(&set.to_set()).unwrap();
        let members = set.rdatas().map(|wire| comparable(key.rtype, wire)).collect();
        wanted.insert(key, Wanted { ttl: Some(set.ttl().as_secs()), members });
    }
    for line in &state.kept {
        let mut words = line.splitn(3, ' ');
        let owner = words.next().unwrap_or_default();
        let owner = if owner == "@" { apex.clone() } else { Name::parse(owner, Some(&apex)).unwrap() };
        let rtype: RecordType = words.next().unwrap_or_default().parse().unwrap();
        let wire = rdata::parse_text(rtype, words.next().unwrap_or_default(), &apex).unwrap();
        zone.push(&owner, rtype, dnsure_zones::Ttl::from_wire(0), &wire).unwrap();
        let entry = wanted.entry(RecordKey::new(owner, rtype)).or_default();
        entry.members.insert(comparable(rtype, &wire));
    }
    Ok((wanted, zone.finish()))
}

/// One spelling of each value; the serial of an SOA is the server's own.
fn comparable(rtype: RecordType, wire: &[u8]) -> Vec<u8> {
    let mut canonical = rdata::canonical(rtype, wire).into_owned();
    if rtype == RecordType::SOA {
        let at = canonical.len() - 20;
        canonical[at..at + 4].fill(0);
    }
    canonical
}

fn asked(server: SocketAddr, key: &RecordKey, form: Form) -> Result<Answer, String> {
    let code = key.rtype.code().ok_or("a pseudo type cannot be asked for")?;
    let failed = |error: query::AskError| format!("{server} {key} over {form}: {error:?}");
    let answer = ask(server, key.name.wire(), code, form, WAIT).map_err(failed)?;
    if answer.truncated {
        return ask(server, key.name.wire(), code, Form::Tcp, WAIT).map_err(failed);
    }
    Ok(answer)
}

fn has(server: SocketAddr, zone: &Zone, key: &RecordKey, wanted: &Wanted, form: Form) -> Result<(), String> {
    let referral = match answer(zone, &key.name, key.rtype) {
        Right::Data { .. } => false,
        Right::Referral { ns } if ns.name() == key.name && key.rtype == RecordType::NS => true,
        // Glue, and what a delegation or DNAME hides: nobody answers with it.
        _ => return Ok(()),
    };
    let got = asked(server, key, form)?;
    let section = if referral { &got.authority } else { &got.answer };
    let code = key.rtype.code().unwrap_or_default();
    let records: Vec<_> = section
        .iter()
        .filter(|record| record.rtype == code && query::same_name(&record.name, key.name.wire()))
        .collect();
    let members: BTreeSet<Vec<u8>> =
        records.iter().map(|record| comparable(key.rtype, &record.rdata)).collect();
    let wrong = |what: String| Err(format!("{server} {key} over {form}: {what}"));
    if got.rcode != query::NOERROR || got.authoritative == referral {
        return wrong(format!("rcode {}, AA {}", got.rcode, got.authoritative));
    }
    if members != wanted.members {
        let texts: Vec<String> = records.iter().map(|record| record.text()).collect();
        return wrong(format!("serves {texts:?}, and the state has {} members", wanted.members.len()));
    }
    match records.iter().find(|record| wanted.ttl.is_some_and(|ttl| ttl != record.ttl)) {
        Some(record) => wrong(format!("TTL {} instead of {:?}", record.ttl, wanted.ttl)),
        None => Ok(()),
    }
}

fn has_not(server: SocketAddr, zone: &Zone, key: &RecordKey, form: Form) -> Result<(), String> {
    if !matches!(answer(zone, &key.name, key.rtype), Right::NoData { .. } | Right::NameError) {
        return Ok(());
    }
    let got = asked(server, key, form)?;
    let code = key.rtype.code().unwrap_or_default();
    match got.records(key.name.wire(), code).next() {
        Some(record) => Err(format!("{server} {key} over {form}: still serves {}", record.text())),
        None => Ok(()),
    }
}
