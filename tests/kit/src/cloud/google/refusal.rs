//! Errors in Google's form.

use serde_json::json;

use crate::wire::Response;

/// A status with a reason and words.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    reason: &'static str,
    words: String,
}

impl Refusal {
    pub(super) fn new(status: u16, reason: &'static str, words: &str) -> Refusal {
        Refusal { status, reason, words: words.to_owned() }
    }

    pub(super) fn invalid(place: &str, value: &str) -> Refusal {
        Refusal::new(400, "invalid", &format!("Invalid value for '{place}': '{value}'"))
    }

    pub(super) fn missing(place: &str, name: &str) -> Refusal {
        Refusal::new(404, "notFound", &format!("The '{place}' resource named '{name}' does not exist."))
    }

    pub(super) fn exists(place: &str, name: &str) -> Refusal {
        Refusal::new(409, "alreadyExists", &format!("The resource '{place}' named '{name}' already exists"))
    }

    pub(super) fn differs(place: &str) -> Refusal {
        Refusal::new(412, "conditionNotMet", &format!("Precondition not met for '{place}'"))
    }

    pub(super) fn over(place: &str, limit: usize) -> Refusal {
        Refusal::new(403, "quotaExceeded", &format!("Quota exceeded for '{place}': the limit is {limit}"))
    }

    pub(super) fn response(self) -> Response {
        let Refusal { status, reason, words } = self;
        let error = json!({ "message": words, "domain": "global", "reason": reason });
        let body = json!({ "error": { "code": status, "message": words, "errors": [error] } });
        Response::json(status, &body)
    }
}
