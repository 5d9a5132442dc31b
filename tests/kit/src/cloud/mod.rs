//! A cloud's DNS API, in this process: one HTTP server that answers as a [`Service`] says, goes wrong
//! as it is told ([`Fault`]), writes down every call, and publishes what the service holds to real
//! name servers.

pub mod azure;
pub mod cloudflare;
pub mod entra;
mod fault;
pub mod google;
pub mod metadata;
pub mod route53;
mod sent;
mod xml;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use crate::wire::{Request, Response};
pub use fault::{Fault, Fits};
pub use sent::unknown_to_the_sdk;

use crate::panel::Row;
use crate::publish::{Op, Publisher};
use crate::servers::Server;
use crate::zone_text::read_zone;
use fault::Turn;

/// What name servers serve of a zone: TTL and data in presentation format, by absolute owner name in
/// lower case and type.
pub type Served = BTreeMap<(String, String), (u32, Vec<String>)>;

/// One vendor's API: what it keeps, and how it answers.
pub trait Service: Send + 'static {
    /// Answers a request, carried out as a whole before the next one begins.
    fn answer(&mut self, request: &Request) -> Response;

    /// The zones, absolute names, in which something has changed since the last time this was asked.
    fn touched(&mut self) -> Vec<String>;

    /// What name servers serve of this zone; nothing where there is none any more.
    fn served(&self, zone: &str) -> Served;
}

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The request.
    pub request: Request,
    /// What was answered; `None` where nothing was.
    pub response: Option<Response>,
}

struct Job {
    due: Instant,
    zone: String,
    ops: Vec<Op>,
}

struct State<S> {
    service: S,
    published: BTreeMap<String, Served>,
    publishers: Vec<Publisher>,
    delay: Duration,
    later: Vec<Job>,
    faults: Vec<Fault>,
    calls: Vec<Call>,
    troubles: Vec<String>,
    stopped: bool,
}

struct Shared<S> {
    state: Mutex<State<S>>,
    changed: Condvar,
}

/// A running API.
pub struct Cloud<S: Service> {
    shared: Arc<Shared<S>>,
    servers: Vec<SocketAddr>,
    addr: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

impl<S: Service> Cloud<S> {
    /// Starts it. `servers` serve what the service holds already; BIND and Knot must take unsigned
    /// updates from loopback.
    pub fn start(mut service: S, servers: Vec<Arc<Server>>) -> Self {
        let zones = service.touched();
        let published: BTreeMap<String, Served> =
            zones.into_iter().map(|zone| (zone.clone(), service.served(&zone))).collect();
        let rows: Vec<Row> = published.values().flat_map(rows).collect();
        let addresses = servers.iter().map(|server| server.addr()).collect();
        let publishers = servers.into_iter().map(|server| Publisher::new(server, &rows)).collect();
        let state = State {
            service,
            published,
            publishers,
            delay: Duration::ZERO,
            later: Vec::new(),
            faults: Vec::new(),
            calls: Vec::new(),
            troubles: Vec::new(),
            stopped: false,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap_or_else(|error| panic!("{error}"));
        let addr = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let threads = vec![
            thread::spawn({
                let shared = Arc::clone(&shared);
                move || shared.publish_later()
            }),
            thread::spawn({
                let shared = Arc::clone(&shared);
                move || serve(&listener, &shared)
            }),
        ];
        Cloud { shared, servers: addresses, addr, threads }
    }

    /// Where it is, as in `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// From now on it publishes to this server too, which serves what the service holds already.
    pub fn publish_to(&mut self, server: Arc<Server>) {
        let mut state = self.shared.lock();
        let rows: Vec<Row> = state.published.values().flat_map(rows).collect();
        self.servers.push(server.addr());
        state.publishers.push(Publisher::new(server, &rows));
    }

    /// The servers it publishes to.
    pub fn servers(&self) -> Vec<SocketAddr> {
        self.servers.clone()
    }

    /// Every request so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.lock().calls.clone()
    }

    /// Forgets the requests so far.
    pub fn forget_calls(&self) {
        self.shared.lock().calls.clear();
    }

    /// What servers said when they refused what was published; the API's answers never tell.
    pub fn troubles(&self) -> Vec<String> {
        self.shared.lock().troubles.clone()
    }

    /// From now on this goes wrong too.
    pub fn fault(&self, fault: Fault) {
        self.shared.lock().faults.push(fault);
    }

    /// Whether every fault has happened as often as it was to.
    pub fn faults_are_used_up(&self) -> bool {
        self.shared.lock().faults.iter().all(Fault::is_used_up)
    }

    /// From now on name servers see a change this much later than the API.
    pub fn publishes_after(&self, delay: Duration) {
        self.shared.lock().delay = delay;
    }

    /// Somebody else's hand: looks at or changes what the service keeps, and that is published as any
    /// other change.
    pub fn by_hand<R>(&self, hand: impl FnOnce(&mut S) -> R) -> R {
        let mut state = self.shared.lock();
        let result = hand(&mut state.service);
        state.publish();
        drop(state);
        self.shared.changed.notify_all();
        result
    }
}

impl<S: Service> Drop for Cloud<S> {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
        // The server is waiting for a connection.
        let _ = TcpStream::connect(self.addr);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl<S: Service> State<S> {
    /// What has changed goes to the name servers, now or later.
    fn publish(&mut self) {
        for zone in self.service.touched() {
            let after = self.service.served(&zone);
            let before = self.published.insert(zone.clone(), after.clone()).unwrap_or_default();
            let ops = differences(&before, &after);
            let job = Job { due: Instant::now() + self.delay, zone, ops };
            if self.delay.is_zero() { self.carry_out(&job) } else { self.later.push(job) }
        }
    }

    fn carry_out(&mut self, job: &Job) {
        if job.ops.is_empty() {
            return;
        }
        let ends: Vec<Result<(), String>> = thread::scope(|scope| {
            let publishers = self.publishers.iter_mut();
            let all: Vec<_> = publishers
                .map(|publisher| scope.spawn(|| publisher.publish(&job.zone, &job.ops, false)))
                .collect();
            all.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("a panic".into()))).collect()
        });
        self.troubles.extend(ends.into_iter().filter_map(Result::err));
    }
}

impl<S: Service> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes what is due, until the cloud stops.
    fn publish_later(&self) {
        let mut state = self.lock();
        while !state.stopped {
            let next = (0..state.later.len()).min_by_key(|index| state.later[*index].due);
            let now = Instant::now();
            state = match next.map(|index| (index, state.later[index].due)) {
                Some((index, due)) if due <= now => {
                    let job = state.later.remove(index);
                    state.carry_out(&job);
                    state
                }
                Some((_, due)) => {
                    let waited = self.changed.wait_timeout(state, due - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// Answers one connection after another.
fn serve<S: Service>(listener: &TcpListener, shared: &Shared<S>) {
    for stream in listener.incoming().flatten() {
        if shared.lock().stopped {
            return;
        }
        let Ok(request) = Request::read(&stream) else { continue };
        let mut state = shared.lock();
        let turn = state.faults.iter_mut().find_map(|fault| fault.turn(&request)).unwrap_or(Turn::Heard);
        let response = match turn {
            Turn::Answered(response) => Some(response),
            Turn::Dropped => None,
            Turn::Heard | Turn::Unanswered => {
                let response = state.service.answer(&request);
                state.publish();
                matches!(turn, Turn::Heard).then_some(response)
            }
        };
        state.calls.push(Call { request, response: response.clone() });
        drop(state);
        shared.changed.notify_all();
        if let Some(response) = response {
            // A client that is gone misses its answer.
            let _ = response.write(&stream);
        }
    }
}

/// What name servers make of a zone in master file form; panics when BIND's tools cannot read it.
pub fn served_text(zone: &str, text: &str) -> Served {
    let mut served = Served::new();
    for Row { name, rtype, ttl, data, .. } in read_zone(zone, text) {
        let (least, all) = served.entry((name.to_ascii_lowercase(), rtype)).or_insert((ttl, Vec::new()));
        *least = ttl.min(*least);
        all.push(data);
    }
    served
}

fn rows(served: &Served) -> Vec<Row> {
    let sets = served.iter();
    sets.flat_map(|((name, rtype), (ttl, data))| {
        data.iter().map(|data| Row {
            id: String::new(),
            name: name.clone(),
            rtype: rtype.clone(),
            ttl: *ttl,
            data: data.clone(),
        })
    })
    .collect()
}

fn differences(before: &Served, after: &Served) -> Vec<Op> {
    let nothing = (0, Vec::new());
    let mut keys: Vec<&(String, String)> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    let differs = keys.into_iter().filter(|key| before.get(key) != after.get(key));
    differs
        .map(|key| {
            let (_, was) = before.get(key).unwrap_or(&nothing);
            let (ttl, is) = after.get(key).unwrap_or(&nothing);
            let (name, rtype) = key.clone();
            let members = is.iter().map(|data| (data.clone(), *ttl)).collect();
            let gone = was.iter().filter(|data| !is.contains(data)).cloned().collect();
            Op::Set { name, rtype, members, gone }
        })
        .collect()
}
