//! A proxy that holds one message back on its way to a server, so that a client stands still in the
//! middle of its work while somebody else acts.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a message may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which message is held: the first one for which this is true, by the bytes of one segment.
type Matcher = Box<dyn Fn(&[u8]) -> bool + Send>;

#[derive(Default)]
struct State {
    holds: Option<Matcher>,
    held: bool,
    ended: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A running gate in front of a TCP server; it ends when it is dropped.
pub struct Gate {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

impl Gate {
    /// An open gate in front of `server`.
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let all = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if all.lock().ended {
                    return;
                }
                let shared = Arc::clone(&all);
                // What a broken connection means is the matter of those at its ends.
                thread::spawn(move || drop(pass(client, server, &shared)));
            }
        });
        Self { addr, shared }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The next message that matches is held until the gate is opened.
    pub fn hold(&self, matches: impl Fn(&[u8]) -> bool + Send + 'static) {
        self.shared.lock().holds = Some(Box::new(matches));
    }

    /// As [`Gate::hold`], for HTTP requests that begin like this: `POST /zones/`.
    pub fn hold_request(&self, start: &'static str) {
        self.hold(move |bytes| bytes.starts_with(start.as_bytes()));
    }

    /// As [`Gate::hold`], for a dynamic update (RFC 2136) over TCP in which this address is.
    pub fn hold_update(&self, address: Ipv4Addr) {
        self.hold(move |bytes| {
            // Two octets of length, two of the identifier, then the operation code.
            let is_update = bytes.get(4).is_some_and(|flags| (flags >> 3) & 0x0f == 5);
            is_update && bytes.windows(4).any(|four| four == address.octets())
        });
    }

    /// Blocks until a message is held. Panics when none comes.
    pub fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        while !state.held {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no message came that is to be held");
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets the held message go on, and all others.
    pub fn open(&self) {
        let mut state = self.shared.lock();
        state.holds = None;
        state.held = false;
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
        self.shared.lock().ended = true;
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.addr);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when these bytes may pass.
    fn admit(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if !state.held && state.holds.as_ref().is_some_and(|matches| matches(bytes)) {
            state.held = true;
            self.changed.notify_all();
            while state.held {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

/// The server hears of a connection when its first message may pass.
fn pass(mut client: TcpStream, server: SocketAddr, shared: &Shared) -> io::Result<()> {
    let mut bytes = vec![0; 65_537];
    let mut count = client.read(&mut bytes)?;
    shared.admit(&bytes[..count]);
    let mut upstream = TcpStream::connect(server)?;
    let (mut answers, mut back) = (upstream.try_clone()?, client.try_clone()?);
    let answering = thread::spawn(move || {
        let _ = io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Write);
    });
    while count > 0 {
        upstream.write_all(&bytes[..count])?;
        count = client.read(&mut bytes)?;
        shared.admit(&bytes[..count]);
    }
    let _ = upstream.shutdown(Shutdown::Write);
    let _ = answering.join();
    Ok(())
}
