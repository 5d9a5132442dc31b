//! XML of an API: one small tree for what comes, text for what goes.

use super::{Http, Pages, Reply, Told, shown};
use crate::backend::BackendError;
use dnsure_zones::Name;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::ops::Range;

/// A reply in XML.
#[derive(Debug)]
pub(crate) struct Document {
    /// As it came.
    pub(crate) text: String,
    /// Its one element.
    pub(crate) root: Element,
}

impl Http {
    /// Reads the XML at `path`.
    ///
    /// # Errors
    /// As [`Http::read`], and [`BackendError::Incomplete`] for what is no XML.
    pub(crate) async fn fetch_xml(&self, zone: &Name, path: String) -> Result<Document, BackendError> {
        self.xml(zone, self.read(zone, path).await?)
    }

    /// As [`Http::fetch_xml`]; `None` where the service says that it is not there.
    ///
    /// # Errors
    /// As [`Http::fetch_xml`].
    pub(crate) async fn find_xml(&self, zone: &Name, path: String) -> Result<Option<Document>, BackendError> {
        self.found(zone, path).await?.map(|reply| self.xml(zone, reply)).transpose()
    }

    /// What `read` makes of each entry of a list, with the document it stands in, from page to page; `None`
    /// where the service says that there is no such list. `next` tells what to add to the path of the first
    /// page for the one after this one.
    ///
    /// # Errors
    /// As [`Http::fetch_xml`], and [`BackendError::Incomplete`] for what `read` and `next` do not understand
    /// and for pages without an end.
    pub(crate) async fn list_xml<T>(
        &self,
        zone: &Name,
        first: String,
        list: &str,
        next: impl Fn(&Element, &str) -> Result<Option<String>, String>,
        read: impl Fn(&Element, &str) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, BackendError> {
        let incomplete = |reason: String| self.incomplete(zone, reason);
        let mut found = Vec::new();
        let mut pages = Pages::from(first.clone());
        while let Some(path) = pages.turn() {
            let Some(Document { root, text }) = self.find_xml(zone, path).await? else { return Ok(None) };
            for entry in root.entries(list) {
                found.push(read(entry, &text).map_err(incomplete)?);
            }
            let next = next(&root, list).map_err(incomplete)?;
            pages.then(next.map(|cursor| format!("{first}{cursor}"))).map_err(incomplete)?;
        }
        Ok(Some(found))
    }

    fn xml(&self, zone: &Name, reply: Reply) -> Result<Document, BackendError> {
        let text = String::from_utf8(reply.body).map_err(|error| error.to_string());
        let document = text.and_then(|text| Ok(Document { root: parse(&text)?, text }));
        // The error may quote the reply.
        let words = |error: String| format!("the answer is no XML of this API: {}; check url", shown(&error));
        document.map_err(|error| self.incomplete(zone, words(error)))
    }
}

/// An element without its attributes, which no API here uses.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// The name without a prefix.
    pub(crate) name: String,
    /// The text directly in it.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
    /// Where it stands in the document.
    pub(crate) place: Range<usize>,
}

impl Element {
    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The entries of the list of this name; none where there is no such list.
    pub(crate) fn entries(&self, list: &str) -> &[Element] {
        self.child(list).map_or(&[], |list| &list.children)
    }

    /// The texts of every element of this name, however deep.
    pub(crate) fn deep(&self, name: &str) -> Vec<&str> {
        let here = (self.name == name).then_some(self.text.trim());
        here.into_iter().chain(self.children.iter().flat_map(|child| child.deep(name))).collect()
    }
}

/// The errors of a reply: `ErrorResponse` with a code and a message, or a root named by the code with a list
/// of messages. The code is that of the first message, so that it is shown once.
pub(crate) fn errors(body: &[u8]) -> Vec<Told> {
    let Ok(root) = parse(&String::from_utf8_lossy(body)) else { return Vec::new() };
    let code = root.deep("Code").first().map_or(root.name.as_str(), |code| code).to_owned();
    let mut messages = root.deep("Message").into_iter().flat_map(separate);
    let first = Told { code, message: messages.next().unwrap_or_default() };
    let others = messages.map(|message| Told { code: String::new(), message });
    std::iter::once(first).chain(others).collect()
}

/// Several messages may come as `[One, Two]` in one text.
fn separate(text: &str) -> Vec<String> {
    let Some(list) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return vec![text.to_owned()];
    };
    let mut messages: Vec<String> = Vec::new();
    for part in list.split(", ") {
        let begins = part.starts_with(|first: char| first.is_ascii_uppercase());
        match messages.last_mut() {
            Some(last) if !begins => *last = format!("{last}, {part}"),
            _ => messages.push(part.to_owned()),
        }
    }
    messages
}

/// Reads a whole document.
///
/// # Errors
/// What is wrong with it; document types and entities of their own are refused.
pub(crate) fn parse(document: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(document);
    let mut open = vec![Element::default()];
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let named = |name: &[u8]| Element {
            name: String::from_utf8_lossy(name).into_owned(),
            place: start..end,
            ..Element::default()
        };
        let mut text = String::new();
        match event {
            Event::Start(tag) => open.push(named(tag.local_name().as_ref())),
            Event::Empty(tag) => {
                let element = named(tag.local_name().as_ref());
                if let Some(parent) = open.last_mut() {
                    parent.children.push(element);
                }
            }
            Event::End(_) => {
                let mut element = open.pop().unwrap_or_default();
                element.place.end = end;
                open.last_mut().ok_or("it ends more elements than it begins")?.children.push(element);
            }
            Event::Text(part) => text = part.decode().map_err(|error| error.to_string())?.into_owned(),
            Event::CData(part) => text = part.decode().map_err(|error| error.to_string())?.into_owned(),
            Event::GeneralRef(part) => {
                let number = part.resolve_char_ref().map_err(|error| error.to_string())?;
                let name = part.decode().map_err(|error| error.to_string())?;
                text.push(match (number, &*name) {
                    (Some(character), _) => character,
                    (None, "lt") => '<',
                    (None, "gt") => '>',
                    (None, "amp") => '&',
                    (None, "quot") => '"',
                    (None, "apos") => '\'',
                    (None, other) => return Err(format!("it uses the unknown entity {other}")),
                });
            }
            Event::DocType(_) => return Err("it brings a document type".into()),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
        if let Some(element) = open.last_mut() {
            element.text.push_str(&text);
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) if document.children.len() == 1 => {
            document.children.into_iter().next().ok_or_else(|| "it is empty".into())
        }
        _ => Err("it is no whole XML document".into()),
    }
}

/// `<name>text</name>`, escaped.
pub(crate) fn leaf(name: &str, text: &str) -> String {
    within(name, &quick_xml::escape::escape(text))
}

/// `<name>elements</name>`.
pub(crate) fn within(name: &str, elements: &str) -> String {
    format!("<{name}>{elements}</{name}>")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn elements_know_their_text_and_their_place() {
        let document =
            "<?xml version=\"1.0\"?>\n<a xmlns=\"x\"> <b><c>1 &lt; &#50; &amp;\u{e4}</c></b> <b/></a>";
        let root = parse(document).unwrap();
        let first = root.child("b").unwrap();
        assert_eq!(first.text_of("c").unwrap(), "1 < 2 &\u{e4}");
        assert!(document[first.place.clone()].starts_with("<b><c>1 &lt;"));
        assert!(document[first.place.clone()].ends_with("</c></b>"));
        assert_eq!((root.children.len(), root.entries("b").len(), root.entries("c").len()), (2, 1, 0));
        assert_eq!(root.deep("c").len(), 1);
        assert_eq!(leaf("v", "\"a\" & <b>"), "<v>&quot;a&quot; &amp; &lt;b&gt;</v>");
    }

    #[test]
    fn what_is_no_whole_document_is_an_error() {
        let entity = "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>";
        for bad in ["", "<a>", "<a></b>", "<a/><b/>", "text", entity, "<a>&e;</a>"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn both_forms_of_an_error_are_read_with_all_their_messages() {
        let new = "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>InvalidChangeBatch</Code>\
            <Message>[Tried to delete resource record set [name='a.', type='A'] but it was not found, Tried to create \
            resource record set [name='b.', type='A'] but it already exists]</Message></Error></ErrorResponse>";
        let old = "<InvalidChangeBatch xmlns=\"x\"><Messages><Message>Tried to delete resource record set [name='a.', \
            type='A'] but it was not found</Message><Message>Tried to create resource record set [name='b.', type='A'] \
            but it already exists</Message></Messages></InvalidChangeBatch>";
        for form in [new, old] {
            let errors = errors(form.as_bytes());
            assert_eq!(errors[0].code, "InvalidChangeBatch");
            assert_eq!(errors.len(), 2, "{errors:?}");
            assert!(errors[0].message.ends_with("not found") && errors[1].message.ends_with("exists"));
        }
        assert_eq!(errors(b"<html>"), []);
    }
}
