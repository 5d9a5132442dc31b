//! Data on stdout, talk on stderr.

use super::CommandError;
use super::cli::{Color, Format};
use super::masked::Masked;
use super::progress::Line;
use crate::exit::ExitCode;
use crate::progress::Progress;
use crate::project::{Backends, Project, ProjectError};
use crate::report::events::Event;
use crate::report::words;
use anstream::AutoStream;
use anstream::ColorChoice;
use dnsure_zones::diagnostic::{Diagnostic, Renderer, summary, visible};
use dnsure_zones::source::{DirectorySource, Source};
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Where everything is printed.
#[derive(Debug, Clone)]
pub struct Output {
    color: ColorChoice,
    format: Option<Format>,
    /// Whether the command prints events where JSON is asked for, and no document.
    streams: bool,
    opened: Backends,
    progress: Progress,
    line: Arc<Line>,
    /// Why stdout takes nothing more: nothing is put behind a gap.
    broken: Arc<Mutex<Option<io::Error>>>,
}

impl Output {
    /// Output with these options.
    #[must_use]
    pub fn new(color: Color, format: Option<Format>) -> Self {
        let color = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let (progress, line, broken) = (Progress::default(), Arc::default(), Arc::default());
        Self { color, format, streams: false, opened: Backends::default(), progress, line, broken }
    }

    /// The same for a command that prints events where JSON is asked for.
    #[must_use]
    pub fn streaming(self) -> Self {
        Self { streams: true, ..self }
    }

    /// Whether events are printed.
    #[must_use]
    pub fn prints_events(&self) -> bool {
        self.streams && self.format == Some(Format::Json)
    }

    /// Prints an event, where events are printed.
    pub fn event(&self, event: &Event) {
        if self.prints_events() {
            self.bytes(event.to_line().as_bytes());
        }
    }

    /// The form of stdout.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format.unwrap_or(Format::Text)
    }

    /// The form that was asked for, if any.
    #[must_use]
    pub fn asked_format(&self) -> Option<Format> {
        self.format
    }

    /// Whether a person may be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Whether a person looks on: steps of a run are told on a terminal only.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        std::io::stderr().is_terminal()
    }

    /// Where is counted how far things have come.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// Prints data.
    pub fn data(&self, text: &str) {
        self.print(AutoStream::new(io::stdout(), self.color), text.as_bytes());
    }

    /// Prints bytes as they are.
    pub fn bytes(&self, bytes: &[u8]) {
        self.print(io::stdout(), bytes);
    }

    fn print(&self, mut stdout: impl Write, bytes: &[u8]) {
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        if broken.is_none() {
            let written = self.line.without(|| stdout.write_all(bytes).and_then(|()| stdout.flush()));
            *broken = written.err();
        }
    }

    /// How a run ends that would end with `code`: with an error where stdout did not take everything,
    /// unless it ends with a worse one. A reader that has gone away (`| head`) is no error.
    #[must_use]
    pub fn printed(&self, code: ExitCode) -> ExitCode {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        match broken.as_ref() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => match code {
                ExitCode::Done | ExitCode::Changes => ExitCode::Error,
                worse => worse,
            },
            _ => code,
        }
    }

    /// Tells why stdout did not take everything, where it did not.
    pub fn tell_unprinted(&self) {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(error) = broken.filter(|error| error.kind() != io::ErrorKind::BrokenPipe) {
            let what = "stdout did not take everything, and what was printed is not whole";
            self.talk(&format!("{RED}error{RED:#}: {what}: {error}"));
        }
    }

    /// Tells the user something.
    pub fn talk(&self, text: &str) {
        self.line.without(|| {
            let mut stderr = AutoStream::new(std::io::stderr(), self.color);
            let _ = writeln!(stderr, "{text}");
        });
    }

    /// Writes the beginning of a line, for an answer to follow.
    pub fn prompt(&self, text: &str) {
        self.line.without(|| ());
        let mut stderr = AutoStream::new(std::io::stderr(), self.color);
        let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
    }

    /// Asks the user for a yes.
    #[must_use]
    pub fn ask(&self, question: &str) -> bool {
        self.prompt(&format!("{question} Only `yes` will be accepted: "));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
    }

    /// Tells the findings in files, with their source lines.
    pub fn diagnostics(&self, source: &dyn Source, diagnostics: &[Diagnostic]) {
        if diagnostics.is_empty() {
            return;
        }
        self.findings(source, diagnostics);
        self.talk(&summary(diagnostics));
    }

    /// Tells findings, where there are any.
    pub fn findings_if_any(&self, source: &dyn Source, diagnostics: &[Diagnostic]) {
        if !diagnostics.is_empty() {
            self.findings(source, diagnostics);
        }
    }

    /// Tells a failure and gives its exit code.
    #[must_use]
    pub fn failure(&self, error: &CommandError) -> ExitCode {
        let code = error.code();
        self.error(code, &error.to_string());
        code
    }

    /// Tells what went wrong with the whole, or with a part while the others go on: everything that
    /// the run ends with `code` for.
    pub fn error(&self, code: ExitCode, text: &str) {
        self.error_event(code, text);
        for line in text.lines() {
            // What is set in belongs to the line above it: a command to be copied, a list.
            if line.starts_with("  ") {
                self.talk(&visible(line));
                continue;
            }
            self.talk(&format!("{RED}error{RED:#}: {}", visible(line)));
        }
    }

    /// The providers that were opened.
    pub(super) fn opened(&self) -> Backends {
        Backends::clone(&self.opened)
    }

    /// Prints what went wrong as an event only, where people read it elsewhere. A command that prints a
    /// document has none to print then, and its stdout is the same as that of the others.
    pub fn error_event(&self, code: ExitCode, text: &str) {
        if self.format == Some(Format::Json) {
            let event = Event::Error { code: code.name(), message: text.to_owned() };
            self.bytes(event.to_line().as_bytes());
        }
    }

    /// Prints the last event of the stream.
    pub fn finished(&self, code: ExitCode, failed: bool) {
        if self.prints_events() || (failed && self.format == Some(Format::Json)) {
            self.bytes(Event::finished(code).to_line().as_bytes());
        }
    }

    /// Tells what stops nothing.
    pub fn warning(&self, text: &str) {
        self.event(&Event::Warning { message: text.to_owned() });
        self.talk(&format!("{YELLOW}warning{YELLOW:#}: {}", visible(text)));
    }

    /// Loads the project and tells what is wrong with its configuration.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub fn project(&self, global: &super::cli::Global) -> Result<Project, CommandError> {
        let opened = Backends::clone(&self.opened);
        let loaded = Project::load_into(&global.directory, global.config.as_deref(), opened);
        let loaded = loaded.map(|project| project.counting_in(self.progress.clone()));
        loaded.map_err(|error| {
            if let ProjectError::Files(diagnostics) = &error
                && let Ok(source) = DirectorySource::new(&global.directory)
            {
                self.findings(&Masked(source), diagnostics);
            }
            error.into()
        })
    }

    /// Tells what was asked of each provider's API, one line a provider.
    pub async fn stats(&self) {
        for (provider, backend) in self.opened.lock().await.iter() {
            if let Some(traffic) = backend.traffic() {
                self.talk(&format!("{provider}  {}", words::traffic(&traffic)));
            }
        }
    }

    /// Tells findings before the error that counts them.
    pub fn findings(&self, source: &dyn Source, diagnostics: &[Diagnostic]) {
        for found in diagnostics.iter().filter(|_| self.prints_events()) {
            self.event(&Event::finding(found));
        }
        let mut renderer = Renderer::coloured(source);
        self.talk(renderer.render_all(diagnostics).trim_end());
    }

    /// Passes a project's result on, telling findings in files first.
    ///
    /// # Errors
    /// The same error.
    pub fn told<T>(&self, project: &Project, result: Result<T, ProjectError>) -> Result<T, CommandError> {
        result.map_err(|error| {
            if let ProjectError::Files(diagnostics) = &error {
                self.findings(&project.source, diagnostics);
            }
            error.into()
        })
    }
}

/// For what went wrong.
pub const RED: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
/// For warnings.
pub const YELLOW: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();
