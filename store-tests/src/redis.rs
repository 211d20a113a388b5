//! Redis and Valkey: one protocol, two servers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{PATIENCE, free_port};
use crate::{Program, Server, Signal};

const REDIS: &str = env!("SESSION_REDIS");
const VALKEY: &str = env!("SESSION_VALKEY");

/// Returns true if this machine has a Redis, for tests that cannot ask for `no_redis`.
pub fn is_installed() -> bool {
    !REDIS.is_empty()
}

/// The Redis that the tests of one process share. It keeps nothing on disk.
pub fn shared_redis() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| redis(&[]))
}

/// The Valkey that the tests of one process share. It keeps nothing on disk.
pub fn shared_valkey() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| valkey(&[]))
}

/// The cluster that the tests of one process share: three nodes of Redis, each with a third of the slots.
pub fn shared_cluster() -> &'static [Server; 3] {
    static SHARED: OnceLock<[Server; 3]> = OnceLock::new();
    SHARED.get_or_init(cluster)
}

/// A Redis of a test's own. The options come after those that every server has, so they win.
pub fn redis(options: &[&str]) -> Server {
    start(REDIS, options)
}

/// A Valkey of a test's own.
pub fn valkey(options: &[&str]) -> Server {
    start(VALKEY, options)
}

/// Ends the server as a crash does, starts it again, and waits until it has read its files.
pub fn restart(server: &mut Server) {
    server.crash();
    run(server);
}

/// Starts a server again, and waits until it has read its files.
pub fn run(server: &mut Server) {
    server.run();
    let start = Instant::now();
    while !answer(server, "PING").starts_with("+PONG") {
        assert!(start.elapsed() < PATIENCE, "the server still loads");
        thread::sleep(Duration::from_millis(20));
    }
}

fn start(program: &str, options: &[&str]) -> Server {
    Server::start(|folder, port| Program {
        path: program.into(),
        arguments: arguments(folder, port, options),
        stop: Signal::Kill,
    })
}

fn arguments(folder: &Path, port: u16, options: &[&str]) -> Vec<String> {
    let port = port.to_string();
    let folder = folder.display().to_string();
    let own = [
        "--port",
        &port,
        "--bind",
        "127.0.0.1",
        "--dir",
        &folder,
        "--save",
        "",
        "--appendonly",
        "no",
    ];
    own.iter().chain(options).map(ToString::to_string).collect()
}

fn cluster() -> [Server; 3] {
    let buses = [free_port(), free_port(), free_port()];
    let nodes = buses.map(|bus| {
        let bus = bus.to_string();
        redis(&["--cluster-enabled", "yes", "--cluster-port", &bus])
    });
    let [first, rest @ ..] = &nodes;
    for (node, bus) in rest.iter().zip(&buses[1..]) {
        let port = node.port();
        ask(first, &format!("CLUSTER MEET 127.0.0.1 {port} {bus}"));
    }
    for (node, slots) in nodes.iter().zip(["0 5460", "5461 10922", "10923 16383"]) {
        ask(node, &format!("CLUSTER ADDSLOTSRANGE {slots}"));
    }
    for node in &nodes {
        wait_until_all_slots_are_served(node);
    }
    nodes
}

fn wait_until_all_slots_are_served(node: &Server) {
    let start = Instant::now();
    while !ask(node, "CLUSTER INFO").contains("cluster_state:ok") {
        assert!(start.elapsed() < PATIENCE, "the cluster is not up");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a command that the server must not refuse.
fn ask(server: &Server, command: &str) -> String {
    let answer = answer(server, command);
    assert!(!answer.starts_with('-'), "{command}: {answer}");
    answer
}

/// Sends one command as a line, and returns what the server answers before it closes the connection.
fn answer(server: &Server, command: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(stream, "{command}\r\nQUIT\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
