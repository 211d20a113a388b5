//! The socket as a browser meets it: a process, a port, and a connection that is upgraded.

#![expect(clippy::unwrap_used, reason = "this is a test")]

#[allow(dead_code, reason = "a part of what tests share")]
mod server;

use reqwest::header::SET_COOKIE;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use self::server::Server;

/// Asks for the socket, and returns it with the status of the answer.
async fn open(server: &Server, cookie: &str) -> (u16, TcpStream) {
    let address = server
        .url
        .trim_start_matches("http://")
        .trim_end_matches('/');
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let status = String::from_utf8(head).unwrap();
    (status[9..12].parse().unwrap(), stream)
}

/// A message is a byte that says so, its length, and its text.
async fn message(stream: &mut TcpStream) -> String {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.unwrap();
    let [_, length] = head;
    let mut text = vec![0; length.into()];
    stream.read_exact(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_socket_is_for_users_and_ends_with_their_session() {
    let server = Server::start(env!("CARGO_BIN_EXE_websocket"), &[], &[]);
    assert_eq!(open(&server, "").await.0, 401);

    let client = reqwest::Client::builder()
        .cookie_store(true)
        .build()
        .unwrap();
    let page = client
        .get(format!("{}log-in", server.url))
        .send()
        .await
        .unwrap();
    let line = page.headers()[SET_COOKIE].to_str().unwrap();
    let (status, mut socket) = open(&server, line.split(';').next().unwrap()).await;
    assert_eq!(status, 101);
    assert_eq!(message(&mut socket).await, "still here");
    client
        .get(format!("{}log-out", server.url))
        .send()
        .await
        .unwrap();
    while message(&mut socket).await != "logged out" {}
}
