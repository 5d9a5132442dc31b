//! The local ports from which the datagrams to one server address leave.
//!
//! What a new port is for: a load balancer, or the kernel in front of a server's processes, picks the
//! instance by addresses and ports, and each instance has caches of its own. So the samples of *one question*
//! must come from different ports, and so must its forms. *Different* questions may share a port, and on
//! loopback some do, because opening, watching and closing a socket costs the machine three times what the
//! question costs. Each port still carries one question at a time, of one form, and few in all.
//!
//! A shared port takes no answer that a new one would refuse: the socket is connected, so datagrams come from
//! the server's address only, and each must carry the random id and the question. A port whose question ended
//! otherwise than with its answer is closed, and what comes late for it with it. What the system reports on a
//! shared port may be due to an earlier question; this one is then asked from a new port.

use super::Form;
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::SocketAddr;
use tokio::net::UdpSocket;

/// The largest datagram that is taken: some times what we say we take.
pub(super) const LARGEST: usize = 8_192;

/// One port after the other to one server address.
#[derive(Debug)]
pub(super) struct Ports {
    server: SocketAddr,
    /// How many questions a port carries before the next is opened.
    each: u32,
    open: Option<Port>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Port {
    socket: UdpSocket,
    form: Form,
    /// How many more questions it may carry.
    left: u32,
}

impl Ports {
    /// None is open yet; each is for `each` questions, one at least.
    pub(super) fn new(server: SocketAddr, each: u32) -> Self {
        Self { server, each: each.max(1), open: None, buffer: Vec::new() }
    }

    pub(super) fn server(&self) -> SocketAddr {
        self.server
    }

    /// Whether a port is open from which a question of this form may leave.
    pub(super) fn has(&self, form: Form) -> bool {
        self.open.as_ref().is_some_and(|port| port.form == form)
    }

    /// Closes the port that is open.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// Sends `request` and waits for the datagram of which `read` makes something.
    pub(super) async fn exchange<T>(
        &mut self,
        request: &[u8],
        form: Form,
        mut read: impl FnMut(&[u8]) -> Option<T>,
    ) -> io::Result<T> {
        // Taken out, so that it is closed when nobody waits any longer.
        if let Some(port) = self.open.take().filter(|port| port.form == form)
            && port.socket.try_send(request).is_ok()
            && let Ok(found) = port.receive(&mut self.buffer, &mut read).await
        {
            self.keep(port);
            return Ok(found);
        }
        let port = Port::open(self.server, request, form, self.each)?;
        let found = port.receive(&mut self.buffer, &mut read).await?;
        self.keep(port);
        Ok(found)
    }

    fn keep(&mut self, port: Port) {
        let left = port.left - 1;
        self.open = (left > 0).then_some(Port { left, ..port });
    }
}

impl Port {
    /// A new socket that has sent `request` to `server`, from a port that the system chose just now.
    ///
    /// A socket connected takes datagrams from this address only. Sending does not wait: the first
    /// datagram of a socket always has its place, so there is nothing to be told before the answer.
    fn open(server: SocketAddr, request: &[u8], form: Form, left: u32) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(server), Type::DGRAM, None)?;
        socket.set_nonblocking(true)?;
        socket.connect(&server.into())?;
        socket.send(request)?;
        Ok(Self { socket: UdpSocket::from_std(socket.into())?, form, left })
    }

    async fn receive<T>(
        &self,
        buffer: &mut Vec<u8>,
        read: &mut impl FnMut(&[u8]) -> Option<T>,
    ) -> io::Result<T> {
        loop {
            // Empty first: the room is exactly this, whatever was received before.
            buffer.clear();
            buffer.reserve_exact(LARGEST);
            let length = self.socket.recv_buf(buffer).await?;
            if let Some(found) = read(&buffer[..length]) {
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What the server at `addr`, which is up for this one question, receives and gives back.
    async fn echoed(ports: &mut Ports, addr: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
        let server = UdpSocket::bind(addr).await.unwrap();
        let echo = async {
            let mut buffer = [0; 64];
            let (length, from) = server.recv_from(&mut buffer).await.unwrap();
            server.send_to(&buffer[..length], from).await.unwrap();
        };
        tokio::join!(ports.exchange(request, Form::Udp, |datagram| Some(datagram.to_vec())), echo).0
    }

    #[tokio::test]
    async fn a_refusal_of_an_earlier_question_is_not_the_next_ones() {
        let lease = dnsure_kit::reserve();
        let mut ports = Ports::new(lease.addr(), 16);
        assert_eq!(echoed(&mut ports, lease.addr(), b"first").await.unwrap(), b"first");
        // Nobody listens now: the system notes a refusal at the port that is open.
        ports.open.as_ref().unwrap().socket.try_send(b"earlier").unwrap();
        assert_eq!(echoed(&mut ports, lease.addr(), b"next").await.unwrap(), b"next");
        // A refusal that is there again from a new port is the answer.
        let refused = ports.exchange(b"gone", Form::Udp, |_| Some(())).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        assert!(ports.open.is_none());
    }

    #[tokio::test]
    async fn a_large_datagram_is_cut_off_at_the_same_length_at_every_port() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut ports = Ports::new(server.local_addr().unwrap(), 16);
        for _ in 0..3 {
            let answer = async {
                let (_, from) = server.recv_from(&mut [0; 64]).await.unwrap();
                server.send_to(&[0; 20_000], from).await.unwrap();
            };
            let asking = ports.exchange(b"question", Form::Udp, |datagram| Some(datagram.len()));
            assert_eq!(tokio::join!(asking, answer).0.unwrap(), LARGEST);
        }
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_any_longer_closes_its_port() {
        let lease = dnsure_kit::reserve();
        let mut ports = Ports::new(lease.addr(), 16);
        echoed(&mut ports, lease.addr(), b"first").await.unwrap();
        let silent = UdpSocket::bind(lease.addr()).await.unwrap();
        let asking = ports.exchange(b"next", Form::Udp, |_| Some(()));
        tokio::time::timeout(std::time::Duration::from_millis(50), asking).await.unwrap_err();
        assert!(!ports.has(Form::Udp));
        drop(silent);
    }
}
