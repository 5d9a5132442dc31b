//! Runs of the program.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{fmt, fs, thread};

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A run that has ended.
pub struct Ran {
    /// The exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// The signal that killed it.
    pub signal: Option<i32>,
    /// Data.
    pub out: String,
    /// Talk.
    pub err: String,
}

impl fmt::Debug for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit {:?} signal {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.signal, self.out, self.err
        )
    }
}

impl Ran {
    pub(super) fn of(command: Command) -> Self {
        let mut command = command;
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self::after(child)
    }

    fn after(child: Child) -> Self {
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        Self { code: status.code(), signal: status.signal(), out: text(stdout), err: text(stderr) }
    }

    /// Panics unless it ended with `code`.
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Panics unless stderr has each of these.
    #[track_caller]
    pub fn tells(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not told: {self:?}");
        }
        self
    }

    /// Panics unless stdout has each of these.
    #[track_caller]
    pub fn shows(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.out.contains(part), "`{part}` is not shown: {self:?}");
        }
        self
    }

    /// Panics when either stream has this.
    #[track_caller]
    pub fn never_says(&self, part: &str) -> &Self {
        assert!(!self.out.contains(part) && !self.err.contains(part), "`{part}` is said: {self:?}");
        self
    }

    /// Both streams.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// A run that stands at a gate.
pub struct Background {
    child: Option<Child>,
    gate: PathBuf,
}

impl Background {
    pub(super) fn until_paused(mut command: Command, gate: PathBuf) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut background = Self { child: Some(child), gate };
        let deadline = Instant::now() + PATIENCE;
        while !background.gate.exists() {
            if background.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                panic!("it ended before the point: {:?}", background.end());
            }
            assert!(Instant::now() < deadline, "it never came to the point");
            thread::sleep(Duration::from_millis(5));
        }
        background
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Opens the gate, so that it goes on.
    pub fn open(&self) {
        fs::remove_file(&self.gate).unwrap();
    }

    /// Opens the gate and waits for the end.
    pub fn finish(mut self) -> Ran {
        self.open();
        self.end()
    }

    /// Waits for the end.
    pub fn end(&mut self) -> Ran {
        Ran::after(self.child.take().unwrap())
    }

    /// Kills it where it stands.
    pub fn kill(mut self) -> Ran {
        self.child.as_mut().unwrap().kill().unwrap();
        let ran = self.end();
        let _ = fs::remove_file(&self.gate);
        ran
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
