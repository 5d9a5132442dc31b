//! Master files (RFC 1035) for BIND, Knot, NSD and whatever else reads them.
//!
//! | module | idea |
//! |---|---|
//! | `place` | which file a zone is in |
//! | `found` | what is there: the zone, what was read for it, and what a new file would lose |
//! | `normal` | what the servers load |
//! | `serial` | the serial of the next version |
//! | `replace` | the new file in the place of the old one: whole, compared, or not at all |
//! | `command` | running what the configuration says, without a shell and without anybody's secrets |
//!
//! A write makes a new file from everything live, lets it be checked, compares the old one with what was
//! read, and takes its place. The servers are told afterwards, when the write settles: so a run that
//! breaks off in between, or whose reload fails, leaves a file that is whole and servers that answer as
//! before, and `apply --resume` tells them again. Planning runs no command.

mod command;
mod found;
mod normal;
mod place;
mod replace;
mod serial;

pub use command::CommandLine;
pub use normal::ServerSoftware;
pub use place::{FilePattern, PatternError};
pub use serial::SerialRule;

use crate::backend::{Backend, BackendError, Live, Normalised, Reading, Tokens, WriteEnd};
use crate::change::Change;
use crate::embedded::amend::{self, Rejection};
use crate::guarantee::{ApexNs, CompareAndSwap, Guarantee, Limits, Settle, Wildcards, WriteUnit};
use crate::remembered::Remembered;
use crate::sabotage::point;
use dnsure_zones::diff::diff;
use dnsure_zones::{Name, RecordKey, RecordType, Zone, ZoneBuilder, master};
use found::{Found, Seen};
use replace::{Draft, Failure, Turn};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// How a file that this program wrote begins.
const HEADER: &str = "; Written by dnsure from the zone's YAML file; plans show what is changed here.\n";

/// Where the files are, and what belongs to writing them.
#[derive(Debug, Clone)]
pub struct ZoneFileSettings {
    /// The directory of the files.
    pub directory: PathBuf,
    /// How the files are called.
    pub pattern: FilePattern,
    /// Where the zones are served; empty where the NS records at the apex tell.
    pub servers: Vec<SocketAddr>,
    /// What serials look like.
    pub serial: SerialRule,
    /// What must find a new file good before it is put in place.
    pub check: Option<CommandLine>,
    /// What tells the servers that a file is new.
    pub reload: Option<CommandLine>,
    /// Whether files that people wrote are written anew, with all that is lost by it.
    pub rewrite: bool,
    /// What reads the files.
    pub software: ServerSoftware,
    /// Where commands are run.
    pub working_directory: PathBuf,
}

/// A directory of master files.
#[derive(Debug)]
pub struct ZoneFile {
    settings: ZoneFileSettings,
    /// What the last reading of each zone came to; `None` where there is no file.
    known: Remembered<Option<Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    /// What a new file would lose, in words; none where there is nothing.
    lost: Option<String>,
    by_us: bool,
    signed: bool,
}

impl ZoneFile {
    /// The directory that `settings` describe; nothing is read yet.
    #[must_use]
    pub fn new(settings: ZoneFileSettings) -> Self {
        Self { settings, known: Remembered::default() }
    }

    fn path(&self, zone: &Name) -> PathBuf {
        self.settings.directory.join(self.settings.pattern.file_name(zone))
    }

    fn shown(&self, zone: &Name) -> String {
        self.path(zone).display().to_string()
    }

    fn remember(&self, zone: &Name, found: Option<&Found>) {
        let known = found.map(|found| Known {
            lost: found.lost.clone(),
            by_us: found.by_us,
            signed: found.zone.sets().any(|set| set.rtype().is_server_kept()),
        });
        self.known.keep(zone, Some(known));
    }

    async fn find(&self, zone: &Name) -> Result<Option<Found>, BackendError> {
        let (directory, apex) = (self.settings.directory.clone(), zone.clone());
        let name = self.settings.pattern.file_name(zone);
        let broken = |reason: String| BackendError::Incomplete {
            server: self.shown(zone),
            zone: zone.clone(),
            reason,
        };
        let found = tokio::task::spawn_blocking(move || found::find(&directory, &name, &apex)).await;
        let found = found.map_err(|error| broken(error.to_string()))?;
        let found = found.map_err(|error| match error {
            found::Unfound::Directory(reason) => BackendError::Setup {
                what: self.settings.directory.display().to_string(),
                reason: format!("{reason}; check `directory` of the provider"),
            },
            found::Unfound::File(reason) => broken(reason),
        })?;
        self.remember(zone, found.as_ref());
        Ok(found)
    }

    /// The text of the file for `zone`, which reads back as it is.
    fn text(zone: &Zone) -> Result<String, String> {
        let mut text = HEADER.to_owned();
        master::write(zone, &mut text).map_err(|error| error.to_string())?;
        let (back, findings) = master::read_text(&text, "the new file", zone.apex());
        let Some(back) = back else {
            return Err(findings.first().map_or_else(String::new, ToString::to_string));
        };
        match diff(zone, &back).next() {
            None => Ok(text),
            Some(difference) => Err(format!("it would not read back as it is: {difference:?}")),
        }
    }

    fn with_serial(&self, zone: &Zone, current: Option<u32>) -> Result<(Zone, u32), String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let serial = self.settings.serial.after(current, now);
        let key = RecordKey::new(zone.apex().clone(), RecordType::SOA);
        let soa = zone.get_key(&key).map(|set| set.to_set().with_serial(serial));
        let next = zone.with([(&key, soa.as_ref())]).map_err(|error| error.to_string())?;
        Ok((next, serial))
    }

    async fn reload(&self, zone: &Name) -> Result<(), String> {
        let Some(reload) = &self.settings.reload else { return Ok(()) };
        reload.run(zone, &self.path(zone), &self.settings.working_directory).await
    }

    /// Writes `next` in the place of what was `seen`; the new serial is in it already.
    async fn put(&self, zone: &Name, next: &Zone, seen: Seen) -> Result<(), Failure> {
        let path = self.path(zone);
        let text = Self::text(next).map_err(Failure::Refused)?;
        let (draft, seen, text) = blocking(move || {
            let turn = Turn::take(&path)?;
            seen.compare()?;
            Ok((turn.draft(text.as_bytes())?, seen, text))
        })
        .await?;
        let draft = self.checked(zone, draft, text).await?;
        point("file checked");
        blocking(move || {
            seen.compare()?;
            draft.into_place()
        })
        .await
    }

    /// The draft as it was written, found good by the check.
    async fn checked(&self, zone: &Name, draft: Draft, text: String) -> Result<Draft, Failure> {
        let Some(check) = &self.settings.check else { return Ok(draft) };
        let run = check.run(zone, draft.path(), &self.settings.working_directory).await;
        run.map_err(Failure::Refused)?;
        let words = check.to_string();
        blocking(move || match draft.compare(text.as_bytes()) {
            Ok(()) => Ok(draft),
            Err(Failure::Refused(reason)) => Err(Failure::Refused(format!(
                "{reason} since `check` ran ({words}), so it does not go live and nothing changed: a check reads the file and leaves it as it is"
            ))),
            Err(other) => Err(other),
        })
        .await
    }

    async fn write_whole(&self, zone: &Name, changes: &[Change], live: &Live) -> Result<u32, Failure> {
        if let Some(reason) = self.read_only(zone) {
            return Err(Failure::Refused(reason));
        }
        let Some(seen) = live.tokens.get::<Seen>().cloned() else {
            return Err(Failure::Refused("the zone was not read before; please report this".into()));
        };
        let amended = amend::amended(&live.zone, changes).map_err(|rejection| match rejection {
            Rejection::Stale(reason) => Failure::Stale(reason),
            Rejection::Refused(reason) => Failure::Refused(reason),
        })?;
        if changes.is_empty() {
            return Ok(live.serial.unwrap_or_default());
        }
        let (next, serial) = self.with_serial(&amended, live.serial).map_err(Failure::Refused)?;
        self.put(zone, &next, seen).await?;
        Ok(serial)
    }

    async fn create(&self, zone: &Name, initial: &Zone) -> Result<(), Failure> {
        let refused = |reason: String| Failure::Refused(reason);
        let mut builder = ZoneBuilder::new(zone.clone());
        for rtype in [RecordType::SOA, RecordType::NS] {
            let Some(set) = initial.get(zone, rtype) else {
                return Err(refused(normal::lack(rtype)));
            };
            builder.push_set(&set.to_set()).map_err(|error| refused(error.to_string()))?;
        }
        let (new, _) = self.with_serial(&builder.finish(), None).map_err(refused)?;
        let text = Self::text(&new).map_err(refused)?;
        let path = self.path(zone);
        let (draft, text) =
            blocking(move || Ok((Turn::for_new(&path)?.draft(text.as_bytes())?, text))).await?;
        let draft = self.checked(zone, draft, text).await?;
        let placed = blocking(move || draft.into_new_place()).await?;
        if let Err(reason) = self.reload(zone).await {
            let gone =
                if placed.take_away() { "the new file was removed again" } else { "the new file stays" };
            return Err(refused(format!(
                "{reason}; {gone}: add the zone to the configuration of its servers first"
            )));
        }
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::Unknown(format!("the write broke off: {error}"))))
}

#[async_trait::async_trait]
impl Backend for ZoneFile {
    fn kind(&self) -> &'static str {
        "zone-file"
    }

    fn guarantee(&self, zone: &Name) -> Guarantee {
        let read_only = self.read_only(zone).is_some();
        Guarantee {
            unit: if read_only { WriteUnit::ReadOnly } else { WriteUnit::WholeZone },
            compare: CompareAndSwap::ValuesAndTtl,
            limits: Limits::default(),
            settle: match self.settings.reload {
                Some(_) => Settle::Action("has its servers load the new file"),
                None => Settle::Nothing,
            },
            apex_ns: ApexNs::Editable,
            wildcards: Wildcards::Steady,
            creates_zones: true,
            publishes_within: None,
        }
    }

    fn read_only(&self, zone: &Name) -> Option<String> {
        let mut commands = self.settings.check.iter().chain(&self.settings.reload);
        if commands.any(|command| command.would_spell(zone)) {
            return Some(format!(
                "{zone} has characters that a shell may read as commands, and `check` or `reload` name `{{zone}}`: use `{{file}}`, or commands that name neither"
            ));
        }
        let known = self.known.of(zone)??;
        let path = self.shown(zone);
        if known.signed {
            return Some(format!(
                "{path} holds signatures (RRSIG, NSEC) that would no longer fit: let the server sign the zone, or write the file from which it is signed"
            ));
        }
        let lost = known.lost.filter(|_| !self.settings.rewrite)?;
        Some(format!(
            "{path} has {lost}, which a file written by dnsure would lose: move them into the YAML file (`dnsure import` reads all records), then allow it with `rewrite: true` for the provider"
        ))
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        let mut normalised = normal::normalise(zone, self.settings.software);
        if let Some(None) = self.known.of(zone.apex()) {
            normalised.refused.extend(normal::lacking(zone));
        }
        normalised
    }

    async fn read(&self, zone: &Name) -> Result<Reading, BackendError> {
        Ok(match self.find(zone).await? {
            None => Reading::Missing,
            Some(found) => {
                let live = Live::new(found.zone, Some(found.serial));
                Reading::Live(Live { tokens: Tokens::new(found.seen), ..live })
            }
        })
    }

    async fn write(&self, zone: &Name, changes: &[Change], live: &Live) -> WriteEnd {
        let started = Instant::now();
        let at = |reason: String| format!("{}: {reason}", self.shown(zone));
        match self.write_whole(zone, changes, live).await {
            Ok(serial) => {
                // What is there now is ours.
                let ours = Known { lost: None, by_us: true, signed: false };
                self.known.keep(zone, Some(Some(ours)));
                WriteEnd::Accepted { token: Some(format!("serial {serial}")), took: started.elapsed() }
            }
            Err(Failure::Stale(reason)) => WriteEnd::Stale { reason: at(reason) },
            Err(Failure::Refused(reason)) => WriteEnd::Refused { reason: at(reason) },
            Err(Failure::Unknown(reason)) => WriteEnd::Unknown { reason: at(reason) },
        }
    }

    fn caveats(&self, changes: &[Change]) -> Vec<String> {
        let names = || changes.iter().map(Change::name);
        let Some(first) = names().next() else { return Vec::new() };
        // The zone is the one that was read and holds all of the names.
        let around = (0..=first.label_count()).rev().map(|count| first.suffix(count));
        let mut zones = around.filter(|zone| names().all(|name| name.is_at_or_below(zone)));
        let Some((zone, known)) = zones.find_map(|zone| Some((zone.clone(), self.known.of(&zone)?))) else {
            return Vec::new();
        };
        let path = self.shown(&zone);
        match known {
            None => {
                vec![format!("{path} will be made; its servers must have the zone in their configuration")]
            }
            Some(Known { lost: Some(lost), .. }) => {
                vec![format!("{path} is written anew, without its {lost}")]
            }
            Some(Known { by_us: false, .. }) => {
                vec![format!("{path} was not written by dnsure: it is laid out anew, with the same records")]
            }
            Some(_) => Vec::new(),
        }
    }

    async fn settle(&self, zone: &Name, _touched: &[Name], _token: Option<&str>) -> Result<(), BackendError> {
        point("before reload");
        let path = self.path(zone);
        let told = self.reload(zone).await;
        point("after reload");
        told.map_err(|reason| BackendError::Setup {
            what: path.display().to_string(),
            reason: format!(
                "{reason}; the new file is in place, and its servers may still answer from the old one: mend the command, then `dnsure apply --resume`, or take the file back with `dnsure rollback`"
            ),
        })
    }

    async fn create_zone(&self, zone: &Name, initial: &Zone) -> Result<(), BackendError> {
        self.create(zone, initial).await.map_err(|failure| {
            let (Failure::Stale(reason) | Failure::Refused(reason) | Failure::Unknown(reason)) = failure;
            BackendError::Refused { server: self.shown(zone), reason }
        })
    }

    async fn servers(&self, _zone: &Name) -> Result<Vec<SocketAddr>, BackendError> {
        Ok(self.settings.servers.clone())
    }
}
