//! `dnsure import`.

use super::CommandError;
use super::cli::{Global, ImportArgs};
use super::export;
use super::output::Output;
use crate::config::{KeyConfig, SecretRef, ZoneId};
use crate::exit::ExitCode;
use crate::import::Holder;
use crate::project::importing::{Destination, Found};
use crate::project::{CONFIG_FILE, Project, ProjectError, open};
use crate::report::events::Event;
use crate::report::import_text::Told;
use crate::state::named::regular_file;
use dnsure_providers::axfr::{Axfr, AxfrSettings};
use dnsure_providers::{Backend as _, Live, Reading};
use dnsure_zones::source::{DirectorySource, Overlay, Source};
use dnsure_zones::{Name, master};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// Reads live zones and writes them as zone files, each proved to plan to nothing before it is
/// put in its place.
///
/// # Errors
/// [`CommandError`].
pub async fn run(global: &Global, arguments: &ImportArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let has_config = global.config.is_some() || global.directory.join(CONFIG_FILE).is_file();
    let project = if has_config || (arguments.axfr.is_none() && arguments.master.is_none()) {
        Some(output.project(global)?)
    } else {
        None
    };
    let mut destination = destination(global, arguments, project.as_ref())?;
    let prints = arguments.out.as_deref() == Some(Path::new("-"));
    let zones = zones(global, arguments, project.as_ref()).await?;
    if arguments.out.is_some() && zones.len() > 1 {
        return Err(CommandError::Usage("--out takes one zone: name one, or leave --out away".into()));
    }
    for id in &zones {
        let own = project.as_ref().and_then(|project| project.file_of(id));
        if own.is_some() && arguments.split {
            let why = "it is read from one file, and --split makes many";
            return Err(CommandError::Usage(format!("{id}: {why}")));
        }
        if let Some(project) = project.as_ref().filter(|_| arguments.out.is_none()) {
            if let Some(of) = project.alias_of(id) {
                return Err(CommandError::Usage(format!(
                    "{id} is an alias and has no file of its own, it shares that of {of}: import {of}, or write elsewhere with --out"
                )));
            }
            destination.made_from = output.told(project, project.declared_sources(id))?;
        }
        destination.file = arguments.out.clone().or(own);
        if !prints {
            if let Some(out) = &arguments.out {
                let path = destination.root.join(out);
                regular_file(&path).map_err(|error| CommandError::at(&path, &error))?;
            }
            destination.make_room(&id.name)?;
            if let Some(project) = project.as_ref().filter(|_| arguments.overwrite && arguments.out.is_none())
            {
                shared_by_none(project, id, &destination, output)?;
            }
        }
        let found = find(global, arguments, project.as_ref(), id, output).await?;
        let mut imported = destination.prove(&found, arguments.soa)?;
        if prints {
            for (_, text) in &imported.files {
                output.bytes(text.as_bytes());
            }
        } else {
            destination.write(&id.name, &mut imported)?;
        }
        // A file elsewhere is no target's.
        let project_here = project.as_ref().filter(|_| arguments.out.is_none());
        let targets = project_here.and_then(|project| project.config.zone(id));
        let targets = targets.map(|entry| entry.targets.as_slice()).unwrap_or_default();
        let told = Told::of(&id.name, &found, &imported, prints).for_targets(targets);
        if prints {
            output.talk(told.text().trim_end());
        } else {
            tell(told, output);
        }
        // What was printed, or written elsewhere, is declared nowhere, and a file is no target.
        let is_ours = arguments.out.is_none() && arguments.axfr.is_none() && arguments.master.is_none();
        if let Some(project) = project.as_ref().filter(|_| is_ours)
            && let Some(line) = project.note_imported(id, &found, &imported).await
        {
            output.warning(&line);
        }
        if let Some(hint) = hint(id, &found, project.as_ref(), arguments.split) {
            output.talk(&hint);
        }
    }
    Ok(ExitCode::Done)
}

/// Refuses to replace a file that other zones or views read too: it would say of them what is live here.
fn shared_by_none(
    project: &Project,
    id: &ZoneId,
    destination: &Destination<'_>,
    output: &Output,
) -> Result<(), CommandError> {
    let there = destination.in_the_way(&id.name)?;
    if there.is_empty() {
        return Ok(());
    }
    let readers = output.told(project, project.readers())?;
    let shared = there.iter().find_map(|file| Some((file, project.also_read_by(file, id, &readers)?)));
    match shared {
        None => Ok(()),
        Some((file, others)) => Err(CommandError::Project(ProjectError::Other(format!(
            "{id}: {} is also read by {others}, which would then be declared as {id} is live: write elsewhere with --out and compare, or give {id} a file of its own",
            file.display()
        )))),
    }
}

/// Says what became of every record set, as text or as an event.
pub(super) fn tell(told: Told, output: &Output) {
    if output.prints_events() {
        output.event(&Event::Imported(Box::new(told)));
    } else {
        output.data(&told.text());
    }
}

/// What is missing before the zone can be planned.
fn hint(id: &ZoneId, found: &Found, project: Option<&Project>, split: bool) -> Option<String> {
    match project {
        None if split => Some(format!(
            "hint: name the zone's provider in {CONFIG_FILE} (docs/configuration.md), with `split_extension: .` under `zones:`; without it the directory is not read"
        )),
        None => Some(format!(
            "hint: name the zone's provider in {CONFIG_FILE} (docs/configuration.md); where it serves the zone already, dnsure init writes both files at once, in a directory without them"
        )),
        Some(project) if project.config.zone(id).is_none() => {
            let provider = &found.holder.provider;
            let target = if project.config.providers.contains_key(provider) { provider } else { "PROVIDER" };
            Some(format!("hint: add to {CONFIG_FILE} under `zones:`\n  {id}: {{targets: [{target}]}}"))
        }
        Some(_) => None,
    }
}

fn destination<'p>(
    global: &'p Global,
    arguments: &ImportArgs,
    project: Option<&'p Project>,
) -> Result<Destination<'p>, CommandError> {
    let mut destination = match project {
        Some(project) => project.destination(),
        None => Destination::without_project(&global.directory),
    };
    if arguments.split && destination.options.split_extension.is_none() {
        return Err(CommandError::Usage(format!(
            "--split writes a directory that {CONFIG_FILE} does not have read: add `split_extension: .` under `zones:`"
        )));
    }
    destination.split = arguments.split;
    destination.overwrite = arguments.overwrite;
    Ok(destination)
}

/// The zones to import: those that are named, else the one of the master file.
async fn zones(
    global: &Global,
    arguments: &ImportArgs,
    project: Option<&Project>,
) -> Result<Vec<ZoneId>, CommandError> {
    let mut asked = global.zones_with(&arguments.zones);
    if let Some(file) = &arguments.master {
        asked.extend(arguments.origin.clone());
        if asked.is_empty() && file == Path::new("-") {
            return Err(CommandError::Usage("stdin has no name: name the zone, or add --origin ZONE".into()));
        }
        if asked.is_empty() {
            asked.push(zone_of_file(file));
        }
        if asked.len() > 1 {
            return Err(CommandError::Usage("a master file holds one zone: name one".into()));
        }
    }
    if asked.is_empty() {
        return Err(CommandError::Usage(which(arguments, project).await));
    }
    let name = |text: &String| {
        text.parse::<ZoneId>().map_err(|error| {
            let how = if arguments.master.is_some() { "; name the zone with --origin" } else { "" };
            CommandError::Usage(format!("`{text}` is no zone name: {error}{how}"))
        })
    };
    asked.iter().map(name).collect()
}

/// The zone that a master file is named after: `db.example.com`, `example.com.zone`, `example.com`.
fn zone_of_file(file: &Path) -> String {
    const ENDINGS: [&str; 5] = [".zone", ".db", ".dns", ".txt", ".master"];
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_prefix("db.").unwrap_or(&name);
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).to_owned()
}

/// Words for somebody who has named no zone, with the zones there are where the provider tells.
async fn which(arguments: &ImportArgs, project: Option<&Project>) -> String {
    const SHOWN: usize = 20;
    if let (Some(provider), Some(project)) = (&arguments.from, project)
        && let Ok(backend) = project.backend(provider).await
        && let Ok(Some(zones)) = backend.zones().await
        && !zones.is_empty()
    {
        let names: Vec<String> = zones.iter().take(SHOWN).map(Name::to_string).collect();
        let more = if zones.len() > SHOWN { ", …" } else { "" };
        return format!("say which zones; `{provider}` has {}{more}", names.join(", "));
    }
    "say which zones: dnsure import example.com --from PROVIDER".into()
}

async fn find(
    global: &Global,
    arguments: &ImportArgs,
    project: Option<&Project>,
    id: &ZoneId,
    output: &Output,
) -> Result<Found, CommandError> {
    let zone = &id.name;
    if let Some(file) = &arguments.master {
        return match file.as_path() == Path::new("-") {
            true => from_stdin(global, zone, output),
            false => from_master(&global.directory.join(file), zone, output),
        };
    }
    if let Some(server) = &arguments.axfr {
        return from_transfer(server, arguments.key.as_deref(), zone, &global.directory).await;
    }
    let Some(project) = project else {
        return Err(CommandError::Usage(
            "say where from: --from PROVIDER, --axfr SERVER or --master FILE".into(),
        ));
    };
    let provider = match &arguments.from {
        Some(provider) if project.config.providers.contains_key(provider) => provider.clone(),
        Some(provider) => return Err(no_provider(provider, project)),
        None => only_provider(project, id)?,
    };
    Ok(project.find(zone, &provider).await?)
}

fn no_provider(provider: &str, project: &Project) -> CommandError {
    let known: Vec<&str> = project.config.providers.keys().map(String::as_str).collect();
    CommandError::Usage(format!("there is no provider `{provider}`; the providers are {}", known.join(", ")))
}

/// The zone's only target, else the only provider there is.
fn only_provider(project: &Project, id: &ZoneId) -> Result<String, CommandError> {
    let targets = project.config.zone(id).map(|entry| entry.targets.as_slice()).unwrap_or_default();
    let providers: Vec<&String> = project.config.providers.keys().collect();
    match (targets, providers.as_slice()) {
        ([only], _) => Ok(only.clone()),
        ([], [only]) => Ok((*only).clone()),
        ([], several) => Err(which_provider(id, several.iter().map(|name| name.as_str()))),
        (several, _) => Err(which_provider(id, several.iter().map(String::as_str))),
    }
}

fn which_provider<'n>(id: &ZoneId, names: impl Iterator<Item = &'n str>) -> CommandError {
    let names: Vec<&str> = names.collect();
    CommandError::Usage(format!("{id}: say where from with --from: {}", names.join(", ")))
}

/// What stdin holds; `$INCLUDE` takes files below the directory of the project.
fn from_stdin(global: &Global, zone: &Name, output: &Output) -> Result<Found, CommandError> {
    const STDIN: &str = "stdin";
    let failed = |path: &str, error: std::io::Error| CommandError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text).map_err(|error| failed(STDIN, error))?;
    let root = global.directory.as_path();
    let below = DirectorySource::new(root).map_err(|error| failed(&root.display().to_string(), error))?;
    found_in(&Overlay::new(&below).with(STDIN, text), Path::new(STDIN), zone, output)
}

/// What a master file holds, `$INCLUDE` too.
fn from_master(path: &Path, zone: &Name, output: &Output) -> Result<Found, CommandError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let source = DirectorySource::new(directory).map_err(|error| CommandError::File {
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    found_in(&source, Path::new(path.file_name().unwrap_or_default()), zone, output)
}

fn found_in(source: &dyn Source, file: &Path, zone: &Name, output: &Output) -> Result<Found, CommandError> {
    let (read, found) = master::read(source, file, zone);
    export::tell(output, source, &found)?;
    let Some(zone) = read else {
        return Err(CommandError::Project(ProjectError::Files(found)));
    };
    let place = file.display().to_string();
    Ok(Found { zone, holder: Holder::stranger("file", None), place })
}

/// What a server gives by zone transfer.
async fn from_transfer(
    server: &str,
    key: Option<&str>,
    zone: &Name,
    root: &Path,
) -> Result<Found, CommandError> {
    let key = key.map(transfer_key).transpose()?;
    let address = open::address_of(server).await.map_err(|reason| {
        ProjectError::Other(format!(
            "{zone}: the server `{server}` of --axfr cannot be found ({reason}): name one that serves the zone, by host or address"
        ))
    })?;
    let key = match &key {
        Some(key) => Some(open::tsig_key("axfr", key, root)?),
        None => None,
    };
    let backend = Axfr::new(AxfrSettings { server: address, key, servers: Vec::new() });
    // The error names the server.
    let failed = |error| ProjectError::Backend { target: zone.to_string(), error };
    match backend.read(zone).await.map_err(failed)? {
        Reading::Live(Live { zone, .. }) => {
            let holder = Holder::stranger("axfr", Some(Arc::new(backend)));
            Ok(Found { zone, holder, place: address.to_string() })
        }
        Reading::Missing => {
            let server = address.to_string();
            Err(CommandError::Project(ProjectError::Other(format!("{zone}: {server} has no such zone"))))
        }
    }
}

/// `NAME:ALGORITHM:env:VARIABLE`, or `file:PATH` at its end. Never repeated: it may hold a secret.
fn transfer_key(text: &str) -> Result<KeyConfig, CommandError> {
    let wrong = |what: &str| {
        CommandError::Usage(format!(
            "--key {what}; write NAME:ALGORITHM:env:VARIABLE, as xfr.:hmac-sha256:env:XFR"
        ))
    };
    let mut parts = text.splitn(3, ':');
    let (Some(name), Some(algorithm), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong("has too few parts"));
    };
    let name = Name::parse(name, Some(&Name::root())).map_err(|_| wrong("does not begin with a name"))?;
    let algorithm = algorithm
        .parse()
        .map_err(|_| wrong("names no algorithm (hmac-sha256, hmac-sha384 or hmac-sha512)"))?;
    let secret =
        SecretRef::parse(secret).ok_or_else(|| wrong("takes a reference to the secret, never the secret"))?;
    Ok(KeyConfig { name, algorithm, secret })
}
