//! Requests with a ticket, and what they find in the store.

use std::collections::BTreeSet;
use std::sync::Mutex;

use axum::Router;
use axum::routing::get;

use super::super::serving::{Fixed, answer, described, read_session, request};
use super::tickets::{sealed_under, ticket};
use super::*;
use crate::data::SessionData as _;
use crate::merge::{Added, Difference, History, Name};
use crate::store::{
    Before, Commit, Committed, Created, Ended, Entry, Listed, Loaded, Mark, NewRow, Owner, Row,
    RowEnding, Store, StoreError, StoreErrorKind, Why,
};
use crate::{Identity, Session, SessionLayer};

/// The session type `stored-shop` of the vectors.
#[derive(Session)]
#[session(cookie = "shop", stored, idle = "1h", max = "1d")]
pub(super) struct StoredShop {
    #[session(identity)]
    user: Identity<u32>,
    visits: u32,
    #[session(ttl = "10m")]
    code: u32,
    #[session(merge = add)]
    total: u32,
    #[session(merge = add, ttl = "10m")]
    tries: u32,
    #[session(merge = max)]
    best: u32,
    #[session(merge = min, default = 100)]
    least: u32,
    #[session(merge = union)]
    marked: BTreeSet<u32>,
    #[session(merge = append(3))]
    seen: Vec<u32>,
    #[session(browser)]
    theme: u32,
    #[session(flash)]
    notice: u32,
}

/// The type as a reader has to know it. Two of its fields are no numbers.
pub(super) fn described_shop() -> Value {
    let mut described = described::<StoredShop>();
    for (field, kind) in [("marked", "set"), ("seen", "list")] {
        described["fields"][field]["type"] = json!(kind);
    }
    described
}

fn tag_of(name: &str) -> [u8; 3] {
    let mut fields = StoredShop::SCHEMA.fields.iter();
    fields.find(|field| field.name == name).unwrap().tag.0
}

/// The rows of an entry, and which of them was asked for.
#[derive(Clone)]
struct Rows {
    rows: Value,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Rows {
    fn row(&self, key: RowKey, now: u64) -> Loaded {
        let row = &self.rows[hex(&key.to_bytes())];
        if row.is_null() {
            return Loaded::Missing;
        }
        if row == "ended" {
            return Loaded::Ended(Why::ByVisitor);
        }
        let number = |value: &Value| value.as_u64().unwrap();
        if let Some(until) = row.get("replaced") {
            let until = number(until);
            return Loaded::Ended(Why::Replaced { until });
        }
        let copy = row.get("copy").map(|copy| Before {
            mark: mark(&copy["mark"]),
            until: number(&copy["until"]),
            entries: entries(&copy["entries"]),
        });
        let row = Row {
            mark: mark(&row["mark"]),
            owner: None,
            expires: number(&row["expires"]),
            entries: entries(&row["entries"]),
            before: copy,
        };
        if now < row.expires {
            Loaded::Alive(row)
        } else {
            Loaded::Missing
        }
    }
}

fn mark(hex: &Value) -> Mark {
    Mark::from_bytes(bytes(hex).try_into().unwrap())
}

fn entries(of: &Value) -> Vec<Entry> {
    let entry = |entry: &Value| Entry {
        tag: EntryTag::from_bytes(bytes(&entry["tag"]).try_into().unwrap()),
        role: entries::role(&entry["role"]),
        sealed: bytes(&entry["sealed"]).into(),
    };
    of.as_array().unwrap().iter().map(entry).collect()
}

/// Nothing here is changed.
fn no_write<T>() -> Result<T, StoreError> {
    let error = "these rows are only read";
    Err(StoreError::new(StoreErrorKind::ReadOnly, error))
}

impl Store for Rows {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        self.asked.lock().unwrap().push(hex(&key.to_bytes()));
        Ok(self.row(key, now))
    }

    async fn create(&self, _: NewRow<'_>, _: u64) -> Result<Created, StoreError> {
        no_write()
    }

    /// A use that is recorded.
    async fn commit(&self, _: RowKey, _: Commit<'_>, _: u64) -> Result<Committed, StoreError> {
        Ok(Committed::Done)
    }

    async fn end(&self, _: RowKey, _: RowEnding<'_>, _: u64) -> Result<Ended, StoreError> {
        no_write()
    }

    async fn list(&self, _: &[Owner], _: u64) -> Result<Vec<Listed>, StoreError> {
        no_write()
    }

    async fn end_all(
        &self,
        _: &[Owner],
        _: Option<RowKey>,
        _: u64,
        _: u64,
    ) -> Result<u64, StoreError> {
        no_write()
    }

    async fn sweep(&self, _: u64, _: u32) -> Result<u32, StoreError> {
        no_write()
    }
}

/// The entry with what the library finds in its rows.
pub(in super::super) fn answered(entry: Value) -> Value {
    let rows = Rows {
        rows: entry["rows"].clone(),
        asked: Arc::default(),
    };
    let keys = Keyring::unchecked(entry["keys"].as_str().unwrap()).unwrap();
    let now = entry["now"].as_u64().unwrap();
    let layer = SessionLayer::<StoredShop>::stored(keys, rows.clone()).clock(Fixed(now));
    let router = Router::new().route("/read", get(read_session::<StoredShop>));
    let answer = answer(router.layer(layer), request(&entry, "/read"));
    let found = json!({
        "asked": *rows.asked.lock().unwrap(),
        "unopened": answer.logged_of_all("a field in the store does not open", "reason"),
        "state": answer.body["state"],
        "fields": answer.body["fields"],
    });
    with_outcome(entry, Ok(found))
}

/// A request, and the rows that are in the store.
struct Ask {
    name: &'static str,
    keys: String,
    cookies: Vec<String>,
    rows: Vec<(String, Value)>,
}

impl Ask {
    /// A request with this ticket of the row in which every session here is.
    fn of(name: &'static str, ticket: &Ticket, row: Value) -> Self {
        Self {
            name,
            keys: key_text(0),
            cookies: vec![cookie(ticket)],
            rows: vec![(row_key(ID), row)],
        }
    }

    fn entry(self) -> Value {
        let rows: serde_json::Map<_, _> = self.rows.into_iter().collect();
        answered(json!({
            "name": self.name,
            "type": "stored-shop",
            "keys": self.keys,
            "now": NOW,
            "cookies": self.cookies,
            "rows": rows,
        }))
    }
}

fn cookie(ticket: &Ticket) -> String {
    format!("{NAME}={}", sealed_under(&key_text(0), NAME, ticket))
}

fn row_key(id: [u8; 16]) -> String {
    hex(&SessionId::from_bytes(id).row_key(NAME).to_bytes())
}

/// A ticket that was used ten seconds ago. With a login it is somebody's.
fn used(flags: u8) -> Ticket {
    ticket(flags, (NOW - 100, NOW - 10))
}

fn of_mark(mark: [u8; 8]) -> Ticket {
    Ticket {
        mark: Mark::from_bytes(mark),
        ..used(0)
    }
}

fn row(entries: impl IntoIterator<Item = Value>) -> Value {
    row_until(NOW + 3590, entries)
}

fn row_until(expires: u64, entries: impl IntoIterator<Item = Value>) -> Value {
    let entries: Vec<_> = entries.into_iter().collect();
    json!({ "mark": hex(&MARK), "expires": expires, "entries": entries })
}

/// The row after a login that was so many seconds ago: a user, and the copy of before with another mark.
fn row_after_login(seconds: u64) -> Value {
    let mut row = row([field("user", 7), field("visits", 5)]);
    row["copy"] = json!({
        "mark": hex(&MARK_BEFORE),
        "until": NOW - seconds + 60,
        "entries": [field("visits", 4)],
    });
    row
}

fn rows_that_shut_a_ticket_out() -> Vec<Value> {
    let shut = |seconds| {
        let mut row = row_after_login(seconds);
        row["mark"] = json!(hex(&MARK_THAT_SHUTS_OUT));
        row
    };
    let mut somebodys_before = used(0x01);
    somebodys_before.mark = Mark::from_bytes(MARK_BEFORE);
    entries_of([
        Ask::of(
            "the ticket of a renewal that shut the one before out",
            &of_mark(MARK_THAT_SHUTS_OUT),
            shut(10),
        ),
        Ask::of(
            "a ticket that was shut out",
            &of_mark(MARK_BEFORE),
            shut(10),
        ),
        Ask::of(
            "a user's ticket that was shut out",
            &somebodys_before,
            shut(10),
        ),
        Ask::of(
            "a ticket that was shut out, when the copy is over",
            &of_mark(MARK_BEFORE),
            shut(60),
        ),
    ])
}

const MARK_THAT_SHUTS_OUT: [u8; 8] = *b"shut out";
const MARK_BEFORE: [u8; 8] = *b"formerly";
const MARK_LONG_AGO: [u8; 8] = *b"long ago";

/// An entry that was written ten seconds ago.
fn field(name: &str, value: u8) -> Value {
    field_at(name, value, NOW - 10, None)
}

fn field_at(name: &str, value: u8, written_at: u64, deadline: Option<u64>) -> Value {
    entry_of(tag_of(name), &[value], written_at, deadline)
}

fn entry_of(tag: [u8; 3], value: &[u8], written_at: u64, deadline: Option<u64>) -> Value {
    sealed_entry(&key_text(0), tag, value, written_at, deadline)
}

fn sealed_entry(
    keys: &str,
    tag: [u8; 3],
    value: &[u8],
    written_at: u64,
    deadline: Option<u64>,
) -> Value {
    let value = EntryValue {
        written_at: at(written_at),
        deadline: deadline.map(at),
        history: History::default(),
        value: value.to_vec().into(),
    };
    let row = SessionId::from_bytes(ID).row_key(NAME);
    let mut cipher = entries::cipher(keys, NAME, ID, row);
    let sealed = cipher.seal(EntryTag::from_bytes(tag), Role::Base, &value, &nonce(80));
    json!({ "tag": hex(&tag), "role": 0, "sealed": hex(&sealed) })
}

pub(super) fn rows() -> Vec<Value> {
    let all = [
        rows_that_count(),
        rows_that_do_not_count(),
        rows_after_logins(),
        rows_with_entries_that_do_not_open(),
        rows_of_users(),
        rows_with_lifetimes(),
        several_cookies(),
    ];
    [
        of_section("9.4", all.concat()),
        of_section("9.5", rows_with_differences()),
        of_section("9.4", rows_that_shut_a_ticket_out()),
    ]
    .concat()
}

fn entries_of(asks: impl IntoIterator<Item = Ask>) -> Vec<Value> {
    asks.into_iter().map(Ask::entry).collect()
}

fn rows_that_count() -> Vec<Value> {
    let [a, b, c] = [0, 1, 2].map(key_text);
    let tag = tag_of("visits");
    let under = |keys: &str, name: &str| sealed_entry(keys, tag_of(name), &[5], NOW - 10, None);
    let of_two_keys = Ask {
        keys: format!("{a},{b},{c}"),
        ..Ask::of(
            "entries under several keys of the ring",
            &used(0),
            row([under(&b, "visits"), under(&c, "code")]),
        )
    };
    let in_background = ticket(0x10, (NOW - 100, NOW - 3000));
    entries_of([
        Ask::of(
            "a row",
            &used(0),
            row([field("visits", 5), field("code", 9)]),
        ),
        Ask::of(
            "entries in another order",
            &used(0),
            row([field("code", 9), field("visits", 5)]),
        ),
        Ask::of("a row without entries", &used(0), row([])),
        Ask::of(
            "a field of another release",
            &used(0),
            row([
                field("visits", 5),
                entry_of([1, 2, 3], b"\xa2hi", NOW, None),
            ]),
        ),
        Ask::of(
            "a value of another type",
            &used(0),
            row([entry_of(tag, b"\xa2hi", NOW, None), field("code", 9)]),
        ),
        Ask::of(
            "a field of the browser in a row",
            &used(0),
            row([field("visits", 5), field("theme", 3)]),
        ),
        Ask::of(
            "a second before the row is over",
            &used(0),
            row_until(NOW + 1, [field("visits", 5)]),
        ),
        Ask::of(
            "a ticket of the background",
            &in_background,
            row([field("visits", 5)]),
        ),
        of_two_keys,
    ])
}

fn rows_that_do_not_count() -> Vec<Value> {
    let of_another = vec![(row_key(OTHER_ID), row([field("visits", 5)]))];
    let expired = ticket(0, (NOW - 3600, NOW - 3600));
    let in_cookie = session(
        (NOW - 100, NOW - 10),
        [record(tag_of("visits"), None, &[5])],
    );
    let with_cookie = |name, cookie: String| Ask {
        cookies: vec![cookie],
        ..Ask::of(name, &used(0), row([field("visits", 5)]))
    };
    let mut altered = cookie(&used(0));
    altered.pop();
    entries_of([
        Ask {
            rows: of_another,
            ..Ask::of("no row", &used(0), Value::Null)
        },
        Ask::of("a row that has ended", &used(0), json!("ended")),
        Ask::of(
            "a row that is over",
            &used(0),
            row_until(NOW, [field("visits", 5)]),
        ),
        Ask::of(
            "a row with another mark",
            &of_mark(MARK_LONG_AGO),
            row([field("visits", 5)]),
        ),
        with_cookie("a ticket that is over", cookie(&expired)),
        with_cookie("a ticket that is cut", altered),
        with_cookie(
            "a session in its cookie",
            format!("{NAME}={}", sealed(&in_cookie, 81)),
        ),
        Ask {
            cookies: Vec::new(),
            ..Ask::of("no ticket", &used(0), row([field("visits", 5)]))
        },
    ])
}

fn rows_after_logins() -> Vec<Value> {
    let before = of_mark(MARK_BEFORE);
    let long_ago = of_mark(MARK_LONG_AGO);
    let mut somebodys = used(0x01);
    somebodys.mark = Mark::from_bytes(MARK_LONG_AGO);
    let mut nothing_kept = row_after_login(10);
    nothing_kept["copy"]["entries"] = json!([]);
    let mut somebodys_before = used(0x01);
    somebodys_before.mark = Mark::from_bytes(MARK_BEFORE);
    entries_of([
        Ask::of("the ticket of a login", &used(0x01), row_after_login(10)),
        Ask::of("the ticket of before a login", &before, row_after_login(10)),
        Ask::of(
            "the ticket of before a login, a second before the copy is over",
            &before,
            row_after_login(59),
        ),
        Ask::of(
            "the ticket of before a login, when the copy is over",
            &before,
            row_after_login(60),
        ),
        Ask::of("a ticket of before that", &long_ago, row_after_login(10)),
        Ask::of(
            "a ticket of before that, when the copy is over",
            &long_ago,
            row_after_login(60),
        ),
        Ask::of(
            "a user's ticket of before that",
            &somebodys,
            row_after_login(10),
        ),
        Ask::of(
            "a user's ticket of before a login, whose copy has no entries",
            &somebodys_before,
            nothing_kept,
        ),
        Ask::of(
            "a ticket whose session another one has replaced",
            &used(0),
            json!({ "replaced": NOW + 1 }),
        ),
        Ask::of(
            "a user's ticket whose session another one has replaced",
            &used(0x01),
            json!({ "replaced": NOW + 60 }),
        ),
        Ask::of(
            "a ticket whose session another one has replaced long ago",
            &used(0x01),
            json!({ "replaced": NOW }),
        ),
        Ask::of(
            "the ticket of a login, when the copy is over",
            &used(0x01),
            row_after_login(60),
        ),
    ])
}

fn rows_with_entries_that_do_not_open() -> Vec<Value> {
    let [a, b, _] = [0, 1, 2].map(key_text);
    let visits = field("visits", 5);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut entry = field("code", 9);
        change(&mut entry);
        row([entry, visits.clone()])
    };
    let moved = with(&|entry| entry["tag"] = json!(hex(&tag_of("user"))));
    let cut = with(&|entry| entry["sealed"] = json!("01"));
    let of_role = with(&|entry| entry["role"] = json!(1));
    let version = with(&|entry| {
        let sealed = entry["sealed"].as_str().unwrap();
        entry["sealed"] = json!(format!("02{}", &sealed[2..]));
    });
    let other_key = sealed_entry(&b, tag_of("code"), &[9], NOW, None);
    let revoked = Ask {
        keys: format!("{a},{b} revoked"),
        ..Ask::of(
            "an entry under a revoked key",
            &used(0),
            row([other_key.clone(), visits.clone()]),
        )
    };
    entries_of([
        Ask::of("an entry that was moved to another field", &used(0), moved),
        Ask::of("an entry that is cut", &used(0), cut),
        Ask::of("an entry in another role", &used(0), of_role),
        Ask::of("an entry of another version", &used(0), version),
        Ask::of(
            "an entry under another key",
            &used(0),
            row([other_key, visits.clone()]),
        ),
        revoked,
    ])
}

/// Whose the session is, and what that makes of a notice.
fn rows_of_users() -> Vec<Value> {
    let nobody = || entry_of(tag_of("user"), NIL, NOW - 10, None);
    let unopened = || {
        let mut entry = field("user", 7);
        entry["tag"] = json!(hex(&tag_of("visits")));
        entry
    };
    let notice = |flags| {
        let notice = record(tag_of("notice"), Some(NOW + 100), &[3]);
        let notice = flagged(flags, session((NOW - 10, NOW - 10), [notice]));
        let (name, part) = HOMES[2];
        format!("{name}={}", sealed_at((name, part), &notice, 82))
    };
    let noticed = |name, ticket: &Ticket, flags, row| {
        let mut ask = Ask::of(name, ticket, row);
        ask.cookies.push(notice(flags));
        ask
    };
    let mut long_ago = used(0x01);
    long_ago.mark = Mark::from_bytes(MARK_LONG_AGO);
    let user = || row([field("user", 7), field("visits", 5)]);
    entries_of([
        Ask::of("a user", &used(0x01), user()),
        Ask::of("a user without the flag", &used(0), user()),
        Ask::of(
            "the flag for somebody, and no user in the row",
            &used(0x01),
            row([field("visits", 5)]),
        ),
        Ask::of(
            "the flag for somebody, and a user that does not open",
            &used(0x01),
            row([unopened()]),
        ),
        Ask::of("a user who is nobody", &used(0), row([nobody()])),
        noticed("a notice of the login", &used(0x01), 0x01, user()),
        noticed("a notice of nobody", &used(0x01), 0x00, user()),
        noticed(
            "a notice of a login, and nobody's row",
            &used(0),
            0x01,
            row([field("visits", 5)]),
        ),
        noticed(
            "a notice of a login, and a ticket of before it",
            &long_ago,
            0x01,
            row_after_login(10),
        ),
        noticed(
            "a notice of a login that has ended",
            &used(0x01),
            0x01,
            json!("ended"),
        ),
    ])
}

/// The field `code` lasts ten minutes.
fn rows_with_lifetimes() -> Vec<Value> {
    let code = |written_at, deadline| {
        row([
            field_at("code", 9, written_at, deadline),
            field_at("visits", 5, NOW - 3000, None),
        ])
    };
    let ask = |name, written_at, deadline| Ask::of(name, &used(0), code(written_at, deadline));
    entries_of([
        ask("a second before a lifetime is over", NOW - 599, None),
        ask("when a lifetime is over", NOW - 600, None),
        ask("a second before a deadline", NOW - 10, Some(NOW + 1)),
        ask("at a deadline", NOW - 10, Some(NOW)),
        ask(
            "when a lifetime is over before the deadline",
            NOW - 600,
            Some(NOW + 600),
        ),
        Ask::of(
            "a field without a lifetime at its deadline",
            &used(0),
            row([field_at("visits", 5, NOW - 10, Some(NOW))]),
        ),
        Ask::of(
            "a user whose deadline is over",
            &used(0x01),
            row([field_at("user", 7, NOW - 10, Some(NOW))]),
        ),
    ])
}

/// An entry of a difference. The number of its nonce says which name it has.
fn added(name: &str, nonce_of: u8, number: u32, written_at: u64, difference: &Difference) -> Value {
    let value = Added::write(number, difference).unwrap();
    added_bytes(name, nonce_of, written_at, None, &value)
}

fn added_bytes(
    name: &str,
    nonce_of: u8,
    written_at: u64,
    deadline: Option<u64>,
    value: &[u8],
) -> Value {
    let value = EntryValue {
        written_at: at(written_at),
        deadline: deadline.map(at),
        history: History::default(),
        value: value.to_vec().into(),
    };
    let sealed = row_cipher().seal(
        EntryTag::from_bytes(tag_of(name)),
        Role::Added,
        &value,
        &nonce(nonce_of),
    );
    json!({ "tag": hex(&tag_of(name)), "role": 1, "sealed": hex(&sealed) })
}

fn row_cipher() -> EntryCipher {
    let row = SessionId::from_bytes(ID).row_key(NAME);
    entries::cipher(&key_text(0), NAME, ID, row)
}

/// The base of `total` that has taken the differences with these nonces.
fn total_with_history(value: u8, taken: &[u8]) -> Value {
    let name = |of: &u8| Name(*nonce(*of).first_chunk().unwrap());
    let value = EntryValue {
        written_at: at(NOW - 10),
        deadline: None,
        history: History {
            highest: 3,
            taken: taken.iter().map(|of| (name(of), at(NOW - 10))).collect(),
        },
        value: vec![value].into(),
    };
    let tag = tag_of("total");
    let entry_tag = EntryTag::from_bytes(tag);
    let sealed = row_cipher().seal(entry_tag, Role::Base, &value, &nonce(80));
    json!({ "tag": hex(&tag), "role": 0, "sealed": hex(&sealed) })
}

const fn add(by: i128) -> Difference {
    Difference::Add {
        least: 0,
        greatest: u32::MAX as i128,
        by,
    }
}

fn items(numbers: &[u8]) -> Vec<Bytes> {
    numbers.iter().map(|number| vec![*number].into()).collect()
}

fn union(removed: &[u8], added: &[u8]) -> Difference {
    let (removed, added) = (items(removed), items(added));
    Difference::Union { removed, added }
}

fn append(cap: u32, added: &[u8]) -> Difference {
    let added = items(added);
    Difference::Append { cap, added }
}

/// A base whose value is of several bytes.
fn base(name: &str, value: &[u8]) -> Value {
    entry_of(tag_of(name), value, NOW - 100, None)
}

fn rows_with_differences() -> Vec<Value> {
    let all = [
        differences_in_order(),
        differences_of_each_kind(),
        differences_that_do_not_count(),
        differences_with_lifetimes(),
    ];
    all.concat()
}

fn with<const N: usize>(name: &'static str, entries: [Value; N]) -> Ask {
    Ask::of(name, &used(0), row(entries))
}

fn differences_in_order() -> Vec<Value> {
    let (early, late) = (NOW - 20, NOW - 10);
    let total = || field_at("total", 5, NOW - 100, None);
    entries_of([
        with(
            "a difference and no base",
            [added("total", 1, 1, late, &add(2))],
        ),
        with(
            "a base and two differences",
            [
                total(),
                added("total", 1, 1, late, &add(2)),
                added("total", 2, 2, late, &add(3)),
            ],
        ),
        with(
            "differences apply in the order of their numbers",
            [
                added("total", 1, 2, early, &add(3)),
                added("total", 2, 1, late, &add(-10)),
                total(),
            ],
        ),
        with(
            "differences with one number apply in the order of their times",
            [
                total(),
                added("total", 1, 1, late, &add(3)),
                added("total", 2, 1, early, &add(-10)),
            ],
        ),
        with(
            "differences of one second apply in the order of their names",
            [
                total(),
                added("total", 2, 1, late, &add(3)),
                added("total", 1, 1, late, &add(-10)),
            ],
        ),
        with(
            "of differences with one number all take before one brings",
            [
                base("marked", &[0x92, 1, 2]),
                added("marked", 1, 1, early, &union(&[], &[1, 3])),
                added("marked", 2, 1, late, &union(&[1, 3], &[])),
            ],
        ),
        with(
            "a difference with a higher number takes what one before brought",
            [
                base("marked", &[0x92, 1, 2]),
                added("marked", 1, 2, early, &union(&[1, 3], &[])),
                added("marked", 2, 1, late, &union(&[], &[1, 3])),
            ],
        ),
        Ask::of(
            "differences in the copy of before a login",
            &of_mark(MARK_BEFORE),
            {
                let mut row = row_after_login(10);
                let kept = [total(), added("total", 1, 1, late, &add(2))];
                row["copy"]["entries"] = json!(kept);
                row
            },
        ),
    ])
}

fn differences_of_each_kind() -> Vec<Value> {
    let late = NOW - 10;
    let nearly = [0xce, 0xff, 0xff, 0xff, 0xfa];
    entries_of([
        with(
            "a sum stops at the greatest",
            [base("total", &nearly), added("total", 1, 1, late, &add(10))],
        ),
        with(
            "a sum stops at the least, which is the default",
            [base("total", &[5]), added("total", 1, 1, late, &add(-10))],
        ),
        with(
            "a greater number stays",
            [
                base("best", &[5]),
                added("best", 1, 1, late, &Difference::Max(3)),
            ],
        ),
        with(
            "a greater number comes",
            [
                base("best", &[5]),
                added("best", 1, 1, late, &Difference::Max(9)),
            ],
        ),
        with(
            "a smaller number than the default comes",
            [added("least", 1, 1, late, &Difference::Min(7))],
        ),
        with(
            "a smaller number stays",
            [
                base("least", &[7]),
                added("least", 1, 1, late, &Difference::Min(9)),
            ],
        ),
        with(
            "an item that is there does not come twice",
            [
                base("marked", &[0x92, 1, 2]),
                added("marked", 1, 1, late, &union(&[], &[2, 3])),
            ],
        ),
        with(
            "the oldest items go over the cap",
            [
                base("seen", &[0x92, 1, 2]),
                added("seen", 1, 1, late, &append(3, &[3, 4])),
            ],
        ),
        with(
            "an item that enters a list as it enters a set",
            [
                base("seen", &[0x91, 1]),
                added("seen", 1, 1, late, &union(&[], &[1, 2])),
            ],
        ),
        with(
            "an item that is there comes twice in a list",
            [
                base("seen", &[0x91, 1]),
                added("seen", 1, 1, late, &append(3, &[1])),
            ],
        ),
    ])
}

fn differences_that_do_not_count() -> Vec<Value> {
    let late = NOW - 10;
    let once = || added("total", 1, 4, late, &add(2));
    let shaped = |name, value: &[u8]| {
        let entry = added_bytes("total", 1, late, None, value);
        with(name, [field("total", 5), entry])
    };
    let mut of_another_field = added("total", 1, 1, late, &add(2));
    of_another_field["tag"] = json!(hex(&tag_of("best")));
    let mut unknown = of_another_field.clone();
    unknown["tag"] = json!("010203");
    entries_of([
        with(
            "a difference that was taken",
            [total_with_history(5, &[1]), once()],
        ),
        with(
            "a difference beside one that was taken",
            [total_with_history(5, &[2]), once()],
        ),
        with("a difference twice", [field("total", 5), once(), once()]),
        with(
            "a number that is added to a list",
            [base("seen", &[0x91, 1]), added("seen", 1, 1, late, &add(2))],
        ),
        with(
            "a number that is added to a text",
            [
                base("total", b"\xa2hi"),
                added("total", 1, 1, late, &add(2)),
            ],
        ),
        with(
            "an item that enters a number, and a number that is added behind it",
            [
                field("total", 5),
                added("total", 1, 1, late, &union(&[], &[1])),
                added("total", 2, 2, late, &add(2)),
            ],
        ),
        shaped("a difference that is no list", &[0, 0, 0, 1, 7]),
        shaped("a difference of an unknown kind", &[0, 0, 0, 1, 0x92, 6, 7]),
        shaped(
            "a difference with a part too many",
            &[0, 0, 0, 1, 0x93, 4, 7, 7],
        ),
        shaped("a difference without a part", &[0, 0, 0, 1, 0x91, 4]),
        shaped("a difference whose number is cut", &[0, 0, 1]),
        shaped(
            "a difference with a byte behind it",
            &[0, 0, 0, 1, 0x92, 4, 7, 0],
        ),
        shaped("a difference without a kind", &[0, 0, 0, 1, 0x90]),
        with(
            "a difference that was moved to another field",
            [of_another_field],
        ),
        with(
            "a difference of a field of another release",
            [field("total", 5), unknown],
        ),
        with(
            "differences that bring a field back to its default",
            [base("total", &[5]), added("total", 1, 1, late, &add(-5))],
        ),
    ])
}

/// The field `tries` lasts ten minutes.
fn differences_with_lifetimes() -> Vec<Value> {
    let add_one = Added::write(1, &add(1)).unwrap();
    let tries = |written_at, deadline| field_at("tries", 5, written_at, deadline);
    let once = |written_at, deadline| added_bytes("tries", 1, written_at, deadline, &add_one);
    let ask = |name, base, difference| with(name, [base, difference]);
    entries_of([
        ask(
            "a difference when the time of the base was over counts from the default",
            tries(NOW - 700, Some(NOW - 100)),
            once(NOW - 100, Some(NOW + 500)),
        ),
        ask(
            "a difference a second before the time of the base was over",
            tries(NOW - 700, Some(NOW - 100)),
            once(NOW - 101, Some(NOW + 499)),
        ),
        ask(
            "a difference when the lifetime of the base was over",
            tries(NOW - 700, None),
            once(NOW - 100, None),
        ),
        ask(
            "a difference gives its field its own deadline",
            tries(NOW - 20, Some(NOW)),
            once(NOW - 20, Some(NOW + 1)),
        ),
        ask(
            "a difference whose deadline is over",
            tries(NOW - 20, Some(NOW + 500)),
            once(NOW - 20, Some(NOW)),
        ),
        ask(
            "an older difference leaves the deadline",
            tries(NOW - 20, Some(NOW)),
            once(NOW - 21, Some(NOW + 500)),
        ),
        ask(
            "a difference when its lifetime is over",
            tries(NOW - 900, Some(NOW + 500)),
            once(NOW - 600, None),
        ),
    ])
}

fn several_cookies() -> Vec<Value> {
    let newer = |ticket: Ticket| Ticket {
        session: session((NOW - 100, NOW - 5), []),
        ..ticket
    };
    let other = Ticket {
        id: SessionId::from_bytes(OTHER_ID),
        ..used(0)
    };
    let mine = || row([field("visits", 5)]);
    let asks = |name, cookies: Vec<String>, of_other: Value| Ask {
        cookies,
        rows: vec![(row_key(ID), mine()), (row_key(OTHER_ID), of_other)],
        ..Ask::of(name, &used(0), Value::Null)
    };
    entries_of([
        asks(
            "the ticket that was used last counts",
            vec![cookie(&other), cookie(&newer(used(0)))],
            row([]),
        ),
        asks(
            "the store is asked for the ticket that was used last, also where its row has ended",
            vec![cookie(&newer(other.clone())), cookie(&used(0))],
            json!("ended"),
        ),
        asks(
            "of two tickets of one second the first counts",
            vec![cookie(&used(0)), cookie(&other)],
            row([]),
        ),
        asks(
            "junk before the ticket",
            vec![format!("{NAME}=junk; {}", cookie(&used(0)))],
            row([]),
        ),
        asks(
            "four pieces of junk before the ticket",
            vec![format!(
                "{NAME}=a; {NAME}=b; {NAME}=c; {NAME}=d; {}",
                cookie(&used(0))
            )],
            row([]),
        ),
    ])
}

#[test]
fn every_ticket_finds_in_its_row_what_the_vectors_say() {
    let entries = committed("rows");
    assert!(entries.len() >= 50, "{}", entries.len());
    for entry in entries {
        assert_eq!(answered(entry.clone()), entry, "{}", entry["id"]);
    }
}
