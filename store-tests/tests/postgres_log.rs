//! What is in the log of an application. It is the only test of its process: another one beside it would change for a
//! moment what the process logs at all.

#[allow(dead_code, reason = "a part of what tests share")]
mod postgres;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use postgres::{EXPIRES, NOW, key, login, logout, new_store, owner, pool_of, row, set};
use session_runtime::store::Store as _;
use store_tests::postgres::shared_postgres;

/// What is written into the log, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn the_log_at_trace_has_the_statements_and_nothing_of_a_row() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let store = new_store(pool_of(shared_postgres())).await;
    store.create(row(1, Some(owner(0xcd))), NOW).await.unwrap();
    set(&store, 1, 1, 2).await.unwrap();
    store
        .commit(key(1), login(0xef, owner(0xcd)), NOW)
        .await
        .unwrap();
    store.load(key(1), NOW).await.unwrap();
    store.list(&[owner(0xcd)], NOW).await.unwrap();
    store
        .end_all(&[owner(0xcd)], None, EXPIRES, NOW)
        .await
        .unwrap();
    store.end(key(2), logout(&[]), NOW).await.unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("UPDATE") && log.contains("pg_advisory_xact_lock"),
        "{log}"
    );
    for byte in [0xab_u8, 0xcd, 0xef] {
        let mut forms = [
            format!("{byte:02x}").repeat(3),
            format!("{byte:02X}").repeat(3),
        ]
        .to_vec();
        let mut numbers = String::new();
        for _ in 0..3 {
            write!(numbers, "{byte}, ").unwrap();
        }
        forms.push(numbers);
        let as_number = i64::from_be_bytes([byte; 8]);
        forms.push(as_number.to_string());
        for form in forms {
            assert!(!log.contains(&form), "{form} is in the log: {log}");
        }
    }
}
