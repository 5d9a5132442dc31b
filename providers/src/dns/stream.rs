//! Messages over TCP: each behind its length in two octets (RFC 1035 4.2.2, RFC 7766).

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection that carries whole messages.
pub(super) struct Stream {
    inner: BufReader<TcpStream>,
}

impl Stream {
    pub(super) async fn connect(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { inner: BufReader::with_capacity(128 * 1024, stream) })
    }

    /// Hands the whole message to the operating system, or fails; then it cannot have arrived whole.
    pub(super) async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let length = u16::try_from(message.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a message over 65 535 octets"))?;
        let mut framed = Vec::with_capacity(message.len() + 2);
        framed.extend_from_slice(&length.to_be_bytes());
        framed.extend_from_slice(message);
        self.inner.get_mut().write_all(&framed).await
    }

    /// The next message into `message`; `false` when the other side closed before its first octet.
    pub(super) async fn receive(&mut self, message: &mut Vec<u8>) -> io::Result<bool> {
        let mut length = [0; 2];
        if self.inner.read(&mut length[..1]).await? == 0 {
            return Ok(false);
        }
        self.inner.read_exact(&mut length[1..]).await?;
        message.resize(usize::from(u16::from_be_bytes(length)), 0);
        self.inner.read_exact(message).await?;
        Ok(true)
    }
}

/// Whether this machine has no way to the address at all, such as IPv6 on a host without it.
pub(super) fn is_no_route(error: &io::Error) -> bool {
    const ADDRESS_FAMILY_NOT_SUPPORTED: [i32; 2] = [97, 47];
    matches!(error.kind(), io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable)
        || error.raw_os_error().is_some_and(|code| ADDRESS_FAMILY_NOT_SUPPORTED.contains(&code))
}

/// What an input or output error says, in words that do not hide a plain end.
pub(super) fn say(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the connection was closed in the middle of a message".into(),
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset => "the connection was reset".into(),
        _ => error.to_string(),
    }
}
