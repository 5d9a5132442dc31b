//! What the errors of an API mean: each service gives a table, and errors, ends of writes and the words of both
//! follow from it.

use super::{Reply, text};

/// How one API says that something went wrong.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The errors that a body tells, each with its code, where it has one, and its words.
    pub errors: fn(&[u8]) -> Vec<Told>,
    /// What they mean. The first line that fits counts; where none does, the status does.
    pub says: &'static [Says],
}

impl Default for Dialect {
    /// JSON, and no more than statuses say.
    fn default() -> Self {
        Self::json(&[])
    }
}

impl Dialect {
    /// JSON, with these meanings.
    #[must_use]
    pub const fn json(says: &'static [Says]) -> Self {
        Self { errors: text::of_errors, says }
    }
}

/// One error of a reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The service's name for it, or empty.
    pub code: String,
    /// The service's words.
    pub message: String,
}

/// What a reply that is no success means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Nothing was carried out, and later may do.
    TurnedAway,
    /// The credentials are not accepted, or may not do this.
    NotLetIn,
    /// What is asked about is not there.
    NotThere,
    /// It is not what the write was made from; nothing was carried out.
    Stale,
    /// It is refused; nothing was carried out.
    Refused,
    /// The service could not; whether it was carried out is not known.
    Failed,
}

/// One line of a table: what fits it, and what that means.
#[derive(Debug, Clone, Copy)]
pub struct Says {
    statuses: (u16, u16),
    codes: &'static [&'static str],
    words: &'static [&'static str],
    means: Means,
    todo: &'static str,
}

impl Says {
    /// Replies of this status.
    #[must_use]
    pub const fn status(status: u16, means: Means) -> Self {
        Self { statuses: (status, status), codes: &[], words: &[], means, todo: "" }
    }

    /// Replies of any status of 4xx.
    #[must_use]
    pub const fn any(means: Means) -> Self {
        Self { statuses: (400, 499), ..Self::status(400, means) }
    }

    /// Of these, those with an error of one of these codes.
    #[must_use]
    pub const fn codes(mut self, codes: &'static [&'static str]) -> Self {
        self.codes = codes;
        self
    }

    /// Of these, those whose every error has one of these words.
    #[must_use]
    pub const fn words(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }

    /// What the user is to do about it.
    #[must_use]
    pub const fn todo(mut self, todo: &'static str) -> Self {
        self.todo = todo;
        self
    }

    fn fits(&self, status: u16, errors: &[Told]) -> bool {
        let has = |word: &&str, told: &Told| told.message.contains(*word);
        (self.statuses.0..=self.statuses.1).contains(&status)
            && (self.codes.is_empty() || errors.iter().any(|told| self.codes.contains(&told.code.as_str())))
            && (self.words.is_empty()
                || (!errors.is_empty()
                    && errors.iter().all(|told| self.words.iter().any(|word| has(word, told)))))
    }
}

impl Dialect {
    /// What a reply that is no success means, and what to do about it, or nothing.
    pub(super) fn meaning(&self, reply: &Reply) -> (Means, &'static str) {
        let errors = (self.errors)(&reply.body);
        let line = self.says.iter().find(|says| says.fits(reply.status, &errors));
        line.map_or_else(|| (of_status(reply.status), ""), |says| (says.means, says.todo))
    }

    /// The errors in one line; the body where it tells none.
    pub(super) fn text(&self, reply: &Reply) -> String {
        let errors = (self.errors)(&reply.body);
        let status = reply.status.to_string();
        let each = errors.iter().map(|Told { code, message }| match code.as_str() {
            code if code.is_empty() || code == status => message.clone(),
            code => format!("{code} {message}").trim().to_owned(),
        });
        let words = each.filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ");
        if words.is_empty() { String::from_utf8_lossy(&reply.body).into_owned() } else { words }
    }
}

fn of_status(status: u16) -> Means {
    match status {
        401 | 403 => Means::NotLetIn,
        404 => Means::NotThere,
        412 => Means::Stale,
        429 => Means::TurnedAway,
        408 | 500.. => Means::Failed,
        _ => Means::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    const SAYS: &[Says] = &[
        Says::status(403, Means::TurnedAway).codes(&["slowDown"]),
        Says::any(Means::Stale).words(&["not found", "already exists"]),
        Says::status(403, Means::NotLetIn).todo("ask for the role"),
    ];

    fn meaning(status: u16, body: &str) -> (Means, &'static str) {
        let reply = Reply { status, body: body.into(), headers: HeaderMap::new() };
        Dialect::json(SAYS).meaning(&reply)
    }

    #[test]
    fn the_first_line_that_fits_counts_and_then_the_status() {
        assert_eq!(
            meaning(403, r#"{"error":{"code":"slowDown","message":"wait"}}"#),
            (Means::TurnedAway, "")
        );
        assert_eq!(meaning(403, r#"{"error":"no"}"#), (Means::NotLetIn, "ask for the role"));
        assert_eq!(meaning(412, ""), (Means::Stale, ""));
        assert_eq!(meaning(404, ""), (Means::NotThere, ""));
        assert_eq!(meaning(408, ""), (Means::Failed, ""));
        assert_eq!(meaning(503, ""), (Means::Failed, ""));
        assert_eq!(meaning(409, ""), (Means::Refused, ""));
    }

    #[test]
    fn words_must_be_those_of_every_error_and_of_one_at_least() {
        let errors = |second: &str| {
            format!(r#"{{"errors":[{{"message":"a was not found"}},{{"message":"b {second}"}}]}}"#)
        };
        assert_eq!(meaning(400, &errors("already exists")).0, Means::Stale);
        assert_eq!(meaning(400, &errors("is too long")).0, Means::Refused);
        assert_eq!(meaning(400, "").0, Means::Refused);
        assert_eq!(meaning(500, &errors("already exists")).0, Means::Failed, "who knows after 5xx");
    }

    #[test]
    fn an_error_may_tell_a_code_alone_and_a_body_without_errors_is_shown() {
        let text = |status, body: &str| {
            let reply = Reply { status, body: body.into(), headers: HeaderMap::new() };
            Dialect::json(SAYS).text(&reply)
        };
        assert_eq!(meaning(403, r#"{"error":{"code":"slowDown"}}"#).0, Means::TurnedAway);
        assert_eq!(text(403, r#"{"error":{"code":"slowDown"}}"#), "slowDown");
        for silent in [r#"{"code":403}"#, r#"{"code":null}"#, "{}", "no"] {
            assert_eq!(text(403, silent), silent);
        }
    }
}
