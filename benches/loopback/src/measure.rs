//! Servers in turns.

use tempfile::NamedTempFile;

use harness::client;
use crate::load::{Load, load, script};
use crate::server::{BARE, CANDIDATES, Server};

const SESSIONS: usize = 128;

/// A server, what is asked of it, and how it did each time.
struct Entry {
    server: Server,
    script: NamedTempFile,
    loads: Vec<Load>,
}

pub fn run(rounds: usize, seconds: u32) {
    for path in ["/write", "/read"] {
        let servers = CANDIDATES.into_iter().map(Server::start);
        let mut entries: Vec<_> = servers
            .chain(Server::start_flask())
            .map(|server| Entry::new(server, path))
            .collect();
        for _ in 0..rounds {
            fastrand::shuffle(&mut entries);
            for Entry {
                server,
                script,
                loads,
            } in &mut entries
            {
                loads.push(load(server, script, seconds));
            }
        }
        show(path.trim_start_matches('/'), &entries);
    }
}

impl Entry {
    /// Opens sessions, and proves that they are kept.
    fn new(server: Server, path: &str) -> Self {
        let get = |path, cookie: &str| client::get(server.port, path, cookie).expect("a page");
        let cookies: Vec<_> = (0..SESSIONS).map(|_| get("/begin", "").cookie).collect();
        if server.name != BARE {
            let written = get("/write", &cookies[0]);
            let read = get("/read", &written.cookie);
            assert_eq!((&*written.body, &*read.body), ("2", "2"), "{}", server.name);
        }
        Self {
            script: script(path, &cookies),
            server,
            loads: Vec::new(),
        }
    }

    /// The median of a figure.
    fn median(&self, figure: impl Fn(&Load) -> f64) -> f64 {
        let mut figures: Vec<_> = self.loads.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures[figures.len() / 2]
    }

    fn cpu(&self) -> f64 {
        self.median(|load| load.cpu)
    }

    fn rate(&self) -> f64 {
        self.median(|load| load.requests_per_second)
    }
}

/// The servers in their first order, as Markdown.
fn show(path: &str, entries: &[Entry]) {
    let of = |name| entries.iter().find(|entry| entry.server.name == name);
    let bare = of(BARE).expect("a bare server");
    let names = CANDIDATES.into_iter().chain([crate::server::FLASK]);
    let entries: Vec<_> = names.filter_map(of).collect();
    println!("### HTTP, {path}: µs of the server's CPU for a request\n");
    println!("|  | in all | beside bare |\n|---|---|---|");
    for entry in &entries {
        let cpu = entry.cpu();
        println!(
            "| {} | {cpu:.2} | {:.2} |",
            entry.server.name,
            cpu - bare.cpu()
        );
    }
    println!("\n### HTTP, {path}: requests per second, and in brackets their ratio to bare\n");
    println!("|  | requests per second |\n|---|---|");
    for entry in &entries {
        let rate = entry.rate();
        let ratio = rate / bare.rate();
        println!("| {} | {rate:.0} ({ratio:.2}) |", entry.server.name);
    }
    println!();
}
