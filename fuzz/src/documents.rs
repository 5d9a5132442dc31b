//! What dnsure itself keeps, and somebody else may have edited: plans, journals, receipts.

use dnsure::apply::entry::{Entry, Progress, Stamped};
use dnsure::apply::receipt::Receipt;
use dnsure::plan::Plan;
use dnsure::plan::file::PlanForm;
use dnsure::plan::inventory::Inventory;
use dnsure::report::{journal_text, plan_text, receipt_text};
use dnsure::state::lock::Holder;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is read and written again reads the same.
fn read<T: DeserializeOwned + Serialize>(data: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(data).ok()?;
    let json = serde_json::to_string(&value).expect("plain data");
    let again: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(json, serde_json::to_string(&again).expect("plain data"));
    Some(value)
}

/// Colours of our own begin with an escape character; nothing else does.
fn no_control(text: &str) {
    let is_colour = |rest: &str| {
        let end = rest.find('m').unwrap_or(0);
        rest.starts_with('[') && rest[1..end.max(1)].bytes().all(|byte| byte.is_ascii_digit() || byte == b';')
    };
    assert!(text.split('\u{1b}').skip(1).all(is_colour), "{text:?}");
    let text = text.replace('\u{1b}', "");
    assert!(!text.contains(|character: char| character.is_control() && character != '\n'), "{text:?}");
}

/// A plan file; its checksum is taken as right, or no mutation would come past it.
pub fn plan_file(data: &[u8]) {
    let _ = Plan::from_json("plan.json", data);
    let Some(form) = read::<PlanForm>(data) else { return };
    let Some(plan) = Plan::from_form(form) else { return };
    let json = plan.to_json();
    let again = Plan::from_json("plan.json", &json).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again, plan);
    assert_eq!(again.to_json(), json);
    no_control(&plan_text::plan_text(&plan));
}

/// The entries of a journal, one a line.
pub fn journal(data: &[u8]) {
    let entries: Vec<Stamped> = data.split(|byte| *byte == b'\n').filter_map(read::<Stamped>).collect();
    for stamped in &entries {
        if let Entry::Begin { target, .. } = &stamped.entry {
            let _ = target.as_ref().clone().into_plan();
        }
    }
    let progress = Progress::fold(entries.iter().map(|stamped| &stamped.entry));
    let _ = (progress.touched_steps(), progress.has_written());
    no_control(&journal_text::journal_text(&entries));
}

/// Receipts, inventories, locks.
pub fn documents(data: &[u8]) {
    if let Some(receipt) = read::<Receipt>(data) {
        no_control(&receipt_text::receipt_text(&receipt, None));
    }
    let _ = (read::<Inventory>(data), read::<Holder>(data));
}
