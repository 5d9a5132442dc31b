//! What is served right now: snapshots of the zones on disk, swapped whole.
//!
//! Another process may write while this one serves. A rename changes the directory's
//! time stamp, so one look at the directory tells whether anything happened; then the
//! header lines tell which zones. A file that cannot be read leaves its zone as it was.

use super::file::{Header, digest};
use super::respond::Found;
use super::store::{Store, load_file, load_header};
use dnsure_zones::{Name, RecordType, Zone};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// Time stamps this young may hide a second change within the same tick of the clock.
const FRESH: Duration = Duration::from_millis(200);

/// One zone as served.
#[derive(Debug, Clone)]
enum Served {
    Zone(Arc<Zone>),
    Damaged,
}

type Zones = HashMap<Vec<u8>, Served>;

/// The state of the looking, apart from what is served.
#[derive(Debug, Default)]
struct Looked {
    stamp: Option<SystemTime>,
    files: HashMap<PathBuf, Header>,
}

/// The zones of a directory, for the server.
#[derive(Debug)]
pub(super) struct Catalogue {
    store: Store,
    instance: Vec<u8>,
    zones: RwLock<Arc<Zones>>,
    looked: Mutex<Looked>,
}

/// What every server of the same directory has at the start of its name.
pub(super) fn family(store: &Store) -> String {
    let path = digest(store.directory().as_os_str().as_encoded_bytes());
    format!("dnsure-embedded-{}", path.get(..16).unwrap_or_default())
}

impl Catalogue {
    /// Reads all zones of the directory.
    pub(super) fn open(store: Store) -> Self {
        let instance = format!("{}-{}", family(&store), std::process::id()).into_bytes();
        let catalogue = Self { store, instance, zones: RwLock::default(), looked: Mutex::default() };
        catalogue.refresh();
        catalogue
    }

    /// The name of this server (RFC 5001).
    pub(super) fn instance(&self) -> &[u8] {
        &self.instance
    }

    /// The zone that answers for `name`: the closest above it; for DS at the top of a
    /// zone the one above that, where it is kept here (RFC 4035 3.1.4.1).
    pub(super) fn find(&self, name: &Name, rtype: RecordType) -> Found {
        let zones = self.snapshot();
        let wire = name.to_lower_wire();
        let mut at = 0;
        let mut own = Found::Nothing;
        loop {
            if let Some(served) = zones.get(&wire[at..]) {
                let found = match served {
                    Served::Zone(zone) => Found::Zone(zone.clone()),
                    Served::Damaged => Found::Damaged,
                };
                if at > 0 || rtype != RecordType::DS {
                    return found;
                }
                own = found;
            }
            match wire.get(at) {
                Some(&length) if length > 0 => at += usize::from(length) + 1,
                _ => return own,
            }
        }
    }

    /// Takes up what changed on disk since the last look.
    pub(super) fn refresh(&self) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = std::fs::metadata(self.store.directory()).and_then(|data| data.modified()).ok();
        let settled = stamp.is_some_and(|stamp| stamp.elapsed().is_ok_and(|age| age > FRESH));
        if stamp.is_some() && looked.stamp == stamp {
            return;
        }
        let Ok(paths) = self.store.files() else { return };
        let paths: HashSet<PathBuf> = paths.into_iter().collect();
        let mut zones = (*self.snapshot()).clone();
        looked.files.retain(|path, known| {
            let there = paths.contains(path);
            if !there {
                zones.remove(&known.zone.to_lower_wire());
            }
            there
        });
        for path in paths {
            self.look_at(path, &mut looked, &mut zones);
        }
        *self.zones.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(zones);
        looked.stamp = stamp.filter(|_| settled);
    }

    /// Takes up one zone that was just written, without a look at all the others.
    pub(super) fn refresh_zone(&self, apex: &Name) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut zones = self.zones.write().unwrap_or_else(PoisonError::into_inner);
        self.look_at(self.store.path(apex), &mut looked, Arc::make_mut(&mut *zones));
    }

    /// Takes up the zone in the file at `path`, where it is another than before.
    fn look_at(&self, path: PathBuf, looked: &mut Looked, zones: &mut Zones) {
        let Ok(Some(header)) = load_header(&path) else { return };
        let is_known = looked.files.get(&path).is_some_and(|known| *known == header);
        if is_known || self.store.path(&header.zone) != path {
            return;
        }
        let key = header.zone.to_lower_wire();
        match load_file(&path) {
            Ok(Some(zone)) => {
                zones.insert(key, Served::Zone(Arc::new(zone)));
                looked.files.insert(path, header);
            }
            Ok(None) => {}
            Err(_) => {
                zones.entry(key).or_insert(Served::Damaged);
            }
        }
    }

    fn snapshot(&self) -> Arc<Zones> {
        self.zones.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
