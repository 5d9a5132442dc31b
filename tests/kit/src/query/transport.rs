//! Sending one question and waiting for its answer, each time from a new port.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::message::{Answer, parse, question};

/// The shapes a question comes in; servers cache them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// UDP without EDNS.
    Udp,
    /// UDP with EDNS.
    Edns,
    /// UDP with EDNS and the DO flag.
    EdnsDo,
    /// TCP without EDNS.
    Tcp,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 4] = [Form::Udp, Form::Edns, Form::EdnsDo, Form::Tcp];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Udp => "UDP",
            Form::Edns => "UDP+EDNS",
            Form::EdnsDo => "UDP+EDNS+DO",
            Form::Tcp => "TCP",
        })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum AskError {
    /// Time-out, refused connection and the like: the server said nothing.
    Silent(io::Error),
    /// The server sent bytes that are no answer to the question.
    Garbled(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AskError::Silent(error) => write!(f, "no answer: {error}"),
            AskError::Garbled(what) => write!(f, "unreadable answer: {what}"),
        }
    }
}

impl From<io::Error> for AskError {
    fn from(error: io::Error) -> Self {
        // What a socket with a read time-out says on Linux.
        let timed_out = error.kind() == ErrorKind::WouldBlock;
        AskError::Silent(if timed_out { ErrorKind::TimedOut.into() } else { error })
    }
}

/// Asks `server` for `(name, rtype)` in one form. A truncated answer is returned as it is.
pub fn ask(
    server: SocketAddr,
    name: &[u8],
    rtype: u16,
    form: Form,
    wait: Duration,
) -> Result<Answer, AskError> {
    let id = RandomState::new().build_hasher().finish() as u16;
    let edns = match form {
        Form::Udp | Form::Tcp => None,
        Form::Edns => Some(false),
        Form::EdnsDo => Some(true),
    };
    let bytes = question(id, name, rtype, edns);
    let reply = match form {
        Form::Tcp => exchange_tcp(server, &bytes, wait)?,
        _ => exchange_udp(server, &bytes, wait)?,
    };
    parse(&reply, id, name, rtype).map_err(AskError::Garbled)
}

/// Sends a message over UDP from a new port and returns the first reply with the same id.
pub fn exchange_udp(server: SocketAddr, message: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let own = match server.ip() {
        IpAddr::V4(address) if address.is_loopback() => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((own, 0))?;
    socket.connect(server)?;
    socket.send(message)?;
    let deadline = Instant::now() + wait;
    let mut buffer = [0; 65_535];
    loop {
        socket.set_read_timeout(Some(left(deadline)?))?;
        let length = socket.recv(&mut buffer)?;
        if buffer[..length].get(..2) == message.get(..2) {
            return Ok(buffer[..length].to_vec());
        }
    }
}

/// Sends a message over a new TCP connection and returns the reply.
pub fn exchange_tcp(server: SocketAddr, message: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + wait;
    let mut stream = TcpStream::connect_timeout(&server, wait)?;
    stream.set_nodelay(true)?;
    let length = u16::try_from(message.len()).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
    stream.set_write_timeout(Some(left(deadline)?))?;
    stream.write_all(&[&length.to_be_bytes(), message].concat())?;
    let mut length = [0; 2];
    stream.set_read_timeout(Some(left(deadline)?))?;
    stream.read_exact(&mut length)?;
    let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.set_read_timeout(Some(left(deadline)?))?;
    stream.read_exact(&mut reply)?;
    Ok(reply)
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}
