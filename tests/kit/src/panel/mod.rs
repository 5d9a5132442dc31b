//! A DNS panel that speaks the panel protocol, keeps its zones in memory, publishes to real servers,
//! and misbehaves as it is told.

mod personality;
mod protocol;
mod rows;
mod state;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

pub use personality::Personality;
pub use rows::Row;

use crate::publish::Publisher;
use crate::servers::Server;
use crate::wire::Request;
use crate::zone_text::read_zone;
use personality::Behaviour;
use protocol::End;
use rows::{Batch, Store};
use state::{Settings, Shared, State};

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query as they came, percent-encoded.
    pub path: String,
    /// The version that `If-Match` named.
    pub if_match: Option<String>,
    /// The body of the request.
    pub body: String,
    /// The status; `None` where there was no answer.
    pub status: Option<u16>,
    /// The body of the answer.
    pub answer: String,
}

/// A running panel.
#[derive(Debug)]
pub struct Panel {
    shared: Arc<Shared>,
    settings: Settings,
    addr: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

/// Settings of a panel to be started.
#[derive(Debug)]
pub struct PanelBuilder {
    zones: Vec<(String, String)>,
    settings: Settings,
    ways: Vec<Personality>,
    servers: Vec<Arc<Server>>,
}

impl Panel {
    /// An honest panel without zones that knows creating and deleting only and compares nothing.
    pub fn builder() -> PanelBuilder {
        let settings = Settings {
            token: "token-of-the-panel".into(),
            unit: "create-and-delete".into(),
            compare: "none".into(),
            records: None,
            publishes_within: None,
            ttl: None,
            types: Vec::new(),
            page: 500,
            servers: Vec::new(),
        };
        PanelBuilder { zones: Vec::new(), settings, ways: Vec::new(), servers: Vec::new() }
    }

    /// Where it is, as in `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Its bearer token.
    pub fn token(&self) -> &str {
        &self.settings.token
    }

    /// The servers it publishes to.
    pub fn servers(&self) -> Vec<SocketAddr> {
        self.settings.servers.clone()
    }

    /// The rows of all zones, in the order in which they came.
    pub fn rows(&self) -> Vec<Row> {
        self.shared.lock().stores.iter().flat_map(|store| store.rows.clone()).collect()
    }

    /// Every request so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.lock().calls.clone()
    }

    /// What servers said when they refused what it published; its answers never tell.
    pub fn troubles(&self) -> Vec<String> {
        self.shared.lock().troubles.clone()
    }

    /// From now on it behaves like this and no other way; writes are counted anew.
    pub fn behave(&self, way: Personality) {
        self.behave_in(vec![way]);
    }

    /// As [`Panel::behave`], several ways at once.
    pub fn behave_in(&self, ways: Vec<Personality>) {
        self.shared.lock().behaviour = Behaviour { ways, ..Behaviour::default() };
    }

    /// Somebody adds a record by hand, and it is published like any other. Panics when it is refused.
    pub fn foreign_add(&self, name: &str, ttl: u32, rtype: &str, data: &str) {
        let row = Row { id: String::new(), name: name.into(), rtype: rtype.into(), ttl, data: data.into() };
        self.by_hand(name, Batch { create: vec![row], ..Batch::default() });
    }

    /// Somebody deletes by hand every row with this name, type and data. Panics when there is none.
    pub fn foreign_remove(&self, name: &str, rtype: &str, data: &str) {
        let rows = self.rows();
        let gone = rows.into_iter().filter(|row| row.is_in(name, rtype) && row.data == data);
        let delete: Vec<String> = gone.map(|row| row.id).collect();
        assert!(!delete.is_empty(), "there is no {name} {rtype} {data}");
        self.by_hand(name, Batch { delete, ..Batch::default() });
    }

    /// Somebody deletes one row by hand, as the panel's page does it. Panics when there is none.
    pub fn foreign_remove_row(&self, row: &Row) {
        self.by_hand(&row.name, Batch { delete: vec![row.id.clone()], ..Batch::default() });
    }

    /// A row that is in the panel's database and on no server.
    pub fn plant_row(&self, name: &str, ttl: u32, rtype: &str, data: &str) {
        let mut state = self.shared.lock();
        let at = store_of(&state, name);
        let store = &mut state.stores[at];
        let row = Row { id: String::new(), name: name.into(), rtype: rtype.into(), ttl, data: data.into() };
        let new = store.numbered(vec![row]);
        let rows = [store.rows.clone(), new].concat();
        store.replace(rows);
    }

    fn by_hand(&self, name: &str, batch: Batch) {
        let mut state = self.shared.lock();
        let at = store_of(&state, name);
        let State { stores, behaviour, .. } = &mut *state;
        let rows = stores[at].rows.clone();
        let (rows, row_ops) =
            stores[at].after(&rows, batch, behaviour).unwrap_or_else(|(_, words)| panic!("{words}"));
        let set_ops = stores[at].replace(rows);
        let sends_rows = behaviour.has(&Personality::Rows);
        state.publish(at, if sends_rows { &row_ops } else { &set_ops }, sends_rows);
        drop(state);
        self.shared.wake();
    }
}

fn store_of(state: &State, name: &str) -> usize {
    let holds = |apex: &str| name == apex || name.ends_with(&format!(".{apex}"));
    let at = state.stores.iter().position(|store| holds(&store.apex));
    at.unwrap_or_else(|| panic!("no zone of the panel holds {name}"))
}

impl PanelBuilder {
    /// A zone in master file form; the servers are expected to serve the same.
    #[must_use]
    pub fn zone(mut self, apex: &str, text: impl Into<String>) -> Self {
        self.zones.push((apex.to_owned(), text.into()));
        self
    }

    /// The write unit it declares: `zone-batch`, `whole-zone`, `staged`, `owner-name`, `record-set`,
    /// `record` or `create-and-delete`.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        self.settings.unit = unit.to_owned();
        self
    }

    /// What it compares: `none`, `values` or `values-and-ttl`.
    #[must_use]
    pub fn compare(mut self, compare: &str) -> Self {
        self.settings.compare = compare.to_owned();
        self
    }

    /// The most records in one write.
    #[must_use]
    pub fn limit_records(mut self, records: usize) -> Self {
        self.settings.records = Some(records);
        self
    }

    /// How many seconds it says that publishing takes.
    #[must_use]
    pub fn publishes_within(mut self, seconds: u32) -> Self {
        self.settings.publishes_within = Some(seconds);
        self
    }

    /// The smallest and the largest TTL it takes.
    #[must_use]
    pub fn ttl(mut self, min: u32, max: u32) -> Self {
        self.settings.ttl = Some((min, max));
        self
    }

    /// The record types it takes; all unless this is said.
    #[must_use]
    pub fn types(mut self, types: &[&str]) -> Self {
        self.settings.types = types.iter().map(|rtype| (*rtype).to_owned()).collect();
        self
    }

    /// How many records a page of its listing has, 500 unless this is said.
    #[must_use]
    pub fn page(mut self, records: usize) -> Self {
        self.settings.page = records;
        self
    }

    /// Publishes to this server too; BIND and Knot must take unsigned updates from loopback.
    #[must_use]
    pub fn publish_to(mut self, server: impl Into<Arc<Server>>) -> Self {
        let server = server.into();
        self.settings.servers.push(server.addr());
        self.servers.push(server);
        self
    }

    /// Misbehaves in this way too.
    #[must_use]
    pub fn personality(mut self, way: Personality) -> Self {
        self.ways.push(way);
        self
    }

    /// Starts it.
    pub fn start(self) -> Panel {
        let stores: Vec<Store> =
            self.zones.iter().map(|(apex, text)| Store::new(apex, read_zone(apex, text))).collect();
        let rows: Vec<Row> = stores.iter().flat_map(|store| store.rows.clone()).collect();
        let state = State {
            stores,
            behaviour: Behaviour { ways: self.ways, ..Behaviour::default() },
            publishers: self.servers.into_iter().map(|server| Publisher::new(server, &rows)).collect(),
            ..State::default()
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap_or_else(|error| panic!("{error}"));
        let addr = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let shared = Arc::new(Shared::new(state));
        let threads = vec![
            thread::spawn({
                let shared = Arc::clone(&shared);
                move || shared.publish_later()
            }),
            thread::spawn({
                let (shared, settings) = (Arc::clone(&shared), self.settings.clone());
                move || serve(&listener, &shared, &settings)
            }),
        ];
        Panel { shared, settings: self.settings, addr, threads }
    }
}

/// Answers one connection after another; those that get no answer stay open.
fn serve(listener: &TcpListener, shared: &Shared, settings: &Settings) {
    let mut silent: Vec<TcpStream> = Vec::new();
    for stream in listener.incoming().flatten() {
        if shared.lock().stopped {
            return;
        }
        let Ok(request) = Request::read(&stream) else { continue };
        let mut state = shared.lock();
        let end = protocol::handle(&request, settings, &mut state);
        let (status, answer) = match &end {
            End::Answer(response) => (Some(response.status), response.body.clone()),
            End::Close | End::Silence => (None, String::new()),
        };
        let if_match = request.header("if-match").map(|text| text.trim_matches('"').to_owned());
        let Request { method, target, body, .. } = request;
        state.calls.push(Call { method, path: target, if_match, body, status, answer });
        drop(state);
        shared.wake();
        match end {
            // A client that is gone misses its answer.
            End::Answer(response) => drop(response.write(&stream)),
            End::Close => {}
            End::Silence => silent.push(stream),
        }
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.wake();
        // The server is waiting for a connection.
        let _ = TcpStream::connect(self.addr);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
