//! Finds the record that a wish is about, and adds and removes records and names.

use super::super::emit::Out;
use super::super::natural;
use super::super::syntax::{Item, Pair, Shape, Tree, line_start};
use super::super::write::{owner_text, record_of};
use super::record::{Editor, Old, guard_gone};
use super::sheet::{Custom, Sheet};
use super::splice::{after, flow, item_lines, line_ends, lines_at, pair_lines};
use super::{Bench, Change, Deed, Refusal, guard};
use crate::{Name, RecordKey, RecordSet};
use std::cmp::Ordering;
use std::path::PathBuf;

/// A record in the text of a file.
struct Found<'i> {
    /// The name it stands under.
    name: &'i Pair,
    /// Which item of the name's list it is, where there is a list.
    index: Option<usize>,
    record: &'i Item,
}

impl Bench<'_, '_> {
    fn find<'i>(&self, sheet: &'i Sheet<'_>, key: &RecordKey) -> Option<Found<'i>> {
        let name = sheet.pair(&key.name)?;
        let is_it = |record: &Item| {
            let says = record.pair("type").and_then(|pair| pair.value.text());
            let own = record.pair("dnsure").or_else(|| record.pair("octodns")?.value.pair("dnsure"));
            let id = own.and_then(|own| own.value.pair("set")).and_then(|pair| pair.value.text());
            says.is_some_and(|text| text.parse() == Ok(key.rtype)) && id == key.set_id.as_deref()
        };
        match &name.value.kind {
            Shape::Map(..) if is_it(&name.value) => Some(Found { name, index: None, record: &name.value }),
            Shape::List(_, items) => {
                let index = items.iter().position(|(_, record)| is_it(record))?;
                Some(Found { name, index: Some(index), record: &items[index].1 })
            }
            _ => None,
        }
    }

    /// Calls `change` with the record and the file that it stands in itself.
    fn in_file<T>(
        &self,
        key: &RecordKey,
        change: impl FnOnce(&Sheet<'_>, &Found<'_>) -> Result<T, Refusal>,
    ) -> Result<(PathBuf, T), Refusal> {
        for file in &self.desk.roots {
            let Some(sheet) = self.sheets.get(file)? else { continue };
            if let Some(found) = self.find(sheet, key) {
                self.not_shared(file)?;
                return change(sheet, &found).map(|done| (file.clone(), done));
            }
        }
        let place = self.desk.declared.zone.get_key(key).and_then(|set| set.position());
        let place =
            place.map_or_else(|| "elsewhere".to_owned(), |place| format!("{}:{}", place.file, place.line));
        Err(Refusal::Elsewhere(format!(
            "it comes from {place} through an alias, a merge or an include, which others may use too"
        )))
    }

    /// Refuses the file that belongs to every zone.
    fn not_shared(&self, file: &PathBuf) -> Result<(), Refusal> {
        match self.desk.files.shared() {
            Some(shared) if shared == *file => {
                Err(Refusal::Elsewhere(format!("{} belongs to every zone", file.display())))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn change_record(&self, set: &RecordSet) -> Result<Change, Refusal> {
        let before = &self.desk.declared.zone;
        let (Some(old), Some(new)) = (before.get_key(&set.key), self.wanted.zone.get_key(&set.key)) else {
            return Err(Refusal::Form("the record is not there"));
        };
        let pairs = record_of(self.wanted, &new, &self.writing);
        let (file, (at, splices)) = self.in_file(&set.key, |sheet, found| {
            let tree = &sheet.tree;
            let in_record = found.record.range.clone();
            let shell = Item { kind: Shape::Empty, ..found.record.clone() };
            guard(tree, &shell, &in_record)?;
            guard(tree, &Item { kind: Shape::Empty, ..found.name.value.clone() }, &found.name.value.range)?;
            let places =
                old.positions().map(|place| place.as_ref().and_then(|place| sheet.byte(place))).collect();
            let mut editor = Editor::new(tree);
            editor.record(found.record, &Old { set: old, places }, &new, &pairs)?;
            Ok((found.record.content, editor.splices))
        })?;
        Ok(Change { file, at, splices, deed: Deed::Changed })
    }

    pub(super) fn remove_record(&self, key: &RecordKey) -> Result<Change, Refusal> {
        let (file, (at, splices)) = self.in_file(key, |sheet, found| {
            let tree = &sheet.tree;
            let mut editor = Editor::new(tree);
            let at = found.record.content;
            guard_gone(tree, found.record)?;
            let alone = match &found.name.value.kind {
                Shape::List(_, items) => items.len() < 2,
                _ => true,
            };
            match found.index {
                Some(index) if !alone => {
                    guard(
                        tree,
                        &Item { kind: Shape::Empty, ..found.name.value.clone() },
                        &found.name.value.range,
                    )?;
                    let count = found.name.value.items().len();
                    editor.remove_item(&found.name.value, index, index + 1 == count)?;
                }
                _ => editor.remove_pair(&tree.root, found.name)?,
            }
            Ok((at, editor.splices))
        })?;
        Ok(Change { file, at, splices, deed: Deed::Removed })
    }

    pub(super) fn remove_name(&self, name: &Name) -> Result<Change, Refusal> {
        let mut holders = Vec::new();
        for file in &self.desk.roots {
            if let Ok(Some(sheet)) = self.sheets.get(file)
                && let Some(pair) = sheet.pair(name)
            {
                holders.push((file, &sheet.tree, pair));
            }
        }
        let [(file, tree, pair)] = holders.as_slice() else {
            return Err(Refusal::Form(
                "the name stands in several files, or comes from an include: remove its records one by one",
            ));
        };
        self.not_shared(file)?;
        let mut editor = Editor::new(tree);
        editor.remove_pair(&tree.root, pair)?;
        Ok(Change { file: (*file).clone(), at: pair.start, splices: editor.splices, deed: Deed::Removed })
    }

    pub(super) fn add_record(&self, set: &RecordSet) -> Result<Change, Refusal> {
        let Some(new) = self.wanted.zone.get_key(&set.key) else {
            return Err(Refusal::Form("a record set without values is not written here"));
        };
        let record = Out::Map(record_of(self.wanted, &new, &self.writing));
        for file in &self.desk.roots {
            let Some(sheet) = self.sheets.get(file)? else { continue };
            if let Some(pair) = sheet.pair(&set.key.name) {
                self.not_shared(file)?;
                let splices = beside(&sheet.tree, pair, &record)?;
                return Ok(Change { file: file.clone(), at: pair.start, splices, deed: Deed::Added });
            }
        }
        if let Some(place) = self.desk.declared.zone.at(&set.key.name).find_map(|set| set.position()) {
            return Err(Refusal::Elsewhere(format!(
                "the name comes from {}:{} through a merge or an include",
                place.file, place.line
            )));
        }
        let file = self.file_for(&set.key.name);
        let key = owner_text(&set.key.name, self.desk.apex);
        let (at, splice) = match self.sheets.get(&file)? {
            Some(sheet) => sheet.new_name(&key, &record)?,
            None => (0, (0..0, pair_lines(&key, &record, 0))),
        };
        Ok(Change { file, at, splices: vec![splice], deed: Deed::Added })
    }

    /// The file in which a new name is to stand: the zone's own, else one of the split ones.
    fn file_for(&self, name: &Name) -> PathBuf {
        let directory = self.desk.roots.iter().find_map(|root| {
            let parent = root.parent()?;
            self.desk.files.is_split(parent, self.desk.home).then(|| parent.to_path_buf())
        });
        let shared = self.desk.files.shared();
        let is_own = |root: &&PathBuf| {
            Some(*root) != shared.as_ref()
                && directory.as_deref().is_none_or(|split| root.parent() != Some(split))
        };
        if let Some(flat) = self.desk.roots.iter().find(is_own) {
            return flat.clone();
        }
        let owner = owner_text(name, self.desk.apex);
        let file = match owner.as_str() {
            "" | "*" => format!("${}yaml", self.desk.apex),
            owner if owner.contains(['/', '\\']) => format!("${}yaml", self.desk.apex),
            owner => format!("{owner}.yaml"),
        };
        directory.unwrap_or_default().join(file)
    }
}

/// Puts a record beside those of a name.
fn beside(tree: &Tree<'_>, pair: &Pair, record: &Out) -> Result<Vec<super::Splice>, Refusal> {
    let value = &pair.value;
    guard(
        tree,
        &Item {
            kind: match &value.kind {
                Shape::Alias(name) => Shape::Alias(name.clone()),
                Shape::Scalar(text, style) => Shape::Scalar(text.clone(), *style),
                _ => Shape::Empty,
            },
            ..value.clone()
        },
        &value.range,
    )?;
    let mut editor = Editor::new(tree);
    match &value.kind {
        Shape::List(_, items) if !items.is_empty() => editor.append(value, &[record])?,
        Shape::Map(..) if tree.root.is_flow() => {
            editor.splices.push((value.range.start..value.range.start, "[".into()));
            editor.splices.push((value.range.end..value.range.end, format!(", {}]", flow(record))));
        }
        Shape::Map(is_flow, _) => {
            let column = tree.column(pair.start);
            let own = tree.column(value.content);
            let column = if *is_flow || own < column + 4 { column } else { own - 2 };
            editor.item_of(pair, column)?;
            let end = after(tree.text, value.range.end);
            editor.splices.push(lines_at(tree.text, end, &item_lines(record, column)));
        }
        _ => return Err(Refusal::Form("what stands under this name is no record")),
    }
    Ok(editor.splices)
}

impl Sheet<'_> {
    /// A new name: at its natural place where the names are sorted, else at the end.
    fn new_name(&self, key: &str, record: &Out) -> Result<(usize, super::Splice), Refusal> {
        let tree = &self.tree;
        let text = tree.text;
        let ends = line_ends(text);
        let pairs = match &tree.root.kind {
            Shape::Map(true, pairs) => {
                let new = flow(&Out::Map(vec![(key.to_owned(), record.clone())]));
                let new = new.trim_start_matches('{').strip_suffix('}').unwrap_or_default().to_owned();
                return Ok(match pairs.last() {
                    Some(last) => (
                        last.value.range.end,
                        (last.value.range.end..last.value.range.end, format!(", {new}")),
                    ),
                    None => {
                        let lines = pair_lines(key, record, 0).replace('\n', ends);
                        let lines = lines.strip_suffix(ends).unwrap_or(&lines).to_owned();
                        (tree.root.range.start, (tree.root.range.clone(), lines))
                    }
                });
            }
            Shape::Map(false, pairs) => pairs.as_slice(),
            Shape::Empty => &[],
            // `null` says as little as nothing.
            Shape::Scalar(..) | Shape::Alias(_) | Shape::List(..) => {
                return Err(Refusal::Form("the file holds no mapping of names"));
            }
        };
        let lines = pair_lines(key, record, 0);
        let column = pairs.first().map_or(0, |pair| tree.column(pair.start));
        if column > 0 {
            return Err(Refusal::Form("the names of this file are indented; add it by hand"));
        }
        let Custom { is_sorted, is_parted } = *self.custom.get_or_init(|| Custom::of(tree, pairs));
        let place = pairs.partition_point(|pair| !natural_order(pair, key).is_gt());
        let later = (is_sorted && place < pairs.len()).then_some(place);
        Ok(match later {
            Some(index) => {
                let at = if index == 0 {
                    line_start(text, pairs[0].start)
                } else {
                    lead_start(tree, pairs, index)
                };
                let lines = format!("{lines}{}", if is_parted { "\n" } else { "" });
                (at, (at..at, lines.replace('\n', ends)))
            }
            None => {
                // Behind the last record and the comments that are inside of it, or at the very end.
                let at = text.len();
                let lines =
                    format!("{}{lines}", if is_parted && !text.ends_with("\n\n") { "\n" } else { "" });
                (at, lines_at(text, at, &lines))
            }
        })
    }
}

impl Custom {
    fn of(tree: &Tree<'_>, pairs: &[Pair]) -> Self {
        let is_before = |two: &[Pair]| natural_order(&two[0], two[1].key.text().unwrap_or_default()).is_lt();
        let is_parted = |index: &usize| {
            let before = &tree.text[..lead_start(tree, pairs, *index)];
            before.ends_with("\n\n") || before.ends_with("\n\r\n")
        };
        Self {
            is_sorted: pairs.windows(2).all(is_before),
            is_parted: pairs.len() > 1 && (1..pairs.len()).filter(is_parted).count() * 2 >= pairs.len(),
        }
    }
}

fn natural_order(pair: &Pair, other: &str) -> Ordering {
    let own = natural::decomposed(pair.key.text().unwrap_or_default());
    natural::compare(&own, &natural::decomposed(other))
}

/// Where the comment lines right above a name start, or its own line.
fn lead_start(tree: &Tree<'_>, pairs: &[Pair], index: usize) -> usize {
    let text = tree.text;
    let mut at = line_start(text, pairs[index].start);
    let floor = match index.checked_sub(1) {
        Some(before) => after(text, pairs[before].value.range.end.max(pairs[before].key.range.end)),
        None => 0,
    };
    while at > floor {
        let above = line_start(text, at - 1);
        if above < floor || !text[above..at].starts_with('#') {
            break;
        }
        at = above;
    }
    at
}
