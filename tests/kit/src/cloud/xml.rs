//! Just enough XML for the fakes: elements and text, no attributes looked at.

use std::ops::Range;

/// One element.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
    /// Where it stands in its document.
    pub(super) place: Range<usize>,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.trim().to_owned())
    }

    /// Every element of this name, however deep.
    pub(super) fn deep<'a>(&'a self, name: &str) -> Vec<&'a Element> {
        let mut found: Vec<&Element> = self.children.iter().flat_map(|child| child.deep(name)).collect();
        if self.name == name {
            found.insert(0, self);
        }
        found
    }
}

/// The root of a document; `None` for what is none.
pub(super) fn parse(document: &str) -> Option<Element> {
    let mut open = vec![Element::default()];
    let mut at = 0;
    while at < document.len() {
        let rest = &document[at..];
        if let Some(tag) = rest.strip_prefix('<') {
            let end = tag.find('>')?;
            let (inside, after) = (&tag[..end], at + end + 2);
            if inside.starts_with(['?', '!']) {
            } else if let Some(name) = inside.strip_prefix('/') {
                let mut element = open.pop()?;
                if element.name != local(name) {
                    return None;
                }
                element.place.end = after;
                open.last_mut()?.children.push(element);
            } else {
                let name = local(inside.trim_end_matches('/'));
                let element = Element { name, place: at..after, ..Element::default() };
                if inside.ends_with('/') {
                    open.last_mut()?.children.push(element);
                } else {
                    open.push(element);
                }
            }
            at = after;
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            open.last_mut()?.text.push_str(&unescaped(&rest[..end]));
            at += end;
        }
    }
    let root = open.pop()?;
    open.is_empty().then(|| root.children.into_iter().next()).flatten()
}

/// A name without prefix and attributes.
fn local(tag: &str) -> String {
    let name = tag.split_whitespace().next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
