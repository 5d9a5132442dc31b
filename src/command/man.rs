//! `dnsure man`: manual pages from the definitions of the command line and the table of exit codes.

use super::CommandError;
use super::cli::{Cli, Global, ManArgs};
use super::output::Output;
use crate::exit::ExitCode;
use crate::state::directory::rewrite_whole;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use std::fmt::Write as _;
use std::path::Path;

/// What the environment says.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "No colours, where it is set; --color says otherwise"),
    ("TERM", "Where it is `dumb` or missing, no progress is drawn"),
    (
        "DNSURE_OWNER",
        "Who is named in locks, journals and receipts; else GITHUB_ACTOR, GITLAB_USER_LOGIN, USER",
    ),
    ("CI_JOB_URL", "The run that is named in them; else the page of a GitHub Actions run"),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The way to the APIs of providers"),
    (
        "any other",
        "Secrets stand in dnsure.yaml as env:VARIABLE; the clouds read the variables of their own tools",
    ),
];

/// What is read and written.
const FILES: &[(&str, &str)] = &[
    ("dnsure.yaml", "The configuration: providers, zones, guards"),
    ("zones/*.yaml", "The zone files, in octoDNS's format"),
    (".dnsure/", "Journals, receipts, locks and inventories, where no bucket keeps them"),
];

/// Prints the main page, or writes a page for each command into a directory.
///
/// # Errors
/// [`CommandError::File`].
pub fn run(global: &Global, arguments: &ManArgs, output: &Output) -> Result<ExitCode, CommandError> {
    let mut main = Cli::command();
    // What all commands take then stands with each of them.
    main.build();
    let Some(directory) = &arguments.pages else {
        output.bytes(&page(&main, None)?);
        return Ok(ExitCode::Done);
    };
    let directory = global.directory.join(directory);
    std::fs::create_dir_all(&directory).map_err(|error| failed(&directory, &error))?;
    let write = |name: &str, page: &[u8]| {
        let file = directory.join(format!("{name}.1"));
        rewrite_whole(&file, page).map_err(|error| failed(&file, &error))
    };
    write("dnsure", &page(&main, None)?)?;
    let mut pages = 1;
    for command in main.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("dnsure-{}", command.get_name());
        write(&name, &page(command, Some(&name))?)?;
        pages += 1;
    }
    output.talk(&format!("{pages} pages are in {0}; read one with: man {0}/dnsure.1", directory.display()));
    Ok(ExitCode::Done)
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> CommandError {
    CommandError::File { path: path.display().to_string(), reason: error.to_string() }
}

/// One page; `name` is that of a page that is not the main one.
fn page(command: &Command, name: Option<&str>) -> Result<Vec<u8>, CommandError> {
    // The exit codes have a section of their own.
    let command = command.clone().after_help(None::<&str>).after_long_help(None::<&str>);
    let command = match name {
        Some(name) => command.display_name(name.to_owned()),
        None => command,
    };
    let man = Man::new(command).manual("dnsure manual");
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| failed(Path::new("the manual page"), &error))?;
    let mut text = String::new();
    text.push_str(".SH \"EXIT STATUS\"\n");
    for (code, _, meaning) in ExitCode::TABLE {
        entry(&mut text, &(*code as u8).to_string(), meaning);
    }
    for (title, entries) in [("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)] {
        let _ = writeln!(text, ".SH {title}");
        for (what, meaning) in entries {
            entry(&mut text, what, meaning);
        }
    }
    if name.is_some() {
        text.push_str(".SH \"SEE ALSO\"\n\\fBdnsure\\fR(1)\n");
    }
    page.extend_from_slice(text.as_bytes());
    Ok(page)
}

/// A paragraph with something bold in front (man(7)).
fn entry(text: &mut String, what: &str, meaning: &str) {
    let plain = |words: &str| words.replace('\\', "\\e").replace('-', "\\-").replace('.', "\\&.");
    let _ = writeln!(text, ".TP\n\\fB{}\\fR\n{}", plain(what), plain(meaning));
}
