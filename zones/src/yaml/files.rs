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

/// octoDNS's default TTL.
pub const DEFAULT_TTL: Ttl = match Ttl::from_secs(3600) {
    Ok(ttl) => ttl,
    Err(_) => Ttl::MAX,
};

/// What reading a zone gave.
#[derive(Debug)]
pub struct ZoneRead {
    /// The zone; `None` when there is an error anywhere in its files.
    pub declared: Option<Declared>,
    /// Everything found, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files read, includes too.
    pub files: Vec<PathBuf>,
}

impl ZoneRead {
    /// Whether an error was found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    fn of(loader: Loader<'_>, declared: Option<Declared>) -> Self {
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
    pub(super) fn is_split(&self, directory: &Path, apex: &Name) -> bool {
        let Some(extension) = &self.options.split_extension else { return false };
        let spellings = spellings(apex);
        spellings.iter().any(|name| directory == self.directory.join(format!("{}{extension}", bare(name))))
    }

    /// Reads the zone at `apex` from all its files.
    #[must_use]
    pub fn read(&self, apex: &Name) -> ZoneRead {
        let mut loader = Loader::new(self.source);
        loader.order = self.options.order;
        let files = match self.files_of(apex) {
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
        let mut files = Vec::new();
        let spellings = spellings(apex);
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
        if files.is_empty() {
            return Err(Box::new(self.missing(apex, &names[0])));
        }
        if let Some(shared) = &self.options.shared_file {
            files.push(self.directory.join(shared));
        }
        files.sort();
        Ok(files)
    }

    fn split_files(&self, directory: &Path) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
        let names = self.source.list(directory).map_err(|error| {
            let message = format!("cannot list {}: {error}", directory.display());
            Box::new(Diagnostic::error("unreadable", Span::file(directory.to_string_lossy()), message))
        })?;
        let yaml = names.into_iter().filter(|name| name.extension().is_some_and(|end| end == "yaml"));
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

    fn missing(&self, apex: &Name, name: &str) -> Diagnostic {
        let path = self.directory.join(name);
        let message = format!("there is no file for the zone {apex}");
        let error = Diagnostic::error("no-zone-file", Span::file(path.to_string_lossy()), message);
        let there = self.source.list(&self.directory).unwrap_or_default();
        let there: Vec<&str> = there.iter().filter_map(|name| name.to_str()).collect();
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
        let mut zones = Vec::new();
        for name in self.source.list(&self.directory)? {
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
            if let Ok(zone) = bare.parse::<Name>()
                && !zone.is_root()
            {
                zones.push(zone);
            }
        }
        zones.sort();
        zones.dedup();
        Ok(zones)
    }
}

/// The file names of a zone without their ends: in Unicode and in ASCII, both lower case.
fn spellings(apex: &Name) -> [String; 2] {
    let lower = apex.to_lower();
    [lower.to_unicode(), lower.to_string()]
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
