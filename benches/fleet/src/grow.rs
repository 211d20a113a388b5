//! What a server holds: the memory, or the disk, of many sessions, and what it takes to sweep them.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use session_postgres::PostgresStore;
use session_redis::RedisStore;
use session_runtime::store::{Entry, EntryTag, Mark, NewRow, Owner, Role, RowKey, Store};
use sqlx::postgres::PgPoolOptions;
use tokio::runtime::Runtime;

use crate::server::Engine;

/// The fields of the payload `standard`, sealed.
const FIELDS: [usize; 7] = [52, 52, 52, 69, 75, 65, 56];
/// What a list of a user's sessions needs.
const LABEL: usize = 104;
const TASKS: usize = 16;

pub fn run(name: &str, sessions: usize) {
    let engine = Engine::start(name);
    let runtime = Runtime::new().expect("a runtime");
    let steps = [sessions / 10, sessions];
    println!("### {}, sessions of {} bytes of fields\n", engine.name, FIELDS.iter().sum::<usize>());
    println!("| sessions | bytes each | µs to create one, of the server's CPU |\n|---|---|---|");
    runtime.block_on(async {
        match name {
            "postgres" => {
                let pool = PgPoolOptions::new().max_connections(8).connect(&engine.url).await;
                let store = PostgresStore::new(pool.expect("a server"));
                store.create_tables().await.expect("tables");
                fill(&engine, &store, steps).await;
                sweep(&engine, &store, sessions).await;
            }
            _ => {
                let client = redis::Client::open(&*engine.url).expect("an address");
                let store = RedisStore::new(client.get_connection_manager().await.expect("a server"));
                fill(&engine, &store, steps).await;
                println!("\nThe server deletes what is over by itself.");
            }
        }
    });
    println!();
}

async fn fill<S: Store + Clone>(engine: &Engine, store: &S, steps: [usize; 2]) {
    let empty = engine.size();
    let (mut there, mut worked) = (0, engine.cpu_micros());
    for sessions in steps {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let store = store.clone();
                let numbers: Vec<_> = (there..sessions).filter(|number| number % TASKS == task).collect();
                tokio::spawn(async move {
                    for number in numbers {
                        create(&store, number).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a task");
        }
        let now = engine.cpu_micros();
        let each = (now - worked) / (sessions - there) as f64;
        (there, worked) = (sessions, now);
        println!("| {sessions} | {} | {each:.0} |", (engine.size() - empty) / sessions);
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs()
}

/// Every second session is of a user, and a user has two.
async fn create(store: &impl Store, number: usize) {
    let random = |len: usize| -> Vec<u8> { (0..len).map(|_| fastrand::u8(..)).collect() };
    let entries: Vec<_> = FIELDS
        .iter()
        .enumerate()
        .map(|(field, len)| Entry {
            tag: EntryTag::from_bytes([field as u8, 1, 2]),
            role: Role::Base,
            sealed: random(*len).into(),
        })
        .collect();
    let user = (number % 2 == 0).then(|| (number / 4) as u128);
    let label = user.map(|_| random(LABEL));
    let row = NewRow {
        key: RowKey::from_bytes(fastrand::u128(..).to_be_bytes()),
        mark: Mark::from_bytes(fastrand::u64(..).to_be_bytes()),
        owner: user.map(|user| Owner::from_bytes(user.to_be_bytes())),
        expires: now() + 86_400,
        entries: &entries,
        label: label.as_deref(),
    };
    store.create(row, now()).await.expect("a row");
}

async fn sweep<S: Store>(engine: &Engine, store: &S, sessions: usize) {
    let (start, before) = (Instant::now(), engine.cpu_micros());
    let late = now() + 100_000;
    let mut swept = 0;
    while swept < sessions {
        swept += store.sweep(late, 1000).await.expect("a sweep") as usize;
    }
    let (took, worked) = (start.elapsed(), engine.cpu_micros() - before);
    let each = worked / sessions as f64;
    println!("\nA sweep of all takes {:.0} s, and {each:.0} µs of the server's CPU for each.", took.as_secs_f64());
}
