//! The cost of each operation, for the design. It measures and holds nothing:
//! `cargo test --release -p session-sqlite --test cost -- --ignored --nocapture`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    dead_code,
    reason = "a test, and a part of what tests share"
)]

mod common;

use std::time::Instant;

use common::{NOW, create, key, new_file, set};
use session_runtime::store::{RowEnding, Store as _, Why};
use session_sqlite::SqliteStore;

const COUNT: u64 = 2000;

async fn measure(operation: &str, run: impl AsyncFn(u64)) {
    let start = Instant::now();
    for number in 0..COUNT {
        run(number).await;
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / 2000.0;
    println!("{operation}: {each:.1} µs");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures"]
async fn cost_of_each_operation() {
    let store = SqliteStore::open(new_file()).await.unwrap();
    let ending = RowEnding {
        owners: &[],
        why: Why::ByVisitor,
        until: NOW + 300,
    };
    measure("create", async |n| {
        create(&store, key(n)).await.unwrap();
    })
    .await;
    measure("commit", async |n| {
        set(&store, key(n), 1, "twenty bytes of data")
            .await
            .unwrap();
    })
    .await;
    measure("load, in place", async |n| {
        store.load(key(n), NOW).await.unwrap();
    })
    .await;
    measure("load, moved to another thread", async |n| {
        let store = store.clone();
        let load = move || tokio::runtime::Handle::current().block_on(store.load(key(n), NOW));
        tokio::task::spawn_blocking(load).await.unwrap().unwrap();
    })
    .await;
    measure("end, with a full sync", async |n| {
        store.end(key(n), ending, NOW).await.unwrap();
    })
    .await;
}
