//! Redis and Valkey: one protocol, two servers.

use std::path::Path;
use std::sync::OnceLock;

use crate::{Program, Server, Signal};

const REDIS: &str = env!("SESSION_REDIS");
const VALKEY: &str = env!("SESSION_VALKEY");

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

/// A Redis of a test's own. The options come after those that every server has, so they win.
pub fn redis(options: &[&str]) -> Server {
    start(REDIS, options)
}

/// A Valkey of a test's own.
pub fn valkey(options: &[&str]) -> Server {
    start(VALKEY, options)
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
