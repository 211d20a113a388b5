//! Who reads the store of stored sessions, and who writes it: what such an attacker learns and can do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use session_runtime::store::{
    Commit, Committed, Created, Ended, Entry, EntryTag, Listed, Loaded, MemoryStore, NewRow, Owner,
    Role, Row, RowEnding, RowKey, Store, StoreError,
};
use session_runtime::test_kit::Browser;
use session_runtime::{Identity, Keyring, LoggedIn, Session, SessionLayer};
use tests::{App, CANARY, MovableClock, app};

#[derive(Session)]
#[session(cookie = "shop", stored, idle = "2h", max = "1d")]
struct Shop {
    #[session(identity)]
    user: Identity<String>,
    visits: u32,
    attempts: u32,
    cart: Vec<String>,
}

/// The same fields in the cookie, as another application under the same keys has them.
#[derive(Session)]
#[session(cookie = "shop", idle = "2h", max = "1d")]
struct InCookie {
    visits: u32,
}

type Guard = Session<Shop>;

async fn show(session: Guard) -> String {
    let user = session.user.clone().unwrap_or_else(|| "-".to_owned());
    let state = Session::info(&session).state();
    let Shop {
        visits,
        attempts,
        cart,
        ..
    } = &*session;
    format!("{user} {visits} {attempts} {} {state:?}", cart.len())
}

async fn visit(mut session: Guard) {
    session.visits += 1;
}

async fn attempt(mut session: Guard) {
    session.attempts += 1;
}

async fn add(mut session: Guard) {
    session.cart.push(CANARY.to_owned());
}

async fn log_in(Path(user): Path<String>, mut session: Guard) {
    Session::log_in(&mut session, user);
}

async fn log_out(mut session: Guard) {
    Session::log_out(&mut session);
}

async fn orders(LoggedIn(user): LoggedIn<Shop>) -> String {
    user
}

/// Puts another answer in the place of a load's.
type Alteration = Box<dyn Fn(Loaded) -> Loaded + Send>;

/// A memory store in the hands of an attacker, who keeps a copy of every state of every row, and may alter what is
/// loaded.
#[derive(Clone, Default)]
struct Attacked {
    store: MemoryStore,
    loads: Arc<AtomicUsize>,
    copies: Arc<Mutex<Vec<(RowKey, Row)>>>,
    alteration: Arc<Mutex<Option<Alteration>>>,
}

impl Attacked {
    fn loads(&self) -> usize {
        self.loads.swap(0, Ordering::Relaxed)
    }

    fn alter(&self, alteration: impl Fn(Loaded) -> Loaded + Send + 'static) {
        *self.alteration.lock().unwrap() = Some(Box::new(alteration));
    }

    /// Alters each row that is alive.
    fn alter_rows(&self, alteration: impl Fn(&mut Row) + Send + 'static) {
        self.alter(move |loaded| match loaded {
            Loaded::Alive(mut row) => {
                alteration(&mut row);
                Loaded::Alive(row)
            }
            other => other,
        });
    }

    fn leave_alone(&self) {
        *self.alteration.lock().unwrap() = None;
    }

    async fn copy(&self, key: RowKey, now: u64) {
        if let Loaded::Alive(row) = self.store.load(key, now).await.unwrap() {
            self.copies.lock().unwrap().push((key, row));
        }
    }

    /// Every state that a row has had, oldest first.
    fn copies(&self) -> Vec<(RowKey, Row)> {
        self.copies.lock().unwrap().clone()
    }

    /// The last state of each row, in the order in which the rows were made.
    fn dump(&self) -> Vec<(RowKey, Row)> {
        let mut rows: Vec<(RowKey, Row)> = Vec::new();
        for (key, row) in self.copies() {
            match rows.iter_mut().find(|(other, _)| *other == key) {
                Some((_, last)) => *last = row,
                None => rows.push((key, row)),
            }
        }
        rows
    }
}

impl Store for Attacked {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        let loaded = self.store.load(key, now).await?;
        Ok(match &*self.alteration.lock().unwrap() {
            Some(alter) => alter(loaded),
            None => loaded,
        })
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        let created = self.store.create(row, now).await;
        self.copy(row.key, now).await;
        created
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        let committed = self.store.commit(key, commit, now).await;
        self.copy(key, now).await;
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

/// All bytes of a row.
fn bytes((key, row): &(RowKey, Row)) -> Vec<u8> {
    let of_entries = |entries: &[Entry]| -> Vec<u8> {
        let each = entries.iter();
        each.flat_map(|entry| [&entry.tag.to_bytes()[..], &entry.sealed].concat())
            .collect()
    };
    let owner = row
        .owner
        .map_or(Vec::new(), |owner| owner.to_bytes().to_vec());
    let before = row.before.iter();
    let before: Vec<u8> = before
        .flat_map(|before| [&before.mark.to_bytes()[..], &of_entries(&before.entries)].concat())
        .collect();
    [
        &key.to_bytes()[..],
        &row.mark.to_bytes(),
        &owner,
        &of_entries(&row.entries),
        &before,
    ]
    .concat()
}

struct Site {
    app: App,
    store: Attacked,
    clock: MovableClock,
    keys: Keyring,
}

fn site() -> Site {
    let (store, clock) = (Attacked::default(), MovableClock::new());
    let mut ring = None;
    let app = app(|keys| {
        ring = Some(keys.clone());
        let layer = SessionLayer::<Shop>::stored(keys, store.clone());
        router().layer(layer.clock(clock.clone()))
    });
    let keys = ring.unwrap();
    Site {
        app,
        store,
        clock,
        keys,
    }
}

fn router() -> Router {
    Router::new()
        .route("/show", get(show))
        .route("/visit", get(visit))
        .route("/attempt", get(attempt))
        .route("/add", get(add))
        .route("/log-in/{user}", get(log_in))
        .route("/log-out", get(log_out))
        .route("/orders", get(orders))
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_copy_of_the_store_shows_no_value_no_user_and_no_field() {
    let mut site = site();
    for path in ["/visit", "/add", "/log-in/ann-of-accounting", "/add"] {
        site.app.get(path).await;
    }
    assert_eq!(
        site.app.get("/show").await.body,
        "ann-of-accounting 1 0 2 Active"
    );
    let copies = site.store.copies();
    assert!(copies.len() >= 4, "a copy for each change");
    assert!(copies.iter().any(|(_, row)| row.before.is_some()));
    for row in &copies {
        let bytes = bytes(row);
        for text in [CANARY, "ann-of-accounting", "visits", "cart", "shop"] {
            assert!(!contains(&bytes, text), "{text}");
        }
    }
}

/// The owner of a row in which a user is logged in, in an application with keys of its own.
async fn owner_of(user: &str) -> Owner {
    let mut site = site();
    site.app.get(&format!("/log-in/{user}")).await;
    let owner = site.store.dump()[0].1.owner.unwrap();
    // Another browser of the same user.
    let router = site.app.router();
    let mut browser = Browser::new(router);
    browser.get(&format!("/log-in/{user}")).await;
    assert_eq!(
        site.store.dump()[1].1.owner,
        Some(owner),
        "or no list could find it"
    );
    owner
}

#[tokio::test]
async fn an_owner_is_another_hash_under_other_keys() {
    assert!(
        owner_of("ann").await != owner_of("ann").await,
        "a guess needs the keys"
    );
    assert!(owner_of("ann").await != owner_of("bob").await);
}

/// The row of a visitor with two fields and a user, and what the visitor sees of it after an attack.
async fn seen_after(attack: impl Fn(&mut Row) + Send + 'static) -> String {
    let mut site = site();
    for path in ["/log-in/ann", "/visit", "/visit"] {
        site.app.get(path).await;
    }
    site.store.alter_rows(attack);
    let seen = site.app.get("/show").await.body;
    site.store.leave_alone();
    assert_eq!(site.app.get("/show").await.body, "ann 2 0 0 Active");
    seen
}

/// The field tag of `visits`, as FORMAT computes it.
const VISITS: EntryTag = EntryTag::from_bytes([0xd3, 0x12, 0x2f]);

fn visits_of(row: &mut Row) -> &mut Entry {
    let mut entries = row.entries.iter_mut();
    entries.find(|entry| entry.tag == VISITS).unwrap()
}

#[tokio::test]
async fn who_writes_the_store_forges_no_entry_and_moves_none() {
    let altered = seen_after(|row| {
        let entry = visits_of(row);
        let mut sealed = entry.sealed.to_vec();
        *sealed.last_mut().unwrap() ^= 1;
        entry.sealed = sealed.into();
    });
    assert_eq!(altered.await, "ann 0 0 0 Active");
    let made_up = seen_after(|row| visits_of(row).sealed = vec![1; 60].into());
    assert_eq!(made_up.await, "ann 0 0 0 Active");
    let in_another_role = seen_after(|row| visits_of(row).role = Role::Added);
    assert_eq!(in_another_role.await, "ann 0 0 0 Active");
    // Every entry in the place of every other.
    let exchanged = seen_after(|row| {
        let sealed: Vec<_> = row
            .entries
            .iter()
            .map(|entry| entry.sealed.clone())
            .collect();
        let others = sealed.iter().cycle().skip(1);
        for (entry, other) in row.entries.iter_mut().zip(others) {
            entry.sealed = other.clone();
        }
    });
    assert_eq!(
        exchanged.await,
        "- 0 0 0 Unreadable",
        "its user does not open"
    );
}

#[tokio::test]
async fn who_writes_the_store_makes_no_visitor_another_user() {
    let mut site = site();
    for path in ["/log-in/bob", "/visit"] {
        site.app.get(path).await;
    }
    site.app.restart();
    site.app.get("/log-in/ann").await;
    let rows = site.store.dump();
    let [(_, of_bob), (_, of_ann)] = &rows[..] else {
        panic!("{} rows", rows.len());
    };
    // All of Bob's row in the place of Ann's, with her mark.
    let (mark, mut stolen) = (of_ann.mark, of_bob.clone());
    stolen.mark = mark;
    site.store.alter(move |_| Loaded::Alive(stolen.clone()));
    assert_eq!(site.app.get("/show").await.body, "- 0 0 0 Unreadable");
    assert_eq!(
        site.app.get("/orders").await.status,
        StatusCode::UNAUTHORIZED
    );
    // Bob's owner beside Ann's entries: an owner finds a row, and does not say who is logged in.
    let mut owned = of_ann.clone();
    owned.owner = of_bob.owner;
    site.store.alter(move |_| Loaded::Alive(owned.clone()));
    assert_eq!(site.app.get("/orders").await.body, "ann");
}

#[tokio::test]
async fn who_writes_the_store_can_bring_back_an_older_value_of_a_field() {
    let mut site = site();
    for path in ["/log-in/ann", "/attempt", "/visit", "/attempt", "/attempt"] {
        site.app.get(path).await;
    }
    assert_eq!(site.app.get("/show").await.body, "ann 1 3 0 Active");
    let copies = site.store.copies();
    let (_, older) = copies[1].clone();
    // The one entry that has another value by now, and was there already.
    let (_, last) = copies.last().unwrap();
    let attempts = older.entries.into_iter().find(|entry| {
        let mut now = last.entries.iter();
        now.any(|other| other.tag == entry.tag && other.sealed != entry.sealed)
    });
    let attempts = attempts.unwrap();
    site.store.alter_rows(move |row| {
        let mut entries = row.entries.iter_mut();
        let now = entries.find(|entry| entry.tag == attempts.tag).unwrap();
        *now = attempts.clone();
    });
    assert_eq!(site.app.get("/show").await.body, "ann 1 1 0 Active");
}

#[tokio::test]
async fn who_writes_the_store_can_bring_back_a_session_that_has_ended() {
    let mut site = site();
    for path in ["/log-in/ann", "/visit"] {
        site.app.get(path).await;
    }
    let copied = site.app.copy_cookies();
    site.app.get("/log-out").await;
    assert_eq!(
        site.app.get_with("/show", &copied).await.body,
        "- 0 0 0 Ended"
    );
    let (_, backup) = site.store.copies().pop().unwrap();
    site.store.alter(move |_| Loaded::Alive(backup.clone()));
    assert_eq!(
        site.app.get_with("/show", &copied).await.body,
        "ann 1 0 0 Active"
    );
    // Other keys end it for good, wherever its row comes from.
    site.keys.replace(&Keyring::ephemeral());
    assert_eq!(
        site.app.get_with("/show", &copied).await.body,
        "- 0 0 0 UnknownKey"
    );
    assert_eq!(site.app.get("/show").await.body, "- 0 0 0 New");
}

#[tokio::test]
async fn no_guess_of_a_ticket_reaches_the_store() {
    let mut site = site();
    site.app.get("/visit").await;
    let ticket = site.app.cookie(COOKIE).unwrap();
    site.app.get("/show").await;
    assert!(site.store.loads() > 0, "the ticket itself does");
    let mut guesses = Vec::new();
    for at in 0..ticket.len() {
        let mut guess = ticket.clone().into_bytes();
        guess[at] = if guess[at] == b'A' { b'B' } else { b'A' };
        guesses.push(String::from_utf8(guess).unwrap());
        guesses.push(ticket[..at].to_owned());
    }
    guesses.extend(["0", "junk", "A".repeat(96).as_str()].map(str::to_owned));
    guesses.push(sealed_in_cookie(&Keyring::ephemeral()).await);
    // Under the right key, and no ticket.
    guesses.push(sealed_in_cookie(&site.keys).await);
    for guess in &guesses {
        let cookies = format!("{COOKIE}={guess}");
        let seen = site.app.get_with("/visit", cookies).await;
        assert_eq!(seen.status, StatusCode::OK);
    }
    site.clock.advance(2 * 60 * 60);
    site.app.get("/show").await;
    assert_eq!(site.store.loads(), 0, "{} guesses", guesses.len());
}

const COOKIE: &str = "__Host-shop";

/// A session in its cookie, as an application that is not stored seals it under these keys.
async fn sealed_in_cookie(keys: &Keyring) -> String {
    async fn visit(mut session: Session<InCookie>) {
        session.visits += 1;
    }
    let keys = tests::another_process(keys);
    let router = Router::new().route("/visit", get(visit));
    let router = router.layer(SessionLayer::<InCookie>::new(keys));
    let mut browser = Browser::new(router);
    browser.get("/visit").await;
    browser.cookie(COOKIE).unwrap().value().to_owned()
}

#[tokio::test]
async fn who_writes_the_store_can_make_the_ticket_of_before_a_login_the_good_one_again() {
    let mut site = site();
    site.app.get("/visit").await;
    let planted = site.app.copy_cookies();
    site.app.get("/log-in/ann").await;
    let before = site.app.get_with("/orders", &planted).await;
    assert_eq!(before.status, StatusCode::UNAUTHORIZED);
    site.store.alter_rows(|row| {
        if let Some(before) = row.before.take() {
            row.mark = before.mark;
        }
    });
    assert_eq!(site.app.get_with("/orders", &planted).await.body, "ann");
    let visitor = site.app.get("/orders").await;
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);
}
