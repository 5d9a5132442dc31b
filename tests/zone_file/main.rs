//! Master files with the program as it is used: written, checked, loaded by real servers, broken off anywhere,
//! and edited by people.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod breaking;
mod by_hand;
#[path = "../lab/mod.rs"]
mod lab;
mod reading_only;
mod running;

use dnsure_kit::prober::{Prober, Settings};
use dnsure_kit::query::rtype;
use dnsure_kit::{Bind, Knot, Nsd, Server, zone_text};
use lab::{Host, Project, ZONE};
use std::path::PathBuf;
use std::sync::Arc;

const BEFORE: &str =
    "www 300 A 192.0.2.10\nshop 300 A 192.0.2.11\nold 300 A 192.0.2.13\nstays 300 TXT \"here\"";

/// A value, a swap of types, an addition, a removal.
const AFTER: &str = "www: {type: A, ttl: 300, value: 192.0.2.20}\n\
                     shop: {type: CNAME, ttl: 300, value: www.example.test.}\n\
                     new: {type: A, ttl: 300, value: 192.0.2.15}\n\
                     stays: {type: TXT, ttl: 300, value: here}";

const STAYS: [(&str, u16); 4] = [
    ("www.example.test.", rtype::A),
    ("shop.example.test.", rtype::A),
    ("stays.example.test.", rtype::TXT),
    ("example.test.", rtype::NS),
];

/// A server, the directory that it reads zones from, and a project that writes there.
struct Site {
    project: Project,
    server: Arc<Server>,
}

fn bind(text: &str) -> Server {
    Bind::builder().static_files().zone(ZONE, text).start()
}

fn nsd(text: &str) -> Server {
    Nsd::builder().zone(ZONE, text).start()
}

fn knot(text: &str) -> Server {
    Knot::builder().zone(ZONE, text).start()
}

impl Site {
    /// With [`BEFORE`] in the zone, as a plain file, and [`AFTER`] declared.
    fn new(start: fn(&str) -> Server) -> Self {
        Self::on(start(&zone_text(ZONE, BEFORE)))
    }

    fn on(server: Server) -> Self {
        let server = Arc::new(server);
        let host = Host::cloud("{}".into(), "a secret of a provider", vec![Arc::clone(&server)]);
        let site = Self { project: host.project(ZONE), server };
        site.configure("");
        site.project.declare(AFTER);
        site
    }

    /// Writes `dnsure.yaml` with more settings of the provider, such as `, check: [...]`.
    fn configure(&self, settings: &str) {
        let reload = if settings.contains("reload:") {
            String::new()
        } else {
            format!(", reload: {:?}", self.server.reload_command())
        };
        let text = format!(
            "providers:\n  main: {{type: zone-file, directory: {directory:?}, servers: [\"{addr}\"]{reload}{settings}}}\n  \
             other: {{type: panel, url: \"http://127.0.0.1:1\", token: \"env:LAB_SECRET\"}}\n\
             zones:\n  directory: zones\n  {ZONE}: {{targets: [main], owns: zone, guards: {{max_delete_percent: 100}}}}\n\
             verify: {{samples: 1, deadline: 20s, write_deadline: 200ms}}\n",
            directory = self.server.directory(),
            addr = self.server.addr(),
        );
        self.project.write("dnsure.yaml", &text);
    }

    fn path(&self) -> PathBuf {
        self.server.zone_file(ZONE)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    /// Puts text in the file as a person does, and has it loaded.
    fn edit(&self, text: &str) {
        std::fs::write(self.path(), text).unwrap();
        self.server.reload(ZONE);
    }

    fn prober(&self) -> Prober {
        Prober::watch_with(&[self.server.addr()], &STAYS, Settings { rate: 400, ..Settings::default() })
    }
}

/// The serial in the text of a file.
fn serial(text: &str) -> u32 {
    let soa = text.lines().find(|line| line.contains(" SOA ")).unwrap();
    let mut words = soa.split_whitespace().skip_while(|word| *word != "SOA").skip(3);
    words.next().unwrap().parse().unwrap()
}
