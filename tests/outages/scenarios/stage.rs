//! Where an outage is played: projects, runs of the program, witnesses, and the voice that tells.

use super::voice::{print, quote, say};
use super::watching::Watching;
use super::{Outage, Verdict, must};
use crate::lab::{Host, Project, Ran};
use dnsure_kit::query::{name_wire, rtype};
use dnsure_kit::{Form, ask, tell};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

/// How long the program waits for servers that lie.
pub const SHORT: &str = "verify: {samples: 1, deadline: 4s, write_deadline: 200ms}";

/// The stage of one play.
pub struct Stage {
    name: &'static str,
    aloud: bool,
    off: Option<String>,
    step: Cell<u32>,
}

impl Stage {
    /// For tests: only counts are told.
    pub fn quiet(outage: &Outage, off: Option<&str>) -> Self {
        Self { name: outage.name, aloud: false, off: off.map(str::to_owned), step: Cell::new(0) }
    }

    /// For people.
    pub fn aloud(outage: &Outage, off: Option<&str>) -> Self {
        Self { aloud: true, ..Self::quiet(outage, off) }
    }

    /// Whether tests play here.
    pub fn is_test(&self) -> bool {
        !self.aloud
    }

    /// Whether a guard is off: what only shows more is then left out.
    pub fn is_sabotaged(&self) -> bool {
        self.off.is_some()
    }

    /// Begins a numbered step.
    pub fn step(&self, text: &str) {
        self.step.set(self.step.get() + 1);
        if self.aloud {
            print("");
            say(&format!("{:>2}. ", self.step.get()), text);
        }
    }

    /// Says one thing more about a step.
    pub fn note(&self, text: &str) {
        if self.aloud {
            say("    ", text);
        }
    }

    /// Says a result of the prober, or any other that was measured: in tests too.
    pub fn counts(&self, line: &str) {
        if self.aloud {
            say("    ", line);
        } else {
            let off = self.off.as_ref().map(|off| format!(" (without {off})")).unwrap_or_default();
            tell(&format!("{}{off}: {line}", self.name));
        }
    }

    /// A project for `zone` at `host`.
    pub fn project(&self, host: &Arc<Host>, zone: &str) -> Project {
        let mut project = host.project(zone);
        if let Some(off) = &self.off {
            project.set("DNSURE_SABOTAGE_OFF", off);
        }
        project
    }

    /// Runs the program and shows what it printed.
    pub fn run(&self, project: &Project, arguments: &[&str]) -> Ran {
        let ran = project.run(arguments);
        self.show(arguments, &ran);
        ran
    }

    /// Shows a run.
    pub fn show(&self, arguments: &[&str], ran: &Ran) {
        if !self.aloud {
            return;
        }
        print(&format!("     $ dnsure {}", arguments.join(" ")));
        quote(&ran.all());
        print(&format!("     | exit {}", ran.code.map_or("by a signal".into(), |code| code.to_string())));
    }

    /// Asks every server of `host` for `names` from now on.
    pub fn watch(&self, host: &Host, names: &[(&str, u16)]) -> Watching<'_> {
        let servers: Vec<_> = host.servers().into_iter().map(|(_, addr)| addr).collect();
        Watching::start(self, &servers, names)
    }

    /// What each server answers.
    pub fn show_answers(&self, host: &Host, name: &str, rtype: u16) {
        let lines = answers(host, name, rtype);
        self.note(&format!("{name} {}: {}", rtype::text(rtype), lines.join("   ")));
    }
}

/// What each server of `host` answers: `BIND: 60 A 192.0.2.10`, `NSD: NXDOMAIN`.
pub fn answers(host: &Host, name: &str, rtype: u16) -> Vec<String> {
    let one = |(kind, addr)| {
        let answer = ask(addr, &name_wire(name), rtype, Form::Udp, Duration::from_secs(5)).unwrap();
        let said = match (answer.rcode, answer.texts()) {
            (0, texts) if texts.is_empty() => "NODATA".to_owned(),
            (0, texts) => texts.join(" + "),
            (3, _) => "NXDOMAIN".to_owned(),
            (rcode, _) => format!("rcode {rcode}"),
        };
        format!("{kind}: {said}")
    };
    host.servers().into_iter().map(one).collect()
}

/// Every server of `host` answers `wanted` (`60 A 192.0.2.10`).
pub fn everywhere(host: &Host, name: &str, rtype: u16, wanted: &str) -> Verdict {
    one_of(host, name, rtype, &[wanted])
}

/// Every server of `host` answers the same, and it is one of `wanted`.
pub fn one_of(host: &Host, name: &str, rtype: u16, wanted: &[&str]) -> Verdict {
    let answers = answers(host, name, rtype);
    let fits = |wanted: &&str| {
        answers.iter().all(|one| one.split_once(": ").is_some_and(|(_, said)| said == *wanted))
    };
    must(wanted.iter().any(fits), || {
        format!("{name} should be {}: {}", wanted.join(" or "), answers.join(", "))
    })
}

/// The zone is served as it was.
pub fn unchanged(host: &Host, zone: &str, before: &[Vec<String>]) -> Verdict {
    let now = host.snapshots(zone);
    let kinds = host.servers();
    for ((before, now), (kind, _)) in before.iter().zip(&now).zip(kinds) {
        let lost: Vec<&String> = before.iter().filter(|line| !now.contains(line)).collect();
        let gained: Vec<&String> = now.iter().filter(|line| !before.contains(line)).collect();
        must(lost.is_empty() && gained.is_empty(), || {
            format!("the zone is another one at {kind}: lost {lost:?}, gained {gained:?}")
        })?;
    }
    Ok(())
}

/// The run ended with this code.
pub fn ends(ran: &Ran, code: i32) -> Verdict {
    must(ran.code == Some(code), || format!("exit {code} was wanted: {ran:?}"))
}

/// The run tells all of this.
pub fn tells(ran: &Ran, parts: &[&str]) -> Verdict {
    let all = ran.all();
    for part in parts {
        must(all.contains(part), || format!("`{part}` is not told: {ran:?}"))?;
    }
    Ok(())
}

/// The addresses of the servers of these kinds.
pub fn addresses(host: &Host, kinds: &[&str]) -> Vec<String> {
    let servers = host.servers().into_iter().filter(|(kind, _)| kinds.contains(kind));
    servers.map(|(_, addr)| addr.to_string()).collect()
}

/// Nothing of a run is left: no open journal, no lock.
pub fn nothing_left(project: &Project) -> Verdict {
    tells(&project.run(&["apply", "--resume"]), &["no run was interrupted"])?;
    tells(&project.run(&["unlock"]), &["no target is locked"])
}
