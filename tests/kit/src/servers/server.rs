//! The handle of a running server.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::ports::Lease;
use crate::process::{Daemon, Launch, find};
use crate::query::{self, Form, ask, name_wire, rtype};

/// How long a server may take until it serves its zones.
const START: Duration = Duration::from_secs(30);
/// By this moto knows which service is meant.
const ROUTE53: &str = "AWS4-HMAC-SHA256 Credential=AKIAKIT/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0";
/// How often a start is tried when another program took the port meanwhile.
const TRIES: usize = 5;

/// A real name server on loopback.
#[derive(Debug)]
pub struct Server {
    kind: &'static str,
    lease: Lease,
    launch: Launch,
    ready: Ready,
    daemon: Mutex<Option<Daemon>>,
    // Last, so that the daemon is dead before its directory goes.
    directory: TempDir,
}

/// What must be answered before a server counts as started.
#[derive(Clone, Debug)]
pub(super) enum Ready {
    /// The SOA of each of these zones, over UDP and TCP.
    Zones(Vec<String>),
    /// Anything at all.
    Anything,
    /// A GET of this path, with status 200.
    Path(&'static str),
    /// It makes this bucket.
    Bucket(&'static str),
}

impl Server {
    /// Starts a daemon. `prepare` writes its files into the directory and says how to run it; it is
    /// called again, with another directory and port, when the port turned out to be taken. A port
    /// the caller reserved is not replaced.
    pub(super) fn launch(
        kind: &'static str,
        mut reserved: Option<Lease>,
        ready: &Ready,
        mut prepare: impl FnMut(&Path, SocketAddr) -> Launch,
    ) -> Server {
        let mut failure = String::new();
        for _ in 0..TRIES {
            let fixed = reserved.is_some();
            let lease = reserved.take().unwrap_or_else(crate::ports::reserve);
            let directory = tempfile::Builder::new().prefix("dnsure-").tempdir();
            let directory = directory.unwrap_or_else(|error| panic!("no temporary directory: {error}"));
            let launch = prepare(directory.path(), lease.addr());
            let server =
                Server { kind, lease, launch, ready: ready.clone(), daemon: Mutex::default(), directory };
            match server.run() {
                Ok(()) => return server,
                Err(error) => failure = error,
            }
            if fixed || !failure.to_ascii_lowercase().contains("in use") {
                break;
            }
        }
        panic!("{kind} did not start: {failure}");
    }

    /// Where it listens, UDP and TCP.
    pub fn addr(&self) -> SocketAddr {
        self.lease.addr()
    }

    /// `BIND`, `Knot`, `PowerDNS`, `NSD`, `Unbound`, `S3`, `ministack` or `moto`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Its private directory: configuration, zones, log.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The file in its directory that a zone is kept in.
    pub fn zone_file(&self, apex: &str) -> PathBuf {
        self.directory().join(super::settings::zone_file(apex))
    }

    /// What makes it load the file of a zone again, with `{zone}` for the zone. A BIND must have been started
    /// with its zones as static files.
    pub fn reload_command(&self) -> Vec<String> {
        let here = self.directory().display();
        let (program, words) = match self.kind {
            "BIND" => ("rndc", format!("-c {here}/rndc.conf reload")),
            "Knot" => ("knotc", format!("-s {here}/knot.sock -b zone-reload")),
            "NSD" => ("nsd-control", format!("-c {here}/nsd.conf reload")),
            kind => panic!("{kind} loads no zone files"),
        };
        let words = words.split(' ').map(str::to_owned);
        [find(program).display().to_string()].into_iter().chain(words).chain(["{zone}".into()]).collect()
    }

    /// Runs [`Server::reload_command`] for a zone, or fails the test.
    pub fn reload(&self, zone: &str) {
        let words: Vec<String> =
            self.reload_command().iter().map(|word| word.replace("{zone}", zone)).collect();
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        if let Err(error) = crate::process::run(&words[0], &arguments, self.directory(), "") {
            panic!("{error}\n{}", self.log());
        }
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether the daemon is running (a paused one is).
    pub fn is_running(&self) -> bool {
        self.daemon().as_mut().is_some_and(|daemon| daemon.ended().is_none())
    }

    /// Ends the daemon in good order; its data stay.
    pub fn stop(&self) {
        if let Some(daemon) = self.daemon().take() {
            daemon.stop();
        }
    }

    /// Kills the daemon at once (SIGKILL); its data stay.
    pub fn kill(&self) {
        self.daemon().take();
    }

    /// Starts it again on the same address with the same data, and waits until it serves.
    pub fn start_again(&self) {
        self.stop();
        if let Err(error) = self.run() {
            panic!("{} did not start again: {error}", self.kind);
        }
    }

    /// Freezes it (SIGSTOP): sockets stay open, nothing is answered once this returns.
    pub fn pause(&self) {
        match self.daemon().as_ref() {
            Some(daemon) => daemon.freeze(),
            None => panic!("{} is not running", self.kind),
        }
    }

    /// Lets a paused server go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Sends any other signal, `HUP` for instance.
    pub fn signal(&self, signal: &str) {
        match self.daemon().as_ref() {
            Some(daemon) => daemon.signal(signal),
            None => panic!("{} is not running", self.kind),
        }
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("server.log")
    }

    fn daemon(&self) -> MutexGuard<'_, Option<Daemon>> {
        self.daemon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) -> Result<(), String> {
        let daemon = Daemon::start(&self.launch, self.directory.path(), &self.log_file());
        *self.daemon() = Some(daemon.map_err(|error| format!("{}: {error}", self.launch.program.display()))?);
        let deadline = Instant::now() + START;
        loop {
            if !self.is_running() {
                return Err(format!("it ended at once; its log:\n{}", self.log()));
            }
            let Err(lacking) = self.serves() else {
                return Ok(());
            };
            if Instant::now() > deadline {
                return Err(format!("{lacking} after {START:?}; its log:\n{}", self.log()));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn serves(&self) -> Result<(), String> {
        let zones = match &self.ready {
            Ready::Zones(zones) => zones.as_slice(),
            Ready::Anything => &[],
            Ready::Path(path) => return gets(self.addr(), path),
            Ready::Bucket(name) => return super::s3::make_bucket(self.addr(), name),
        };
        for form in [Form::Udp, Form::Tcp] {
            let soa = |zone: &str| {
                let answer = ask(self.addr(), &name_wire(zone), rtype::SOA, form, Duration::from_millis(500));
                answer.map_err(|error| format!("SOA {zone} over {form}: {error}"))
            };
            for zone in zones {
                let answer = soa(zone)?;
                if answer.rcode != query::NOERROR || answer.answer.is_empty() || !answer.authoritative {
                    return Err(format!("no SOA of {zone} over {form} (rcode {})", answer.rcode));
                }
            }
            if zones.is_empty() {
                soa(".")?;
            }
        }
        Ok(())
    }
}

fn gets(addr: SocketAddr, path: &str) -> Result<(), String> {
    match crate::http::request(addr, "GET", path, &[("Authorization", ROUTE53)], "") {
        Ok((200, _)) => Ok(()),
        Ok((status, body)) => Err(format!("GET {path}: {status} {body}")),
        Err(error) => Err(format!("GET {path}: {error}")),
    }
}
