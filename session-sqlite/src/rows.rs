//! Rows in the table, and what the operations do with them.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};
use session_runtime::store::{
    Before, Change, Commit, Committed, Created, Ended, Listed, Loaded, Mark, NewRow, Owner,
    Renewal, Row, RowEnding, RowKey, Why,
};

use crate::encoding;

/// Dead rows are kept for so many seconds, for the clocks of several servers.
const GRACE: u64 = 300;

pub(crate) struct OwnedRow {
    key: RowKey,
    row: Row,
    label: Option<Vec<u8>>,
}

impl OwnedRow {
    pub(crate) fn new(new: &NewRow<'_>) -> Self {
        Self {
            key: new.key,
            row: Row::new(new),
            label: new.label.map(<[u8]>::to_vec),
        }
    }
}

pub(crate) struct OwnedCommit {
    mark: Mark,
    seen: Vec<Vec<u8>>,
    changes: Vec<Change>,
    expires: Option<u64>,
    renewal: Option<OwnedRenewal>,
}

struct OwnedRenewal {
    mark: Mark,
    owner: Option<Owner>,
    joins: Vec<Owner>,
    keep_until: u64,
    label: Option<Vec<u8>>,
}

impl OwnedCommit {
    pub(crate) fn new(commit: Commit<'_>) -> Self {
        Self {
            mark: commit.mark,
            seen: commit.seen.iter().map(|name| name.to_vec()).collect(),
            changes: commit.changes.to_vec(),
            expires: commit.expires,
            renewal: commit.renewal.map(|renewal| OwnedRenewal {
                mark: renewal.mark,
                owner: renewal.owner,
                joins: renewal.joins.to_vec(),
                keep_until: renewal.keep_until,
                label: renewal.label.map(<[u8]>::to_vec),
            }),
        }
    }
}

/// A row that is alive, or a tombstone.
enum Kept {
    Alive(Row, Option<Vec<u8>>),
    Ended(Why, u64),
}

pub(crate) fn load(connection: &Connection, key: RowKey, now: u64) -> rusqlite::Result<Loaded> {
    Ok(match find(connection, key, now)? {
        None => Loaded::Missing,
        Some(Kept::Ended(why, _)) => Loaded::Ended(why),
        Some(Kept::Alive(row, _)) => Loaded::Alive(row.at(now)),
    })
}

pub(crate) fn create(
    connection: &Connection,
    new: &OwnedRow,
    now: u64,
) -> rusqlite::Result<Created> {
    match find(connection, new.key, now)? {
        None => {
            put(connection, new.key, &new.row, new.label.as_deref())?;
            Ok(Created::Done)
        }
        Some(Kept::Alive(other, label)) if new.row.is_same(&other) && label == new.label => {
            Ok(Created::Done)
        }
        Some(_) => Ok(Created::Taken),
    }
}

pub(crate) fn commit(
    connection: &Connection,
    key: RowKey,
    commit: &OwnedCommit,
    now: u64,
) -> rusqlite::Result<Committed> {
    let (mut row, mut label) = match find(connection, key, now)? {
        None => return Ok(Committed::Missing),
        Some(Kept::Ended(why, _)) => return Ok(Committed::Ended(why)),
        Some(Kept::Alive(row, label)) => (row, label),
    };
    let before = row.clone();
    let seen: Vec<&[u8]> = commit.seen.iter().map(Vec::as_slice).collect();
    let renewal = commit.renewal.as_ref();
    let committed = row.commit(
        &Commit {
            mark: commit.mark,
            seen: &seen,
            changes: &commit.changes,
            expires: commit.expires,
            renewal: renewal.map(|renewal| Renewal {
                mark: renewal.mark,
                owner: renewal.owner,
                joins: &renewal.joins,
                keep_until: renewal.keep_until,
                label: renewal.label.as_deref(),
            }),
        },
        now,
    );
    let renewed = renewal.filter(|_| row.mark != before.mark);
    if let Some(new) = renewed.and_then(|renewal| renewal.label.clone()) {
        label = Some(new);
    }
    if renewed.is_some() || row.before != before.before {
        put(connection, key, &row, label.as_deref())?;
    } else {
        update(connection, key, &before, &row)?;
    }
    Ok(committed)
}

/// Writes what a commit without a renewal changes. A statement that names no column of an index writes to none: most
/// commits write one page of the file, and no three.
fn update(connection: &Connection, key: RowKey, before: &Row, row: &Row) -> rusqlite::Result<()> {
    let key = key.to_bytes();
    if row.entries != before.entries {
        let mut statement =
            connection.prepare_cached("UPDATE session_rows SET entries = ?2 WHERE key = ?1")?;
        statement.execute(params![key, encoding::write(&row.entries)])?;
    }
    if row.expires != before.expires {
        let mut statement =
            connection.prepare_cached("UPDATE session_rows SET expires = ?2 WHERE key = ?1")?;
        statement.execute(params![key, seconds(row.expires)])?;
    }
    Ok(())
}

pub(crate) fn end(
    connection: &Connection,
    key: RowKey,
    ending: RowEnding<'_>,
    now: u64,
) -> rusqlite::Result<Ended> {
    let (why, until, ended) = match find(connection, key, now)? {
        None => (ending.why, ending.until, Ended::Before),
        Some(Kept::Ended(why, until)) => (why, until.max(ending.until), Ended::Before),
        Some(Kept::Alive(row, _)) if row.is_of(ending.owners) => {
            (ending.why, row.expires.max(ending.until), Ended::Done)
        }
        Some(Kept::Alive(..)) => return Ok(Ended::AnotherOwner),
    };
    bury(connection, key, why, until)?;
    Ok(ended)
}

pub(crate) fn list(
    connection: &Connection,
    owners: &[Owner],
    now: u64,
) -> rusqlite::Result<Vec<Listed>> {
    let mut statement = connection.prepare_cached(
        "SELECT key, expires, label FROM session_rows WHERE owner = ?1 AND expires > ?2",
    )?;
    let mut listed = Vec::new();
    for owner in each_once(owners) {
        let mut rows = statement.query(params![owner.to_bytes(), seconds(now)])?;
        while let Some(row) = rows.next()? {
            match read_listed(row) {
                Ok(row) => listed.push(row),
                Err(_) => tell_unreadable(),
            }
        }
    }
    Ok(listed)
}

fn read_listed(row: &SqlRow<'_>) -> rusqlite::Result<Listed> {
    let label: Option<Vec<u8>> = row.get(2)?;
    Ok(Listed {
        key: RowKey::from_bytes(row.get(0)?),
        expires: time(row, 1)?,
        label: label.map(Bytes::from),
    })
}

fn each_once(owners: &[Owner]) -> Vec<Owner> {
    let mut owners = owners.to_vec();
    owners.sort_unstable();
    owners.dedup();
    owners
}

pub(crate) fn end_all(
    connection: &Connection,
    owners: &[Owner],
    keep: Option<RowKey>,
    until: u64,
    now: u64,
) -> rusqlite::Result<u64> {
    let mut count = 0;
    for Listed { key, expires, .. } in list(connection, owners, now)? {
        if keep != Some(key) {
            bury(connection, key, Why::ByApplication, expires.max(until))?;
            count += 1;
        }
    }
    Ok(count)
}

pub(crate) fn sweep(connection: &Connection, now: u64, limit: u32) -> rusqlite::Result<u32> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM session_rows WHERE key IN \
         (SELECT key FROM session_rows WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
    )?;
    let Some(dead) = now.checked_sub(GRACE) else {
        return Ok(0);
    };
    let deleted = statement.execute(params![seconds(dead), limit])?;
    Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
}

/// A row that cannot be read is as good as not there: its visitor begins a new session, and is not shut out for good.
fn find(connection: &Connection, key: RowKey, now: u64) -> rusqlite::Result<Option<Kept>> {
    let mut statement = connection.prepare_cached(
        "SELECT expires, why, mark, owner, label, entries, before_mark, before_until, \
         before_entries FROM session_rows WHERE key = ?1 AND expires > ?2",
    )?;
    let read = |row: &SqlRow<'_>| {
        let kept = read(row);
        if kept.is_none() {
            tell_unreadable();
        }
        Ok(kept)
    };
    let found = statement.query_row(params![key.to_bytes(), seconds(now)], read);
    Ok(found.optional()?.flatten())
}

fn tell_unreadable() {
    tracing::warn!("a row of the store cannot be read, and counts as missing");
}

fn read(row: &SqlRow<'_>) -> Option<Kept> {
    let expires = time(row, 0).ok()?;
    if let Some(why) = row.get::<_, Option<i64>>(1).ok()? {
        let why = Why::from_number(why.try_into().ok()?)?;
        return Some(Kept::Ended(why, expires));
    }
    let before_mark: Option<[u8; 8]> = row.get(6).ok()?;
    let before = match before_mark {
        None => None,
        Some(mark) => Some(Before {
            mark: Mark::from_bytes(mark),
            until: time(row, 7).ok()?,
            entries: encoding::read(row.get(8).ok()?)?,
        }),
    };
    let owner: Option<[u8; 16]> = row.get(3).ok()?;
    let label = row.get(4).ok()?;
    let row = Row {
        mark: Mark::from_bytes(row.get(2).ok()?),
        owner: owner.map(Owner::from_bytes),
        expires,
        entries: encoding::read(row.get(5).ok()?)?,
        before,
    };
    Some(Kept::Alive(row, label))
}

fn put(
    connection: &Connection,
    key: RowKey,
    row: &Row,
    label: Option<&[u8]>,
) -> rusqlite::Result<()> {
    let before = row.before.as_ref();
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO session_rows (key, expires, why, mark, owner, label, entries, \
         before_mark, before_until, before_entries) \
         VALUES (?1, ?2, NULL, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute(params![
        key.to_bytes(),
        seconds(row.expires),
        row.mark.to_bytes(),
        row.owner.map(Owner::to_bytes),
        label,
        encoding::write(&row.entries),
        before.map(|before| before.mark.to_bytes()),
        before.map(|before| seconds(before.until)),
        before.map(|before| encoding::write(&before.entries)),
    ])?;
    Ok(())
}

fn bury(connection: &Connection, key: RowKey, why: Why, until: u64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO session_rows (key, expires, why) VALUES (?1, ?2, ?3)",
    )?;
    statement.execute(params![
        key.to_bytes(),
        seconds(until),
        seconds(why.to_number())
    ])?;
    Ok(())
}

fn time(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<u64> {
    let seconds: i64 = row.get(column)?;
    Ok(u64::try_from(seconds).unwrap_or(0))
}

/// Times fit in 40 bits.
fn seconds(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}
