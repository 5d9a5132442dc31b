//! `dnsure init`.

use super::CommandError;
use super::asking::Asking;
use super::cli::{Global, InitArgs};
use super::import;
use super::output::Output;
use crate::config::{Config, ZoneId};
use crate::exit::ExitCode;
use crate::project::importing::{Found, Imported};
use crate::project::planning::PlanOptions;
use crate::project::{CONFIG_FILE, Project, ProjectError};
use crate::report::import_text::Told;
use crate::report::words;
use crate::starting::{KINDS, Kind, Need, Settings, config_text};
use crate::state::directory::rewrite_whole;
use dnsure_zones::Name;
use dnsure_zones::diagnostic::visible;
use dnsure_zones::source::MemorySource;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What git is told to leave out: the state directory.
const IGNORED: &str = ".dnsure/";
/// How many zones of an account are listed for somebody who chooses.
const LISTED: usize = 40;
/// What was typed may be the secret itself, and is not repeated.
const NO_VARIABLE: &str = "no variable of that name is set here; a secret itself is never written: stop with Ctrl-C, export it in a variable, and type that variable's name (or file:PATH)";

/// Connects a provider, checks it with a real call, writes `dnsure.yaml`, imports the chosen zones
/// and ends with an empty plan. Nothing is written before everything has been read and proved.
///
/// # Errors
/// [`CommandError`]; where nobody can be asked, one that shows the whole command.
pub async fn run(global: &Global, arguments: &InitArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let root = global.directory.as_path();
    let config = root.join(global.config.as_deref().unwrap_or(Path::new(CONFIG_FILE)));
    if config.exists() {
        return Err(CommandError::Usage(format!(
            "{} is there already: add providers and zones to it by hand (docs/configuration.md), and import with dnsure import ZONE --from PROVIDER",
            shown(&config)
        )));
    }
    let mut wish = Wish::of(global, arguments, output)?;
    let (project, mut imports) = match read(&mut wish, root).await {
        Ok(read) => read,
        // Nobody types it all once more for one answer that was wrong.
        Err(error) if wish.asking.may() => {
            let code = output.failure(&error);
            output.talk(&format!("hint: with your answers, to be mended and run:\n  {}", wish.line()));
            return Ok(code);
        }
        Err(error) => return Err(error),
    };
    let zones: Vec<ZoneId> = imports.iter().map(|(zone, ..)| zone.clone()).collect();
    if !wish.agree(&config, &imports)? {
        output.talk("nothing was written");
        return Ok(ExitCode::Done);
    }

    let text = config_text(&wish.provider, wish.kind.name, &wish.settings, &zones);
    rewrite_whole(&config, text.as_bytes()).map_err(ProjectError::from)?;
    for (zone, _, imported) in &mut imports {
        let mut destination = project.destination();
        destination.file = project.file_of(zone);
        destination.write(&zone.name, imported)?;
    }
    ignore_state(root)?;
    output.talk(&format!("wrote {}", shown(&config)));
    for (zone, found, imported) in &imports {
        import::tell(Told::of(&zone.name, found, imported, false), output);
    }
    let project = output.project(global)?;
    let changes = plan_is_empty(&project, output, &wish.provider, &zones).await?;
    if changes > 0 {
        return Err(CommandError::Project(ProjectError::Other(format!(
            "the zones were imported, and a plan now has {}: somebody else changes them; look at dnsure plan",
            words::count(changes, "change")
        ))));
    }
    for (zone, found, imported) in &imports {
        if let Some(line) = project.note_imported(zone, found, imported).await {
            output.warning(&line);
        }
    }
    if zones.is_empty() {
        output.talk(&format!(
            "next: write zones/example.com.yaml, and add to {} under `zones:`\n  example.com.: {{targets: [{}], create: true}}",
            shown(&config),
            visible(&wish.provider)
        ));
        return Ok(ExitCode::Done);
    }
    output.talk("next: change a file in zones/, then: dnsure plan --out plan.json && dnsure apply plan.json");
    Ok(ExitCode::Done)
}

/// Reads and proves everything that is to be written.
async fn read(
    wish: &mut Wish<'_>,
    root: &Path,
) -> Result<(Project, Vec<(ZoneId, Found, Imported)>), CommandError> {
    let project = Project::of(root, wish.config()?, wish.output.opened())?;
    let zones = wish.zones(&project).await?;
    wish.zones = zones.iter().map(ZoneId::to_string).collect();
    let mut imports = Vec::new();
    for zone in zones {
        let found = project.find(&zone.name, &wish.provider).await?;
        let mut destination = project.destination();
        destination.file = project.file_of(&zone);
        if let Some(file) = destination.in_the_way(&zone.name)?.first() {
            return Err(CommandError::Usage(format!(
                "{} is there already, and init replaces nothing: move it away and compare it with what init writes",
                visible(&file.to_string_lossy())
            )));
        }
        let imported = destination.prove(&found, false)?;
        imports.push((zone, found, imported));
    }
    Ok((project, imports))
}

/// The plan of what was written, read from disk as any later command reads it: how many targets
/// have something to change. What the provider only reads has no plan: the reason is told.
async fn plan_is_empty(
    project: &Project,
    output: &Output,
    provider: &str,
    zones: &[ZoneId],
) -> Result<usize, CommandError> {
    let planned = output.told(project, project.plan(zones, PlanOptions::default()).await)?;
    let backend = project.backend(provider).await?;
    let only_read = zones.iter().filter(|zone| backend.read_only(&zone.name).is_some()).count();
    if planned.failed.len() > only_read {
        return Err(super::plan::not_whole(&planned));
    }
    planned.failed.iter().for_each(|line| output.warning(line));
    Ok(planned.plan.targets.iter().filter(|target| !target.is_empty()).count())
}

/// A path as somebody types it.
fn shown(path: &Path) -> std::path::Display<'_> {
    path.strip_prefix(".").unwrap_or(path).display()
}

/// Adds the state directory to `.gitignore`, where it does not stand in it.
fn ignore_state(root: &Path) -> Result<(), CommandError> {
    let path = root.join(".gitignore");
    let wrong = |reason: String| CommandError::File { path: path.display().to_string(), reason };
    let mut text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let stands = |line: &str| line.trim().trim_matches('/') == IGNORED.trim_matches('/');
    if text.lines().any(stands) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("{IGNORED}\n"));
    rewrite_whole(&path, text.as_bytes()).map_err(|error| wrong(error.to_string()))
}

/// What is to be set up, as far as it is known.
struct Wish<'a> {
    kind: &'static Kind,
    provider: String,
    settings: Settings,
    zones: Vec<String>,
    yes: bool,
    asking: Asking<'a>,
    output: &'a Output,
}

impl<'a> Wish<'a> {
    fn of(global: &Global, arguments: &InitArgs, output: &'a Output) -> Result<Self, CommandError> {
        let asking = Asking::new(output, !arguments.yes);
        let mut settings = Settings::default();
        for pair in &arguments.set {
            settings.take(pair).map_err(|error| CommandError::Usage(error.to_string()))?;
        }
        let kind = kind(arguments.kind.as_deref(), &asking, output)?;
        let provider = arguments.provider.clone().unwrap_or_else(|| kind.name.to_owned());
        let zones = global.zones_with(&arguments.zones);
        let mut wish = Self { kind, provider, settings, zones, yes: arguments.yes, asking, output };
        let missing = |setting: &&crate::starting::Setting| !wish.settings.has(setting.key);
        let missing: Vec<_> = wish.kind.settings.iter().filter(missing).collect();
        if !wish.asking.may() {
            let must = |need: Need| matches!(need, Need::Required | Need::Secret);
            return match missing.iter().find(|setting| must(setting.need)) {
                Some(setting) => {
                    let what = format!("{} is missing", setting.key);
                    if wish.zones.is_empty() {
                        wish.zones.push("example.com".into());
                    }
                    Err(wish.incomplete(&what))
                }
                None => Ok(wish),
            };
        }
        for setting in missing {
            wish.ask_for(setting)?;
        }
        Ok(wish)
    }

    fn ask_for(&mut self, setting: &crate::starting::Setting) -> Result<(), CommandError> {
        let Self { asking, settings, .. } = self;
        match setting.need {
            Need::Secret => asking.until(setting.question, setting.example, |answer| {
                let variable = answer.strip_prefix("env:").unwrap_or(answer);
                let reference = if answer.starts_with("file:") {
                    answer.to_owned()
                } else if is_set(variable) {
                    format!("env:{variable}")
                } else {
                    return Err(NO_VARIABLE.into());
                };
                settings.put(setting.key, &reference).map_err(|error| error.to_string())
            }),
            Need::Required => {
                let question = format!("{}, as {}", setting.question, setting.example);
                asking.until(&question, "", |answer| match answer {
                    "" => Err("it cannot do without".into()),
                    answer => settings.put(setting.key, answer).map_err(|error| error.to_string()),
                })
            }
            Need::Optional | Need::Key => asking.until(setting.question, "", |answer| match answer {
                "" => Ok(()),
                answer => {
                    let variable = answer.split_once(":env:").map(|(_, variable)| variable);
                    match variable.filter(|variable| setting.need == Need::Key && !is_set(variable)) {
                        Some(_) => Err(NO_VARIABLE.into()),
                        None => settings.put(setting.key, answer).map_err(|error| error.to_string()),
                    }
                }
            }),
        }
    }

    /// The configuration with the provider and no zones, through the reader that every command uses.
    fn config(&self) -> Result<Config, CommandError> {
        let text = config_text(&self.provider, self.kind.name, &self.settings, &[]);
        let source = MemorySource::new().with(CONFIG_FILE, text);
        Config::load(&source, Path::new(CONFIG_FILE)).map_err(|found| {
            let found = found.iter().map(|error| {
                let help = error.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
                format!("{}{help}", error.message)
            });
            CommandError::Usage(found.collect::<Vec<_>>().join("\n"))
        })
    }

    /// Lists the zones of the account, which is also the proof that the credentials are good, and
    /// chooses among them.
    async fn zones(&mut self, project: &Project) -> Result<Vec<ZoneId>, CommandError> {
        let backend = project.backend(&self.provider).await?;
        let failed = |error| ProjectError::Backend { target: format!("provider {}", self.provider), error };
        let listed = backend.zones().await.map_err(failed)?;
        if let Some(listed) = &listed {
            let accepted = if self.kind.settings.is_empty() { "" } else { "the credentials are accepted; " };
            let count = words::count(listed.len(), "zone");
            self.output.talk(&format!("{}: {accepted}{count}", visible(&self.provider)));
        }
        let known = |zone: &Name| listed.as_ref().is_none_or(|listed| listed.contains(zone));
        let read = |text: &str| match text.parse::<ZoneId>() {
            Ok(zone) if known(&zone.name) => Ok(zone),
            Ok(zone) => Err(format!("{}: provider `{}` has no such zone", zone.name, self.provider)),
            Err(error) => Err(format!("`{text}` is no zone name: {error}")),
        };
        if !self.zones.is_empty() {
            let zones = self.zones.iter().map(|text| read(text)).collect::<Result<Vec<_>, _>>();
            let zones = zones.and_then(each_once);
            return zones.map_err(|why| CommandError::Project(ProjectError::Other(why)));
        }
        match listed.as_deref() {
            Some([]) => {
                self.output.talk("there is no zone to import");
                return Ok(Vec::new());
            }
            Some(listed) if self.asking.may() => {
                for zone in listed.iter().take(LISTED) {
                    self.output.talk(&format!("  {zone}"));
                }
                if listed.len() > LISTED {
                    self.output.talk(&format!("  and {} more", listed.len() - LISTED));
                }
            }
            _ => {}
        }
        if !self.asking.may() {
            let mut with_zones = listed.clone().unwrap_or_default();
            with_zones.truncate(3);
            self.zones = with_zones.iter().map(Name::to_string).collect();
            if self.zones.is_empty() {
                self.zones.push("example.com".into());
            }
            return Err(self.incomplete("no zone is named"));
        }
        let all = listed.clone().unwrap_or_default();
        let (question, default) = match all.as_slice() {
            [] => ("the zones to import, with spaces".to_owned(), String::new()),
            [only] => ("the zones to import".to_owned(), only.to_string()),
            _ => ("the zones to import, with spaces, or `all`".to_owned(), String::new()),
        };
        self.asking.until(&question, &default, |answer| match answer {
            "" => Err("name at least one, such as example.com".into()),
            "all" if !all.is_empty() => Ok(all.iter().cloned().map(ZoneId::from).collect()),
            answer => {
                let words = answer.split([' ', ',']).filter(|word| !word.is_empty());
                words.map(read).collect::<Result<Vec<_>, _>>().and_then(each_once)
            }
        })
    }

    /// Says what will be written, and whether it may be.
    fn agree(&self, config: &Path, imports: &[(ZoneId, Found, Imported)]) -> Result<bool, CommandError> {
        if self.yes {
            return Ok(true);
        }
        if !self.asking.may() {
            return Err(self.incomplete("--yes is missing"));
        }
        let files: Vec<String> = imports
            .iter()
            .flat_map(|(_, _, imported)| imported.files.iter().map(|(path, _)| path.display().to_string()))
            .collect();
        let all = [&[shown(config).to_string()], files.as_slice(), &[".gitignore".to_owned()]].concat();
        self.output.talk(&format!("to be written: {}", all.join(" ")));
        let answer = self.asking.line("write them? (yes or no)", "yes")?;
        Ok(matches!(answer.as_str(), "yes" | "y"))
    }

    /// The words for somebody who cannot be asked: what is missing, and the whole command.
    fn incomplete(&self, what: &str) -> CommandError {
        let line = self.line();
        CommandError::Usage(format!(
            "{what}, and nobody can be asked here; the whole command is, with your values:\n  {line} --yes"
        ))
    }

    /// The command with what is known, and examples of what is not.
    fn line(&self) -> String {
        let mut line = format!("dnsure init --type {}", self.kind.name);
        if self.provider != self.kind.name {
            line.push_str(&format!(" --provider {}", shell(&self.provider)));
        }
        for (key, value) in self.settings.pairs() {
            line.push_str(&format!(" --set {}", shell(&format!("{key}={value}"))));
        }
        for setting in self.kind.settings.iter().filter(|setting| !self.settings.has(setting.key)) {
            let value = match setting.need {
                Need::Optional | Need::Key => continue,
                Need::Required => setting.example.to_owned(),
                Need::Secret => format!("env:{}", setting.example),
            };
            line.push_str(&format!(" --set {}", shell(&format!("{}={value}", setting.key))));
        }
        for zone in &self.zones {
            line.push_str(&format!(" --zone {}", shell(zone)));
        }
        line
    }
}

/// The type that was named, else the one that somebody chooses.
fn kind(named: Option<&str>, asking: &Asking<'_>, output: &Output) -> Result<&'static Kind, CommandError> {
    let names = || KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    let unknown = |name: &str| format!("there is no provider type `{name}`; the types are {}", names());
    if let Some(name) = named {
        return Kind::named(name).ok_or_else(|| CommandError::Usage(unknown(name)));
    }
    if !asking.may() {
        return Err(CommandError::Usage(format!(
            "--type is missing, and nobody can be asked here; the types are {}; the whole command is, for PowerDNS:\n  dnsure init --type powerdns --set url=http://127.0.0.1:8081 --set api_key=env:PDNS_API_KEY --zone example.com --yes",
            names()
        )));
    }
    output.talk("where are the zones?");
    for (index, kind) in KINDS.iter().enumerate() {
        output.talk(&format!("  {:>2} {:<10} {}", index + 1, kind.name, kind.words));
    }
    asking.until("the type, by its number or name", "", |answer| {
        let by_number = answer.parse::<usize>().ok().and_then(|number| KINDS.get(number.checked_sub(1)?));
        by_number.or_else(|| Kind::named(answer)).ok_or_else(|| unknown(answer))
    })
}

/// The zones, each once. A provider holds one view of a name.
fn each_once(mut zones: Vec<ZoneId>) -> Result<Vec<ZoneId>, String> {
    let mut seen = BTreeSet::new();
    zones.retain(|zone| seen.insert(zone.clone()));
    let mut views: BTreeMap<&Name, &ZoneId> = BTreeMap::new();
    for zone in &zones {
        if let Some(other) = views.insert(&zone.name, zone) {
            return Err(format!(
                "{other} and {zone} are two views of one name, and one provider holds one of them: take one here, and add the other with its own provider to dnsure.yaml"
            ));
        }
    }
    Ok(zones)
}

/// Whether it is the name of a variable that is set here.
fn is_set(name: &str) -> bool {
    is_variable(name) && std::env::var_os(name).is_some()
}

/// Whether a shell would take it as the name of a variable.
fn is_variable(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.starts_with(|first: char| first.is_ascii_digit()) && !text.is_empty() && text.bytes().all(fine)
}

/// A word of a command line that can be copied and run.
fn shell(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
