//! What a visitor gets while the way to the store is disturbed: nothing that was answered is lost, nothing that has
//! ended comes back, nobody is made a stranger, each answer comes in time, and everything heals by itself.
//!
//! Each test goes through every fault and every request of a visitor once. A table of many rounds is made by hand:
//! `FAULT_ROUNDS=25 cargo test --release -p store-tests --test faults -- --nocapture --test-threads 1`.

mod engines;
mod site;
mod table;
mod trial;

use session_runtime::store::Store;
use store_tests::Fault;

use crate::engines::{Engine, postgres, redis, valkey};
use crate::site::{LIMIT, Site};
use crate::table::Table;
use crate::trial::{Request, trial};

/// The packets of one request. None of these stores takes more.
const PACKETS: usize = 4;

fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::Refused,
        Fault::Silent,
        Fault::Slow(LIMIT / 20),
        Fault::Slow(LIMIT * 10),
        Fault::Trickle(LIMIT / 20),
    ];
    for after in 0..PACKETS {
        faults.push(Fault::QuestionLost { after });
        faults.push(Fault::AnswerLost { after });
    }
    faults
}

async fn every_fault_of_every_request<S: Store>(engine: Engine<S>) {
    let rounds = std::env::var("FAULT_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap());
    let site = Site::new(engine.store, &engine.proxy);
    let mut table = Table::default();
    for fault in (0..rounds).flat_map(|_| faults()) {
        for request in Request::ALL {
            table.add(fault, request, trial(&site, fault, request).await);
        }
    }
    eprintln!("{}:\n{table}", engine.name);
    assert_eq!(table.violations(), [""; 0], "{}", engine.name);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_redis, ignore = "there is no redis-server")]
async fn faults_on_the_way_to_redis_cost_no_visitor_anything() {
    every_fault_of_every_request(redis()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_valkey, ignore = "there is no valkey-server")]
async fn faults_on_the_way_to_valkey_cost_no_visitor_anything() {
    every_fault_of_every_request(valkey()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(no_postgres, ignore = "there is no postgres")]
async fn faults_on_the_way_to_postgres_cost_no_visitor_anything() {
    every_fault_of_every_request(postgres().await).await;
}
