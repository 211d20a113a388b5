//! Fields with `merge`: requests that change one field at once, of which each counts.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::COOKIE;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use session_runtime::store::{
    Change, Commit, Committed, Created, Ended, Listed, Loaded, MemoryStore, NewRow, Owner, Role,
    RowEnding, RowKey, Store, StoreError, StoreErrorKind,
};
use session_runtime::{Identity, Session, SessionLayer};
use session_sqlite::SqliteStore;
use tests::{App, MovableClock, app};
use tokio::sync::{Barrier, Notify};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "2h", max = "1d")]
struct Shop {
    #[session(identity)]
    user: Identity<u32>,
    #[session(merge = add)]
    count: i32,
    #[session(merge = add)]
    small: u8,
    #[session(merge = union, default = BTreeSet::from([1, 2]))]
    set: BTreeSet<u32>,
    #[session(merge = append(4))]
    list: Vec<u32>,
    #[session(merge = union)]
    names: BTreeSet<String>,
    #[session(merge = max)]
    most: u32,
    #[session(merge = min, default = 100)]
    least: u32,
    #[session(merge = add, ttl = "10m")]
    attempts: u32,
    plain: u32,
}

type Guard = Session<Shop>;

/// Changes, by their names in the address.
fn change(session: &mut Guard, whats: &str) {
    for what in whats.split(',') {
        change_one(session, what);
    }
}

fn change_one(session: &mut Guard, what: &str) {
    let (what, number) = what.split_once('-').unwrap();
    let number: i32 = number.parse().unwrap();
    let unsigned = number.unsigned_abs();
    match what {
        "add" => session.count += number,
        "sub" => session.count -= number,
        "set" => session.count = number,
        "small" => session.small += u8::try_from(number).unwrap(),
        "insert" => drop(session.set.insert(unsigned)),
        "remove" => drop(session.set.remove(&unsigned)),
        "push" => session.list.push(unsigned),
        "front" => session.list.insert(0, unsigned),
        "edit" => *session.list.first_mut().unwrap() = unsigned,
        "clear" => session.list.clear(),
        "name" => drop(session.names.insert(name(unsigned, 3_000))),
        "unname" => drop(session.names.remove(&name(unsigned, 3_000))),
        "forget" => session.names.clear(),
        "long" => drop(session.names.insert(name(unsigned, 50_000))),
        "rename" => {
            session.names = (0..40)
                .map(|item| name(100 * unsigned + item, 1_000))
                .collect();
        }
        "most" => session.most = unsigned,
        "least" => session.least = unsigned,
        "attempt" => session.attempts += unsigned,
        "plain" => session.plain = unsigned,
        "login" => Session::log_in(session, unsigned),
        _ => panic!("no change {what}"),
    }
}

fn name(number: u32, len: usize) -> String {
    format!("{number}-{}", "x".repeat(len))
}

async fn show(session: Guard) -> String {
    let Shop {
        count,
        small,
        set,
        list,
        most,
        least,
        attempts,
        plain,
        ..
    } = &*session;
    format!("{count} {small} {set:?} {list:?} {most} {least} {attempts} {plain}")
}

/// A store that shows what was written to it, and whose commits can fail.
#[derive(Clone)]
struct Watched<S> {
    store: S,
    watch: Arc<Watch>,
}

#[derive(Default)]
struct Watch {
    /// The number of differences in the row that was loaded last.
    added: AtomicUsize,
    /// The bytes of its entries.
    bytes: AtomicUsize,
    changes: Mutex<Vec<&'static str>>,
    /// The folds that the store is asked for, and has not answered.
    folding: AtomicUsize,
    folds_fail: AtomicBool,
    /// The next entry of this role is altered on its way, so that it does not open.
    alters: Mutex<Option<Role>>,
    /// The next commit is done, and its answer is lost when the gate opens.
    loses_answer: Mutex<Option<Gate>>,
}

/// A point where a request waits until the test lets it go on.
#[derive(Clone, Default)]
struct Gate {
    arrived: Arc<Notify>,
    opened: Arc<Notify>,
}

impl Gate {
    async fn pass(&self) {
        self.arrived.notify_one();
        self.opened.notified().await;
    }

    fn open(&self) {
        self.opened.notify_one();
    }
}

impl Watch {
    fn changes(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.changes.lock().unwrap())
    }

    fn alter_next(&self, role: Role) {
        *self.alters.lock().unwrap() = Some(role);
    }

    fn alter(&self, changes: &mut [Change]) {
        let mut role = self.alters.lock().unwrap();
        for change in changes {
            if let Change::Set(entry) | Change::Add(entry) | Change::Fold(entry) = change
                && *role == Some(entry.role)
            {
                let mut sealed = entry.sealed.to_vec();
                *sealed.last_mut().unwrap() ^= 1;
                entry.sealed = sealed.into();
                *role = None;
            }
        }
    }
}

impl<S: Store> Store for Watched<S> {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        let loaded = self.store.load(key, now).await?;
        if let Loaded::Alive(row) = &loaded {
            let added = row.entries.iter().filter(|entry| entry.role == Role::Added);
            self.watch.added.store(added.count(), Ordering::Relaxed);
            let bytes = row.entries.iter().map(|entry| entry.sealed.len()).sum();
            self.watch.bytes.store(bytes, Ordering::Relaxed);
        }
        Ok(loaded)
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        self.store.create(row, now).await
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let folds = commit
            .changes
            .iter()
            .any(|change| matches!(change, Change::Fold(_)));
        let names = commit.changes.iter().map(|change| match change {
            Change::Set(_) => "set",
            Change::Remove(_) => "remove",
            Change::Add(_) => "add",
            Change::Fold(_) => "fold",
        });
        self.watch.changes.lock().unwrap().extend(names);
        if folds && self.watch.folds_fail.load(Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Full, "told to fail"));
        }
        self.watch
            .folding
            .fetch_add(folds.into(), Ordering::Relaxed);
        let mut changes = commit.changes.to_vec();
        self.watch.alter(&mut changes);
        let commit = Commit {
            changes: &changes,
            ..commit
        };
        let committed = self.store.commit(key, commit, now).await;
        self.watch
            .folding
            .fetch_sub(folds.into(), Ordering::Relaxed);
        let loses_answer = self.watch.loses_answer.lock().unwrap().take();
        if let Some(gate) = loses_answer {
            gate.pass().await;
            return Err(StoreError::new(StoreErrorKind::Unreachable, "told to fail"));
        }
        committed
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        self.store.end(key, ending, now).await
    }

    async fn list(&self, owners: &[Owner], now: u64) -> Result<Vec<Listed>, StoreError> {
        self.store.list(owners, now).await
    }

    async fn end_all(
        &self,
        owners: &[Owner],
        keep: Option<RowKey>,
        until: u64,
        now: u64,
    ) -> Result<u64, StoreError> {
        self.store.end_all(owners, keep, until, now).await
    }

    async fn sweep(&self, now: u64, limit: u32) -> Result<u32, StoreError> {
        self.store.sweep(now, limit).await
    }
}

struct Site {
    app: App,
    watch: Arc<Watch>,
    clock: MovableClock,
    /// Requests wait here after they have loaded the session, and go on together.
    loaded: Arc<Mutex<Arc<Barrier>>>,
    /// Late requests wait here after they have loaded the session.
    late: Gate,
}

fn site(store: impl Store + Clone) -> Site {
    let watch = Arc::<Watch>::default();
    let store = Watched {
        store,
        watch: watch.clone(),
    };
    let clock = MovableClock::new();
    let loaded = Arc::new(Mutex::new(Arc::new(Barrier::new(1))));
    let barrier = loaded.clone();
    let change_together = move |Path(what): Path<String>, mut session: Guard| {
        let barrier = barrier.lock().unwrap().clone();
        async move {
            barrier.wait().await;
            change(&mut session, &what);
        }
    };
    let late = Gate::default();
    let gate = late.clone();
    let change_late = move |Path(what): Path<String>, mut session: Guard| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            change(&mut session, &what);
        }
    };
    // Two guards of one request, of which neither has seen the other's change.
    let change_twice = |Path((one, other)): Path<(String, String)>,
                        mut first: Guard,
                        mut second: Guard| async move {
        change(&mut first, &one);
        change(&mut second, &other);
    };
    let routes = Router::new()
        .route("/show", get(show))
        .route("/change/{what}", get(change_together))
        .route("/late/{what}", get(change_late))
        .route("/twice/{one}/{other}", get(change_twice));
    let layer_clock = clock.clone();
    let app =
        app(|keys| routes.layer(SessionLayer::<Shop>::stored(keys, store).clock(layer_clock)));
    Site {
        app,
        watch,
        clock,
        loaded,
        late,
    }
}

impl Site {
    async fn get(&mut self, path: &str) {
        let answer = self.app.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        self.settle().await;
    }

    async fn change(&mut self, what: &str) {
        self.get(&format!("/change/{what}")).await;
    }

    /// All of them load the session before one of them saves.
    async fn at_once(&mut self, whats: &[&str]) {
        *self.loaded.lock().unwrap() = Arc::new(Barrier::new(whats.len()));
        let requests = whats
            .iter()
            .map(|what| self.send(&format!("/change/{what}")));
        let requests: Vec<_> = requests.collect();
        for request in requests {
            assert_eq!(request.await.unwrap(), StatusCode::OK);
        }
        *self.loaded.lock().unwrap() = Arc::new(Barrier::new(1));
        self.settle().await;
    }

    /// The late request loads the session before the other ones do, and saves after them.
    async fn beside(&mut self, others: &[&str], late: &str) {
        let request = self.send(&format!("/late/{late}"));
        self.late.arrived.notified().await;
        for other in others {
            self.change(other).await;
        }
        self.late.open();
        assert_eq!(request.await.unwrap(), StatusCode::OK);
        self.settle().await;
    }

    /// Sends a request with the cookies of the browser.
    fn send(&self, path: &str) -> JoinHandle<StatusCode> {
        let request = Request::get(path).header(COOKIE, self.app.copy_cookies());
        let request = request.body(Body::empty()).unwrap();
        let router = self.app.router();
        tokio::spawn(async move { router.oneshot(request).await.unwrap().status() })
    }

    async fn shown(&mut self) -> String {
        self.app.get("/show").await.body
    }

    /// The number of differences that the row has.
    async fn added(&mut self) -> usize {
        self.shown().await;
        self.watch.added.load(Ordering::Relaxed)
    }

    /// The bytes of the row's entries.
    async fn bytes(&mut self) -> usize {
        self.shown().await;
        self.watch.bytes.load(Ordering::Relaxed)
    }

    /// Waits for the folds that no response waits for.
    async fn settle(&self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        while self.watch.folding.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Runs a test with each store.
async fn on_both_stores(test: impl AsyncFn(Site)) {
    test(site(MemoryStore::new())).await;
    let file = new_file();
    test(site(SqliteStore::open(&file).await.unwrap())).await;
}

fn new_file() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("merges-{}-{count}.db", std::process::id());
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[tokio::test]
async fn of_changes_at_once_each_counts_whatever_the_kind() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        site.at_once(&["add-1", "add-1", "sub-5"]).await;
        site.at_once(&["insert-3", "insert-4", "remove-1"]).await;
        site.at_once(&["push-1", "push-2"]).await;
        site.at_once(&["most-7", "most-9", "most-8"]).await;
        site.at_once(&["least-7", "least-5", "least-8"]).await;
        site.at_once(&["attempt-1", "attempt-2"]).await;
        let shown = site.shown().await.replace("[2, 1]", "[1, 2]");
        assert_eq!(shown, "-3 0 {2, 3, 4} [1, 2] 9 5 3 1");
    })
    .await;
}

#[tokio::test]
async fn twenty_requests_at_once_count_twenty() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        site.at_once(&["add-1"; 20]).await;
        assert!(site.shown().await.starts_with("20 "));
    })
    .await;
}

#[tokio::test]
async fn a_number_that_is_set_back_takes_away_what_was_seen() {
    on_both_stores(async |mut site| {
        site.change("add-3").await;
        site.at_once(&["set-0", "add-1"]).await;
        assert!(site.shown().await.starts_with("1 "));
    })
    .await;
}

#[tokio::test]
async fn a_sum_stops_at_the_limits_of_its_type() {
    on_both_stores(async |mut site| {
        site.change("small-250").await;
        site.at_once(&["small-4", "small-4"]).await;
        assert!(site.shown().await.starts_with("0 255 "));
    })
    .await;
}

/// The first items go, and one that was inserted there is one of them.
#[tokio::test]
async fn an_item_that_a_full_list_drops_although_it_is_new_is_warned_of() {
    const DROPPED: &str = "a new item is dropped";
    on_both_stores(async |mut site| {
        site.change("push-1,push-2,push-3,front-4").await;
        assert_eq!(site.shown().await, "0 0 {1, 2} [4, 1, 2, 3] 0 100 0 0");
        for quiet in [
            "push-5",
            "push-6,push-7,push-8,push-9,push-5",
            "edit-1",
            "plain-1",
        ] {
            site.change(quiet).await;
        }
        assert_eq!(site.app.log().lines_with(DROPPED), [""; 0]);
        let before = site.shown().await;
        assert_eq!(before, "0 0 {1, 2} [1, 8, 9, 5] 0 100 0 1");
        for (loud, front) in [("front-7", 1), ("front-9", 2)] {
            site.change(loud).await;
            assert_eq!(site.shown().await, before, "{loud}");
            let lines = site.app.log().lines_with(DROPPED);
            assert_eq!(lines.len(), front, "{loud}: {lines:?}");
            assert!(
                lines
                    .iter()
                    .all(|line| line.contains("WARN") && line.contains("field=\"list\""))
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_list_keeps_what_each_request_added() {
    on_both_stores(async |mut site| {
        for item in 1..=6 {
            site.change(&format!("push-{item}")).await;
        }
        assert!(site.shown().await.contains("[3, 4, 5, 6]"));
        site.at_once(&["push-7", "push-8"]).await;
        let shown = site.shown().await;
        let both = shown.contains("[5, 6, 7, 8]") || shown.contains("[5, 6, 8, 7]");
        assert!(both, "{shown}");
        assert!(!site.watch.changes().contains(&"set"));
    })
    .await;
}

#[tokio::test]
async fn a_value_that_takes_the_place_of_another_is_added_to_by_a_later_request() {
    on_both_stores(async |mut site| {
        site.change("push-1").await;
        site.beside(&["edit-9"], "push-5").await;
        assert!(site.shown().await.contains("[9, 5]"));
        assert_eq!(site.watch.changes(), ["set", "add"]);
        site.beside(&["clear-0"], "push-6").await;
        assert!(site.shown().await.contains("[6]"));
    })
    .await;
}

#[tokio::test]
async fn a_value_takes_the_place_of_what_was_added_before_it() {
    on_both_stores(async |mut site| {
        site.change("push-1").await;
        site.beside(&["push-5"], "edit-9").await;
        assert!(site.shown().await.contains("[9]"));
        site.beside(&["push-5"], "clear-0").await;
        assert!(site.shown().await.contains("[]"));
        let said = site.app.log().lines_with("a change cannot be merged");
        assert_eq!(said.len(), 2, "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a_limit_that_is_taken_back_is_a_new_value() {
    on_both_stores(async |mut site| {
        site.change("most-9").await;
        site.change("most-3").await;
        site.change("least-7").await;
        site.change("least-8").await;
        assert!(site.shown().await.contains(" 3 8 "));
        assert_eq!(site.watch.changes(), ["set", "add", "set"]);
    })
    .await;
}

#[tokio::test]
async fn a_busy_counter_does_not_grow_the_row_and_folding_loses_nothing() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        for counted in 1..=60 {
            site.change("add-1").await;
            assert!(site.added().await <= 9, "after {counted}");
            assert!(site.shown().await.starts_with(&format!("{counted} ")));
        }
        assert!(site.watch.changes().contains(&"fold"));
    })
    .await;
}

#[tokio::test]
async fn a_difference_that_does_not_open_stays_and_what_opens_beside_it_is_folded() {
    on_both_stores(async |mut site| {
        site.change("add-1").await;
        site.watch.alter_next(Role::Added);
        site.change("add-1").await;
        for _ in 0..30 {
            site.change("add-1").await;
        }
        let added = site.added().await;
        assert!((1..=10).contains(&added), "{added}");
        assert!(site.shown().await.starts_with("31 "));
        site.watch.changes();
        site.shown().await;
        site.settle().await;
        assert_eq!(site.watch.changes(), [""; 0], "and is no reason to write");
    })
    .await;
}

/// Nothing is folded into a base that does not open, so what is added beside it would fill the store.
#[tokio::test]
async fn a_counter_whose_base_does_not_open_comes_to_an_end_of_its_differences() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        site.watch.alter_next(Role::Base);
        let mut most = 0;
        for _ in 0..200 {
            site.change("add-1").await;
            most = most.max(site.added().await);
        }
        assert_eq!(most, 64);
        let log = site.app.log();
        assert_eq!(log.lines_with("too large to be merged").len(), 1, "{log:?}");
        assert!(site.watch.changes().contains(&"set"));
    })
    .await;
}

#[tokio::test]
async fn many_folders_at_once_lose_nothing() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        for round in 1..=6 {
            site.at_once(&[
                "add-1", "push-1", "add-1", "insert-7", "add-1", "add-1", "sub-1",
            ])
            .await;
            assert!(site.shown().await.starts_with(&format!("{} ", 3 * round)));
        }
        assert!(site.shown().await.contains("{1, 2, 7} [1, 1, 1, 1]"));
    })
    .await;
}

#[tokio::test]
async fn a_fold_that_fails_is_no_matter_of_the_visitor() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        site.watch.folds_fail.store(true, Ordering::Relaxed);
        for _ in 0..20 {
            site.change("add-1").await;
        }
        assert_eq!(site.added().await, 20);
        assert!(site.shown().await.starts_with("20 "));
        let said = site.app.log().lines_with("are not folded");
        assert!(!said.is_empty() && said[0].contains("DEBUG"), "{said:?}");
        site.watch.folds_fail.store(false, Ordering::Relaxed);
        site.change("add-1").await;
        assert_eq!(site.added().await, 1, "the last one");
        assert!(site.shown().await.starts_with("21 "));
    })
    .await;
}

impl Site {
    /// The answer to the commit of this change is lost, and comes a second time after the other changes.
    async fn losing_the_answer(&mut self, what: &str, others: &[&str]) {
        let gate = Gate::default();
        *self.watch.loses_answer.lock().unwrap() = Some(gate.clone());
        let request = self.send(&format!("/change/{what}"));
        gate.arrived.notified().await;
        for other in others {
            self.change(other).await;
        }
        gate.open();
        assert_eq!(request.await.unwrap(), StatusCode::OK);
        self.settle().await;
    }
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_counts_once() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        site.losing_the_answer("add-1", &[]).await;
        site.losing_the_answer("push-1", &["push-2"]).await;
        assert!(site.shown().await.starts_with("1 0 {1, 2} [1, 2] "));
    })
    .await;
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_counts_once_beside_a_fold() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        for _ in 0..8 {
            site.change("add-1").await;
        }
        site.watch.changes();
        site.losing_the_answer("add-1", &["add-1", "add-1"]).await;
        assert!(site.watch.changes().contains(&"fold"));
        assert!(site.shown().await.starts_with("11 "));
        for counted in 12..=40 {
            site.change("add-1").await;
            assert!(site.shown().await.starts_with(&format!("{counted} ")));
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_counts_once_beside_a_new_value() {
    on_both_stores(async |mut site| {
        site.change("push-1").await;
        site.losing_the_answer("push-2", &["edit-9"]).await;
        assert!(site.shown().await.contains("[9, 2]"));
        site.losing_the_answer("push-3", &["clear-0"]).await;
        assert!(site.shown().await.contains("[]"));
        site.change("push-4").await;
        assert!(site.shown().await.contains("[4]"));
    })
    .await;
}

#[tokio::test]
async fn a_new_value_whose_answer_is_lost_takes_away_nothing_that_was_added_to_it() {
    on_both_stores(async |mut site| {
        site.change("push-1").await;
        site.losing_the_answer("edit-9", &["push-2"]).await;
        assert!(site.shown().await.contains("[9, 2]"));
        site.change("most-9").await;
        site.losing_the_answer("most-3", &["most-7"]).await;
        assert!(site.shown().await.contains(" 7 100 "));
        site.clock.advance(200);
        site.change("edit-8").await;
        site.losing_the_answer("clear-0", &["push-2"]).await;
        assert!(site.shown().await.contains("[2]"));
    })
    .await;
}

#[tokio::test]
async fn a_ticket_of_before_a_login_adds_nothing_and_folds_nothing() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        for _ in 0..8 {
            site.change("add-1").await;
        }
        site.watch.changes();
        site.beside(&["login-7"], "add-1").await;
        assert_eq!(
            site.watch.changes(),
            ["set", "add"],
            "the login's and one that is refused"
        );
        assert!(site.shown().await.starts_with("8 "));
        let said = site.app.log().lines_with("changes are not saved");
        assert_eq!(said.len(), 1, "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a_login_brings_along_what_its_handler_added() {
    on_both_stores(async |mut site| {
        site.change("add-1").await;
        site.beside(&["add-1"], "login-7").await;
        site.get("/twice/login-7/add-1").await;
        assert!(site.shown().await.starts_with("3 "));
    })
    .await;
}

#[tokio::test]
async fn changes_start_the_time_of_a_field_and_those_after_it_begin_at_the_default() {
    on_both_stores(async |mut site| {
        site.change("plain-1").await;
        site.change("attempt-5").await;
        site.clock.advance(599);
        site.change("attempt-1").await;
        site.clock.advance(599);
        assert!(site.shown().await.ends_with(" 6 1"));
        site.clock.advance(1);
        assert!(site.shown().await.ends_with(" 0 1"));
        site.at_once(&["attempt-1", "attempt-1"]).await;
        assert!(site.shown().await.ends_with(" 2 1"));
        for counted in 3..=30 {
            site.change("attempt-1").await;
            assert!(site.shown().await.ends_with(&format!(" {counted} 1")));
        }
        site.clock.advance(600);
        site.at_once(&["attempt-1"; 12]).await;
        site.change("attempt-1").await;
        assert!(site.shown().await.ends_with(" 13 1"));
    })
    .await;
}

#[tokio::test]
async fn a_field_that_comes_back_to_its_default_goes_on_counting() {
    on_both_stores(async |mut site| {
        site.change("add-1").await;
        site.change("sub-1").await;
        site.change("remove-1").await;
        site.change("insert-1").await;
        assert_eq!(site.shown().await, "0 0 {1, 2} [] 0 100 0 0");
        site.watch.changes();
        // What another request counts meanwhile must not go.
        site.get("/twice/add-1,plain-4/sub-1").await;
        assert_eq!(site.watch.changes(), ["set"], "only the plain field");
        site.at_once(&["add-1", "add-1", "sub-3"]).await;
        assert!(site.shown().await.starts_with("-1 "));
    })
    .await;
}

#[tokio::test]
async fn guards_of_one_request_are_merged_like_requests() {
    on_both_stores(async |mut site| {
        site.get("/twice/add-1/add-1").await;
        site.get("/twice/push-1/push-2").await;
        site.get("/twice/insert-7/remove-1").await;
        site.get("/twice/most-7/most-5").await;
        let shown = site.shown().await.replace("[2, 1]", "[1, 2]");
        assert_eq!(shown, "2 0 {2, 7} [1, 2] 7 100 0 0");
        let said = site.app.log().lines_with("WARN");
        assert!(said.is_empty(), "{said:?}");
        site.get("/twice/push-3/edit-9").await;
        let said = site
            .app
            .log()
            .lines_with("two guards of one request changed the same field");
        assert_eq!(said.len(), 1, "{said:?}");
    })
    .await;
}

fn numbered(what: &str, numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("{what}-{number}")).collect()
}

/// The largest difference that one request adds.
const LARGEST_DIFFERENCE: usize = 4 * 1024;

#[tokio::test]
async fn requests_at_once_add_at_most_four_kibibytes_each() {
    on_both_stores(async |mut site| {
        let names = numbered("name", 0..32);
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        site.change("add-1").await;
        site.at_once(&names).await;
        assert_eq!(site.added().await, 32, "each of them counts");
        assert!(site.bytes().await < 32 * LARGEST_DIFFERENCE);

        let long = numbered("long", 0..32);
        let long: Vec<_> = long.iter().map(String::as_str).collect();
        site.change("forget-0").await;
        site.at_once(&long).await;
        assert!(site.bytes().await < 128 * 1024, "a value is there once");
        let told = site.app.log().lines_with("too large to be merged");
        assert!(told.iter().any(|line| line.contains("WARN")), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_set_that_is_replaced_again_and_again_makes_no_large_row() {
    on_both_stores(async |mut site| {
        for round in 0..6 {
            site.change(&format!("rename-{round}")).await;
            assert!(site.bytes().await < 64 * 1024, "in round {round}");
        }
    })
    .await;
}

/// Counts one, and makes a row of more than 128 KiB.
async fn fill_row(site: &mut Site) {
    site.change("add-1").await;
    let names = numbered("name", 0..64);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    site.at_once(&names).await;
}

#[tokio::test]
async fn numbers_are_added_also_to_a_row_that_is_full() {
    on_both_stores(async |mut site| {
        fill_row(&mut site).await;
        assert!(site.bytes().await > 128 * 1024);
        site.at_once(&["add-1"; 16]).await;
        let shown = site.shown().await;
        assert_eq!(shown.split(' ').next(), Some("17"));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_added_to_a_row_that_is_full() {
    on_both_stores(async |mut site| {
        fill_row(&mut site).await;
        let full = site.bytes().await;
        assert!(full > 128 * 1024);

        let refused = site.app.get("/change/name-64").await;
        assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
        site.watch.changes();
        site.change("unname-1").await;
        assert_eq!(site.watch.changes(), ["set"], "and it may shrink");
        assert!(site.bytes().await < full);
    })
    .await;
}
