//! Which zone of an account is meant, where several may have one name, and what was learnt of it.

use crate::backend::{BackendError, Live, Reading};
use crate::dns::hosts;
use crate::http::{Http, shown};
use crate::remembered::Remembered;
use dnsure_zones::Name;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A zone as an account lists it.
pub(crate) trait Hosted: Clone {
    /// What credentials that do not see it need.
    const SEEN_BY: &'static str = "let them see it";
    /// How `zones` of a provider may call it, the first for messages.
    fn calls(&self) -> Vec<&str>;
    /// Whether only certain networks see it.
    fn is_private(&self) -> bool {
        false
    }
    /// What makes its answers, where that is not its record sets.
    fn other_source(&self) -> Option<&'static str> {
        None
    }
}

/// The zones of an account.
#[derive(Debug)]
pub(crate) struct HostedZones<Z> {
    chosen: BTreeMap<Name, String>,
    private: bool,
    creates: bool,
    known: Remembered<Z>,
}

impl<Z: Hosted> HostedZones<Z> {
    /// Private or public zones, which can be created or not; `chosen` says which of several is meant.
    pub(crate) fn new(chosen: BTreeMap<Name, String>, private: bool, creates: bool) -> Self {
        Self { chosen, private, creates, known: Remembered::default() }
    }

    /// Takes every choice for the zone itself, where `of` makes it out of what the settings call it: such a
    /// zone is not looked up unless it is forgotten.
    pub(crate) fn taking_choices(self, of: impl Fn(&str) -> Z) -> Self {
        for (zone, chosen) in &self.chosen {
            self.known.keep(zone, Some(of(chosen)));
        }
        self
    }

    /// How settings call the zone.
    pub(crate) fn chosen(&self, zone: &Name) -> Option<&str> {
        self.chosen.get(zone).map(String::as_str)
    }

    /// What was learnt of a zone so far.
    pub(crate) fn known(&self, zone: &Name) -> Option<Z> {
        self.known.of(zone)
    }

    /// Has it looked up anew.
    pub(crate) fn forget(&self, zone: &Name) {
        self.known.keep(zone, None);
    }

    /// The zone, of those of this name that `listed` gives, looked up once; `None` where there is none.
    ///
    /// # Errors
    /// Those of `listed`, and a choice that is not clear.
    pub(crate) async fn find(
        &self,
        zone: &Name,
        listed: impl Future<Output = Result<Vec<Z>, BackendError>>,
    ) -> Result<Option<Z>, BackendError> {
        if let Some(known) = self.known.of(zone) {
            return Ok(Some(known));
        }
        self.learn(zone, listed).await
    }

    /// What was known stays where there is no answer.
    async fn learn(
        &self,
        zone: &Name,
        listed: impl Future<Output = Result<Vec<Z>, BackendError>>,
    ) -> Result<Option<Z>, BackendError> {
        let one = self.one(zone, listed.await?);
        let one = one.map_err(|reason| BackendError::Setup { what: zone.to_string(), reason })?;
        self.known.keep(zone, one.clone());
        Ok(one)
    }

    /// What `read` makes of the zone. One that is gone since it was found is looked up once more, for another
    /// may have its name by now.
    ///
    /// # Errors
    /// Those of `read`, and as [`HostedZones::find`].
    pub(crate) async fn read<L, R>(
        &self,
        zone: &Name,
        http: &Http,
        listed: impl Fn() -> L,
        read: impl Fn(Z) -> R,
    ) -> Result<Reading, BackendError>
    where
        L: Future<Output = Result<Vec<Z>, BackendError>>,
        R: Future<Output = Result<Option<Live>, BackendError>>,
    {
        for _ in 0..=1 {
            let Some(found) = self.find(zone, listed()).await? else { return Ok(Reading::Missing) };
            if let Some(live) = read(found).await? {
                return Ok(Reading::Live(live));
            }
            self.forget(zone);
        }
        Err(http.incomplete(zone, "it was deleted meanwhile".into()))
    }

    /// As [`HostedZones::find`], for a zone that must be there.
    ///
    /// # Errors
    /// As [`HostedZones::find`], and a zone that is not.
    pub(crate) async fn get(
        &self,
        zone: &Name,
        http: &Http,
        listed: impl Future<Output = Result<Vec<Z>, BackendError>>,
    ) -> Result<Z, BackendError> {
        self.find(zone, listed).await?.ok_or_else(|| self.missing(zone, http))
    }

    /// As [`HostedZones::get`], looked up anew.
    ///
    /// # Errors
    /// As [`HostedZones::get`].
    pub(crate) async fn anew(
        &self,
        zone: &Name,
        http: &Http,
        listed: impl Future<Output = Result<Vec<Z>, BackendError>>,
    ) -> Result<Z, BackendError> {
        self.learn(zone, listed).await?.ok_or_else(|| self.missing(zone, http))
    }

    fn missing(&self, zone: &Name, http: &Http) -> BackendError {
        let kind = kind(self.private);
        http.refused(format!(
            "these credentials see no {kind} zone {zone}: create it there, or {}",
            Z::SEEN_BY
        ))
    }

    /// As [`hosts::given_or`]; a private zone whose servers are not named has none that answer here.
    ///
    /// # Errors
    /// As [`hosts::given_or`], and a private zone without servers.
    pub(crate) async fn servers(
        &self,
        what: &str,
        given: &[SocketAddr],
        named: impl Future<Output = Result<Vec<String>, BackendError>>,
    ) -> Result<Vec<SocketAddr>, BackendError> {
        let found = hosts::given_or(given, what, named).await?;
        if self.private && found.is_empty() {
            let reason = "a private zone has no name servers of its own: list the addresses of a resolver in its network under `servers:` of the provider";
            return Err(BackendError::Setup { what: what.to_owned(), reason: reason.into() });
        }
        Ok(found)
    }

    fn one(&self, zone: &Name, listed: Vec<Z>) -> Result<Option<Z>, String> {
        let list = |zones: &[Z]| zones.iter().map(told).collect::<Vec<_>>().join(", ");
        let wanted = self.chosen(zone);
        let is_meant =
            |one: &Z| wanted.map_or(one.is_private() == self.private, |wanted| one.calls().contains(&wanted));
        let (mut meant, others): (Vec<Z>, Vec<Z>) = listed.into_iter().partition(is_meant);
        match (meant.as_slice(), wanted) {
            ([], Some(wanted)) if others.is_empty() => Err(format!(
                "there is no zone {} of this name at this provider: check `zones` of the provider",
                shown(wanted)
            )),
            ([], Some(wanted)) => Err(format!(
                "{} under `zones` of the provider is none of the zones of this name: {}",
                shown(wanted),
                list(&others)
            )),
            ([one, _, ..], _) => Err(format!(
                "there are several zones of this name, {}: say which under `zones` of the provider, as in {{{zone}: {}}}",
                list(&meant),
                one.calls().first().map_or_else(String::new, |call| shown(call))
            )),
            // Where it can be created it may be so beside the other.
            ([], None) if others.is_empty() || self.creates => Ok(None),
            ([], None) => Err(format!(
                "there is no {} zone of this name, but {} ({}): set `private: {}` of the provider to manage it",
                kind(self.private),
                list(&others),
                kind(!self.private),
                !self.private
            )),
            ([one], _) => match one.other_source() {
                Some(words) => Err(format!("the zone {} has no records to change: {words}", list(&meant))),
                None => Ok(meant.pop()),
            },
        }
    }
}

/// What settings may call a zone: `main (84612)`.
fn told(zone: &impl Hosted) -> String {
    let calls: Vec<String> = zone.calls().into_iter().map(shown).collect();
    match calls.split_first() {
        Some((first, [])) => first.clone(),
        Some((first, others)) => format!("{first} ({})", others.join(", ")),
        None => String::new(),
    }
}

fn kind(private: bool) -> &'static str {
    if private { "private" } else { "public" }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::http::HttpSettings;
    use std::cell::Cell;

    #[derive(Debug, Clone, PartialEq)]
    struct Zone(&'static str, bool);

    impl Hosted for Zone {
        fn calls(&self) -> Vec<&str> {
            vec![self.0]
        }
        fn is_private(&self) -> bool {
            self.1
        }
    }

    fn one(
        wanted: Option<&str>,
        private: bool,
        creates: bool,
        listed: &[Zone],
    ) -> Result<Option<&'static str>, String> {
        let zone: Name = "example.".parse().unwrap();
        let chosen = wanted.map(|wanted| (zone.clone(), wanted.to_owned())).into_iter().collect();
        let one = HostedZones::new(chosen, private, creates).one(&zone, listed.to_vec())?;
        Ok(one.map(|one| one.0))
    }

    #[test]
    fn the_one_that_is_seen_from_there_or_was_named_is_meant() {
        let both = [Zone("out", false), Zone("in", true)];
        assert_eq!(one(None, false, false, &both), Ok(Some("out")));
        assert_eq!(one(None, true, false, &both), Ok(Some("in")));
        assert_eq!(one(Some("in"), false, false, &both), Ok(Some("in")));
        assert_eq!(one(None, false, false, &[]), Ok(None));
    }

    #[tokio::test]
    async fn one_that_is_known_by_its_choice_is_looked_up_when_it_is_gone() {
        let zone: Name = "example.".parse().unwrap();
        let chosen = [(zone.clone(), "out".to_owned())].into_iter().collect();
        let hosted = HostedZones::new(chosen, false, false).taking_choices(|_| Zone("chosen", false));
        let find = || hosted.find(&zone, async { Ok(vec![Zone("out", false)]) });
        assert_eq!(find().await.unwrap(), Some(Zone("chosen", false)));
        hosted.forget(&zone);
        assert_eq!(find().await.unwrap(), Some(Zone("out", false)));
    }

    #[tokio::test]
    async fn one_that_is_looked_up_anew_stays_as_it_was_until_there_is_an_answer() {
        let zone: Name = "example.".parse().unwrap();
        let http = Http::new("http://127.0.0.1:1", None, HttpSettings::default()).unwrap();
        let hosted = HostedZones::new(BTreeMap::new(), false, false);
        let found = |name| async move { Ok(vec![Zone(name, false)]) };
        assert_eq!(hosted.get(&zone, &http, found("old")).await.unwrap(), Zone("old", false));
        let lost = async { Err(http.refused("no")) };
        hosted.anew(&zone, &http, lost).await.unwrap_err();
        assert_eq!(hosted.known(&zone), Some(Zone("old", false)));
        assert_eq!(hosted.anew(&zone, &http, found("new")).await.unwrap(), Zone("new", false));
    }

    #[tokio::test]
    async fn one_that_is_gone_is_looked_up_once_more() {
        let zone: Name = "example.".parse().unwrap();
        let http = Http::new("http://127.0.0.1:1", None, HttpSettings::default()).unwrap();
        let read = async |listed: &[Option<Zone>], live: &'static str| {
            let looks = Cell::new(0);
            let hosted = HostedZones::new(BTreeMap::new(), false, false);
            let list = || {
                looks.set(looks.get() + 1);
                let listed = listed[looks.get() - 1].clone();
                async move { Ok(listed.into_iter().collect()) }
            };
            let there = || Live::new(dnsure_zones::Zone::empty(zone.clone()), None);
            let read = |found: Zone| async move { Ok((found.0 == live).then(there)) };
            hosted.read(&zone, &http, list, read).await
        };
        let (old, new) = (Some(Zone("old", false)), Some(Zone("new", false)));
        assert!(matches!(read(&[old.clone(), new.clone()], "new").await, Ok(Reading::Live(_))));
        assert!(matches!(read(&[old.clone(), None], "new").await, Ok(Reading::Missing)));
        let error = read(&[old.clone(), old], "new").await.unwrap_err();
        assert!(error.to_string().contains("deleted meanwhile"), "{error}");
    }

    #[tokio::test]
    async fn a_private_zone_without_servers_takes_those_of_the_settings() {
        let servers = async |private, given: &[SocketAddr]| {
            let hosted = HostedZones::<Zone>::new(BTreeMap::new(), private, false);
            hosted.servers("example.", given, async { Ok(Vec::new()) }).await
        };
        let resolver: SocketAddr = "192.0.2.53:53".parse().unwrap();
        assert_eq!(servers(true, &[resolver]).await.unwrap(), [resolver]);
        assert!(servers(true, &[]).await.unwrap_err().to_string().contains("a resolver in its network"));
        assert_eq!(
            servers(false, &[]).await.unwrap(),
            [],
            "the name servers at the apex are left to be asked"
        );
    }

    #[test]
    fn what_is_not_clear_is_asked_with_what_there_is() {
        let why = |wanted, listed: &[Zone]| one(wanted, false, false, listed).unwrap_err();
        let two = [Zone("a", false), Zone("b", false)];
        assert!(
            why(None, &two).contains("a, b: say which under `zones` of the provider, as in {example.: a}")
        );
        assert!(
            why(Some("c"), &two)
                .contains("c under `zones` of the provider is none of the zones of this name: a, b")
        );
        assert!(why(None, &[Zone("in", true)]).contains("in (private): set `private: true`"));
        assert_eq!(
            one(None, false, true, &[Zone("in", true)]),
            Ok(None),
            "it can be created beside the other"
        );
        assert!(why(Some("c"), &[]).contains("there is no zone c"));
    }
}
