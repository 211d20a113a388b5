//! The servers.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use harness::{Candidate, Contents, Standard, prove};
use peers::Json;
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::Builder;

use harness::client;

pub const BARE: &str = "bare";
pub const CANDIDATES: [&str; 5] = [
    BARE,
    "the floor",
    "ours",
    "seshcookie",
    "PrivateCookieJar, JSON",
];
pub const FLASK: &str = "Flask, gunicorn";

/// Serves a candidate until the process is stopped, and says where.
pub fn serve(name: &str) {
    let candidate = match name {
        BARE => Candidate::bare(),
        "the floor" => peers::floor::<Standard>(name, 0),
        "ours" => ours::candidate::<ours::Standard>(name, 0),
        "seshcookie" => peers::seshcookie::<Standard>(name, 0),
        "PrivateCookieJar, JSON" => peers::private_jar::<Json, Standard>(name, 0),
        other => panic!("there is no candidate {other}"),
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        prove(&candidate, &Contents::of::<Standard>(0)).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        println!("{}", listener.local_addr().expect("a port").port());
        axum::serve(listener, candidate.router)
            .await
            .expect("a server");
    });
}

/// A server in a process of its own, with two workers.
pub struct Server {
    pub name: &'static str,
    pub port: u16,
    child: Child,
}

impl Server {
    pub fn start(name: &'static str) -> Self {
        let mut child = Command::new(env::current_exe().expect("a path"))
            .args(["serve", name])
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program");
        let output = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("text");
        let port = line.trim().parse().expect("a port");
        Self { name, port, child }
    }

    /// A real Flask, if there is one.
    pub fn start_flask() -> Option<Self> {
        let python = env::var_os("FLASK_PYTHON")?;
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("a port").port();
        drop(free);
        let child = Command::new(python)
            .args(["-m", "gunicorn", "--workers=2", "--worker-class=gthread"])
            .args(["--threads=4", "--log-level=error", "--keep-alive=60"])
            .arg(format!("--bind=127.0.0.1:{port}"))
            .args([
                "--chdir",
                concat!(env!("CARGO_MANIFEST_DIR"), "/../flask"),
                "app:app",
            ])
            .env("FLASK_KEY", format!("{:032x}", fastrand::u128(..)))
            .spawn()
            .expect("gunicorn");
        let name = FLASK;
        let server = Self { name, port, child };
        for _ in 0..100 {
            if client::get(port, "/untouched", "").is_ok() {
                return Some(server);
            }
            sleep(Duration::from_millis(100));
        }
        panic!("gunicorn does not answer");
    }

    /// The processes that serve: the server, and the workers that it started.
    pub fn processes(&self) -> Vec<u32> {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace();
        let children = children.map(|id| id.parse().expect("a process id"));
        [id].into_iter().chain(children).collect()
    }
}

impl Drop for Server {
    /// gunicorn stops its workers when it is asked to end, and not when it is killed.
    fn drop(&mut self) {
        let pid = Pid::from_child(&self.child);
        if kill_process(pid, Signal::TERM).is_ok() {
            let _ = self.child.wait();
        }
    }
}
