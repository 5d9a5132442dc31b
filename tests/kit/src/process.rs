//! Child processes that never outlive the test process.
//!
//! Each daemon runs under `setpriv --pdeathsig KILL` in its own process group. The kernel sends that
//! signal when the *thread* that started the child ends, so one thread that lives as long as the
//! process starts them all.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// A program with its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

impl Launch {
    pub(crate) fn new<const N: usize>(program: &str, arguments: [&str; N]) -> Launch {
        Launch {
            program: find(program),
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
        }
    }
}

/// The full path of a program, also from the directories that users' PATHs often lack.
///
/// Panics, naming `tests/install`, when it is not there.
pub(crate) fn find(program: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("{program} is not installed; run tests/install"))
}

/// A running daemon, killed with its whole process group on drop.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
}

impl Daemon {
    /// Starts a daemon in `directory`; what it prints is appended to `log`.
    pub(crate) fn start(launch: &Launch, directory: &Path, log: &Path) -> io::Result<Daemon> {
        let output = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(find("setpriv"));
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(&launch.program)
            .args(&launch.arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Daemon { child: spawn(command)? })
    }

    /// The exit status if it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal (`TERM`, `STOP`, `CONT`, `KILL` …) to the whole group.
    pub(crate) fn signal(&self, signal: &str) {
        let script = format!("kill -s {signal} -- -{}", self.child.id());
        let _ = Command::new("/bin/sh").args(["-c", &script]).stderr(Stdio::null()).status();
    }

    /// Freezes the whole group and waits until every thread of it stands still.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
        let deadline = Instant::now() + Duration::from_secs(5);
        while !group_stands_still(self.child.id()) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Asks it to end and waits a while; what remains is killed on drop.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        self.signal("CONT");
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.ended().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.signal("KILL");
        let _ = self.child.kill();
        // Not `wait`; see `finish`.
        while let Ok(None) = self.child.try_wait() {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Whether all threads of all processes in a group are stopped, according to `/proc`.
fn group_stands_still(group: u32) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let members = processes.map(|entry| entry.path()).filter(|path| {
        let stat = fs::read_to_string(path.join("stat")).unwrap_or_default();
        stat_fields(&stat).nth(2) == Some(group.to_string().as_str())
    });
    let threads = members.flat_map(|path| fs::read_dir(path.join("task")).into_iter().flatten().flatten());
    threads
        .map(|entry| fs::read_to_string(entry.path().join("stat")).unwrap_or_default())
        .all(|stat| matches!(stat_fields(&stat).next(), Some("T" | "Z" | "X") | None))
}

/// The fields of a `/proc` stat line after the program's name: state, parent, group …
fn stat_fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace()
}

type Order = (Command, Sender<io::Result<Child>>);

fn spawn(command: Command) -> io::Result<Child> {
    static SPAWNER: OnceLock<Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, orders) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in orders {
                let _ = reply.send(command.spawn());
            }
        });
        sender
    });
    let (reply, child) = mpsc::channel();
    spawner.send((command, reply)).map_err(io::Error::other)?;
    child.recv().map_err(io::Error::other)?
}

/// Runs a tool to its end with `input` on its standard input; standard output, or everything it said
/// when it failed.
pub(crate) fn run(
    program: &str,
    arguments: &[&str],
    directory: &Path,
    input: &str,
) -> Result<String, String> {
    use std::io::Write as _;
    let mut child = Command::new(find(program))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let stdin = child.stdin.take();
    let input = input.to_owned();
    let writer = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
    let output = finish(child).map_err(|error| format!("{program}: {error}"))?;
    let _ = writer.join();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} {}: {}\n{text}{errors}", arguments.join(" "), output.status))
}

/// As `wait_with_output`, but reaps the child a moment after it closed its output. A parent that waits
/// in the kernel while the last threads of the child are dying spins there until they are gone, which
/// takes many times the child's own run time when all cores are busy.
pub(crate) fn finish(mut child: Child) -> io::Result<Output> {
    let errors = child.stderr.take();
    let errors = thread::spawn(move || read_all(errors));
    let stdout = read_all(child.stdout.take())?;
    let stderr = errors.join().unwrap_or_else(|_| Err(io::Error::other("reader panicked")))?;
    loop {
        thread::sleep(Duration::from_millis(2));
        if let Some(status) = child.try_wait()? {
            return Ok(Output { status, stdout, stderr });
        }
    }
}

fn read_all(source: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut source) = source {
        source.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
