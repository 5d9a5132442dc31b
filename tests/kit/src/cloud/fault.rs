//! What can go wrong between a client and a cloud.

use serde_json::json;

use super::{Request, Response};

/// Which requests: those with this method whose path and query hold this text. Both may be empty, for any.
#[derive(Clone, Debug, Default)]
pub struct Fits {
    /// The method.
    pub method: &'static str,
    /// A part of path and query, percent-encoded.
    pub target: &'static str,
    /// How many fitting requests pass unharmed first.
    pub after: u32,
}

/// One thing that goes wrong with the next requests that fit.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Turned away: status 429, `Retry-After` in seconds, nothing carried out.
    TooMany {
        /// Which requests.
        fits: Fits,
        /// How many of them.
        times: u32,
        /// The seconds it says.
        retry_after: u32,
    },
    /// This status, nothing carried out.
    Fails {
        /// Which requests.
        fits: Fits,
        /// How many of them.
        times: u32,
        /// 500 and the like.
        status: u16,
    },
    /// Carried out, and the answer gets lost.
    LosesAnswer {
        /// Which requests.
        fits: Fits,
        /// How many of them.
        times: u32,
    },
    /// Lost on the way there: nothing carried out, no answer.
    LosesRequest {
        /// Which requests.
        fits: Fits,
        /// How many of them.
        times: u32,
    },
    /// Any answer at all, nothing carried out.
    Answers {
        /// Which requests.
        fits: Fits,
        /// How many of them.
        times: u32,
        /// The answer.
        response: Response,
    },
}

/// What becomes of one request.
#[derive(Debug)]
pub(super) enum Turn {
    Heard,
    Answered(Response),
    Unanswered,
    Dropped,
}

impl Fits {
    /// Every request.
    pub fn any() -> Fits {
        Fits::default()
    }

    /// Requests with this method.
    pub fn method(method: &'static str) -> Fits {
        Fits { method, ..Fits::default() }
    }

    /// Requests whose path and query hold this text.
    #[must_use]
    pub fn on(self, target: &'static str) -> Fits {
        Fits { target, ..self }
    }

    /// Those that come after so many fitting ones.
    #[must_use]
    pub fn after(self, after: u32) -> Fits {
        Fits { after, ..self }
    }

    fn takes(&mut self, request: &Request) -> bool {
        let fits =
            (self.method.is_empty() || request.method == self.method) && request.target.contains(self.target);
        if fits && self.after > 0 {
            self.after -= 1;
            return false;
        }
        fits
    }
}

impl Fault {
    fn parts(&mut self) -> (&mut Fits, &mut u32) {
        match self {
            Fault::TooMany { fits, times, .. }
            | Fault::Fails { fits, times, .. }
            | Fault::LosesAnswer { fits, times }
            | Fault::LosesRequest { fits, times }
            | Fault::Answers { fits, times, .. } => (fits, times),
        }
    }

    pub(super) fn is_used_up(&self) -> bool {
        match self {
            Fault::TooMany { times, .. }
            | Fault::Fails { times, .. }
            | Fault::LosesAnswer { times, .. }
            | Fault::LosesRequest { times, .. }
            | Fault::Answers { times, .. } => *times == 0,
        }
    }

    /// What this makes of the request; `None` when it leaves it alone.
    pub(super) fn turn(&mut self, request: &Request) -> Option<Turn> {
        let (fits, times) = self.parts();
        if *times == 0 || !fits.takes(request) {
            return None;
        }
        *times -= 1;
        Some(match self {
            Fault::TooMany { retry_after, .. } => {
                let body = json!({ "error": { "code": 429, "message": "too many requests" } });
                Turn::Answered(Response::json(429, &body).header("Retry-After", retry_after.to_string()))
            }
            Fault::Fails { status, .. } => {
                let body = json!({ "error": { "code": *status, "message": "something went wrong" } });
                Turn::Answered(Response::json(*status, &body))
            }
            Fault::LosesAnswer { .. } => Turn::Unanswered,
            Fault::LosesRequest { .. } => Turn::Dropped,
            Fault::Answers { response, .. } => Turn::Answered(response.clone()),
        })
    }
}
