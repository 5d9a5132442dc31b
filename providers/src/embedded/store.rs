//! Zones on disk: one file per zone, replaced whole, one writer at a time.
//!
//! A file is written beside the old one, flushed, renamed over it, and the directory is
//! flushed. So whatever is interrupted, the old or the new zone stands, never a mixture.
//! Writers exclude each other with a lock on a file of their own, which the system takes
//! back when a process dies.

use super::file::{self, Header};
use dnsure_zones::diff::diff;
use dnsure_zones::{Name, Zone};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// JSON lines.
const EXTENSION: &str = "jsonl";
/// How long a writer waits for another one; a write takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a zone could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// The file system refused; the zone is as it was.
    #[error("{path}: cannot {doing}: {source}; check that the directory is there and writable")]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    /// The file is no whole zone.
    #[error("{path}: {reason}; put back a copy of the file, or delete it to give up the zone")]
    Damaged { path: PathBuf, reason: String },
    /// The zone cannot be written as a file.
    #[error("{path}: the zone was left as it is: {reason}")]
    Unwritable { path: PathBuf, reason: String },
    /// Another process is writing.
    #[error("{path}: another process has been writing the zone for {} s; wait for it to end", PATIENCE.as_secs())]
    Locked { path: PathBuf },
    /// The new file is in its place, but may not survive a power cut.
    #[error("{path}: written, but the directory could not be flushed: {source}")]
    NotDurable { path: PathBuf, source: io::Error },
}

/// A directory of zones.
#[derive(Debug, Clone)]
pub(super) struct Store {
    directory: PathBuf,
}

/// The right to write one zone, until dropped.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the directory, making it where it is missing.
    pub(super) fn open(directory: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Io { path: directory.into(), doing: "open the directory", source };
        fs::create_dir_all(directory).map_err(failed)?;
        Ok(Self { directory: fs::canonicalize(directory).map_err(failed)? })
    }

    /// The directory, without symbolic links.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a zone.
    pub(super) fn path(&self, apex: &Name) -> PathBuf {
        self.directory.join(file_name(apex))
    }

    /// Reads a zone; `None` when there is none.
    pub(super) fn load(&self, apex: &Name) -> Result<Option<Zone>, StoreError> {
        let path = self.path(apex);
        let Some(zone) = load_file(&path)? else { return Ok(None) };
        if zone.apex() == apex {
            return Ok(Some(zone));
        }
        Err(StoreError::Damaged { path, reason: format!("it holds the zone {}, not {apex}", zone.apex()) })
    }

    /// Waits for other writers of the zone to end and keeps new ones out.
    pub(super) fn lock(&self, apex: &Name) -> Result<Held, StoreError> {
        let path = self.path(apex);
        let lock_path = beside(&path, "lock");
        let failed = |source| StoreError::Io { path: lock_path.clone(), doing: "lock the zone", source };
        let lock =
            File::options().create(true).truncate(false).write(true).open(&lock_path).map_err(failed)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Held { path, _lock: lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path }),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
    }

    /// Replaces the zone by `zone`. Readers see the old one or the new one.
    pub(super) fn save(&self, held: &Held, zone: &Zone) -> Result<(), StoreError> {
        let path = &held.path;
        let failed = |doing| move |source| StoreError::Io { path: path.clone(), doing, source };
        let unwritable = |reason| StoreError::Unwritable { path: path.clone(), reason };
        let bytes = file::write(zone).map_err(|damage| unwritable(damage.to_string()))?;
        let read_back = file::read(&bytes).map_err(|damage| unwritable(damage.to_string()))?;
        if let Some(difference) = diff(zone, &read_back).next() {
            return Err(unwritable(format!("it would not read back as it is: {difference:?}")));
        }
        // What a killed writer left there is overwritten: only the holder of the lock comes here.
        let fresh = beside(path, "new");
        let mut writing = File::create(&fresh).map_err(failed("create the new file"))?;
        writing.write_all(&bytes).map_err(failed("write the new file"))?;
        writing.sync_all().map_err(failed("flush the new file"))?;
        drop(writing);
        fs::rename(&fresh, path).map_err(failed("put the new file in its place"))?;
        sync_directory(&self.directory)
            .map_err(|source| StoreError::NotDurable { path: path.clone(), source })
    }

    /// The zone files there are, in no order.
    pub(super) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION) {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// The zones there are, sorted.
    pub(super) fn zones(&self) -> Result<Vec<Name>, StoreError> {
        let failed =
            |source| StoreError::Io { path: self.directory.clone(), doing: "list the directory", source };
        let mut zones = Vec::new();
        for path in self.files().map_err(failed)? {
            zones.extend(load_header(&path)?.map(|header| header.zone));
        }
        zones.sort();
        Ok(zones)
    }
}

/// Reads the first line of a zone file; `None` when there is no file.
pub(super) fn load_header(path: &Path) -> Result<Option<Header>, StoreError> {
    /// A header with the longest name there is, every octet escaped, is shorter.
    const LONGEST: u64 = 4096;
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Io { path: path.into(), doing: "read the zone", source }),
    }
    let damaged =
        |damage: file::Damage| StoreError::Damaged { path: path.into(), reason: damage.to_string() };
    file::header(&bytes).map(Some).map_err(damaged)
}

/// Reads a zone file; `None` when there is no file.
pub(super) fn load_file(path: &Path) -> Result<Option<Zone>, StoreError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Io { path: path.into(), doing: "read the zone", source }),
    };
    let damaged =
        |damage: file::Damage| StoreError::Damaged { path: path.into(), reason: damage.to_string() };
    file::read(&bytes).map(Some).map_err(damaged)
}

/// The file name of a zone: its lower-case text, every character that a file system could
/// take amiss as `%` and two hex digits; a digest where that would be too long.
fn file_name(apex: &Name) -> String {
    /// Leaves room for what is added to it below the usual limit of 255 octets.
    const LONGEST: usize = 200;
    let text = apex.to_lower().to_string();
    let text = if apex.is_root() { text.as_str() } else { text.strip_suffix('.').unwrap_or(&text) };
    let mut name = String::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if index > 0 => name.push('.'),
            other => name.push_str(&format!("%{other:02x}")),
        }
    }
    if name.len() > LONGEST {
        // No zone is called so by itself: a label has at most 63 octets.
        name = format!("sha256-{}", file::digest(&apex.to_lower_wire()));
    }
    format!("{name}.{EXTENSION}")
}

/// This path with one more extension behind it.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    path.into()
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Elsewhere the rename itself is all there is.
#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}
