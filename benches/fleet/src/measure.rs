//! Applications in turns.

use std::thread::scope;

use harness::client::{self, Page};
use session_runtime::Key;
use tempfile::NamedTempFile;

use crate::candidates::{BARE, OURS, THEIRS};
use crate::load::{Wrk, script};
use crate::process::Process;
use crate::server::{self, Engine};

#[derive(Clone, Copy)]
pub struct Effort {
    sessions: usize,
    rounds: usize,
    seconds: u32,
}

impl Effort {
    pub fn of(is_short: bool) -> Self {
        if is_short {
            Self { sessions: 500, rounds: 2, seconds: 1 }
        } else {
            Self { sessions: 10_000, rounds: 7, seconds: 4 }
        }
    }
}

/// The requests that meet in one session.
const AT_ONCE: usize = 64;

/// An application of two processes.
struct Application {
    name: &'static str,
    processes: [Process; 2],
    script: NamedTempFile,
    loads: Vec<Load>,
}

struct Load {
    requests_per_second: f64,
    p99_millis: f64,
    /// The microseconds for a request, of the application and of the server of sessions.
    application: f64,
    server: f64,
}

pub fn run(engine: &str, effort: Effort) {
    let engine = Engine::start(engine);
    let mut applications = [BARE, OURS, THEIRS].map(|name| Application::start(name, &engine, effort));
    for _ in 0..effort.rounds {
        fastrand::shuffle(&mut applications);
        for application in &mut applications {
            let load = application.load(&engine, effort.seconds);
            application.loads.push(load);
        }
    }
    show(&engine, effort, &applications);
    show_one_session(&engine, &applications);
}

impl Application {
    fn start(name: &'static str, engine: &Engine, effort: Effort) -> Self {
        let key = Key::generate().reveal();
        let processes = [(); 2].map(|()| Process::start(name, &engine.url, &key));
        let begin = |number: usize| get(&processes[number % 2], "/begin", "").cookie;
        let cookies: Vec<_> = (0..effort.sessions).map(begin).collect();
        if name != BARE {
            // Both know the session.
            let written = get(&processes[0], "/write", &cookies[0]);
            let read = get(&processes[1], "/read", &cookies[0]);
            assert_eq!((&*written.body, &*read.body), ("2", "2"), "{name}");
        }
        Self { name, processes, script: script(&cookies), loads: Vec::new() }
    }

    fn load(&self, engine: &Engine, seconds: u32) -> Load {
        let cpu = || -> f64 { self.processes.iter().map(|process| server::cpu_micros(process.id())).sum() };
        let (application, server) = (cpu(), engine.cpu_micros());
        let started = self.processes.each_ref().map(|process| Wrk::start(process, &self.script, seconds));
        let seen = started.map(Wrk::finish);
        let (application, server) = (cpu() - application, engine.cpu_micros() - server);
        let requests: f64 = seen.iter().map(|seen| seen.requests).sum();
        Load {
            requests_per_second: seen.iter().map(|seen| seen.requests / seen.seconds).sum(),
            p99_millis: seen.iter().map(|seen| seen.p99_millis).fold(0.0, f64::max),
            application: application / requests,
            server: server / requests,
        }
    }

    fn median(&self, figure: impl Fn(&Load) -> f64) -> f64 {
        let mut figures: Vec<_> = self.loads.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures[figures.len() / 2]
    }

    /// What is counted of so many requests that add one at the same time to the same session.
    fn count_at_once(&self) -> String {
        let [one, _] = &self.processes;
        let cookie = get(one, "/count", "").cookie;
        scope(|scope| {
            for process in self.processes.iter().cycle().take(AT_ONCE) {
                let cookie = &cookie;
                scope.spawn(move || get(process, "/count", cookie));
            }
        });
        get(one, "/counted", &cookie).body
    }
}

fn show(engine: &Engine, effort: Effort, applications: &[Application]) {
    let of = |name| applications.iter().find(|application| application.name == name).expect("it ran");
    let bare = of(BARE);
    println!(
        "### {}, {} sessions, two processes, 80 % reads: medians\n",
        engine.name, effort.sessions
    );
    println!("| | requests per second | p99 ms | µs of the application, beside bare | µs of the server | sum, as a ratio |\n|---|---|---|---|---|---|");
    let sum = |application: &Application| {
        application.median(|load| load.application + load.server) - bare.median(|load| load.application)
    };
    for application in [of(OURS), of(THEIRS)] {
        println!(
            "| {} | {:.0} | {:.1} | {:.1} | {:.1} | {:.2} |",
            application.name,
            application.median(|load| load.requests_per_second),
            application.median(|load| load.p99_millis),
            application.median(|load| load.application) - bare.median(|load| load.application),
            application.median(|load| load.server),
            sum(application) / sum(of(THEIRS)),
        );
    }
    println!();
}

fn show_one_session(engine: &Engine, applications: &[Application]) {
    println!("### {}, {AT_ONCE} requests at once that each add one to a session\n", engine.name);
    println!("| | counted |\n|---|---|");
    for name in [OURS, THEIRS] {
        let application = applications.iter().find(|application| application.name == name);
        let counted: usize = application.expect("it ran").count_at_once().parse().expect("a number");
        println!("| {name} | {} |", counted - 1);
    }
    println!();
}

fn get(process: &Process, path: &str, cookie: &str) -> Page {
    client::get(process.port, path, cookie).expect("a page")
}
