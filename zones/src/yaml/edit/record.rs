//! Changes inside one record: values, TTL, settings.

use super::super::emit::Out;
use super::super::natural;
use super::super::scalar::Plain;
use super::super::syntax::{Item, Pair, Shape, Tree, line_start};
use super::splice::{Splice, after, flow, item_lines, line_ends, lines_at, pair_lines};
use super::{Refusal, guard};
use crate::zone::SetRef;
use crate::{RecordType, rdata};
use saphyr_parser::ScalarStyle;
use std::ops::Range;

/// The keys of a record that hold settings.
const SETTINGS: [&str; 4] = ["dnsure", "dynamic", "geo", "octodns"];

/// Where each member of the old set stands in the text.
pub(super) struct Old<'z> {
    pub(super) set: SetRef<'z>,
    /// The byte of each member; none for those in other files.
    pub(super) places: Vec<Option<usize>>,
}

/// Changes one record.
pub(super) struct Editor<'t> {
    tree: &'t Tree<'t>,
    pub(super) splices: Vec<Splice>,
    /// The type of the record whose values are changed.
    rtype: Option<RecordType>,
}

impl<'t> Editor<'t> {
    pub(super) fn new(tree: &'t Tree<'t>) -> Self {
        Self { tree, splices: Vec::new(), rtype: None }
    }

    /// Makes `record` say what `wanted` (its keys and values) and `set` are.
    pub(super) fn record(
        &mut self,
        record: &Item,
        old: &Old<'_>,
        new: &SetRef<'_>,
        wanted: &[(String, Out)],
    ) -> Result<(), Refusal> {
        if old.set.ttl() != new.ttl() {
            self.ttl(record, new)?;
        }
        if !old.set.same_rdatas(new) {
            self.rtype = Some(new.rtype());
            let values = wanted.iter().find(|(key, _)| key == "value" || key == "values");
            let outs = match values {
                Some((key, Out::List(items))) if key == "values" => items.clone(),
                Some((_, out)) => vec![out.clone()],
                None => {
                    return Err(Refusal::Form(
                        "a record that gets or loses all its values is written anew by hand",
                    ));
                }
            };
            self.values(record, old, new, &outs)?;
            self.rtype = None;
        }
        if old.set.settings() != new.settings() {
            for key in SETTINGS {
                let out = wanted.iter().find(|(name, _)| name == key).map(|(_, out)| out);
                match (record.pair(key), out) {
                    (Some(pair), Some(out)) => self.merge(&pair.value, out)?,
                    (Some(pair), None) => self.remove_pair(record, pair)?,
                    (None, Some(out)) => self.insert_pair(record, key, out)?,
                    (None, None) => {}
                }
            }
        }
        Ok(())
    }

    fn ttl(&mut self, record: &Item, new: &SetRef<'_>) -> Result<(), Refusal> {
        let out = Out::Raw(new.ttl().to_string());
        match record.pair("ttl") {
            None => self.insert_pair(record, "ttl", &out),
            Some(pair) => match pair.value.pair("value") {
                Some(inner) => self.merge(&inner.value, &out),
                None if pair.value.pairs().is_some() => self.insert_pair(&pair.value, "value", &out),
                None => self.merge(&pair.value, &out),
            },
        }
    }

    fn values(
        &mut self,
        record: &Item,
        old: &Old<'_>,
        new: &SetRef<'_>,
        outs: &[Out],
    ) -> Result<(), Refusal> {
        let Some(pair) = record.pair("values").or_else(|| record.pair("value")) else {
            let place = old.set.position().map_or_else(String::new, |place| format!(" ({place})"));
            return Err(Refusal::Elsewhere(format!("its value comes through a merge{place}")));
        };
        // The list itself is changed, so nobody else may use it; what of its items is kept may be used.
        let (items, is_list): (Vec<&Item>, bool) = match &pair.value.kind {
            Shape::List(_, items) => (items.iter().map(|(_, item)| item).collect(), true),
            _ => (vec![&pair.value], false),
        };
        let shell = Item { kind: Shape::Empty, ..pair.value.clone() };
        guard(self.tree, if is_list { &shell } else { &pair.value }, &pair.value.range)?;
        let rtype = new.rtype();
        let canonical = |wire: &[u8]| rdata::canonical(rtype, wire).into_owned();
        let wires: Vec<Vec<u8>> = old.set.rdatas().map(canonical).collect();
        let wanted: Vec<Vec<u8>> = new.rdatas().map(canonical).collect();
        let mut owners: Vec<Option<usize>> = vec![None; items.len()];
        for (member, place) in old.places.iter().enumerate() {
            let holds = |item: &&Item| place.is_some_and(|at| item.range.start <= at && at <= item.range.end);
            if let Some(index) = items.iter().position(holds) {
                owners[index] = Some(member);
            } else if !wanted.contains(&wires[member]) {
                return Err(Refusal::Elsewhere(
                    "one of its values comes from an anchor or another file".into(),
                ));
            }
        }
        // What is here twice counts once, and goes as one.
        for index in 0..items.len() {
            if owners[index].is_none()
                && let Some(twin) =
                    (0..items.len()).find(|twin| owners[*twin].is_some() && same(items[*twin], items[index]))
            {
                owners[index] = owners[twin];
            }
        }
        let is_kept = |owner: &Option<usize>| owner.is_none_or(|member| wanted.contains(&wires[member]));
        let gone: Vec<usize> = (0..items.len()).filter(|index| !is_kept(&owners[*index])).collect();
        let fresh: Vec<&Out> =
            wanted.iter().zip(outs).filter(|(wire, _)| !wires.contains(wire)).map(|(_, out)| out).collect();
        for (index, out) in gone.iter().zip(&fresh) {
            self.merge(items[*index], out)?;
        }
        let surplus = &gone[fresh.len().min(gone.len())..];
        let more = &fresh[gone.len().min(fresh.len())..];
        if is_list {
            for index in surplus {
                let is_last = (*index + 1..items.len()).all(|later| surplus.contains(&later));
                self.remove_item(&pair.value, *index, is_last)?;
            }
            self.append(&pair.value, more)
        } else if more.is_empty() {
            Ok(())
        } else {
            self.many_of_one(record, pair, more)
        }
    }

    /// Turns `value: x` into a list with more values.
    fn many_of_one(&mut self, record: &Item, pair: &Pair, more: &[&Out]) -> Result<(), Refusal> {
        if pair.key.text() == Some("value") {
            self.splices.push((pair.key.content..pair.key.range.end, "values".into()));
        }
        let value = &pair.value;
        if record.is_flow() {
            let rest: String = more.iter().map(|out| format!(", {}", flow(out))).collect();
            self.splices.push((value.range.start..value.range.start, "[".into()));
            self.splices.push((value.range.end..value.range.end, format!("{rest}]")));
            return Ok(());
        }
        let column = self.tree.column(pair.start);
        self.item_of(pair, column)?;
        self.lines_after(value.range.end, more, column);
        Ok(())
    }

    /// Makes the value of a pair in a block the first item of a list whose `-` stand at `column`.
    pub(super) fn item_of(&mut self, pair: &Pair, column: usize) -> Result<(), Refusal> {
        let text = self.tree.text;
        let value = &pair.value;
        let colon = pair.key.range.end
            + text[pair.key.range.end..]
                .find(':')
                .ok_or(Refusal::Form("a key without `:` is not edited here"))?;
        let between = colon + 1..value.range.start;
        let is_block = matches!(value.kind, Shape::Map(false, _) | Shape::List(false, _));
        if is_block {
            let own = self.tree.column(value.content);
            if own < column + 2 || value.range.start != value.content {
                return Err(Refusal::Form(
                    "a record that is indented by one space, or has an anchor, becomes a list by hand",
                ));
            }
            self.splices.push((
                value.content - (own - column)..value.content,
                format!("-{}", " ".repeat(own - column - 1)),
            ));
            return Ok(());
        }
        if !self.tree.comments_in(&between).is_empty() {
            return Err(Refusal::Form("a value with comments between it and its key becomes a list by hand"));
        }
        self.splices.push((between, format!("{}{}- ", line_ends(text), " ".repeat(column))));
        Ok(())
    }

    /// Appends items to a list.
    pub(super) fn append(&mut self, list: &Item, more: &[&Out]) -> Result<(), Refusal> {
        let Shape::List(is_flow, items) = &list.kind else {
            return Err(Refusal::Form("this is no list"));
        };
        let Some((dash, last)) = items.last().filter(|_| !more.is_empty()) else { return Ok(()) };
        if *is_flow {
            let rest: String = more.iter().map(|out| format!(", {}", flow(out))).collect();
            self.splices.push((last.range.end..last.range.end, rest));
        } else {
            self.lines_after(last.range.end, more, self.tree.column(*dash));
        }
        Ok(())
    }

    fn lines_after(&mut self, end: usize, more: &[&Out], column: usize) {
        let text = self.tree.text;
        let lines: String = more.iter().map(|out| item_lines(out, column)).collect();
        self.splices.push(lines_at(text, after(text, end), &lines));
    }

    /// Takes an item out of a list that keeps others; with whether none of those stands behind it.
    pub(super) fn remove_item(&mut self, list: &Item, index: usize, is_last: bool) -> Result<(), Refusal> {
        let Shape::List(is_flow, items) = &list.kind else {
            return Err(Refusal::Form("this is no list"));
        };
        let (dash, item) = &items[index];
        if *is_flow {
            self.cut_from_flow(item.range.clone(), is_last);
            return guard_gone(self.tree, item);
        }
        let text = self.tree.text;
        let start = line_start(text, *dash);
        if !text[start..*dash].trim().is_empty() {
            return Err(Refusal::Form("the first item on the line of another `-` is taken out by hand"));
        }
        let end = self.inner_end(item.range.end, self.tree.column(*dash));
        self.splices.push((start..end, String::new()));
        guard_gone(self.tree, item)
    }

    /// Where what stands inside an entry at `column` ends: its last value, and the comments behind
    /// it that are deeper. They would come to stand in what is before it.
    fn inner_end(&self, end: usize, column: usize) -> usize {
        let end = after(self.tree.text, end);
        let rest = self.tree.comments.iter().skip_while(|comment| comment.range.start < end);
        let mut last = end;
        for comment in
            rest.take_while(|comment| comment.own_line && self.tree.column(comment.range.start) > column)
        {
            if !self.tree.text[last..comment.range.start].trim().is_empty() {
                break;
            }
            last = after(self.tree.text, comment.range.end);
        }
        last
    }

    /// Takes a value out of brackets, with one comma; comments there stay.
    fn cut_from_flow(&mut self, range: Range<usize>, is_last: bool) {
        let text = self.tree.text;
        let bytes = text.as_bytes();
        let ahead = text[range.end..].len() - text[range.end..].trim_start().len();
        if !is_last && bytes.get(range.end + ahead) == Some(&b',') {
            let comma = range.end + ahead + 1;
            let spaces = text[comma..].len() - text[comma..].trim_start_matches(' ').len();
            let before_comment = text[comma + spaces..].starts_with('#');
            let spaces = if before_comment { 0 } else { spaces };
            self.splices.push((range.start..comma + spaces, String::new()));
            return;
        }
        // The comma before the last one, wherever comments put it.
        let mut at = range.start;
        while at > 0 && bytes[at - 1] != b',' && !matches!(bytes[at - 1], b'[' | b'{') {
            at -= 1;
        }
        let in_comment = |at: usize| self.tree.comments.iter().any(|comment| comment.range.contains(&at));
        while at > 0 && in_comment(at - 1) {
            at -= 1;
            while at > 0 && bytes[at - 1] != b',' {
                at -= 1;
            }
        }
        if at > 0 && bytes[at - 1] == b',' {
            if text[at..range.start].trim().is_empty() {
                self.splices.push((at - 1..range.end, String::new()));
                return;
            }
            self.splices.push((at - 1..at, String::new()));
        }
        self.splices.push((range, String::new()));
    }

    /// Makes a value say `out`, with as little change as that takes.
    fn merge(&mut self, item: &Item, out: &Out) -> Result<(), Refusal> {
        guard(self.tree, item, &item.range)?;
        match (&item.kind, out) {
            (Shape::Scalar(..) | Shape::Empty, Out::Text(_) | Out::Raw(_)) if says(item, out) => Ok(()),
            // Of a value, the fields that are there; older spellings of their keys count.
            (Shape::Map(_, pairs), Out::Map(wanted)) if self.rtype.is_some() => {
                let own = |key: &str| item.pair(key).or_else(|| item.pair(self.older(key)?));
                let fields: Option<Vec<(&Pair, &Out)>> =
                    wanted.iter().map(|(key, out)| Some((own(key)?, out))).collect();
                match fields.filter(|fields| fields.len() == pairs.len()) {
                    Some(fields) => {
                        fields.into_iter().try_for_each(|(pair, out)| self.merge(&pair.value, out))
                    }
                    None => {
                        self.replace(item, out);
                        Ok(())
                    }
                }
            }
            (Shape::Map(_, pairs), Out::Map(wanted))
                if !pairs.is_empty() && wanted.iter().any(|(key, _)| item.pair(key).is_some()) =>
            {
                for (key, out) in wanted {
                    match item.pair(key) {
                        Some(pair) => self.merge(&pair.value, out)?,
                        None => self.insert_pair(item, key, out)?,
                    }
                }
                for pair in pairs {
                    let key = pair.key.text().unwrap_or_default();
                    if !wanted.iter().any(|(wanted, _)| wanted == key) {
                        self.remove_pair(item, pair)?;
                    }
                }
                Ok(())
            }
            (Shape::List(_, items), Out::List(wanted))
                if items.len() == wanted.len() && !items.is_empty() =>
            {
                items.iter().zip(wanted).try_for_each(|((_, item), out)| self.merge(item, out))
            }
            _ => {
                self.replace(item, out);
                Ok(())
            }
        }
    }

    /// The older key of a field.
    fn older(&self, key: &str) -> Option<&'static str> {
        let row = rdata::row(self.rtype?)?;
        row.fields.iter().find(|field| field.key == key).and_then(|field| field.alias)
    }

    /// Puts `out` in the place of a value; comments inside go above its line or behind it.
    fn replace(&mut self, item: &Item, out: &Out) {
        let text = self.tree.text;
        let mut piece = flow(out);
        if item.is_empty() {
            piece.insert(0, ' ');
        }
        let range = item.content..item.range.end;
        let inside = self.tree.comments_in(&range);
        let is_block = matches!(item.kind, Shape::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded));
        let ends = line_ends(text);
        if let [only] = inside
            && is_block
        {
            piece = format!("{piece}  {}", &text[only.range.clone()]);
        } else if !inside.is_empty() {
            let start = line_start(text, item.range.start);
            let column = text[start..].len() - text[start..].trim_start_matches(' ').len();
            let lines: String = inside
                .iter()
                .map(|comment| format!("{}{}{ends}", " ".repeat(column), &text[comment.range.clone()]))
                .collect();
            self.splices.push((start..start, lines));
        }
        if is_block && text[range.clone()].ends_with('\n') {
            piece.push_str(ends);
        }
        self.splices.push((range, piece));
    }

    /// Adds a pair to a mapping: before the first key that comes after it, else at the end.
    fn insert_pair(&mut self, map: &Item, key: &str, out: &Out) -> Result<(), Refusal> {
        guard(self.tree, &Item { kind: Shape::Empty, ..map.clone() }, &map.range)?;
        let Shape::Map(is_flow, pairs) = &map.kind else {
            return Err(Refusal::Form("this is no mapping"));
        };
        let text = self.tree.text;
        let merged = pairs.iter().rposition(|pair| pair.key.text() == Some("<<")).map_or(0, |at| at + 1);
        let later = pairs
            .iter()
            .skip(merged)
            .find(|pair| natural::compare(pair.key.text().unwrap_or_default(), key).is_gt());
        let Some(last) = pairs.last() else {
            self.splices.push((map.content..map.range.end, format!("{{{key}: {}}}", flow(out))));
            return Ok(());
        };
        match (later, is_flow) {
            (Some(pair), true) => {
                self.splices.push((pair.start..pair.start, format!("{key}: {}, ", flow(out))));
            }
            (None, true) => {
                let end = last.value.range.end;
                self.splices.push((end..end, format!(", {key}: {}", flow(out))));
            }
            (Some(pair), false) => {
                let column = self.tree.column(pair.start);
                let lines = format!("{}{}", pair_lines(key, out, column), " ".repeat(column));
                self.splices.push((pair.start..pair.start, lines.replace('\n', line_ends(text))));
            }
            (None, false) => {
                let column = self.tree.column(last.start);
                let lines = format!("{}{}", " ".repeat(column), pair_lines(key, out, column));
                self.splices.push(lines_at(text, after(text, last.value.range.end), &lines));
            }
        }
        Ok(())
    }

    /// Takes a pair out of a mapping that keeps others.
    pub(super) fn remove_pair(&mut self, map: &Item, pair: &Pair) -> Result<(), Refusal> {
        let Shape::Map(is_flow, pairs) = &map.kind else {
            return Err(Refusal::Form("this is no mapping"));
        };
        let text = self.tree.text;
        let index = pairs.iter().position(|other| other.start == pair.start).unwrap_or(0);
        guard_gone(self.tree, &pair.key)?;
        guard_gone(self.tree, &pair.value)?;
        if *is_flow {
            self.cut_from_flow(
                pair.start..pair.value.range.end.max(pair.key.range.end),
                index + 1 == pairs.len(),
            );
            return Ok(());
        }
        let start = line_start(text, pair.start);
        if text[start..pair.start].trim().is_empty() {
            let end = pair.value.range.end.max(pair.key.range.end);
            let end = self.inner_end(end, self.tree.column(pair.start));
            self.splices.push((start..end, String::new()));
            return Ok(());
        }
        // The first pair on the line of a `-`: the next one takes its place.
        match pairs.get(index + 1) {
            Some(next) if self.tree.comments_in(&(pair.start..next.start)).is_empty() => {
                self.splices.push((pair.start..next.start, String::new()));
                Ok(())
            }
            _ => Err(Refusal::Form("the first key on the line of a `-` is taken out by hand")),
        }
    }
}

/// Refuses to take out what others use.
pub(super) fn guard_gone(tree: &Tree<'_>, item: &Item) -> Result<(), Refusal> {
    let mut wrong = Ok(());
    item.each(&mut |inner| {
        if let Some(name) = &inner.anchor
            && let Some(user) = super::user_outside(tree, name, &item.range)
            && wrong.is_ok()
        {
            let line = tree.line(user);
            wrong =
                Err(Refusal::Elsewhere(format!("it has the anchor `&{name}`, which line {line} uses too")));
        }
    });
    wrong
}

/// Whether two values are written with the same words.
fn same(a: &Item, b: &Item) -> bool {
    match (&a.kind, &b.kind) {
        (Shape::Scalar(a, _), Shape::Scalar(b, _)) => a == b,
        (Shape::List(_, a), Shape::List(_, b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| same(a, b))
        }
        (Shape::Map(_, pairs), Shape::Map(_, others)) => {
            pairs.len() == others.len()
                && pairs.iter().all(|pair| {
                    b.pair(pair.key.text().unwrap_or_default())
                        .is_some_and(|other| same(&pair.value, &other.value))
                })
        }
        _ => false,
    }
}

/// Whether a scalar says `out` already.
fn says(item: &Item, out: &Out) -> bool {
    let plain = match &item.kind {
        Shape::Scalar(text, ScalarStyle::Plain) => Plain::of(text),
        Shape::Empty => Plain::Null,
        _ => Plain::Text,
    };
    let text = item.text().unwrap_or_default();
    match out {
        Out::Text(wanted) => plain == Plain::Text && text == wanted,
        Out::Raw(wanted) => text == wanted && Plain::of(wanted) == plain,
        _ => false,
    }
}
