//! The new file in the place of the old one: whole, compared, or not at all.
//!
//! One writer at a time: the lock is on the file itself, or on the directory where there is none yet. A
//! writer that waited for a file which has another one in its place since, waits for that one.

use crate::sabotage::point;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long to wait for another writer, whose check and reload may take their time.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why a write did not happen, or is not known to have.
#[derive(Debug)]
pub(super) enum Failure {
    /// The file is not what was read.
    Stale(String),
    /// Nothing changed.
    Refused(String),
    /// It may have.
    Unknown(String),
}

/// The right to put something in the place of a file.
#[derive(Debug)]
pub(super) struct Turn {
    path: PathBuf,
    held: File,
    exists: bool,
}

/// A whole new file beside its place; gone when it does not get there.
#[derive(Debug)]
pub(super) struct Draft {
    turn: Turn,
    path: PathBuf,
    placed: bool,
}

/// A file where there was none.
#[derive(Debug)]
pub(super) struct Placed(Turn);

impl Turn {
    /// For a file that is there.
    pub(super) fn take(path: &Path) -> Result<Self, Failure> {
        let held = lock(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::Stale("the file is gone".into()),
            _ => Failure::Refused(error.to_string()),
        })?;
        Ok(Self { path: path.to_owned(), held, exists: true })
    }

    /// For a file that is not there yet.
    pub(super) fn for_new(path: &Path) -> Result<Self, Failure> {
        let held = lock(parent(path)).map_err(|error| Failure::Refused(error.to_string()))?;
        Ok(Self { path: path.to_owned(), held, exists: false })
    }

    /// Writes the new file beside the old one. What a killed writer left there is written over.
    pub(super) fn draft(self, bytes: &[u8]) -> Result<Draft, Failure> {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = parent(&self.path).join(format!(".{name}.dnsure-new"));
        let draft = Draft { turn: self, path, placed: false };
        let written = draft.write(bytes);
        match written {
            Ok(()) => Ok(draft),
            Err(error) => Err(Failure::Refused(format!("cannot write {}: {error}", draft.path.display()))),
        }
    }
}

impl Draft {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&self.path)?;
        if self.turn.exists {
            like(&file, &self.turn.held)?;
        }
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(half)?;
        point("file half written");
        file.write_all(rest)?;
        file.sync_all()?;
        point("file written");
        Ok(())
    }

    /// Refuses what is no longer as it was written: the check of a file is handed its path.
    pub(super) fn compare(&self, written: &[u8]) -> Result<(), Failure> {
        let path = self.path.display();
        let is_file = fs::symlink_metadata(&self.path).map(|there| there.is_file());
        match is_file.and_then(|is_file| Ok(is_file && fs::read(&self.path)? == written)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Refused(format!("{path} is not what was written any more"))),
            Err(error) => Err(Failure::Refused(format!("{path} was written and now is not read: {error}"))),
        }
    }

    /// Takes the place of the old file.
    pub(super) fn into_place(mut self) -> Result<(), Failure> {
        point("file compared");
        let place = self.turn.path.clone();
        fs::rename(&self.path, &place).map_err(|error| Failure::Refused(error.to_string()))?;
        self.placed = true;
        point("file renamed");
        sync(&place)
    }

    /// Takes its place, in which there is nothing.
    pub(super) fn into_new_place(mut self) -> Result<Placed, Failure> {
        let place = self.turn.path.clone();
        fs::hard_link(&self.path, &place).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::Refused("the file is there already: plan again".into()),
            _ => Failure::Refused(error.to_string()),
        })?;
        point("file linked");
        let removed = fs::remove_file(&self.path);
        self.placed = removed.is_ok();
        sync(&place)?;
        let turn = Turn {
            path: place,
            held: self.turn.held.try_clone().map_err(|error| Failure::Unknown(error.to_string()))?,
            exists: true,
        };
        Ok(Placed(turn))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.placed {
            // What stays is written over by the next writer and read by nobody.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Placed {
    /// Removes the file again; whether it is gone.
    pub(super) fn take_away(self) -> bool {
        fs::remove_file(&self.0.path).is_ok()
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync(place: &Path) -> Result<(), Failure> {
    let synced = File::open(parent(place)).and_then(|directory| directory.sync_all());
    synced.map_err(|error| {
        Failure::Unknown(format!("whether the new file would survive a power cut is not known: {error}"))
    })
}

/// Waits until nobody else has it.
fn lock(path: &Path) -> io::Result<File> {
    let until = Instant::now() + PATIENCE;
    loop {
        let file = File::open(path)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path)? => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => {
                let reason =
                    format!("another program has locked {} for {} s", path.display(), PATIENCE.as_secs());
                return Err(io::Error::new(io::ErrorKind::WouldBlock, reason));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Whether this is still the file at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (held, there) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok((held.dev(), held.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}

/// The owner, where that is allowed, and the mode of the old file. Where the name server may read the file
/// by its owner or group alone and these cannot be kept, nothing takes its place.
fn like(file: &File, old: &File) -> io::Result<()> {
    let old = old.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        // Only root gives files away; the group may be one of ours.
        if fchown(file, Some(old.uid()), Some(old.gid())).is_err() {
            let _ = fchown(file, None, Some(old.gid()));
        }
        let (new, mode) = (file.metadata()?, old.mode());
        let by_group = mode & 0o040 != 0;
        let is_readable = match (mode & 0o004 != 0, by_group) {
            (true, _) => true,
            (false, true) => new.gid() == old.gid(),
            (false, false) => new.uid() == old.uid(),
        };
        if !is_readable {
            return Err(io::Error::other(format!(
                "its owner and group ({}:{}) cannot be kept, and nobody else may read it: run as root or in that group, or let others read it",
                old.uid(),
                old.gid()
            )));
        }
    }
    file.set_permissions(old.permissions())
}
