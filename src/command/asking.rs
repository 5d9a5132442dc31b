//! Questions to somebody at a terminal: one line each, on stderr, so that stdout stays data.

use super::CommandError;
use super::output::Output;
use std::io::{BufRead as _, IsTerminal as _};

/// Asks, or says that nobody is there.
#[derive(Debug)]
pub(super) struct Asking<'o> {
    output: &'o Output,
    may: bool,
}

impl<'o> Asking<'o> {
    /// Somebody is there when stdin is a terminal and questions are wanted.
    pub(super) fn new(output: &'o Output, may: bool) -> Self {
        Self { output, may: may && std::io::stdin().is_terminal() }
    }

    /// Whether somebody can be asked.
    pub(super) fn may(&self) -> bool {
        self.may
    }

    /// The answer to one question, without white space around it; empty where nothing was typed.
    ///
    /// # Errors
    /// When input ends.
    pub(super) fn line(&self, question: &str, default: &str) -> Result<String, CommandError> {
        let default_shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        self.output.prompt(&format!("{question}{default_shown}: "));
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        match read {
            Ok(0) | Err(_) => {
                self.output.talk("");
                Err(CommandError::Usage("input ended; nothing was written".into()))
            }
            Ok(_) if answer.trim().is_empty() => Ok(default.to_owned()),
            Ok(_) => Ok(answer.trim().to_owned()),
        }
    }

    /// Asks until `read` takes the answer.
    ///
    /// # Errors
    /// When input ends.
    pub(super) fn until<T>(
        &self,
        question: &str,
        default: &str,
        mut read: impl FnMut(&str) -> Result<T, String>,
    ) -> Result<T, CommandError> {
        loop {
            match read(&self.line(question, default)?) {
                Ok(answer) => return Ok(answer),
                Err(why) => self.output.talk(&why),
            }
        }
    }
}
