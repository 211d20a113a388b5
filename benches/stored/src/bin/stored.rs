//! What a stored session costs: `stored [standard | note | fields | sessions] [--short]`.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use candidates::ours::{self, Fields10, Fields100, Fields1000, NoteSession, Shop, Stored};
use candidates::tower;
use harness::{Candidate, Counters, Effort, Local, Note, Payload, Player, Standard, play, remote};
use session_runtime::store::MemoryStore;
use session_sqlite::SqliteStore;
use tokio::runtime::Runtime;

const MEMORY: &str = "tower-sessions, memory";
const SQLITE: &str = "tower-sessions, SQLite";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_short = arguments.iter().any(|argument| argument == "--short");
    let effort = Effort {
        rounds: if is_short { 11 } else { 41 },
        turn: 20.0,
    };
    let wanted = arguments
        .iter()
        .find(|argument| !argument.starts_with("--"));
    let wanted = wanted.map_or("standard", String::as_str);
    match wanted {
        "standard" => run::<Shop, Standard>("standard", 0, 100, effort),
        "note" => {
            for size in [10, 100, 1000, 10_000, 60_000] {
                run::<NoteSession, Note>("note", size, 100, effort);
            }
        }
        "fields" => {
            run::<Fields10, Counters>("counters", 10, 100, effort);
            run::<Fields100, Counters>("counters", 100, 100, effort);
            run::<Fields1000, Counters>("counters", 1000, 100, effort);
        }
        "sessions" => {
            for visitors in [1, 100, 10_000, 100_000] {
                run::<Shop, Standard>("standard", 0, visitors, effort);
            }
        }
        other => panic!("there is no bench {other}"),
    }
}

/// Measures one session type of ours beside the same data elsewhere.
fn run<S: Stored, P: Payload>(workload: &str, size: usize, visitors: usize, effort: Effort) {
    println!("\n### {workload}, size {size}, {visitors} sessions\n");
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ours.sqlite");
    let sqlite = runtime
        .block_on(SqliteStore::open(file))
        .expect("a database");
    let mut payload = P::default();
    payload.fill(size);
    let digest = payload.digest();
    let candidates = [
        Candidate::bare(),
        ours::candidate::<S>("ours, memory", MEMORY, MemoryStore::new(), size),
        tower::candidate::<P>(MEMORY, tower_sessions::MemoryStore::default(), size),
        ours::candidate::<S>("ours, SQLite", SQLITE, sqlite, size),
    ];
    let local = candidates.map(|candidate| -> Box<dyn Player> {
        Box::new(Local::new(candidate, &runtime, visitors, &digest))
    });
    let arguments = [workload.to_owned(), size.to_string(), visitors.to_string()];
    let others = remote::start(&other_program(), &arguments, 1, remote::as_named);
    let mut players: Vec<Box<dyn Player>> = local.into_iter().chain(others).collect();
    println!("{}", play(&mut players, effort));
}

/// `benches/run` says where it built the other program.
fn other_program() -> PathBuf {
    let program = env::var_os("SQLX_CANDIDATES").expect("run this by `benches/run`");
    program.into()
}
