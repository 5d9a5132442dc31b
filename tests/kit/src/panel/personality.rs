//! The ways in which a panel misbehaves.

use std::time::Duration;

/// One way of misbehaving. The n-th write is counted from 1, since the panel started or was last told
/// how to behave; a request that the panel answers with 401, 404, 405 or 429 is no write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Personality {
    /// Publishes each touched record set as a whole, in one message.
    Honest,
    /// Keeps rows: creating one sends `update add`, deleting one `update delete` of that one record. Takes
    /// a second row with the same data and another TTL.
    Rows,
    /// From this write on it stores, answers success, and never publishes.
    SaysYes(u32),
    /// Publishes to the first servers only.
    ServesOn(usize),
    /// Publishes what is written, and takes it off the servers after this time.
    DropsAfter(Duration),
    /// Answers every n-th request with 429 and `Retry-After: 0`.
    TooMany(u32),
    /// Carries this write out and closes the connection without an answer.
    LosesAnswer(u32),
    /// Does not carry this write out, and never answers.
    TimesOutBefore(u32),
    /// Answers this write with 500 and does not carry it out.
    Fails(u32),
    /// Makes a second row of a record that is there already.
    Duplicates,
    /// Refuses every write that touches this owner name, a batch as a whole.
    Poison(String),
    /// From this write on it refuses to create anything.
    RefusesCreates(u32),
    /// Refuses to create a record with this data, and nothing else.
    RefusesToCreate(String),
    /// Publishes each write this much later.
    Slow(Duration),
    /// The hidden primary: from this write on only the first server gets anything.
    Stops(u32),
    /// Lists one record less than it says there are.
    ShortPage,
    /// Somebody changes the zone between two pages of this many listings.
    ShiftingPages(u32),
    /// Leaves the last record of a batch out of the draft.
    DraftForgets,
}

/// How a panel behaves now, and the writes it has seen since it was told so.
#[derive(Debug, Default)]
pub(super) struct Behaviour {
    pub(super) ways: Vec<Personality>,
    pub(super) writes: u32,
    pub(super) requests: u32,
    pub(super) shifted: u32,
}

impl Behaviour {
    fn any(&self, is: impl Fn(&Personality) -> bool) -> bool {
        self.ways.iter().any(is)
    }

    pub(super) fn has(&self, way: &Personality) -> bool {
        self.ways.contains(way)
    }

    /// Whether this request is one too many.
    pub(super) fn is_too_many(&mut self) -> bool {
        self.requests += 1;
        self.any(|way| matches!(way, Personality::TooMany(every) if self.requests.is_multiple_of(*every)))
    }

    pub(super) fn loses_answer(&self) -> bool {
        self.has(&Personality::LosesAnswer(self.writes))
    }

    pub(super) fn times_out(&self) -> bool {
        self.has(&Personality::TimesOutBefore(self.writes))
    }

    pub(super) fn fails(&self) -> bool {
        self.has(&Personality::Fails(self.writes))
    }

    pub(super) fn refuses_creates(&self) -> bool {
        self.any(|way| matches!(way, Personality::RefusesCreates(from) if self.writes >= *from))
    }

    pub(super) fn refuses_to_create(&self, data: &str) -> bool {
        self.any(|way| matches!(way, Personality::RefusesToCreate(bad) if bad == data))
    }

    pub(super) fn poisons(&self, name: &str) -> bool {
        self.any(|way| matches!(way, Personality::Poison(bad) if bad.eq_ignore_ascii_case(name)))
    }

    pub(super) fn shifts(&mut self) -> bool {
        let shifts =
            self.any(|way| matches!(way, Personality::ShiftingPages(times) if self.shifted < *times));
        self.shifted += u32::from(shifts);
        shifts
    }

    /// How many servers get what is written.
    pub(super) fn served(&self, servers: usize) -> usize {
        let each = self.ways.iter().map(|way| match way {
            Personality::SaysYes(from) if self.writes >= *from => 0,
            Personality::ServesOn(count) => *count,
            Personality::Stops(from) if self.writes >= *from => 1,
            _ => servers,
        });
        each.min().unwrap_or(servers).min(servers)
    }

    pub(super) fn delay(&self) -> Option<Duration> {
        self.ways.iter().find_map(|way| if let Personality::Slow(delay) = way { Some(*delay) } else { None })
    }

    pub(super) fn drops_after(&self) -> Option<Duration> {
        let drops =
            |way: &Personality| if let Personality::DropsAfter(time) = way { Some(*time) } else { None };
        self.ways.iter().find_map(drops)
    }
}
