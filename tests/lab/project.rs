//! A directory with a configuration and zone files.

use super::running::{Background, Ran};
use super::{Host, apex};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// A project of `dnsure` for one zone at one server.
pub struct Project {
    pub host: Arc<Host>,
    pub zone: String,
    directory: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

impl Project {
    pub(super) fn new(host: Arc<Host>, zone: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("zones")).unwrap();
        let environment = [("LAB_SECRET", host.secret()), ("DNSURE_OWNER", "tester")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let project = Self { host, zone: zone.to_owned(), directory, environment };
        project.configure("", "");
        project
    }

    /// Writes `dnsure.yaml` anew with more entries of the zone (`, owns: zone`) and more lines.
    pub fn configure(&self, of_zone: &str, lines: &str) {
        let verify = if lines.contains("verify:") {
            ""
        } else {
            "verify: {samples: 1, deadline: 20s, write_deadline: 200ms}\n"
        };
        let text = format!(
            "providers:\n  main: {}\nzones:\n  directory: zones\n  {}: {{targets: [main]{of_zone}}}\n{verify}{lines}\n",
            self.host.provider(),
            self.zone,
        );
        self.write("dnsure.yaml", &text);
    }

    /// Writes the zone file: name servers, and these lines.
    pub fn declare(&self, lines: &str) {
        self.declare_only(&format!("{}{lines}\n", apex(&self.zone)));
    }

    /// Writes the zone file as it is.
    pub fn declare_only(&self, text: &str) {
        self.write(&self.zone_file(), text);
    }

    pub fn zone_file(&self) -> String {
        format!("zones/{}yaml", self.zone)
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Sets a variable for all runs to come.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// The program, ready to run in the project's directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg0("dnsure").args(arguments);
        self.at_home(command)
    }

    /// Any program, in the project's directory and environment.
    pub fn at_home(&self, mut command: Command) -> Command {
        command.current_dir(self.path()).stdin(Stdio::null()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs(&self.environment);
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments))
    }

    /// As [`Project::run`], with one more variable.
    pub fn run_with(&self, variable: (&str, &str), arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.env(variable.0, variable.1);
        Ran::of(command)
    }

    /// As [`Project::run`], with this on stdin.
    pub fn run_fed(&self, input: &str, arguments: &[&str]) -> Ran {
        Ran::fed(self.command(arguments), input)
    }

    /// Starts the program and lets it stop at the first point of this name (`before write`), as often
    /// as it was passed before.
    pub fn pause_at(&self, point: &str, arguments: &[&str]) -> Background {
        let mut command = self.command(arguments);
        let gate = self.file("gate");
        command.env("DNSURE_SABOTAGE_PAUSE_AT", point).env("DNSURE_SABOTAGE_GATE", &gate);
        Background::until_paused(command, gate)
    }

    /// Plans into `plan.json`.
    #[track_caller]
    pub fn plan(&self) -> Ran {
        let ran = self.run(&["plan", "--out", "plan.json"]);
        ran.ends(0);
        ran
    }

    /// Applies without a question.
    #[track_caller]
    pub fn apply(&self) -> Ran {
        let ran = self.run(&["apply", "--yes"]);
        ran.ends(0);
        ran
    }

    /// Panics unless a new plan has no change.
    #[track_caller]
    pub fn assert_settled(&self) {
        let ran = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(ran.code, Some(0), "the second plan is not empty: {ran:?}");
    }

    /// The zone as served; names without the zone's.
    pub fn snapshot(&self) -> Vec<String> {
        self.host.snapshot(&self.zone)
    }

    /// Whether the served zone has this line.
    pub fn serves(&self, line: &str) -> bool {
        self.snapshot().iter().any(|found| found == line)
    }

    /// A stranger's change; see [`Host::edit`]. Owners are relative to the zone.
    pub fn edit(&self, owner: &str, rtype: &str, records: &[&str]) {
        let owner = format!("{owner}.{}", self.zone);
        let records: Vec<String> = records.iter().map(|record| format!("{owner} {record}")).collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        self.host.edit(&self.zone, &owner, rtype, &records);
    }

    /// The files below `.dnsure/`, with their contents.
    pub fn state(&self) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        collect(&self.file(".dnsure"), &mut found);
        found
    }
}

/// The program; a program that plays its part when it is called `dnsure` where there is no other.
fn program() -> PathBuf {
    let built = option_env!("CARGO_BIN_EXE_dnsure").map(PathBuf::from);
    built.unwrap_or_else(|| std::env::current_exe().unwrap())
}

fn collect(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let bytes = fs::read(&path).unwrap_or_default();
            found.push((path, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}
