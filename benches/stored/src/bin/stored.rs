//! What a stored session costs: `stored [standard | note | fields | sessions]… [--short]`.

use std::env;
use std::sync::Arc;

use harness::{Candidate, Contents, Effort, Local, Player, Scenario, play, remote};
use ours::Ours;
use ours::stored::{Fields10, Fields100, Fields1000, Note, Standard};
use session_runtime::KeptInStore;
use session_runtime::store::MemoryStore;
use session_sqlite::SqliteStore;
use tokio::runtime::Runtime;

const OURS_IN_MEMORY: &str = "ours, memory";
const OURS_IN_SQLITE: &str = "ours, SQLite";
const THEIRS_IN_MEMORY: &str = "tower-sessions, memory";
const THEIRS_IN_SQLITE: &str = "tower-sessions, SQLite";

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let (flags, benches): (Vec<&str>, Vec<&str>) = words
        .iter()
        .map(String::as_str)
        .partition(|word| word.starts_with("--"));
    let is_short = flags.contains(&"--short");
    let bench = Bench {
        effort: Effort::of(is_short),
        most: if is_short { 1_000 } else { 100_000 },
    };
    let all = ["standard", "note", "fields", "sessions"];
    for name in if benches.is_empty() {
        &all
    } else {
        benches.as_slice()
    } {
        bench.run(name);
    }
}

struct Bench {
    effort: Effort,
    /// The most sessions that a store holds.
    most: usize,
}

impl Bench {
    fn run(&self, name: &str) {
        match name {
            "standard" => self.compare::<Standard>("standard", "standard", 0, 100),
            "note" => {
                for size in [10, 1000, 60_000] {
                    let title = format!("a text of {size} bytes");
                    self.compare::<Note>(&title, "note", size, 100);
                }
            }
            "fields" => {
                self.compare::<Fields10>("10 fields", "fields-10", 0, 100);
                self.compare::<Fields100>("100 fields", "fields-100", 0, 100);
                self.compare::<Fields1000>("1000 fields", "fields-1000", 0, 100);
            }
            "sessions" => {
                for visitors in [1, self.most / 10, self.most] {
                    let title = format!("standard, of {visitors} visitors");
                    self.compare::<Standard>(&title, "standard", 0, visitors);
                }
            }
            other => panic!("there is no bench {other}"),
        }
    }

    /// Measures one session type of ours beside the same data elsewhere.
    fn compare<T: Ours + KeptInStore>(
        &self,
        title: &str,
        payload: &str,
        size: usize,
        visitors: usize,
    ) {
        let runtime = Arc::new(Runtime::new().expect("a runtime"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ours.sqlite");
        let sqlite = runtime.block_on(SqliteStore::open(file));
        let sqlite = sqlite.expect("a database");
        let memory = peers::MemoryStore::default();
        let candidates = [
            Candidate::bare(),
            ours::stored::candidate::<T>(OURS_IN_MEMORY, MemoryStore::new(), size),
            peers::tower_sessions::<T::Payload>(THEIRS_IN_MEMORY, memory, size),
            ours::stored::candidate::<T>(OURS_IN_SQLITE, sqlite, size),
        ];
        let contents = Contents::of::<T::Payload>(size);
        let local = candidates.map(|candidate| -> Box<dyn Player> {
            Box::new(Local::new(candidate, &runtime, visitors, &contents))
        });
        let [size, visitors] = [size, visitors].map(|number| number.to_string());
        let program = env::var("SQLX_CANDIDATES").expect("run this by `benches/run`");
        let others = remote::start(&program, &[payload, &size, &visitors], 1, str::to_owned);
        let mut players: Vec<Box<dyn Player>> = local.into_iter().chain(others).collect();
        let table = play(&mut players, &Scenario::USUAL, self.effort);
        println!(
            "### Stored, {title}: µs added to a request\n\n{}",
            table.added()
        );
        let ratios = table.ratios([
            (OURS_IN_MEMORY, THEIRS_IN_MEMORY),
            (OURS_IN_SQLITE, THEIRS_IN_SQLITE),
        ]);
        println!("### Stored, {title}: ratios\n\n{ratios}");
    }
}
