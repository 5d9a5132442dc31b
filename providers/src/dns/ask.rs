//! One question to one server address.

use super::message::{CLASS_IN, MessageError, Reader, Section};
use super::ports::{LARGEST, Ports};
use super::stream::{self, Stream};
use super::{Form, Question, Rcode, Reply, request};
use dnsure_zones::RecordType;
use ring::rand::SecureRandom;
use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

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

impl AskError {
    /// The same where the server stands before it already.
    #[must_use]
    pub fn beside_the_server(&self) -> String {
        match self {
            Self::NoRoute { .. } => "no route from this machine: it was not asked".into(),
            Self::Timeout { server, .. }
            | Self::Unreachable { server, .. }
            | Self::NotAsked { server, .. }
            | Self::Malformed { server, .. } => {
                let words = self.to_string();
                let without =
                    words.strip_prefix(&server.to_string()).map(|words| words.trim_start().to_owned());
                without.unwrap_or(words)
            }
        }
    }
}

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
    ask_from(&mut Ports::new(server, 1), question, form, timeout).await
}

/// As [`ask()`], from the port that is open, where one is.
pub(super) async fn ask_from(
    ports: &mut Ports,
    question: &Question,
    form: Form,
    timeout: Duration,
) -> Result<Reply, AskError> {
    let server = ports.server();
    let started = Instant::now();
    let mut odd = None;
    match tokio::time::timeout(timeout, exchange(ports, question, form, &mut odd)).await {
        Ok(result) => result.map(|reply| Reply { took: started.elapsed(), ..reply }),
        // Something came, but nothing that was an answer.
        Err(_) => match odd {
            Some(reason) => Err(AskError::Malformed { server, reason }),
            None => Err(AskError::Timeout { server, after: timeout }),
        },
    }
}

async fn exchange(
    ports: &mut Ports,
    question: &Question,
    form: Form,
    odd: &mut Option<String>,
) -> Result<Reply, AskError> {
    let server = ports.server();
    if form == Form::Tcp {
        return over_tcp(server, question).await;
    }
    match over_udp(ports, question, form, odd).await? {
        Some(reply) if !reply.truncated => Ok(reply),
        Some(_) => Ok(Reply { truncated: true, ..over_tcp(server, question).await? }),
        None => over_tcp(server, question).await,
    }
}

/// The reply; `None` where it is larger than what is taken, so that over TCP there is all of it.
async fn over_udp(
    ports: &mut Ports,
    question: &Question,
    form: Form,
    odd: &mut Option<String>,
) -> Result<Option<Reply>, AskError> {
    let server = ports.server();
    let id = random_id();
    let request = written(server, id, question, form)?;
    let read = |datagram: &[u8]| match read_reply(datagram, id, question) {
        Ok(Some(reply)) => Some(Some(reply)),
        Ok(None) => None,
        // Cut off here, not by the server.
        Err(_) if datagram.len() == LARGEST => Some(None),
        Err(error) => {
            *odd = Some(error.to_string());
            None
        }
    };
    ports.exchange(&request, form, read).await.map_err(|error| failed(server, &error))
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
