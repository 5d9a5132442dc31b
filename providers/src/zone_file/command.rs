//! Running what the configuration says, without a shell and without anybody's secrets.

use crate::http::shown;
use dnsure_zones::Name;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of its output is looked at.
const OUTPUT: u64 = 64 * 1024;
/// What commands are told of the environment: no variable that could hold a secret of a provider.
const ENVIRONMENT: [&str; 10] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSH_AUTH_SOCK"];

/// A program and its arguments, in which `{zone}` and `{file}` are put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    program: String,
    arguments: Vec<String>,
    patience: Duration,
}

impl CommandLine {
    /// The command of these words; `None` where there is none, or an empty program.
    #[must_use]
    pub fn new(words: Vec<String>) -> Option<Self> {
        let mut words = words.into_iter();
        let program = words.next().filter(|program| !program.is_empty())?;
        Some(Self { program, arguments: words.collect(), patience: PATIENCE })
    }

    /// The same, with another patience than a minute.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Whether the path of the file is among its arguments.
    #[must_use]
    pub fn names_the_file(&self) -> bool {
        self.arguments.iter().any(|argument| argument.contains("{file}"))
    }

    /// Whether the name of `zone` is among its arguments and holds what a shell would read as more than a
    /// name: words behind `ssh` or `sh -c` are read by one, however they were handed over.
    #[must_use]
    pub(super) fn would_spell(&self, zone: &Name) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
        self.arguments.iter().any(|argument| argument.contains("{zone}"))
            && !zone.to_string().bytes().all(is_plain)
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// One line that says what was run, how it ended and what it said.
    pub(super) async fn run(&self, zone: &Name, file: &Path, at: &Path) -> Result<(), String> {
        let text = zone.to_string();
        let name = if zone.is_root() { text.as_str() } else { text.strip_suffix('.').unwrap_or(&text) };
        let path = file.to_str().ok_or_else(|| format!("{}: its path is not UTF-8", file.display()))?;
        let filled: Vec<String> = self.arguments.iter().map(|word| filled(word, name, path)).collect();
        let what = spelled(&self.program, &filled);
        // A zone may be called like an option.
        if self
            .arguments
            .iter()
            .zip(&filled)
            .any(|(before, now)| now.starts_with('-') && before != now && !before.starts_with('-'))
        {
            return Err(format!("{what} was not run: {zone} would be taken for an option"));
        }
        let mut command = Command::new(&self.program);
        command.args(&filled).current_dir(at).kill_on_drop(true).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
        // Ctrl-C is for this program, which ends in good order.
        #[cfg(unix)]
        command.process_group(0);
        let started = Instant::now();
        let mut child = command.spawn().map_err(|error| format!("{what} could not be started: {error}"))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let ended = async { tokio::join!(child.wait(), words(err), words(out)) };
        let Ok((status, err, out)) = tokio::time::timeout(self.patience, ended).await else {
            return Err(format!("{what} did not end within {} s and was killed", self.patience.as_secs()));
        };
        let said: Vec<&str> =
            [&err, &out].into_iter().map(String::as_str).filter(|said| !said.is_empty()).collect();
        let said = said.join("; ");
        let status = status.map_err(|error| format!("{what}: {error}"))?;
        tracing::info!(command = %what, %status, took = ?started.elapsed(), %said);
        if status.success() {
            return Ok(());
        }
        let said = if said.is_empty() { "and said nothing".into() } else { format!("and said: {said}") };
        Err(format!("{what} ended with {status}, {said}"))
    }
}

/// As it stands in the configuration, on one harmless line.
impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spelled(&self.program, &self.arguments))
    }
}

/// A command as people read it.
fn spelled(program: &str, arguments: &[String]) -> String {
    let words: Vec<&str> = [program].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    shown(&format!("`{}`", words.join(" ")))
}

/// Both at once, so that nothing that was put in is taken for a place to put something.
fn filled(word: &str, zone: &str, file: &str) -> String {
    let parts: Vec<String> = word.split("{file}").map(|part| part.replace("{zone}", zone)).collect();
    parts.join(file)
}

/// What a stream says, on one line, made harmless; it is read to its end.
async fn words(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut bytes = Vec::new();
    // What cannot be read is not shown.
    let _ = (&mut stream).take(OUTPUT).read_to_end(&mut bytes).await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    shown(&lines.join("; "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn run(words: &[&str], zone: &str) -> Result<(), String> {
        let command = CommandLine::new(words.iter().map(|word| (*word).to_owned()).collect()).unwrap();
        let command = command.within(Duration::from_millis(300));
        command.run(&zone.parse().unwrap(), Path::new("/a/{zone}"), Path::new("/")).await
    }

    #[tokio::test]
    async fn a_command_says_what_was_run_and_what_it_said_on_one_harmless_line() {
        let script = "echo one; printf 'two\\033[2J\\n' >&2; exit 7";
        let error = run(&["sh", "-c", script, "{zone}", "{file}"], "a.example.").await.unwrap_err();
        assert!(error.ends_with("ended with exit status: 7, and said: two\\u{1b}[2J; one"), "{error}");
        assert!(error.contains("a.example /a/{zone}"), "{error}");
        assert_eq!(run(&["true"], "a.example.").await, Ok(()));
    }

    #[tokio::test]
    async fn a_command_that_hangs_or_is_not_there_is_an_error() {
        let hangs = run(&["sh", "-c", "sleep 60"], "a.example.").await.unwrap_err();
        assert!(hangs.contains("did not end within"), "{hangs}");
        let absent = run(&["/not/there"], "a.example.").await.unwrap_err();
        assert!(absent.contains("`/not/there` could not be started"), "{absent}");
    }

    #[tokio::test]
    async fn a_zone_is_never_taken_for_an_option_and_a_shell_sees_it_as_text() {
        let option = run(&["echo", "{zone}"], "-rf.example.").await.unwrap_err();
        assert!(option.contains("would be taken for an option"), "{option}");
        // As master files spell it.
        let spelt = r"\$\(id\).example";
        assert_eq!(run(&["test", "{zone}", "=", spelt], "$(id).example.").await, Ok(()));
        assert!(run(&["test", "{file}", "=", "/a/{zone}"], "a.").await.is_err());
    }

    #[test]
    fn names_that_a_shell_would_read_are_not_for_commands() {
        let says = |words: &[&str], zone: &str| {
            let command = CommandLine::new(words.iter().map(|word| (*word).to_owned()).collect()).unwrap();
            command.would_spell(&zone.parse().unwrap())
        };
        let reload = ["ssh", "ns1", "rndc", "reload", "{zone}"];
        for zone in ["x`reboot`.example.", "x|y.example.", "x&y.example.", "$(id).example."] {
            assert!(says(&reload, zone), "{zone}");
            assert!(!says(&["rndc", "reload"], zone), "{zone}");
        }
        for zone in ["example.com.", "_x-1.example.", "64/26.2.0.192.in-addr.arpa.", "."] {
            assert!(!says(&reload, zone), "{zone}");
        }
    }
}
