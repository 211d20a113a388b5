//! A client that sends one request over one connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// The cookies and the body of a response.
pub struct Page {
    pub cookie: String,
    pub body: String,
}

/// # Errors
///
/// When nothing listens.
pub fn get(port: u16, path: &str, cookie: &str) -> std::io::Result<Page> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let cookie = match cookie {
        "" => String::new(),
        cookie => format!("Cookie: {cookie}\r\n"),
    };
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}Connection: close\r\n\r\n"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (head, body) = response.split_once("\r\n\r\n").expect("a response");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    Ok(Page {
        cookie: cookies(head),
        body: body.to_owned(),
    })
}

/// The cookies that the response sets, as the next request sends them.
fn cookies(head: &str) -> String {
    let fields = head.lines().filter_map(|line| line.split_once(": "));
    let set = fields.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let pairs: Vec<_> = set.filter_map(|(_, line)| line.split(';').next()).collect();
    pairs.join("; ")
}
