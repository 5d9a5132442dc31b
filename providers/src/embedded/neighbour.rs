//! Finding the server that another process keeps up for the same directory.
//!
//! It writes its address beside the zones. Whether it is still there, and whether it is
//! one of ours, is asked over DNS: its name (NSID, RFC 5001) begins with a digest of the
//! directory.

use super::catalogue::family;
use super::store::Store;
use dnsure_zones::Name;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const FILE: &str = "serving";
/// A loopback server answers within a millisecond; a stopped one keeps its sockets.
const WAIT: Duration = Duration::from_millis(500);

/// The address file; removed when dropped, unless another server wrote it since.
#[derive(Debug)]
pub(super) struct Announced {
    path: PathBuf,
    text: String,
}

/// Writes the address of this process's server beside the zones.
pub(super) fn announce(store: &Store, addr: SocketAddr) -> io::Result<Announced> {
    let path = store.directory().join(FILE);
    let text = format!("{addr}\n");
    let fresh = store.directory().join(format!("{FILE}.{}", std::process::id()));
    fs::write(&fresh, &text)?;
    fs::rename(&fresh, &path)?;
    Ok(Announced { path, text })
}

impl Drop for Announced {
    fn drop(&mut self) {
        if fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            // A file that stays says nothing by itself: its server is asked first.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The servers of other processes for this directory: those that say so, and those that
/// keep the port open and say nothing, so that they are not taken for gone.
pub(super) async fn serving(store: &Store, listen: Option<SocketAddr>, zone: &Name) -> Vec<SocketAddr> {
    let announced = tokio::fs::read_to_string(store.directory().join(FILE)).await;
    let announced = announced.ok().and_then(|text| text.trim().parse().ok());
    let mut candidates: Vec<SocketAddr> = listen.into_iter().chain(announced).collect();
    candidates.dedup();
    let family = family(store);
    let mut found = Vec::new();
    for candidate in candidates {
        let Ok(Ok(stream)) = timeout(WAIT, TcpStream::connect(candidate)).await else { continue };
        let ours = match timeout(WAIT, name_of(stream, zone)).await {
            Ok(Ok(reply)) => reply.windows(family.len()).any(|window| window == family.as_bytes()),
            Ok(Err(_)) => false,
            Err(_) => true,
        };
        if ours {
            found.push(candidate);
        }
    }
    found
}

/// The reply to a question for the SOA with a request for NSID.
async fn name_of(mut stream: TcpStream, zone: &Name) -> io::Result<Vec<u8>> {
    const HEADER: [u8; 12] = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    const SOA_IN: [u8; 4] = [0, 6, 0, 1];
    const OPT_NSID: [u8; 15] = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 4, 0, 3, 0, 0];
    let message = [&HEADER, zone.wire(), &SOA_IN, &OPT_NSID].concat();
    // A name has at most 255 octets.
    let framed = [&(message.len() as u16).to_be_bytes(), message.as_slice()].concat();
    stream.write_all(&framed).await?;
    let length = stream.read_u16().await?;
    let mut reply = vec![0; usize::from(length)];
    stream.read_exact(&mut reply).await?;
    Ok(reply)
}
