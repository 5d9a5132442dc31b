//! The way through a listing by numbered pages, which others may change while it is read.

use std::collections::HashSet;

/// How often a listing that changed between two pages is begun anew.
const BEGIN_AGAIN: usize = 1;

/// What numbered pages hold, as long as they are pages of one state: each says how many there are in all.
#[derive(Debug)]
pub struct Numbered<T> {
    what: &'static str,
    found: Vec<T>,
    ids: HashSet<String>,
    total: Option<usize>,
    next: Option<usize>,
    begun_again: usize,
}

impl<T> Numbered<T> {
    /// Begins with page 1; `what` says of what it is a listing: `records`.
    #[must_use]
    pub fn of(what: &'static str) -> Self {
        Self { what, found: Vec::new(), ids: HashSet::new(), total: None, next: Some(1), begun_again: 0 }
    }

    /// The page to be read now; `None` after the last one.
    #[must_use]
    pub fn turn(&self) -> Option<usize> {
        self.next
    }

    /// Takes a page: what it holds, each with an id, and how many it says there are on all pages. One
    /// that is no page of the same state begins the listing anew.
    ///
    /// # Errors
    /// In words: a page that says no number, and a listing that never stands still.
    pub fn then(&mut self, page: Vec<(String, T)>, total: Option<usize>) -> Result<(), String> {
        let what = self.what;
        let total = total.ok_or_else(|| format!("a page does not say how many {what} there are"))?;
        match self.take(page, total) {
            Ok(next) => self.next = next,
            Err(changed) if self.begun_again == BEGIN_AGAIN => {
                return Err(format!("{changed}, each time; try again"));
            }
            Err(_) => *self = Self { begun_again: self.begun_again + 1, ..Self::of(what) },
        }
        Ok(())
    }

    /// All of it.
    #[must_use]
    pub fn all(self) -> Vec<T> {
        self.found
    }

    fn take(&mut self, page: Vec<(String, T)>, total: usize) -> Result<Option<usize>, String> {
        let what = self.what;
        let is_empty = page.is_empty();
        if *self.total.get_or_insert(total) != total {
            return Err(format!("the number of {what} changed between two pages"));
        }
        for (id, one) in page {
            if !self.ids.insert(id) {
                return Err(format!("one of the {what} was on two pages"));
            }
            self.found.push(one);
        }
        match self.found.len() {
            count if count == total => Ok(None),
            count if is_empty || count > total => Err(format!("it lists {count} {what} and says {total}")),
            _ => Ok(self.next.map(|page| page + 1)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Reads these pages, each with the total that it says; what was listed, and the numbers that were read.
    fn read(pages: &[(&[&str], usize)]) -> (Result<Vec<String>, String>, Vec<usize>) {
        let mut all = Numbered::of("records");
        let (mut asked, mut pages) = (Vec::new(), pages.iter());
        while let Some(number) = all.turn() {
            asked.push(number);
            let (ids, total) = pages.next().unwrap();
            let page = ids.iter().map(|id| ((*id).to_owned(), (*id).to_owned())).collect();
            if let Err(words) = all.then(page, Some(*total)) {
                return (Err(words), asked);
            }
        }
        (Ok(all.all()), asked)
    }

    fn ids(ids: &[&str]) -> Result<Vec<String>, String> {
        Ok(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn pages_are_read_until_there_are_as_many_as_they_say() {
        assert_eq!(read(&[(&["a", "b"], 3), (&["c"], 3)]), (ids(&["a", "b", "c"]), vec![1, 2]));
        assert_eq!(read(&[(&[], 0)]), (ids(&[]), vec![1]));
    }

    #[test]
    fn pages_of_two_states_begin_the_listing_anew() {
        let whole: (&[&str], usize) = (&["a", "b", "c"], 3);
        for second in [(&["c"][..], 4), (&["b"], 3), (&["c", "d"], 3), (&[], 3)] {
            assert_eq!(read(&[(&["a", "b"], 3), second, whole]), (ids(whole.0), vec![1, 2, 1]), "{second:?}");
        }
    }

    #[test]
    fn a_listing_that_never_stands_still_is_an_error_and_never_a_shorter_one() {
        let (end, asked) = read(&[(&["a"], 2), (&[], 2), (&["a"], 2), (&["a"], 2)]);
        assert_eq!(end, Err("one of the records was on two pages, each time; try again".into()));
        assert_eq!(asked, [1, 2, 1, 2]);
        assert!(Numbered::of("records").then(vec![("a".into(), ())], None).is_err());
    }
}
