//! Runs of the program.

use std::io::Write as _;
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
    /// Runs any command to its end.
    pub fn from_command(command: Command) -> Self {
        Self::of(command)
    }

    pub(super) fn of(command: Command) -> Self {
        let mut command = command;
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self::after(child)
    }

    /// Runs any command to its end, with this on stdin.
    pub(super) fn fed(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
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

    /// The events on stdout; panics unless each line is one and the last says how it ended.
    #[track_caller]
    pub fn events(&self) -> Vec<serde_json::Value> {
        let event =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let events: Vec<serde_json::Value> = self.out.lines().map(event).collect();
        let last = events.last().unwrap_or_else(|| panic!("no event: {self:?}"));
        assert_eq!(last["event"], "finished", "{self:?}");
        assert_eq!(last["exit"]["code"].as_i64(), self.code.map(i64::from), "{self:?}");
        events
    }

    /// The only event of this kind.
    #[track_caller]
    pub fn event(&self, kind: &str) -> serde_json::Value {
        let mut events = self.events();
        events.retain(|event| event["event"] == kind);
        assert_eq!(events.len(), 1, "{kind}: {self:?}");
        events.remove(0)
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
    talk: PathBuf,
}

impl Background {
    pub(super) fn until_paused(mut command: Command, gate: PathBuf) -> Self {
        // Into a file, so that it can be read while the program runs.
        let talk = gate.with_extension("talk");
        let file = fs::File::create(&talk).unwrap();
        let child = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut background = Self { child: Some(child), gate, talk };
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
        let mut ran = Ran::after(self.child.take().unwrap());
        ran.err = fs::read_to_string(&self.talk).unwrap();
        ran
    }

    /// Presses Ctrl-C and waits until the program has said so.
    pub fn interrupt(&self, heard: &str) {
        let status = Command::new("kill").args(["-INT", &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
        let deadline = Instant::now() + PATIENCE;
        while !fs::read_to_string(&self.talk).unwrap().contains(heard) {
            assert!(Instant::now() < deadline, "it does not hear Ctrl-C");
            thread::sleep(Duration::from_millis(5));
        }
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
