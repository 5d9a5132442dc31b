//! One question to one server address.

use super::message::{CLASS_IN, MessageError, Reader, Section};
use super::stream::{self, Stream};
use super::{Form, Question, Rcode, Reply, request};
use dnsure_zones::RecordType;
use ring::rand::SecureRandom;
use socket2::{Domain, Socket, Type};
use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

/// Why there is no answer. None of these says anything about the data: they are "unknown".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nothing came in time.
    #[error("{server} did not answer within {} ms", after.as_millis())]
    Timeout {
        /// The server address.
        server: SocketAddr,
        /// How long was waited.
        after: Duration,
    },
    /// The server's side refused or broke the connection.
    #[error("{server} cannot be reached: {reason}; check that a DNS server listens there, on UDP and TCP")]
    Unreachable {
        /// The server address.
        server: SocketAddr,
        /// What the operating system said.
        reason: String,
    },
    /// This machine has no way to the address, such as IPv6 on a host without it: the server was not asked.
    #[error("no route from this machine to {server}: it was not asked")]
    NoRoute {
        /// The server address.
        server: SocketAddr,
    },
    /// The question cannot be put into a message: a pseudo type.
    #[error("{server} was not asked for {question}: {reason}")]
    NotAsked {
        /// The server address.
        server: SocketAddr,
        /// The question.
        question: Question,
        /// Why not.
        reason: String,
    },
    /// What came is no DNS answer to the question.
    #[error("{server} sent no proper DNS answer: {reason}")]
    Malformed {
        /// The server address.
        server: SocketAddr,
        /// What is wrong with it.
        reason: String,
    },
}

/// The largest datagram that is taken: some times what we say we take.
const LARGEST: usize = 8_192;

/// Asks `server` for `question`, without RD, from a new port, once.
///
/// Datagrams that do not belong to the question are ignored. An answer with TC set is asked for again
/// over TCP. `timeout` covers all of it.
///
/// # Errors
/// [`AskError`].
pub async fn ask(
    server: SocketAddr,
    question: &Question,
    form: Form,
    timeout: Duration,
) -> Result<Reply, AskError> {
    let started = Instant::now();
    let mut odd = None;
    match tokio::time::timeout(timeout, exchange(server, question, form, &mut odd)).await {
        Ok(result) => result.map(|reply| Reply { took: started.elapsed(), ..reply }),
        // Something came, but nothing that was an answer.
        Err(_) => match odd {
            Some(reason) => Err(AskError::Malformed { server, reason }),
            None => Err(AskError::Timeout { server, after: timeout }),
        },
    }
}

async fn exchange(
    server: SocketAddr,
    question: &Question,
    form: Form,
    odd: &mut Option<String>,
) -> Result<Reply, AskError> {
    if form == Form::Tcp {
        return over_tcp(server, question).await;
    }
    let reply = over_udp(server, question, form, odd).await?;
    if !reply.truncated {
        return Ok(reply);
    }
    Ok(Reply { truncated: true, ..over_tcp(server, question).await? })
}

async fn over_udp(
    server: SocketAddr,
    question: &Question,
    form: Form,
    odd: &mut Option<String>,
) -> Result<Reply, AskError> {
    let id = random_id();
    let request = written(server, id, question, form)?;
    let failed = |error| failed(server, &error);
    let socket = sent(server, &request).map_err(failed)?;
    let mut buffer = Vec::with_capacity(LARGEST);
    loop {
        buffer.clear();
        let length = socket.recv_buf(&mut buffer).await.map_err(failed)?;
        match read_reply(&buffer[..length], id, question) {
            Ok(Some(reply)) => return Ok(reply),
            Ok(None) => {}
            // Cut off here, not by the server; over TCP there is all of it.
            Err(_) if length == LARGEST => return over_tcp(server, question).await,
            Err(error) => *odd = Some(error.to_string()),
        }
    }
}

/// A new socket that has sent `request` to `server`, from a port that the system chose just now.
///
/// A socket connected takes datagrams from this address only. Sending does not wait: the first
/// datagram of a socket always has its place, so there is nothing to be told before the answer.
fn sent(server: SocketAddr, request: &[u8]) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(server), Type::DGRAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&server.into())?;
    socket.send(request)?;
    UdpSocket::from_std(socket.into())
}

async fn over_tcp(server: SocketAddr, question: &Question) -> Result<Reply, AskError> {
    let id = random_id();
    let request = written(server, id, question, Form::Tcp)?;
    let failed = |error| failed(server, &error);
    let mut stream = Stream::connect(server).await.map_err(failed)?;
    stream.send(&request).await.map_err(failed)?;
    let mut message = Vec::new();
    if !stream.receive(&mut message).await.map_err(failed)? {
        let reason = "the connection was closed without an answer".into();
        return Err(AskError::Unreachable { server, reason });
    }
    match read_reply(&message, id, question) {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => {
            let reason = "the answer over TCP belongs to another question".into();
            Err(AskError::Malformed { server, reason })
        }
        Err(error) => Err(AskError::Malformed { server, reason: error.to_string() }),
    }
}

fn written(server: SocketAddr, id: u16, question: &Question, form: Form) -> Result<Vec<u8>, AskError> {
    request::question(id, question, form).map_err(|error| AskError::NotAsked {
        server,
        question: question.clone(),
        reason: error.to_string(),
    })
}

fn failed(server: SocketAddr, error: &io::Error) -> AskError {
    if stream::is_no_route(error) {
        AskError::NoRoute { server }
    } else {
        AskError::Unreachable { server, reason: stream::say(error) }
    }
}

/// Random octets for message ids, from the system many at a time.
struct Ids {
    octets: [u8; 512],
    used: usize,
}

thread_local! {
    static IDS: RefCell<Ids> = const { RefCell::new(Ids { octets: [0; 512], used: 512 }) };
}

impl Ids {
    fn next(&mut self) -> Option<u16> {
        if self.used == self.octets.len() {
            ring::rand::SystemRandom::new().fill(&mut self.octets).ok()?;
            self.used = 0;
        }
        let id = self.octets[self.used..].first_chunk().map(|id| u16::from_be_bytes(*id));
        self.used += 2;
        id
    }
}

/// A message id that cannot be guessed.
pub(super) fn random_id() -> u16 {
    IDS.with_borrow_mut(Ids::next).unwrap_or_else(|| RandomState::new().build_hasher().finish() as u16)
}

/// Reads the answer to `question`; `None` when the message is no answer to it. A server that could not
/// read the question answers without one.
///
/// # Errors
/// [`MessageError`].
pub fn read_reply(octets: &[u8], id: u16, question: &Question) -> Result<Option<Reply>, MessageError> {
    let mut reader = Reader::new(octets)?;
    let header = reader.header();
    if header.id != id || !header.is_response() || header.opcode() != 0 {
        return Ok(None);
    }
    let unread = header.questions() == 0 && matches!(header.rcode(), Rcode::FORMERR | Rcode::NOTIMP);
    match reader.question()? {
        Some(asked)
            if asked.name == question.name && asked.rtype == question.rtype && asked.class == CLASS_IN => {}
        None if unread => {}
        _ => return Ok(None),
    }
    let mut reply = Reply {
        rcode: header.rcode(),
        authoritative: header.is_authoritative(),
        truncated: header.is_truncated(),
        answer: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
        nsid: None,
        took: Duration::ZERO,
    };
    if reply.truncated {
        // The rest may be cut anywhere and is asked for again over TCP.
        return Ok(Some(reply));
    }
    while let Some((section, record)) = reader.record()? {
        match (section, record.rtype) {
            (Section::Additional, RecordType::OPT) => {
                reply.rcode = Rcode(((record.ttl >> 24) as u16) << 4 | reply.rcode.0);
                reply.nsid = option(&octets[record.rdata], request::NSID).map(<[u8]>::to_vec);
            }
            (Section::Additional, RecordType::TSIG) => {}
            (Section::Answer, _) => reply.answer.push(record.to_record(octets)?),
            (Section::Authority, _) => reply.authority.push(record.to_record(octets)?),
            (Section::Additional, _) => reply.additional.push(record.to_record(octets)?),
        }
    }
    Ok(Some(reply))
}

/// The data of the first EDNS option with this code (RFC 6891 6.1.2).
fn option(mut options: &[u8], code: u16) -> Option<&[u8]> {
    while let Some((head, rest)) = options.split_first_chunk::<4>() {
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([head[2], head[3]])))?;
        if u16::from_be_bytes([head[0], head[1]]) == code {
            return Some(data);
        }
        options = rest;
    }
    None
}
