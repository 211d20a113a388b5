//! Answers that no server gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, Value};
use session_runtime::store::{
    Commit, Committed, Ended, Loaded, Mark, NewRow, Owner, RowEnding, RowKey, Store as _,
    StoreError, StoreErrorKind, Why,
};

use super::*;

const NOW: u64 = 1_800_000_000;
const KEY: RowKey = RowKey::from_bytes([7; 16]);
const USER: Owner = Owner::from_bytes([5; 16]);
const MARK: Mark = Mark::from_bytes([1; 8]);

const ROW: NewRow<'static> = NewRow {
    key: KEY,
    mark: MARK,
    owner: None,
    expires: NOW + 60,
    entries: &[],
    label: None,
};

const COMMIT: Commit<'static> = Commit {
    mark: MARK,
    seen: &[],
    changes: &[],
    expires: None,
    renewal: None,
};

const ENDING: RowEnding<'static> = RowEnding {
    owners: &[],
    why: Why::ByVisitor,
    until: NOW + 300,
};

/// A server that gives one answer to everything.
#[derive(Clone)]
struct Parrot {
    answer: Value,
    asked: Arc<AtomicUsize>,
}

impl Connections for Parrot {
    type Connection = Self;

    async fn connection(&self) -> Result<Self, StoreError> {
        Ok(self.clone())
    }
}

impl ConnectionLike for Parrot {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answer.clone();
        Box::pin(async move { Ok(answer) })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        _: &'a Pipeline,
        _: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answers = vec![self.answer.clone(); count];
        Box::pin(async move { Ok(answers) })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

fn parrot(answer: Value) -> Parrot {
    let asked = Arc::default();
    Parrot { answer, asked }
}

fn store(answer: Value) -> RedisStore<Parrot> {
    RedisStore::new(parrot(answer))
}

fn bulk(bytes: &[u8]) -> Value {
    Value::BulkString(bytes.to_vec())
}

fn array(strings: &[&[u8]]) -> Value {
    Value::Array(strings.iter().map(|string| bulk(string)).collect())
}

#[tokio::test]
async fn an_answer_of_another_kind_is_an_error_of_every_operation_and_no_panic() {
    let answers = [
        Value::Int(7),
        Value::Okay,
        Value::Boolean(true),
        Value::Double(0.5),
        Value::Set(vec![bulk(b"done")]),
        Value::Array(vec![Value::Array(vec![bulk(b"done")])]),
        Value::Array(vec![bulk(b"e"), Value::Int(1), Value::Int(2)]),
        Value::Map(vec![(Value::Int(1), bulk(b"e"))]),
    ];
    for answer in answers {
        let store = store(answer.clone());
        let errors = [
            store.load(KEY, NOW).await.unwrap_err(),
            store.create(ROW, NOW).await.unwrap_err(),
            store.commit(KEY, COMMIT, NOW).await.unwrap_err(),
            store.end(KEY, ENDING, NOW).await.unwrap_err(),
            store.list(&[USER], NOW).await.unwrap_err(),
            store.end_all(&[USER], None, NOW, NOW).await.unwrap_err(),
            store.check().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), StoreErrorKind::Other, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_word_that_no_script_says_is_an_error() {
    for answer in [
        Value::Nil,
        bulk(b"perhaps"),
        array(&[]),
        array(&[b""]),
        array(&[b"OK"]),
    ] {
        let store = store(answer.clone());
        assert!(store.create(ROW, NOW).await.is_err(), "{answer:?}");
        assert!(store.commit(KEY, COMMIT, NOW).await.is_err(), "{answer:?}");
        assert!(store.end(KEY, ENDING, NOW).await.is_err(), "{answer:?}");
    }
}

#[tokio::test]
async fn what_a_commit_is_told_is_checked() {
    for answer in [
        &[&b"rejoined"[..]][..],
        &[b"rejoined", b"short"],
        &[b"rejoined", b"too long a mark"],
        &[b"index"],
        &[b"index", &[5; 16]],
        &[b"index", &[5; 16], b"soon"],
        &[b"index", b"short", b"7"],
    ] {
        let committed = store(array(answer)).commit(KEY, COMMIT, NOW).await;
        let kind = committed.unwrap_err().kind();
        assert_eq!(kind, StoreErrorKind::Other, "{answer:?}");
    }
    for answer in [&[&b"ended"[..]][..], &[b"ended", b"0"], &[b"ended", b"x"]] {
        let committed = store(array(answer)).commit(KEY, COMMIT, NOW).await;
        assert_eq!(committed.unwrap(), Committed::Missing, "{answer:?}");
    }
}

#[tokio::test]
async fn a_commit_that_is_always_in_the_wrong_place_gives_up() {
    let store = store(array(&[b"index", &[5; 16], b"1800000060"]));
    let error = store.commit(KEY, COMMIT, NOW).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    // Each time but the first it puts the row into the index before.
    let asked = store.connections.asked.load(Ordering::Relaxed);
    assert_eq!(asked, 2 * PLACES - 1);
}

#[tokio::test]
async fn without_owners_nothing_is_asked() {
    let store = store(Value::Nil);
    assert_eq!(store.list(&[], NOW).await.unwrap(), []);
    assert_eq!(store.end_all(&[], None, NOW, NOW).await.unwrap(), 0);
    assert_eq!(store.sweep(NOW, 64).await.unwrap(), 0);
    assert_eq!(store.connections.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_server_that_knows_no_row_is_answered_for_as_ever() {
    let missing = store(array(&[])).load(KEY, NOW).await;
    assert_eq!(missing.unwrap(), Loaded::Missing);
    let ended = store(bulk(b"before")).end(KEY, ENDING, NOW).await;
    assert_eq!(ended.unwrap(), Ended::Before);
}

#[test]
fn a_server_evicts_sessions_if_it_has_a_limit_and_a_policy() {
    let info =
        |limit, policy| format!("# Memory\r\nmaxmemory:{limit}\r\nmaxmemory_policy:{policy}\r\n");
    let lru = Some("allkeys-lru".to_owned());
    assert_eq!(evicts(&info("1000", "allkeys-lru")), lru);
    assert_eq!(evicts(&info("0", "allkeys-lru")), None);
    assert_eq!(evicts(&info("1000", "noeviction")), None);
    assert_eq!(evicts("nothing of that"), None);
}

#[test]
fn a_store_shows_nothing_of_its_connections() {
    assert_eq!(format!("{:?}", store(bulk(b"secret"))), "RedisStore { .. }");
}

#[test]
#[should_panic(expected = "`a b` cannot be the prefix of keys\nhelp: ")]
fn a_prefix_with_a_space_is_refused() {
    let _ = store(Value::Nil).prefix("a b");
}

/// As a server that has read no command of a pipeline, or too few.
#[derive(Clone)]
struct Silent(Parrot);

impl Connections for Silent {
    type Connection = Self;

    async fn connection(&self) -> Result<Self, StoreError> {
        Ok(self.clone())
    }
}

impl ConnectionLike for Silent {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        self.0.req_packed_command(command)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        _: &'a Pipeline,
        _: usize,
        _: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

#[tokio::test]
async fn a_batch_with_too_few_answers_is_an_error() {
    let store = RedisStore::new(Silent(parrot(array(&[&KEY.to_bytes()]))));
    let errors = [
        store.list(&[USER], NOW).await.unwrap_err(),
        store.end_all(&[USER], None, NOW, NOW).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), StoreErrorKind::Other);
    }
}

/// A cluster whose nodes give one answer to everything.
struct Cluster(Parrot);

impl Connections for Cluster {
    type Connection = Parrot;

    const IS_CLUSTER: bool = true;

    async fn connection(&self) -> Result<Parrot, StoreError> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn a_connection_to_a_server_is_closed_when_that_is_a_replica_and_one_to_a_cluster_stays() {
    let refused = redis::parse_redis_value(b"-READONLY You can't write.\r\n").unwrap();
    let (server, cluster) = (parrot(refused.clone()), parrot(refused));
    let asked = [server.asked.clone(), cluster.asked.clone()];
    let ends = [
        RedisStore::new(server).end(KEY, ENDING, NOW).await,
        RedisStore::new(Cluster(cluster))
            .end(KEY, ENDING, NOW)
            .await,
    ];
    for end in ends {
        assert_eq!(end.unwrap_err().kind(), StoreErrorKind::ReadOnly);
    }
    // To a server that is the ending, and `QUIT`.
    assert_eq!(asked.map(|asked| asked.load(Ordering::Relaxed)), [2, 1]);
}
