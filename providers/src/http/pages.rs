//! The way from page to page of a listing.

use std::collections::HashSet;

/// Pages by their paths, each once.
#[derive(Debug)]
pub struct Pages {
    next: Option<String>,
    seen: HashSet<String>,
}

impl Pages {
    /// Begins with the page at `first`.
    #[must_use]
    pub fn from(first: String) -> Self {
        Self { next: Some(first), seen: HashSet::new() }
    }

    /// The path to be read now; `None` after the last page.
    pub fn turn(&mut self) -> Option<String> {
        let path = self.next.take()?;
        self.seen.insert(path.clone());
        Some(path)
    }

    /// What the page said of the one after it: its path, or that there is none.
    ///
    /// # Errors
    /// A page that was read before, in words: such a listing would never end, or lack what comes after.
    pub fn then(&mut self, next: Option<String>) -> Result<(), String> {
        self.next = next;
        match &self.next {
            Some(path) if self.seen.contains(path) => {
                let count = self.seen.len();
                Err(format!("after {count} pages the next one is one that was there before"))
            }
            _ => Ok(()),
        }
    }

    /// How many were read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.seen.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_comes_once_and_one_that_comes_again_is_an_error() {
        let mut pages = Pages::from("/1".into());
        assert_eq!(pages.turn().as_deref(), Some("/1"));
        assert_eq!(pages.then(Some("/2".into())), Ok(()));
        assert_eq!(pages.turn().as_deref(), Some("/2"));
        assert!(pages.then(Some("/1".into())).is_err_and(|words| words.starts_with("after 2 pages")));
        let mut pages = Pages::from("/1".into());
        pages.turn();
        assert_eq!((pages.then(None), pages.turn(), pages.count()), (Ok(()), None, 1));
    }
}
