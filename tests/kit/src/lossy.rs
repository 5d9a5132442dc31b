//! A proxy in front of an HTTP server that loses answers: the request arrives and is done, and
//! whoever sent it does not learn so.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What becomes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The connection is cut instead.
    Cut,
    /// Something arrives that is no HTTP.
    Garbage,
    /// The server seems to have failed.
    ServerError,
    /// Nothing arrives as long as the client waits.
    Silence,
    /// The request is not even forwarded; this status and body are the answer.
    Instead(u16, String),
}

#[derive(Debug)]
struct Rule {
    method: &'static str,
    part: String,
    loss: Loss,
    left: usize,
}

#[derive(Debug, Default)]
struct Shared {
    rules: Mutex<Vec<Rule>>,
    requests: Mutex<Vec<String>>,
    ended: AtomicBool,
}

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub struct Lossy {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

impl Lossy {
    /// A proxy in front of `server` that loses nothing yet.
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let all = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if all.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&all);
                // What a broken connection means is the matter of those at its ends.
                thread::spawn(move || drop(pass(stream, server, &shared)));
            }
        });
        Self { addr, shared }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Loses the answers to the next `times` requests with this method and `part` in their path.
    pub fn lose(&self, method: &'static str, part: &str, loss: Loss, times: usize) {
        lock(&self.shared.rules).push(Rule { method, part: part.to_owned(), loss, left: times });
    }

    /// Loses nothing any more.
    pub fn heal(&self) {
        lock(&self.shared.rules).clear();
    }

    /// How many answers are still to be lost.
    pub fn left(&self) -> usize {
        lock(&self.shared.rules).iter().map(|rule| rule.left).sum()
    }

    /// The first lines of all requests so far, as in `GET /path HTTP/1.1`.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.addr);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Passes one request on and its answer back; connections are used once.
fn pass(mut client: TcpStream, server: SocketAddr, shared: &Shared) -> io::Result<()> {
    let Some(request) = read_request(&mut client)? else { return Ok(()) };
    let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
    lock(&shared.requests).push(line.clone());
    let loss = lock(&shared.rules)
        .iter_mut()
        .find(|rule| rule.left > 0 && line.starts_with(rule.method) && line.contains(&rule.part))
        .map(|rule| {
            rule.left -= 1;
            rule.loss.clone()
        });
    if let Some(Loss::Instead(status, body)) = &loss {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} No\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        return client.write_all(format!("{head}{body}").as_bytes());
    }
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(&request)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    match loss {
        None => client.write_all(&answer),
        Some(Loss::Garbage) => client.write_all(b"\x00 nothing to read here\r\n\r\n"),
        Some(Loss::ServerError) => client.write_all(
            b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ),
        Some(Loss::Silence) => client.read_to_end(&mut Vec::new()).map(|_| ()),
        Some(Loss::Cut | Loss::Instead(..)) => Ok(()),
    }
}

/// A whole request with its body, made to be the only one of its connection; `None` when the client
/// went away without one.
fn read_request(client: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(0);
        let mut body = bytes[end + 4..].to_vec();
        while body.len() < length {
            let read = client.read(&mut buffer)?;
            if read == 0 {
                return Ok(None);
            }
            body.extend_from_slice(&buffer[..read]);
        }
        let mut request: Vec<u8> = lines.collect::<Vec<_>>().join("\r\n").into_bytes();
        request.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
        request.extend(body);
        return Ok(Some(request));
    }
}
