//! The authoritative server: one UDP socket, one TCP listener, its own thread.
//!
//! It runs on a thread and a runtime of its own, so that it answers however busy or
//! blocked the rest of the process is.

use super::catalogue::Catalogue;
use super::respond::{Response, Via, respond, transfer};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// TCP connections at a time; more are closed at once.
const CONNECTIONS: usize = 128;
/// How long a TCP client may be silent, or take to send or fetch one message (RFC 7766 6.2.3).
const IDLE: Duration = Duration::from_secs(10);
/// How often the directory is looked at for zones written by other processes.
const LOOK: Duration = Duration::from_millis(25);
/// The rest after an error of a socket, so that a lasting one does not burn a core.
const REST: Duration = Duration::from_millis(20);

/// A running server; ends when dropped.
#[derive(Debug)]
pub(super) struct Server {
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at `listen`, or at a free port of 127.0.0.1, and serves what `catalogue` holds.
    pub(super) fn start(catalogue: Arc<Catalogue>, listen: Option<SocketAddr>) -> io::Result<Self> {
        let (udp, tcp, addr) = bind(listen)?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("dnsure-embedded".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = serve(udp, tcp, catalogue) => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { addr, stop: Some(stop), thread: Some(thread) })
    }

    /// The address it answers at, UDP and TCP.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Sockets = (std::net::UdpSocket, std::net::TcpListener, SocketAddr);

fn bind(listen: Option<SocketAddr>) -> io::Result<Sockets> {
    /// A port that is free for TCP is rarely taken for UDP.
    const TRIES: usize = 64;
    let wanted = listen.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));
    let mut tries = if wanted.port() == 0 { TRIES } else { 1 };
    loop {
        tries -= 1;
        let tcp = std::net::TcpListener::bind(wanted)?;
        let addr = tcp.local_addr()?;
        match std::net::UdpSocket::bind(addr) {
            Ok(udp) => {
                udp.set_nonblocking(true)?;
                tcp.set_nonblocking(true)?;
                return Ok((udp, tcp, addr));
            }
            Err(error) if tries == 0 => return Err(error),
            Err(_) => {}
        }
    }
}

async fn serve(udp: std::net::UdpSocket, tcp: std::net::TcpListener, catalogue: Arc<Catalogue>) {
    let (Ok(udp), Ok(tcp)) = (UdpSocket::from_std(udp), TcpListener::from_std(tcp)) else { return };
    tokio::join!(serve_udp(udp, &catalogue), serve_tcp(tcp, &catalogue), watch(&catalogue));
}

async fn watch(catalogue: &Arc<Catalogue>) {
    loop {
        tokio::time::sleep(LOOK).await;
        let looking = catalogue.clone();
        // A panic in there ends that look, not the server.
        let _ = tokio::task::spawn_blocking(move || looking.refresh()).await;
    }
}

async fn serve_udp(socket: UdpSocket, catalogue: &Catalogue) {
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let via = Via { tcp: false, transfer: is_local(client) };
        let response =
            respond(&buffer[..length], via, catalogue.instance(), |name, rtype| catalogue.find(name, rtype));
        if let Response::Message(message) = response {
            // A client that is gone is no concern of the others.
            let _ = socket.send_to(&message, client).await;
        }
    }
}

async fn serve_tcp(listener: TcpListener, catalogue: &Arc<Catalogue>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let catalogue = catalogue.clone();
        tokio::spawn(async move {
            // Broken connections end themselves; there is nobody to tell.
            let _ = converse(stream, client, &catalogue).await;
            drop(place);
        });
    }
}

/// Whether the client is on this machine, by IPv4 inside IPv6 as well.
fn is_local(client: SocketAddr) -> bool {
    client.ip().to_canonical().is_loopback()
}

/// Answers the messages of one connection in their order (RFC 7766 6.2.1.1).
async fn converse(mut stream: TcpStream, client: SocketAddr, catalogue: &Catalogue) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let via = Via { tcp: true, transfer: is_local(client) };
    loop {
        let message = timeout(IDLE, read(&mut stream)).await??;
        let find = |name: &_, rtype| catalogue.find(name, rtype);
        match respond(&message, via, catalogue.instance(), find) {
            Response::Message(reply) => write(&mut stream, &reply).await?,
            Response::Transfer(zone, question) => {
                for reply in transfer(&zone, &question, catalogue.instance()) {
                    write(&mut stream, &reply).await?;
                }
            }
            Response::Silence => return Ok(()),
        }
    }
}

async fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn write(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let framed = [&length.to_be_bytes(), message].concat();
    timeout(IDLE, stream.write_all(&framed)).await?
}
