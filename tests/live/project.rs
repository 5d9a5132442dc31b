//! A directory with `dnsure.yaml` and a zone file, and the program run in it.

use super::records::Records;
use super::running::Ran;
use super::{Account, ThrowAway};
use dnsure_kit::tell;
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;

/// A project for one zone.
pub struct Project<'a> {
    account: &'a Account,
    zone: &'a str,
    directory: tempfile::TempDir,
}

impl<'a> Project<'a> {
    /// `servers` are asked instead of those that the provider tells.
    pub fn new(account: &'a Account, zone: &'a ThrowAway<'_>, servers: &[SocketAddr]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut provider = account.provider.trim().to_owned();
        if !servers.is_empty() {
            let servers: Vec<String> = servers.iter().map(|addr| format!("{:?}", addr.to_string())).collect();
            let open = provider.strip_suffix('}').expect("a provider is written as {type: …}");
            provider = format!("{open}, servers: [{}]}}", servers.join(", "));
        }
        let text = format!(
            "providers:\n  main: {provider}\nzones:\n  directory: zones\n  {}: {{targets: [main]}}\n\
             guards: {{max_deletes: 100, max_delete_percent: 100}}\nverify: {}\n",
            zone.name, account.verify
        );
        fs::create_dir(directory.path().join("zones")).unwrap();
        fs::write(directory.path().join("dnsure.yaml"), text).unwrap();
        Self { account, zone: &zone.name, directory }
    }

    /// Writes the zone file.
    pub fn declare(&self, records: &Records) {
        fs::write(self.directory.path().join(format!("zones/{}yaml", self.zone)), records.yaml()).unwrap();
    }

    /// Runs the program; what it asked of the provider is told.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.account.command(env!("CARGO_BIN_EXE_dnsure"));
        command.current_dir(self.directory.path()).arg("--stats").args(arguments);
        let ran = Ran::from_command(command);
        let stats = ran.err.lines().find(|line| line.starts_with("main  ")).unwrap_or("main  not asked");
        let cloud = self.account.cloud.name();
        tell(&format!("{cloud}  dnsure {}: {}", arguments.join(" "), &stats["main  ".len()..]));
        ran
    }

    /// As [`Project::run`], of a command that leaves a receipt: all of it was done, and no answer was
    /// missing. Gives the receipt.
    #[track_caller]
    pub fn run_to_receipt(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--receipt", "receipt.json"]].concat();
        let ran = self.run(&arguments);
        ran.ends(0);
        let file = self.directory.path().join("receipt.json");
        let receipt: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        // The next one must be new.
        fs::remove_file(file).unwrap();
        let targets = receipt["targets"].as_array().unwrap();
        let number = |target: &Value, what: &str| target["watched"][what].as_u64().unwrap();
        assert_eq!(targets.len(), 1, "{ran:?}");
        assert_eq!(targets[0]["outcome"], "done", "{ran:?}");
        assert_eq!(number(&targets[0], "missing"), 0, "{ran:?}");
        assert!(
            targets[0]["servers"].as_array().unwrap().iter().any(|server| server["asked"] == true),
            "{ran:?}"
        );
        let missing = ran.out.lines().find(|line| line.starts_with("verified on")).unwrap_or("");
        tell(&format!("{}  {missing}", self.account.cloud.name()));
        receipt
    }

    /// Panics unless a new plan has no change.
    #[track_caller]
    pub fn assert_settled(&self) {
        let ran = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(ran.code, Some(0), "the second plan is not empty: {ran:?}");
    }

    /// Plans into `plan.json`.
    #[track_caller]
    pub fn plan(&self) -> Ran {
        let ran = self.run(&["plan", "--out", "plan.json", "--detailed-exitcode"]);
        ran.ends(2);
        ran
    }
}
