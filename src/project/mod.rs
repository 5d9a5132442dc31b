//! A directory with a `dnsure.yaml`: its zone files, providers and state, and what is done
//! with them. This is where the pure rooms meet I/O.
//!
//! | module | idea |
//! |---|---|
//! | [`formatting`] | which files `fmt` lays out |
//! | [`selecting`] | which zones there are, and which are meant |
//! | [`changed`] | which zones' files changed since a git commit |
//! | [`declared`] | reading zone files, and what they declare for one target |
//! | [`open`] | from configuration and secrets to backends |
//! | [`examining`] | what everything rests on |
//! | [`importing`] | live zones to zone files |
//! | `ahead` | listings that begin while the zone files are read |
//! | [`planning`] | reading live zones and planning against them |
//! | [`checking`] | may this plan be applied? |
//! | [`reserving`] | what open rollouts hold |
//! | [`rollouts`] | runs that are open, and which of them may go on |
//! | [`timing`] | is now a time for changes? |
//! | [`matching`] | is a plan file what the zone files ask for? |
//! | [`applying`] | applying |
//! | [`resuming`] | open runs are taken up again, forward or back |
//! | [`taking_back`] | the plan that takes a finished run back |
//! | [`watching`] | does what was changed stay so? |
//! | [`drifting`] | live against the files and the last apply |
//! | [`adopting`] | what is live goes into the files |
//! | [`readers`] | which zones read which file |
//! | [`unread`] | files and directories that look like zones and are not read |
//! | `vanished` | zones that were there and are not listed any more |
//! | [`verifying`] | the whole zone against all its servers |

pub mod adopting;
mod ahead;
pub mod applying;
pub mod changed;
pub mod checking;
pub mod declared;
pub mod drifting;
pub mod examining;
pub mod formatting;
pub mod importing;
pub mod matching;
pub mod open;
pub mod planning;
pub mod readers;
pub mod reserving;
pub mod resuming;
pub mod rollouts;
pub mod selecting;
pub mod taking_back;
pub mod timing;
pub mod unread;
mod vanished;
pub mod verifying;
pub mod watching;

use crate::config::Config;
use crate::progress::Progress;
use crate::state::State;
use dnsure_providers::dns::{AskLimits, Asker};
use dnsure_providers::{Backend, BackendError};
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::source::DirectorySource;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// The name of the configuration file.
pub const CONFIG_FILE: &str = "dnsure.yaml";

/// A loaded project.
pub struct Project {
    /// The directory of the configuration.
    pub root: PathBuf,
    /// The configuration.
    pub config: Config,
    /// Reads files below the root.
    pub source: DirectorySource,
    /// Where state is kept.
    pub state: State,
    /// Asks servers.
    pub asker: Arc<Asker>,
    /// Where it counts how far it has come.
    pub progress: Progress,
    backends: Backends,
}

/// Why nothing could be planned or done.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no configuration.
    #[error(
        "there is no {path}: write one with dnsure init, or say where it is with -C DIR or --config FILE"
    )]
    NoConfig {
        /// Where it was looked for.
        path: String,
    },
    /// The directory cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The directory.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// Files are wrong; every finding is in it.
    #[error("{}", dnsure_zones::diagnostic::summary(.0))]
    Files(Vec<Diagnostic>),
    /// A zone that was asked for is not there.
    #[error("{zone} has no zone file in {directory} and no entry in {CONFIG_FILE}{}", .known)]
    UnknownZone {
        /// What was asked for.
        zone: String,
        /// Where files were looked for.
        directory: String,
        /// The zones there are, as a hint.
        known: String,
    },
    /// A secret cannot be had.
    #[error("the secret of provider `{provider}` is missing: {reason}")]
    Secret {
        /// The provider.
        provider: String,
        /// Which variable or file, and what is wrong with it.
        reason: String,
    },
    /// A provider failed.
    #[error("{target}: {error}")]
    Backend {
        /// The zone and provider.
        target: String,
        /// What happened.
        error: BackendError,
    },
    /// Something else that stops everything; the words say what and how to go on.
    #[error("{0}")]
    Other(String),
}

/// The providers that were opened, by their names in `dnsure.yaml`.
pub type Backends = Arc<Mutex<BTreeMap<String, Arc<dyn Backend>>>>;

impl From<crate::state::StateError> for ProjectError {
    fn from(error: crate::state::StateError) -> Self {
        Self::Other(error.to_string())
    }
}

impl ProjectError {
    /// What to tell of it where several targets are worked on: each line says which one it is about.
    #[must_use]
    pub(crate) fn of_target(&self, shown: &str) -> String {
        let error = self.to_string();
        if error.starts_with(shown) { error } else { format!("{shown}: {error}") }
    }
}

impl Project {
    /// Loads the project of `directory`, or of the directory of `config`.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub fn load(directory: &Path, config: Option<&Path>) -> Result<Self, ProjectError> {
        Self::load_into(directory, config, Backends::default())
    }

    /// As [`Project::load`]; the providers it opens can be seen in `backends`.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub fn load_into(
        directory: &Path,
        config: Option<&Path>,
        backends: Backends,
    ) -> Result<Self, ProjectError> {
        let path = directory.join(config.unwrap_or(Path::new(CONFIG_FILE)));
        if !path.is_file() {
            return Err(ProjectError::NoConfig { path: path.display().to_string() });
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let root = parent.unwrap_or(Path::new(".")).to_path_buf();
        let source = DirectorySource::new(&root).map_err(|error| ProjectError::Unreadable {
            path: root.display().to_string(),
            reason: error.to_string(),
        })?;
        let file = PathBuf::from(path.file_name().unwrap_or_default());
        let config = Config::load(&source, &file).map_err(ProjectError::Files)?;
        Self::with(root, source, config, backends)
    }

    /// A project of `root` whose configuration is not on disk yet.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub fn of(root: &Path, config: Config, backends: Backends) -> Result<Self, ProjectError> {
        let source = DirectorySource::new(root).map_err(|error| ProjectError::Unreadable {
            path: root.display().to_string(),
            reason: error.to_string(),
        })?;
        Self::with(root.to_path_buf(), source, config, backends)
    }

    fn with(
        root: PathBuf,
        source: DirectorySource,
        config: Config,
        backends: Backends,
    ) -> Result<Self, ProjectError> {
        // Shown to people: `.dnsure/…` rather than `./.dnsure/…`.
        let here = if root == Path::new(".") { Path::new("") } else { &root };
        let state = State::at(&config.state, here)?;
        let asker = Arc::new(Asker::new(AskLimits::default()));
        Ok(Self { root, config, source, state, asker, progress: Progress::default(), backends })
    }

    /// The same project, counting there how far it has come.
    #[must_use]
    pub fn counting_in(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }
}
