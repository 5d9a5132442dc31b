//! The line at the bottom of a terminal that says how far something has come, and the `progress`
//! events of a stream.
//!
//! The line is drawn over itself on stderr, never in a pipe and never on a terminal that cannot go back
//! to the start of a line. Whatever else is printed takes it away first.

use super::output::Output;
use crate::progress::Status;
use crate::report::events::{self, Event};
use crate::report::progress_text::progress_text;
use jiff::Timestamp;
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What takes no longer is not shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two looks.
const LOOK: Duration = Duration::from_millis(200);
/// Looks between two events.
const LOOKS: u32 = 5;
/// The exit code of a program that Ctrl-C ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// The line, if there is one.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Whether something stands there.
    drawn: Mutex<bool>,
    /// Whether Ctrl-C is somebody else's.
    leaves_interrupts: AtomicBool,
}

impl Line {
    /// Whether there is a place for it.
    fn has_terminal() -> bool {
        let term = std::env::var_os("TERM");
        std::io::stderr().is_terminal() && term.is_some_and(|term| !term.is_empty() && term != "dumb")
    }

    /// Takes it away, does something, and lets nobody draw in between.
    pub(super) fn without<T>(&self, make: impl FnOnce() -> T) -> T {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *drawn) {
            let mut stderr = std::io::stderr();
            let _ = stderr.write_all(b"\r\x1b[2K").and_then(|()| stderr.flush());
        }
        make()
    }

    fn draw(&self, status: &Status) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0);
        // Where it is longer still, the rest of it would go on in the next line.
        let width = usize::from(width).saturating_sub(1);
        let text: String = progress_text(status, width).chars().take(width).collect();
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "\r\x1b[2K{text}").and_then(|()| stderr.flush());
        *drawn = true;
    }

    /// From now on, Ctrl-C is somebody else's.
    pub(super) fn leave_interrupts(&self) {
        self.leaves_interrupts.store(true, Ordering::Relaxed);
    }
}

/// Shows progress while a command runs, until the task is aborted.
pub(super) fn start(output: &Output) -> Option<tokio::task::JoinHandle<()>> {
    let on_terminal = Line::has_terminal();
    (on_terminal || output.prints_events()).then(|| tokio::spawn(show(output.clone(), on_terminal)))
}

async fn show(output: Output, on_terminal: bool) {
    let mut looks = 0_u32;
    let mut listens = false;
    loop {
        tokio::time::sleep(LOOK).await;
        looks = looks.wrapping_add(1);
        let status = output.progress().status(Timestamp::now()).filter(|status| status.since >= PATIENCE);
        let Some(status) = status else {
            output.line().without(|| ());
            continue;
        };
        if on_terminal {
            if !std::mem::replace(&mut listens, true) {
                tokio::spawn(clear_on_interrupt(output.clone()));
            }
            output.line().draw(&status);
        }
        if looks.is_multiple_of(LOOKS) {
            output.event(&event(&status));
        }
    }
}

fn event(status: &Status) -> Event {
    Event::Progress(events::Progress { activity: status.activity, done: status.done, of: status.of })
}

/// Ctrl-C ends the program as it would have without a line, and leaves none.
async fn clear_on_interrupt(output: Output) {
    if tokio::signal::ctrl_c().await.is_ok() && !output.line().leaves_interrupts.load(Ordering::Relaxed) {
        output.line().without(|| std::process::exit(INTERRUPTED));
    }
}
