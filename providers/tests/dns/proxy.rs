//! Between the client and a server: passes messages on, altered, or not.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with a message on its way to the client.
pub(crate) enum Fate {
    Pass(Vec<u8>),
    Drop,
    /// Send this part of the message and close.
    CutOff(usize),
}

/// Takes one connection after the other; `fate` gets each message of the server with its number, from 0
/// in every connection.
pub(crate) async fn proxy(
    server: SocketAddr,
    mut fate: impl FnMut(usize, Vec<u8>) -> Fate + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            carry(client, server, &mut fate).await;
        }
    });
    addr
}

async fn carry(mut client: TcpStream, server: SocketAddr, fate: &mut impl FnMut(usize, Vec<u8>) -> Fate) {
    let mut upstream = TcpStream::connect(server).await.unwrap();
    let request = frame(&mut client).await.unwrap();
    send(&mut upstream, &request).await;
    let mut number = 0;
    while let Some(message) = frame(&mut upstream).await {
        match fate(number, message.clone()) {
            Fate::Pass(message) => send(&mut client, &message).await,
            Fate::Drop => {}
            Fate::CutOff(length) => {
                let _ = client.write_all(&(message.len() as u16).to_be_bytes()).await;
                let _ = client.write_all(&message[..length]).await;
                return;
            }
        }
        number += 1;
    }
}

async fn frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = stream.read_u16().await.ok()?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await.ok()?;
    Some(message)
}

async fn send(stream: &mut TcpStream, message: &[u8]) {
    let framed = [&(message.len() as u16).to_be_bytes()[..], message].concat();
    // The client may be gone already.
    let _ = stream.write_all(&framed).await;
}
