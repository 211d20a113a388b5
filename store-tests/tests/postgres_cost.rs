//! The cost of each operation, for the design. It measures and holds nothing:
//! `cargo test --release -p store-tests --test postgres_cost -- --ignored --nocapture`.

#![allow(clippy::print_stdout, reason = "it tells what it has measured")]

#[allow(dead_code, reason = "a part of what tests share")]
mod postgres;

use std::time::Instant;

use postgres::{
    EXPIRES, NOW, commit, entry, key, login, logout, new_name, owner, row, set, store_in,
};
use session_runtime::store::{Commit, NewRow, Store as _};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, query_scalar};
use store_tests::postgres::{shared_postgres, url};

const COUNT: u32 = 2000;

async fn measure(operation: &str, run: impl AsyncFn(u32)) {
    let start = Instant::now();
    for number in 0..COUNT {
        run(number).await;
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(COUNT);
    println!("{operation}: {each:.0} µs");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures"]
async fn cost_of_each_operation() {
    for is_tested in [true, false] {
        println!("test_before_acquire({is_tested})");
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .test_before_acquire(is_tested)
            .connect_lazy(&url(shared_postgres()))
            .unwrap();
        let table = new_name();
        let store = store_in(pool.clone(), &table).await;
        let fields: Vec<_> = (0..5).map(|field| entry(field, 0)).collect();
        measure("create", async |n| {
            let new = NewRow {
                entries: &fields,
                ..row(n, None)
            };
            store.create(new, NOW).await.unwrap();
        })
        .await;
        let size = AssertSqlSafe(format!("SELECT pg_total_relation_size('{table}')"));
        let size: i64 = query_scalar(size).fetch_one(&pool).await.unwrap();
        println!(
            "a session of five fields: {} bytes",
            size / i64::from(COUNT)
        );
        measure("load", async |n| {
            store.load(key(n), NOW).await.unwrap();
        })
        .await;
        measure("commit of a field", async |n| {
            set(&store, n, 1, 1).await.unwrap();
        })
        .await;
        measure("touch", async |n| {
            let touch = Commit {
                expires: Some(EXPIRES + 60),
                ..commit(&[])
            };
            store.commit(key(n), touch, NOW).await.unwrap();
        })
        .await;
        measure("login", async |n| {
            store.commit(key(n), login(2, owner(1)), NOW).await.unwrap();
        })
        .await;
        measure("end", async |n| {
            store.end(key(n), logout(&[owner(1)]), NOW).await.unwrap();
        })
        .await;
    }
}
