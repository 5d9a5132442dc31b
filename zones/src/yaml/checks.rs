//! What can only be said about the whole zone: types that may not stand together, data
//! that no server would answer with.

use crate::answer::is_occluded;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::zone::{SetRef, Zone};
use crate::{Name, RecordType};

/// Checks `zone`. `place_of` finds a record's place, `lenient` whether errors at a name
/// are warnings.
pub(super) fn check(
    zone: &Zone,
    place_of: impl Fn(&Name, RecordType) -> Option<Span>,
    lenient: impl Fn(&Name) -> bool,
    found: &mut Diagnostics,
) {
    let place = |set: &SetRef<'_>| {
        let own = || set.position().map(|position| Span::new(position, 1));
        place_of(&set.name(), set.rtype()).or_else(own).unwrap_or_else(|| Span::file(""))
    };
    let apex = zone.apex();
    for set in zone.sets() {
        match set.rtype() {
            RecordType::CNAME | RecordType::ALIAS => {
                let name = set.name();
                for other in zone.at(&name).filter(|other| clash(set.rtype(), other.rtype())) {
                    let (first, second) = in_file_order(place(&set), place(&other), &set, &other);
                    let shown = if name == *apex { apex.to_string() } else { name.relative_to(apex) };
                    let message = format!(
                        "`{shown}` has a {} and a {}, which cannot stand together{}",
                        first.1,
                        second.1,
                        if set.rtype() == RecordType::CNAME { " (RFC 2181 10.1)" } else { "" },
                    );
                    let error = Diagnostic::error("cname-and-other", second.0, message)
                        .with_related(first.0, format!("the {} is here", first.1))
                        .with_help("keep one of them");
                    found.push(if lenient(&name) { error.downgraded() } else { error });
                }
            }
            RecordType::DNAME => hidden(zone, &set, &place, found),
            RecordType::NS if !set.is_apex() => hidden(zone, &set, &place, found),
            _ => {}
        }
    }
}

fn clash(alias: RecordType, other: RecordType) -> bool {
    match alias {
        RecordType::ALIAS => matches!(other, RecordType::A | RecordType::AAAA),
        // What DNSSEC puts beside a CNAME (RFC 4034 2.1, 3, 4).
        _ => !matches!(other, RecordType::CNAME | RecordType::RRSIG | RecordType::NSEC | RecordType::KEY),
    }
}

type Placed = (Span, RecordType);

fn in_file_order(a: Span, b: Span, set_a: &SetRef<'_>, set_b: &SetRef<'_>) -> (Placed, Placed) {
    let (a, b) = ((a, set_a.rtype()), (b, set_b.rtype()));
    if a.0.position <= b.0.position { (a, b) } else { (b, a) }
}

/// Warns about records that `cut`, a delegation or a DNAME, hides.
fn hidden(zone: &Zone, cut: &SetRef<'_>, place: &impl Fn(&SetRef<'_>) -> Span, found: &mut Diagnostics) {
    let name = cut.name();
    let glue: Vec<Name> = match cut.rtype() {
        RecordType::NS => cut.rdatas().flat_map(|wire| crate::rdata::names(RecordType::NS, wire)).collect(),
        _ => Vec::new(),
    };
    for set in zone.subtree(&name) {
        let own = set.name();
        let is_glue = matches!(set.rtype(), RecordType::A | RecordType::AAAA) && glue.contains(&own);
        let by_this = if cut.rtype() == RecordType::DNAME { own != name } else { true };
        if by_this && !is_glue && is_occluded(zone, &own, set.rtype()) {
            let what = if cut.rtype() == RecordType::NS { "delegation" } else { "DNAME" };
            let message = format!(
                "no server answers with the {} at `{}`: the {what} of `{}` hides it",
                set.rtype(),
                own.relative_to(zone.apex()),
                name.relative_to(zone.apex()),
            );
            let warning = Diagnostic::warning("occluded", place(&set), message);
            found.push(warning.with_related(place(cut), format!("the {what} is here")));
        }
    }
}
