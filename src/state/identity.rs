//! Who writes: user, machine, process, CI run.

use ring::rand::{SecureRandom as _, SystemRandom};
use std::sync::OnceLock;

/// Tells this process from every other one, on any machine: names of machines and numbers of
/// processes are often the same in containers.
#[must_use]
pub fn nonce() -> &'static str {
    static NONCE: OnceLock<String> = OnceLock::new();
    NONCE.get_or_init(|| {
        let mut bytes = [0; 16];
        match SystemRandom::new().fill(&mut bytes) {
            Ok(()) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            // No randomness: the next best that differs.
            Err(_) => format!("{}-{}-{}", host(), std::process::id(), jiff::Timestamp::now().as_nanosecond()),
        }
    })
}

/// The boot of this machine and the processes that are seen here. Where two processes have the
/// same, one can tell whether the other still runs.
#[must_use]
pub fn machine() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), processes.display()))
}

/// When a process of this host began; `None` when there is no such process.
pub(super) fn process_began(pid: u32) -> Option<u64> {
    // The name in parentheses may hold anything; the 22nd field is the 20th after it.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// The user as locks and receipts name them.
#[must_use]
pub fn owner() -> String {
    ["DNSURE_OWNER", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|variable| std::env::var(variable).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".into())
}

/// The machine as locks name it.
#[must_use]
pub fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|text| text.trim().to_owned())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_else(|| "unknown".into())
}

/// The page of the CI run, where the environment tells.
#[must_use]
pub fn run_url() -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    variable("CI_JOB_URL").or_else(|| {
        let (server, repository, run) =
            (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?, variable("GITHUB_RUN_ID")?);
        Some(format!("{server}/{repository}/actions/runs/{run}"))
    })
}
