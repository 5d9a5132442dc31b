//! The answers one server gave for one name and type, in time, and whether an old one came back.

use std::time::Instant;

use crate::query::Form;

/// Runs kept per timeline; a longer history is counted but not kept.
const RUNS: usize = 1_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    values: Vec<Value>,
    pub(super) runs: Vec<Run>,
    pub(super) old_after_new: u64,
    pub(super) changes_after_served: u64,
    /// The first contradiction of each sort, in words.
    pub(super) examples: Vec<(Instant, String)>,
    served: Option<Instant>,
    served_value: Option<usize>,
}

/// One distinct answer: records with TTL, sorted.
#[derive(Clone, Debug)]
struct Value {
    records: Vec<String>,
    first_received: Instant,
}

/// Equal answers one after another.
#[derive(Clone, Debug)]
pub(super) struct Run {
    value: usize,
    pub(super) first_received: Instant,
    pub(super) last_received: Instant,
    pub(super) count: u64,
}

impl Timeline {
    /// From now on every question must get the same answer, or, with `None`, may get any again.
    pub(super) fn declare(&mut self, served: Option<Instant>) {
        self.served = served;
        self.served_value = None;
    }

    pub(super) fn records(&self, run: &Run) -> &[String] {
        &self.values[run.value].records
    }

    pub(super) fn record(&mut self, records: Vec<String>, form: Form, sent: Instant, received: Instant) {
        let known = self.values.iter().position(|value| value.records == records);
        let value = known.unwrap_or_else(|| {
            self.values.push(Value { records, first_received: received });
            self.values.len() - 1
        });
        self.values[value].first_received = self.values[value].first_received.min(received);
        self.check_order(value, form, sent);
        self.check_served(value, form, sent);
        if let Some(run) = self.runs.last_mut().filter(|run| run.value == value) {
            run.last_received = received;
            run.count += 1;
        } else if self.runs.len() < RUNS {
            self.runs.push(Run { value, first_received: received, last_received: received, count: 1 });
        }
    }

    /// An answer is old when another one was seen first after it, and before this question was asked:
    /// questions under way at the same time prove nothing.
    fn check_order(&mut self, value: usize, form: Form, sent: Instant) {
        let own = self.values[value].first_received;
        let newer =
            self.values.iter().find(|other| other.first_received > own && other.first_received < sent);
        let Some(newer) = newer else { return };
        self.old_after_new += 1;
        if self.old_after_new == 1 {
            let ago = sent.duration_since(newer.first_received);
            let (old, new) = (self.values[value].records.join(", "), newer.records.join(", "));
            self.examples
                .push((sent, format!("{form}: old [{old}] asked {ago:?} after new [{new}] was seen")));
        }
    }

    fn check_served(&mut self, value: usize, form: Form, sent: Instant) {
        if self.served.is_none_or(|since| sent < since) {
            return;
        }
        let first = *self.served_value.get_or_insert(value);
        if first == value {
            return;
        }
        self.changes_after_served += 1;
        if self.changes_after_served == 1 {
            let [first, now] = [first, value].map(|value| self.values[value].records.join(", "));
            self.examples
                .push((sent, format!("{form}: [{now}] beside [{first}] after it was declared served")));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn play(observations: &[(&str, u64, u64)]) -> Timeline {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut timeline = Timeline::default();
        for (value, sent, received) in observations {
            timeline.record(vec![(*value).to_owned()], Form::Udp, at(*sent), at(*received));
        }
        timeline
    }

    #[test]
    fn an_old_answer_to_a_later_question_is_old_after_new() {
        assert_eq!(play(&[("old", 0, 1), ("new", 2, 3), ("old", 4, 5)]).old_after_new, 1);
        assert_eq!(play(&[("old", 0, 1), ("new", 2, 3), ("new", 4, 5)]).old_after_new, 0);
    }

    #[test]
    fn questions_under_way_at_the_same_time_prove_nothing() {
        assert_eq!(play(&[("old", 0, 1), ("new", 3, 5), ("old", 4, 6)]).old_after_new, 0);
    }

    #[test]
    fn after_it_was_declared_served_an_answer_stays() {
        let mut timeline = play(&[("old", 0, 1)]);
        let now = Instant::now();
        let later = |milliseconds| now + Duration::from_millis(milliseconds);
        timeline.declare(Some(later(10)));
        timeline.record(vec!["new".to_owned()], Form::Udp, later(11), later(12));
        assert_eq!(timeline.changes_after_served, 0);
        timeline.record(vec!["old".to_owned()], Form::Tcp, later(9), later(13));
        assert_eq!(timeline.changes_after_served, 0, "asked before");
        timeline.record(vec!["other".to_owned()], Form::Tcp, later(13), later(14));
        assert_eq!((timeline.changes_after_served, timeline.examples.len()), (1, 1));
        timeline.declare(None);
        timeline.record(vec!["third".to_owned()], Form::Tcp, later(15), later(16));
        assert_eq!(timeline.changes_after_served, 1);
    }
}
