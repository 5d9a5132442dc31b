//! Master files under real servers that load them when they are told; the foreign hand is an editor.

use crate::hosts::{Host, zone_file};
use crate::suite::ZONE;
use dnsure_kit::query::{Form, ask, name_wire, rtype};
use dnsure_kit::{Bind, Knot, Nsd, Server};
use dnsure_providers::Backend;
use dnsure_providers::zone_file::{
    CommandLine, FilePattern, SerialRule, ServerSoftware, ZoneFile, ZoneFileSettings,
};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a server may take to serve what it was told to load.
const LOADING: Duration = Duration::from_secs(30);

/// A server and the directory that it reads zones from.
pub(crate) struct FileHost {
    label: &'static str,
    server: Server,
    software: ServerSoftware,
    check: Option<&'static str>,
}

impl FileHost {
    pub(crate) fn on_bind() -> Self {
        let server = Bind::builder().static_files().zone(ZONE, zone_file()).start();
        let check = Some("named-checkzone -q -i local -k fail {zone} {file}");
        Self { label: "files on BIND", server, software: ServerSoftware::Bind, check }
    }

    pub(crate) fn on_nsd() -> Self {
        let server = Nsd::builder().zone(ZONE, zone_file()).start();
        let check = Some("nsd-checkzone {zone} {file}");
        Self { label: "files on NSD", server, software: ServerSoftware::Nsd, check }
    }

    pub(crate) fn on_knot() -> Self {
        let server = Knot::builder().zone(ZONE, zone_file()).start();
        Self { label: "files on Knot", server, software: ServerSoftware::Knot, check: None }
    }

    fn path(&self) -> PathBuf {
        self.server.zone_file(ZONE)
    }

    /// Edits the lines of the file as a person would, with a new serial, and waits until it is served.
    fn edit(&self, edit: impl FnOnce(&mut Vec<String>)) -> Result<(), String> {
        let text = std::fs::read_to_string(self.path()).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let soa = lines.iter_mut().find(|line| line.contains(" SOA ")).unwrap();
        let mut words: Vec<String> = soa.split_whitespace().map(str::to_owned).collect();
        let at = words.iter().position(|word| word == "SOA").unwrap() + 3;
        let serial: u32 = words[at].parse().unwrap();
        words[at] = (serial + 1).to_string();
        *soa = words.join(" ");
        edit(&mut lines);
        std::fs::write(self.path(), lines.join("\n") + "\n").unwrap();
        self.server.reload(ZONE);
        self.serves(serial + 1)
    }

    fn serves(&self, serial: u32) -> Result<(), String> {
        let until = Instant::now() + LOADING;
        loop {
            let soa =
                ask(self.server.addr(), &name_wire(ZONE), rtype::SOA, Form::Tcp, Duration::from_secs(5));
            let served = soa.ok().and_then(|soa| {
                let data = &soa.answer.first()?.rdata;
                Some(u32::from_be_bytes(*data.get(data.len().checked_sub(20)?..)?.first_chunk()?))
            });
            if served == Some(serial) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("serial {serial} is not served but {served:?}\n{}", self.server.log()));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn words(line: &str) -> Option<CommandLine> {
    CommandLine::new(line.split(' ').map(str::to_owned).collect())
}

impl Host for FileHost {
    fn label(&self) -> &str {
        self.label
    }

    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(ZoneFile::new(ZoneFileSettings {
            directory: self.server.directory().into(),
            pattern: FilePattern::default(),
            servers: self.servers(),
            serial: SerialRule::Date,
            check: self.check.and_then(words),
            reload: CommandLine::new(self.server.reload_command()),
            rewrite: false,
            software: self.software,
            working_directory: self.server.directory().into(),
        }))
    }

    fn servers(&self) -> Vec<SocketAddr> {
        vec![self.server.addr()]
    }

    /// A reload takes its time, and a hole then has time to be seen.
    fn answers(&self) -> u64 {
        200
    }

    fn rate(&self) -> u32 {
        4_000
    }

    fn put(&self, records: &[String]) -> Result<(), String> {
        self.edit(|lines| lines.extend(records.iter().cloned()))
    }

    fn plant_hole(&self, owner: &str) {
        let relative = owner.strip_suffix(ZONE).unwrap().trim_end_matches('.').to_owned();
        let mut taken = Vec::new();
        self.edit(|lines| {
            let is_it = |line: &String| line.starts_with(&relative) && line.ends_with("192.0.2.1");
            taken = lines.iter().filter(|line| is_it(line)).cloned().collect();
            lines.retain(|line| !is_it(line));
        })
        .unwrap();
        assert_eq!(taken.len(), 1, "{relative} is not in the file");
        std::thread::sleep(Duration::from_millis(20));
        self.edit(|lines| lines.extend(taken)).unwrap();
    }
}
