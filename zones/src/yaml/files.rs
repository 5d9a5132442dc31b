//! Which files make a zone, as octoDNS finds them.

use super::loader::Loader;
use super::natural::Order;
use super::node::closest;
use super::txt::Semicolons;
use super::{Declared, read};
use crate::diagnostic::{Diagnostic, Span};
use crate::source::{MemorySource, Source};
use crate::{Name, Ttl};
use std::path::{Path, PathBuf};

/// How zone files are read; the names in brackets are octoDNS's.
#[derive(Debug, Clone)]
pub struct Options {
    /// The TTL of records that say none (`default_ttl`).
    pub default_ttl: Ttl,
    /// How `;` stands in TXT values (`escaped_semicolons`).
    pub semicolons: Semicolons,
    /// What a directory of split files ends with (`split_extension`); `None` reads none.
    pub split_extension: Option<String>,
    /// A file in the directory that belongs to every zone (`shared_filename`).
    pub shared_file: Option<PathBuf>,
    /// Whether the flat file is left out (`disable_zonefile`).
    pub disable_zone_file: bool,
    /// Whether errors that leave a usable record are warnings (`lenient`).
    pub lenient: bool,
    /// The order that keys must have (`enforce_order`, `order_mode`); `None` for any.
    pub order: Option<Order>,
    /// Names of providers that may have settings under `octodns:`, beside the known ones.
    pub namespaces: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            default_ttl: DEFAULT_TTL,
            semicolons: Semicolons::Either,
            split_extension: Some(".".into()),
            shared_file: None,
            disable_zone_file: false,
            lenient: false,
            order: None,
            namespaces: Vec::new(),
        }
    }
}

/// What the names of files start with that are written and not yet whole: no zone files, whatever
/// they end with.
pub const TEMPORARY: &str = ".tmp-";

/// octoDNS's default TTL.
pub const DEFAULT_TTL: Ttl = match Ttl::from_secs(3600) {
    Ok(ttl) => ttl,
    Err(_) => Ttl::MAX,
};

/// Whose files a zone is read from: its own, or those of another zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// Files called after a name; with a view `internal`, `example.com.!internal.yaml`.
    Named {
        /// The name.
        name: Name,
        /// The view of it, without `!`.
        view: Option<String>,
    },
    /// One file, whatever its name.
    File(PathBuf),
}

impl From<Name> for Home {
    fn from(name: Name) -> Self {
        Self::Named { name, view: None }
    }
}

impl Home {
    /// The file names of a zone without their ends: in Unicode and in ASCII, both lower case, each
    /// with a dot at the end.
    fn spellings(&self) -> Option<[String; 2]> {
        let Self::Named { name, view } = self else { return None };
        let lower = name.to_lower();
        let spellings = [lower.to_unicode(), lower.to_string()];
        Some(match view {
            Some(view) => spellings.map(|name| format!("{name}!{view}.")),
            None => spellings,
        })
    }
}

/// What reading a zone gave.
#[derive(Debug, Clone)]
pub struct ZoneRead {
    /// The zone; `None` when there is an error anywhere in its files.
    pub declared: Option<Declared>,
    /// Everything found, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files read, includes too, also those that are not there.
    pub files: Vec<PathBuf>,
}

impl ZoneRead {
    /// Whether an error was found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    pub(super) fn of(loader: Loader<'_>, declared: Option<Declared>) -> Self {
        let Loader { found, files, .. } = loader;
        Self { declared, diagnostics: found.into_sorted(), files }
    }
}

/// The zone files of a directory.
pub struct ZoneFiles<'s> {
    source: &'s dyn Source,
    directory: PathBuf,
    options: Options,
}

impl<'s> ZoneFiles<'s> {
    /// The zone files in `directory` of `source`.
    #[must_use]
    pub fn new(source: &'s dyn Source, directory: impl Into<PathBuf>, options: Options) -> Self {
        Self { source, directory: directory.into(), options }
    }

    pub(super) fn source(&self) -> &'s dyn Source {
        self.source
    }

    /// How the files are read.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The same files in another source.
    pub(super) fn over<'o>(&self, source: &'o dyn Source) -> ZoneFiles<'o> {
        ZoneFiles { source, directory: self.directory.clone(), options: self.options.clone() }
    }

    /// The file that belongs to every zone.
    pub(super) fn shared(&self) -> Option<PathBuf> {
        self.options.shared_file.as_ref().map(|shared| self.directory.join(shared))
    }

    /// Whether `directory` holds the split files of the zone.
    pub(super) fn is_split(&self, directory: &Path, home: &Home) -> bool {
        let (Some(extension), Some(spellings)) = (&self.options.split_extension, home.spellings()) else {
            return false;
        };
        spellings.iter().any(|name| directory == self.directory.join(format!("{}{extension}", bare(name))))
    }

    /// Reads the zone at `apex` from all its files.
    #[must_use]
    pub fn read(&self, apex: &Name) -> ZoneRead {
        self.read_from(apex, &Home::from(apex.clone()))
    }

    /// Reads the zone at `apex` from the files of `home`: relative names in them are names of `apex`.
    #[must_use]
    pub fn read_from(&self, apex: &Name, home: &Home) -> ZoneRead {
        let mut loader = Loader::new(self.source);
        loader.order = self.options.order;
        let files = match self.files_in(home) {
            Ok(files) => files,
            Err(error) => {
                loader.found.push(*error);
                return ZoneRead::of(loader, None);
            }
        };
        let declared = read::read(&mut loader, apex, &self.options, &files);
        ZoneRead::of(loader, declared)
    }

    /// The files of a zone, in the order in which they are read.
    ///
    /// # Errors
    /// When there is none, or the same zone has a Unicode and a punycode file.
    pub fn files_of(&self, apex: &Name) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
        self.files_in(&Home::from(apex.clone()))
    }

    /// As [`ZoneFiles::files_of`], for any home.
    ///
    /// # Errors
    /// As there.
    pub fn files_in(&self, home: &Home) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
        let mut files = self.own_files(home)?;
        if files.is_empty() {
            return Err(Box::new(self.missing(home)));
        }
        if let Some(shared) = &self.options.shared_file {
            files.push(self.directory.join(shared));
        }
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The files of `home` that there are, without the one that all zones share; none is no error.
    ///
    /// # Errors
    /// When the same zone has a Unicode and a punycode file.
    pub fn own_files(&self, home: &Home) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
        let mut files = Vec::new();
        let spellings = match home {
            Home::File(file) => return Ok(vec![file.clone()]),
            named => named.spellings().unwrap_or_default(),
        };
        if let Some(extension) = &self.options.split_extension {
            let names = spellings.each_ref().map(|name| format!("{}{extension}", bare(name)));
            if let Some(directory) = self.one_of(&names, |path| self.source.is_directory(path))? {
                files.extend(self.split_files(&directory)?);
            }
        }
        let names = spellings.each_ref().map(|name| format!("{name}yaml"));
        if !self.options.disable_zone_file
            && let Some(file) = self.one_of(&names, |path| self.source.is_file(path))?
        {
            files.push(file);
        }
        Ok(files)
    }

    /// Every path at which, or below which, a file would belong to `home`, whether there is one or
    /// not: what else is included is known only once it is read.
    #[must_use]
    pub fn places_of(&self, home: &Home) -> Vec<PathBuf> {
        let mut places = match home {
            Home::File(file) => vec![file.clone()],
            named => {
                let spellings = named.spellings().unwrap_or_default();
                let flat = spellings.iter().map(|name| format!("{name}yaml"));
                let split = self.options.split_extension.iter();
                let split =
                    split.flat_map(|end| spellings.iter().map(move |name| format!("{}{end}", bare(name))));
                flat.chain(split).map(|name| self.directory.join(name)).collect()
            }
        };
        places.extend(self.options.shared_file.iter().map(|shared| self.directory.join(shared)));
        places
    }

    fn split_files(&self, directory: &Path) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
        let names = self.source.list(directory).map_err(|error| {
            let message = format!("cannot list {}: {error}", directory.display());
            Box::new(Diagnostic::error("unreadable", Span::file(directory.to_string_lossy()), message))
        })?;
        let whole = names.into_iter().filter(|name| !is_temporary(name));
        let yaml = whole.filter(|name| name.extension().is_some_and(|end| end == "yaml"));
        Ok(yaml.map(|name| directory.join(name)).filter(|path| self.source.is_file(path)).collect())
    }

    /// The one path of the two spellings that exists.
    fn one_of(
        &self,
        names: &[String; 2],
        exists: impl Fn(&Path) -> bool,
    ) -> Result<Option<PathBuf>, Box<Diagnostic>> {
        let [unicode, ascii] = names.each_ref().map(|name| self.directory.join(name));
        let (first, second) = (exists(&unicode), unicode != ascii && exists(&ascii));
        if first && second {
            let message = format!("{} and {} are the same zone", unicode.display(), ascii.display());
            let error = Diagnostic::error("two-spellings", Span::file(ascii.to_string_lossy()), message)
                .with_related(Span::file(unicode.to_string_lossy()), "the same name in Unicode")
                .with_help("keep one of them");
            return Err(Box::new(error));
        }
        Ok(if first { Some(unicode) } else { second.then_some(ascii) })
    }

    fn missing(&self, home: &Home) -> Diagnostic {
        let [name, ascii] = home.spellings().unwrap_or_default();
        // Where the name of a view ends, there is no dot.
        let zone = if ascii.contains(".!") { bare(&ascii) } else { &ascii };
        let message = format!("there is no file for the zone {zone}");
        let name = &format!("{name}yaml");
        let path = self.directory.join(name);
        let error = Diagnostic::error("no-zone-file", Span::file(path.to_string_lossy()), message);
        let there = self.source.list(&self.directory).unwrap_or_default();
        let there: Vec<&str> = there.iter().filter_map(|name| name.to_str()).collect();
        let is_meant = |there: &&&str| [name, &format!("{ascii}yaml")].contains(&&there.to_lowercase());
        if let Some(capital) = there.iter().find(is_meant) {
            let path = self.directory.join(capital);
            return error.with_help(format!(
                "{} is there, and names of zone files are in lower case: call it `{}`",
                path.display(),
                capital.to_lowercase()
            ));
        }
        match closest(name, there) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help(format!("expected `{}`", path.display())),
        }
    }

    /// The zones that have files here: `*.yaml` with at least two dots, and directories
    /// of split files. Names that are no domain names are left out.
    ///
    /// # Errors
    /// Whatever the source says.
    pub fn list_zones(&self) -> std::io::Result<Vec<Name>> {
        let mut zones: Vec<Name> = self
            .list_names()?
            .iter()
            .filter_map(|name| name.parse::<Name>().ok())
            .filter(|zone| !zone.is_root())
            .collect();
        zones.sort();
        zones.dedup();
        Ok(zones)
    }

    /// What the files here are called, without their ends: names of zones, and of views
    /// (`example.com.!internal`).
    ///
    /// # Errors
    /// Whatever the source says.
    pub fn list_names(&self) -> std::io::Result<Vec<String>> {
        let mut zones = Vec::new();
        for name in self.source.list(&self.directory)?.into_iter().filter(|name| !is_temporary(name)) {
            let path = self.directory.join(&name);
            let Some(text) = name.to_str() else { continue };
            let split = self.options.split_extension.as_deref().filter(|extension| !extension.is_empty());
            let bare = if let Some(bare) = split.and_then(|extension| text.strip_suffix(extension))
                && self.source.is_directory(&path)
            {
                bare
            } else if let Some(bare) = text.strip_suffix(".yaml")
                && bare.contains('.')
                && !self.options.disable_zone_file
                && self.source.is_file(&path)
            {
                bare
            } else {
                continue;
            };
            zones.push(bare.to_owned());
        }
        Ok(zones)
    }
}

fn is_temporary(name: &Path) -> bool {
    name.as_os_str().as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
}

fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Reads a zone from one file, whatever its name, and what it includes.
#[must_use]
pub fn read_file(source: &dyn Source, file: &Path, apex: &Name, options: &Options) -> ZoneRead {
    let mut loader = Loader::new(source);
    let declared = read::read(&mut loader, apex, options, &[file.to_path_buf()]);
    ZoneRead::of(loader, declared)
}

/// Reads a zone from one text, as if it were the file `file`; there is nothing to include.
#[must_use]
pub fn read_text(text: &str, file: &str, apex: &Name, options: &Options) -> ZoneRead {
    let source = MemorySource::new().with(file, text);
    let mut loader = Loader::new(&source);
    loader.order = options.order;
    let declared = read::read(&mut loader, apex, options, &[file.into()]);
    ZoneRead::of(loader, declared)
}
