//! Rows in the table, and what the operations do with them.

use bytes::Bytes;
use session_runtime::store::{
    Before, Change, Commit, Committed, Created, Ended, Entry, EntryTag, Listed, Loaded, Mark,
    NewRow, Owner, Role, Row, RowEnding, RowKey, Why,
};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _, query};

use crate::statements::{Commits, Kind, ROLES, Statements};

/// Dead rows are kept for so many seconds, for the clocks of several servers.
const GRACE: u64 = 300;

/// So many rows of a user are ended in one transaction. Each is progress, whatever becomes of the next one.
pub(crate) const BATCH: u32 = 1000;

/// A statement that changes nothing leads to a look at the row, and another one may change the row in between. So many
/// times in a row is more than any race can do.
const LOOKS: u32 = 16;

pub(crate) async fn load(
    connection: &mut PgConnection,
    statements: &Statements,
    key: RowKey,
    now: u64,
) -> sqlx::Result<Loaded> {
    Ok(match find(connection, statements, key, now).await? {
        None => Loaded::Missing,
        Some(Kept::Ended(why)) => Loaded::Ended(why),
        Some(Kept::Alive(row, _)) => Loaded::Alive(row.at(now)),
    })
}

pub(crate) async fn create(
    connection: &mut PgConnection,
    statements: &Statements,
    new: NewRow<'_>,
    now: u64,
) -> sqlx::Result<Created> {
    let (fields, sealed) = arrays(new.entries);
    let created = query(statements.create.clone())
        .bind(new.key.to_bytes())
        .bind(seconds(now))
        .bind(seconds(new.expires))
        .bind(new.mark.to_bytes())
        .bind(new.owner.map(Owner::to_bytes))
        .bind(new.label)
        .bind(fields)
        .bind(sealed)
        .execute(&mut *connection)
        .await?;
    if created.rows_affected() > 0 {
        return Ok(Created::Done);
    }
    let there = find(connection, statements, new.key, now).await?;
    let is_repeated = there.is_some_and(|there| there.is(&new));
    Ok(if is_repeated {
        Created::Done
    } else {
        Created::Taken
    })
}

pub(crate) async fn commit(
    connection: &mut PgConnection,
    statements: &Statements,
    key: RowKey,
    commit: Commit<'_>,
    now: u64,
) -> sqlx::Result<Committed> {
    for _ in 0..LOOKS {
        if let Some(mark) = apply(connection, &statements.commit, key, commit, now).await? {
            let is_joined =
                mark != commit.mark && commit.renewal.is_none_or(|new| mark != new.mark);
            return Ok(if is_joined {
                Committed::Rejoined(mark)
            } else {
                Committed::Done
            });
        }
        let there = find(connection, statements, key, now).await?;
        if let Some(committed) = why_nothing_is_applied(there, commit, now) {
            return Ok(committed);
        }
    }
    let endless = "a commit changes nothing, and nothing stands against it";
    Err(sqlx::Error::Protocol(endless.to_owned()))
}

/// Returns the mark of the row, if there is something to apply and it is applied.
async fn apply(
    connection: &mut PgConnection,
    statements: &Commits,
    key: RowKey,
    commit: Commit<'_>,
    now: u64,
) -> sqlx::Result<Option<Mark>> {
    let statement = match (commit.renewal, commit.changes) {
        (None, []) => &statements.touch,
        (None, _) => &statements.change,
        (Some(_), []) => &statements.renew,
        (Some(_), _) => &statements.renew_and_change,
    };
    let Changes {
        kinds,
        fields,
        sealed,
    } = Changes::new(commit.changes);
    let renewal = commit.renewal;
    let owners = renewal.map_or(&[][..], |renewal| renewal.joins);
    let applied = query(statement.clone())
        .bind(key.to_bytes())
        .bind(seconds(now))
        .bind(commit.mark.to_bytes())
        .bind(commit.expires.map(seconds))
        .bind(commit.seen)
        .bind(kinds)
        .bind(fields)
        .bind(sealed)
        .bind(renewal.map(|renewal| renewal.mark.to_bytes()))
        .bind(
            renewal
                .and_then(|renewal| renewal.owner)
                .map(Owner::to_bytes),
        )
        .bind(bytes_of(owners))
        .bind(renewal.map(|renewal| seconds(renewal.keep_until)))
        .bind(renewal.and_then(|renewal| renewal.label))
        .fetch_optional(connection)
        .await?;
    let mark = applied.map(|row| row.try_get(0)).transpose()?;
    Ok(mark.map(Mark::from_bytes))
}

/// The answer of a commit that has changed nothing; none if the row is one that it changes now.
fn why_nothing_is_applied(there: Option<Kept>, commit: Commit<'_>, now: u64) -> Option<Committed> {
    match there {
        None => Some(Committed::Missing),
        Some(Kept::Ended(why)) => Some(Committed::Ended(why)),
        Some(Kept::Alive(row, _)) => {
            let before = row.at(now);
            let mut after = before.clone();
            let committed = after.commit(&commit, now);
            (after == before).then_some(committed)
        }
    }
}

/// Changes as they stand in a statement: three arrays of one length.
#[derive(Default)]
struct Changes<'a> {
    kinds: Vec<i32>,
    fields: Vec<i32>,
    sealed: Vec<&'a [u8]>,
}

impl<'a> Changes<'a> {
    fn new(changes: &'a [Change]) -> Self {
        let mut arrays = Self::default();
        for change in changes {
            match change {
                Change::Set(new) => arrays.push(Kind::Set, field(new.tag, new.role), &new.sealed),
                Change::Remove(tag) => arrays.push(Kind::Remove, field(*tag, Role::Base), &[]),
                Change::Add(new) => arrays.push(Kind::Add, field(new.tag, new.role), &new.sealed),
                Change::Fold(new) => arrays.push(Kind::Fold, field(new.tag, new.role), &new.sealed),
            }
        }
        arrays
    }

    fn push(&mut self, kind: Kind, field: i32, sealed: &'a [u8]) {
        self.kinds.push(kind as i32);
        self.fields.push(field);
        self.sealed.push(sealed);
    }
}

pub(crate) async fn end(
    connection: &mut PgConnection,
    statements: &Statements,
    key: RowKey,
    ending: RowEnding<'_>,
    now: u64,
) -> sqlx::Result<Ended> {
    let ended = query(statements.end.clone())
        .bind(key.to_bytes())
        .bind(seconds(now))
        .bind(seconds(ending.until))
        .bind(seconds(ending.why.to_number()))
        .bind(bytes_of(ending.owners))
        .fetch_optional(connection)
        .await?;
    Ok(match ended.map(|row| row.try_get(0)).transpose()? {
        None => Ended::AnotherOwner,
        Some(true) => Ended::Done,
        Some(false) => Ended::Before,
    })
}

pub(crate) async fn list(
    connection: &mut PgConnection,
    statements: &Statements,
    owners: &[Owner],
    now: u64,
) -> sqlx::Result<Vec<Listed>> {
    let rows = query(statements.list.clone())
        .bind(bytes_of(owners))
        .bind(seconds(now))
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().filter_map(read_listed).collect())
}

/// Ends a batch of rows. Less than [`BATCH`] are the last.
pub(crate) async fn end_all(
    connection: &mut PgConnection,
    statements: &Statements,
    owners: &[Owner],
    keep: Option<RowKey>,
    until: u64,
    now: u64,
) -> sqlx::Result<u64> {
    let ended = query(statements.end_all.clone())
        .bind(bytes_of(owners))
        .bind(seconds(now))
        .bind(seconds(until))
        .bind(seconds(Why::ByApplication.to_number()))
        .bind(keep.map(RowKey::to_bytes))
        .bind(i64::from(BATCH))
        .execute(connection)
        .await?;
    Ok(ended.rows_affected())
}

pub(crate) async fn sweep(
    connection: &mut PgConnection,
    statements: &Statements,
    now: u64,
    limit: u32,
) -> sqlx::Result<u32> {
    let Some(dead) = now.checked_sub(GRACE) else {
        return Ok(0);
    };
    let deleted = query(statements.sweep.clone())
        .bind(seconds(dead))
        .bind(i64::from(limit))
        .execute(connection)
        .await?;
    Ok(u32::try_from(deleted.rows_affected()).unwrap_or(u32::MAX))
}

/// Waits for every other transaction that gives one of these owners a row, or ends the rows of one. It is a statement of
/// its own: the next one then sees what those transactions did.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    statements: &Statements,
    owners: &[Owner],
) -> sqlx::Result<()> {
    let mut locks: Vec<i64> = owners.iter().map(lock_of).collect();
    // All take them in one order, so no two wait for each other.
    locks.sort_unstable();
    let lock = query(statements.lock.clone()).bind(locks);
    lock.execute(connection).await.map(drop)
}

/// An owner is a hash, so its first half is as good as another one.
fn lock_of(owner: &Owner) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = owner.to_bytes();
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// A row that is alive, or a tombstone.
enum Kept {
    Alive(Row, Option<Vec<u8>>),
    Ended(Why),
}

impl Kept {
    fn is(&self, new: &NewRow<'_>) -> bool {
        match self {
            Self::Alive(row, label) => row.is_same(&Row::new(new)) && label.as_deref() == new.label,
            Self::Ended(_) => false,
        }
    }
}

/// A row that cannot be read is as good as not there: its visitor begins a new session, and is not shut out for good.
async fn find(
    connection: &mut PgConnection,
    statements: &Statements,
    key: RowKey,
    now: u64,
) -> sqlx::Result<Option<Kept>> {
    let found = query(statements.find.clone())
        .bind(key.to_bytes())
        .bind(seconds(now))
        .fetch_optional(connection)
        .await?;
    Ok(found.and_then(|row| readable(read(&row))))
}

fn readable<T>(read: Option<T>) -> Option<T> {
    if read.is_none() {
        tracing::warn!("a row of the store cannot be read, and counts as missing");
    }
    read
}

fn read(row: &PgRow) -> Option<Kept> {
    if let Some(why) = row.try_get::<Option<i64>, _>("why").ok()? {
        let why = Why::from_number(why.try_into().ok()?)?;
        return Some(Kept::Ended(why));
    }
    let before_mark: Option<[u8; 8]> = row.try_get("before_mark").ok()?;
    let before = match before_mark {
        None => None,
        Some(mark) => Some(Before {
            mark: Mark::from_bytes(mark),
            until: time(row, "before_until")?,
            entries: entries(row, "before_fields", "before_sealed")?,
        }),
    };
    let owner: Option<[u8; 16]> = row.try_get("owner").ok()?;
    let label = row.try_get("label").ok()?;
    let row = Row {
        mark: Mark::from_bytes(row.try_get("mark").ok()?),
        owner: owner.map(Owner::from_bytes),
        expires: time(row, "expires")?,
        entries: entries(row, "fields", "sealed")?,
        before,
    };
    Some(Kept::Alive(row, label))
}

fn read_listed(row: &PgRow) -> Option<Listed> {
    let read = || {
        let label: Option<Vec<u8>> = row.try_get("label").ok()?;
        Some(Listed {
            key: RowKey::from_bytes(row.try_get("key").ok()?),
            expires: time(row, "expires")?,
            label: label.map(Bytes::from),
        })
    };
    readable(read())
}

fn arrays(entries: &[Entry]) -> (Vec<i32>, Vec<&[u8]>) {
    let number = |entry: &Entry| field(entry.tag, entry.role);
    let fields = entries.iter().map(number).collect();
    let sealed = entries.iter().map(|entry| &entry.sealed[..]).collect();
    (fields, sealed)
}

fn entries(row: &PgRow, fields: &str, sealed: &str) -> Option<Vec<Entry>> {
    let fields: Vec<i32> = row.try_get(fields).ok()?;
    let sealed: Vec<Vec<u8>> = row.try_get(sealed).ok()?;
    if fields.len() != sealed.len() {
        return None;
    }
    let entry = |(number, sealed): (i32, Vec<u8>)| {
        let [0, a, b, c] = (number / ROLES).to_be_bytes() else {
            return None;
        };
        Some(Entry {
            tag: EntryTag::from_bytes([a, b, c]),
            role: match number % ROLES {
                0 => Role::Base,
                1 => Role::Added,
                _ => return None,
            },
            sealed: sealed.into(),
        })
    };
    fields.into_iter().zip(sealed).map(entry).collect()
}

fn field(tag: EntryTag, role: Role) -> i32 {
    let [a, b, c] = tag.to_bytes();
    let role = match role {
        Role::Base => 0,
        Role::Added => 1,
    };
    i32::from_be_bytes([0, a, b, c]) * ROLES + role
}

fn bytes_of(owners: &[Owner]) -> Vec<[u8; 16]> {
    owners.iter().copied().map(Owner::to_bytes).collect()
}

fn time(row: &PgRow, column: &str) -> Option<u64> {
    let seconds: i64 = row.try_get(column).ok()?;
    seconds.try_into().ok()
}

/// Times fit in 40 bits.
fn seconds(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}
