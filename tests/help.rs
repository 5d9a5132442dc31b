//! STYLE.md, as far as a machine can check it: help texts, messages, manual pages, completions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use clap::{Arg, Command, CommandFactory as _};
use dnsure::command::cli::Cli;
use dnsure::exit::ExitCode;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The first line of a command's help is no longer.
const LONGEST: usize = 90;

fn cli() -> Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

/// Every command below this one, itself too, without clap's own `help`.
fn all(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|command| command.get_name() != "help");
    std::iter::once(command).chain(below.flat_map(all)).collect()
}

fn words_of(command: &Command) -> Vec<String> {
    let arguments = command.get_arguments().flat_map(|arg| arg.get_long_help().or(arg.get_help()));
    let texts = command.get_about().into_iter().chain(command.get_long_about()).chain(arguments);
    texts.map(ToString::to_string).collect()
}

fn is_ours(arg: &Arg) -> bool {
    !["help", "version"].contains(&arg.get_id().as_str())
}

#[test]
fn every_command_option_and_value_has_a_help_text_in_the_same_form() {
    let cli = cli();
    let mut options = 0;
    for command in all(&cli) {
        let name = command.get_name();
        let about = command.get_about().unwrap_or_else(|| panic!("{name} has no help")).to_string();
        assert!(about.chars().count() <= LONGEST && !about.contains('\n'), "{name}: {about}");
        let whole_sentence = name == "dnsure";
        assert!(whole_sentence || !about.ends_with('.'), "{name}: {about}");
        assert!(about.starts_with(char::is_uppercase), "{name}: {about}");
        for arg in command.get_arguments().filter(|arg| is_ours(arg)) {
            let place = format!("{name} {}", arg.get_id());
            let help = arg.get_help().unwrap_or_else(|| panic!("{place} has no help")).to_string();
            assert!(!help.ends_with('.'), "{place}: {help}");
            assert!(help.starts_with(char::is_uppercase) || help.starts_with("dnsure"), "{place}: {help}");
            // The names of shells say all there is to say.
            for value in arg.get_possible_values() {
                let plain = ["true", "false"].contains(&value.get_name()) || arg.get_id() == "shell";
                assert!(plain || value.get_help().is_some(), "{place}={} has no help", value.get_name());
            }
            options += 1;
        }
        assert!(!command.is_hide_set(), "{name} is hidden");
    }
    assert!(options > 50, "{options}");
}

/// What no text that users read may hold.
const BANNED: &[&str] =
    &["can't", "won't", "isn't", "doesn't", "can not ", "ailed to ", "nable to ", "orry", "RRset", "(s) "];

#[test]
fn help_texts_use_the_words_of_the_style_guide() {
    let cli = cli();
    for command in all(&cli) {
        for text in words_of(command) {
            for banned in BANNED {
                assert!(!text.contains(banned), "{}: `{banned}` in: {text}", command.get_name());
            }
            assert!(!text.contains('!'), "{}: {text}", command.get_name());
        }
    }
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn messages_use_the_words_of_the_style_guide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for directory in ["src", "providers/src", "zones/src"] {
        sources(&root.join(directory), &mut files);
    }
    let mut wrong = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        // Tests come last in a file.
        let text = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") || !code.contains('"') {
                continue;
            }
            let please = code.contains("please") && !code.contains("please report this");
            if please || BANNED.iter().any(|banned| code.contains(banned)) {
                wrong.push(format!("{}:{}: {code}", file.display(), number + 1));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(files.len() > 200, "{}", files.len());
}

fn dnsure(arguments: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_dnsure")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn manual_pages_hold_every_command_exit_code_and_option() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("man");
    // A page may be a link to where the system keeps them: it stays one.
    std::fs::create_dir(&place).unwrap();
    std::fs::write(directory.path().join("elsewhere"), "").unwrap();
    std::os::unix::fs::symlink("../elsewhere", place.join("dnsure.1")).unwrap();
    dnsure(&["man", place.to_str().unwrap()]);
    let cli = cli();
    let main = dnsure(&["man"]);
    assert_eq!(std::fs::read_to_string(place.join("dnsure.1")).unwrap(), main);
    assert!(place.join("dnsure.1").is_symlink());
    for (code, _, meaning) in ExitCode::TABLE {
        assert!(main.contains(&format!("\\fB{}\\fR\n", *code as u8)), "{code:?}");
        assert!(main.replace("\\-", "-").replace("\\&.", ".").contains(meaning), "{meaning}");
    }
    for section in ["EXIT STATUS", "ENVIRONMENT", "FILES", "NO_COLOR", "dnsure\\&.yaml"] {
        assert!(main.contains(section), "{section}");
    }
    for command in all(&cli).into_iter().skip(1) {
        let page = std::fs::read_to_string(place.join(format!("dnsure-{}.1", command.get_name()))).unwrap();
        assert!(main.contains(&format!("dnsure\\-{}(1)", command.get_name())), "{}", command.get_name());
        for arg in command.get_arguments().filter(|arg| is_ours(arg)) {
            let Some(long) = arg.get_long() else { continue };
            assert!(page.contains(&long.replace('-', "\\-")), "{} --{long}", command.get_name());
        }
    }
}

#[test]
fn completions_name_every_command_and_shells_can_read_them() {
    let cli = cli();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = dnsure(&["completions", shell]);
        for command in all(&cli).into_iter().skip(1) {
            assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
        }
        assert!(script.contains("--stage-ttl") || script.contains("stage-ttl"), "{shell}");
    }
    let mut bash = std::process::Command::new("bash");
    let mut child = bash.arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), dnsure(&["completions", "bash"]).as_bytes())
        .unwrap();
    assert!(child.wait().unwrap().success());
}
