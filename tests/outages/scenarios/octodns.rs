//! The same change by octoDNS, for comparison.

use super::stage::Stage;
use crate::lab::{Project, Ran, SECRET};
use std::process::Command;

/// Synchronises `zone_file` to the server of `project` with `octodns-sync --doit`; `None` where octoDNS is
/// not installed, which a test does not accept.
pub fn sync(stage: &Stage, project: &Project, zone_file: &str, more: &[&str]) -> Option<Ran> {
    let program = dnsure_kit::octodns_program("octodns-sync");
    let Some(program) = program else {
        assert!(!stage.is_test(), "octoDNS is missing; run tests/install");
        stage.note("octoDNS is not installed here (tests/install does it): its part is left out");
        return None;
    };
    let addr = project.host.addr();
    let directory = project.file("octodns");
    std::fs::create_dir_all(&directory).unwrap();
    project.write(&format!("octodns/{}yaml", project.zone), zone_file);
    let config = serde_json::json!({
        "manager": {"max_workers": 1},
        "providers": {
            "files": {"class": "octodns.provider.yaml.YamlProvider", "directory": directory, "enforce_order": false},
            "server": {
                "class": "octodns_bind.Rfc2136Provider", "host": addr.ip().to_string(), "port": addr.port(),
                "key_name": "ci.", "key_secret": SECRET, "key_algorithm": "hmac-sha256",
            },
        },
        "zones": {&project.zone: {"sources": ["files"], "targets": ["server"]}},
    });
    project.write("octodns.yaml", &config.to_string());
    let mut command = Command::new(program);
    command.args(["--config-file", "octodns.yaml", "--doit", "--quiet"]).args(more);
    Some(Ran::from_command(project.at_home(command)))
}
