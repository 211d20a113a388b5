//! The statements, with the name of the table.
//!
//! Each is one step: it locks the row, and compares and writes the newest version. In another isolation than
//! `READ COMMITTED` it fails if that version is newer than the statement, and is repeated.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use crate::names::{Index, Names};

/// The statements of the default name, as a migration has them.
pub(crate) const CREATE_TABLES: &str = include_str!("create_tables.sql");

/// An entry's field and its role are one number: the field times this, and 0 for a base or 1 for what is added.
pub(crate) const ROLES: i32 = 2;

/// The kinds of changes. The statements of a commit name their numbers.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Set = 0,
    Remove = 1,
    Add = 2,
    Fold = 3,
}

#[derive(Clone)]
pub(crate) struct Statements {
    pub(crate) find: SqlStr,
    pub(crate) create: SqlStr,
    pub(crate) commit: Commits,
    pub(crate) end: SqlStr,
    pub(crate) lock: SqlStr,
    pub(crate) list: SqlStr,
    pub(crate) end_all: SqlStr,
    pub(crate) sweep: SqlStr,
}

/// One statement for each shape of a commit. They have the same parameters.
#[derive(Clone)]
pub(crate) struct Commits {
    /// New entries.
    pub(crate) change: SqlStr,
    /// A later end, and nothing else.
    pub(crate) touch: SqlStr,
    /// A new mark.
    pub(crate) renew: SqlStr,
    /// A new mark, and new entries.
    pub(crate) renew_and_change: SqlStr,
}

impl Statements {
    pub(crate) fn new(names: &Names) -> Self {
        let table = names.table();
        Self {
            find: find(&table),
            create: create(&table),
            commit: Commits {
                change: commit(
                    &table,
                    [KEEPS_THE_COPY, CHANGES],
                    [HAS_THE_MARK, HAS_SEEN_BASES],
                ),
                touch: commit(&table, [KEEPS_THE_COPY, ""], [HAS_THE_MARK, ENDS_EARLIER]),
                renew: commit(&table, [RENEWS, ""], [MAY_RENEW, "true"]),
                renew_and_change: commit(&table, [RENEWS, CHANGES], [MAY_RENEW, HAS_SEEN_BASES]),
            },
            end: end(&table),
            lock: lock(),
            list: list(&table),
            end_all: end_all(&table),
            sweep: sweep(&table),
        }
    }
}

/// The statements of [`CREATE_TABLES`] for other names.
pub(crate) fn create_tables(names: &Names) -> String {
    // No name has a NUL, so nothing is replaced inside of a name.
    let marked = CREATE_TABLES
        .replace("session_rows_owner", "\0owner")
        .replace("session_rows_expires", "\0expires")
        .replace("session_rows", "\0table");
    marked
        .replace("\0owner", &names.index(Index::Owner))
        .replace("\0expires", &names.index(Index::Expires))
        .replace("\0table", &names.table())
}

/// Every part of it is written in this file, but for the names, which are quoted.
fn statement(text: String) -> SqlStr {
    AssertSqlSafe(Arc::<str>::from(text)).into_sql_str()
}

/// $1 key, $2 now.
fn find(table: &str) -> SqlStr {
    statement(format!(
        "SELECT expires, why, mark, owner, label, fields, sealed, \
         before_mark, before_until, before_fields, before_sealed \
         FROM {table} WHERE key = $1 AND expires > $2"
    ))
}

/// $1 key, $2 now, and the row. It takes the place of a row that is over.
fn create(table: &str) -> SqlStr {
    statement(format!(
        "INSERT INTO {table} AS s (key, expires, mark, owner, label, fields, sealed) \
         VALUES ($1, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (key) DO UPDATE SET \
         expires = excluded.expires, why = NULL, mark = excluded.mark, owner = excluded.owner, \
         label = excluded.label, fields = excluded.fields, sealed = excluded.sealed, \
         before_mark = NULL, before_until = NULL, before_fields = NULL, before_sealed = NULL \
         WHERE s.expires <= $2"
    ))
}

/// $1 key, $2 now, $3 mark, $4 expires, $5 seen;
/// $6 kinds, $7 fields and $8 sealed of the changes;
/// $9 mark, $10 owner, $11 joins, $12 end of the copy and $13 label of the renewal.
///
/// It answers with the mark of the row if everything is applied, and with nothing if nothing is. `expires` and `owner`
/// have indexes, and are written in most commits as they were: PostgreSQL then leaves the indexes alone.
fn commit(table: &str, sets: [&str; 2], conditions: [&str; 2]) -> SqlStr {
    let sets = sets.concat();
    let conditions = conditions.join(" AND ");
    statement(format!(
        "UPDATE {table} AS s SET expires = greatest(s.expires, $4) {sets} \
         WHERE s.key = $1 AND s.expires > $2 AND s.why IS NULL \
         AND {conditions} AND {HAS_SEEN_ENTRIES} RETURNING s.mark"
    ))
}

const HAS_THE_MARK: &str = "s.mark = $3";

/// A row that has the new mark already was renewed by this commit before.
const MAY_RENEW: &str = "s.mark <> $9 AND (s.mark = $3 OR s.owner = ANY ($11))";

const HAS_SEEN_ENTRIES: &str = "\
    (cardinality($5) = 0 OR $5 <@ ARRAY (SELECT substring(e FOR 29) FROM unnest(s.sealed) AS e))";

/// Of requests at once that put off the same end, one writes.
const ENDS_EARLIER: &str = "s.expires < $4";

/// A field that is folded has no base but one that was seen.
const HAS_SEEN_BASES: &str = "\
    (NOT 3 = ANY ($6) OR NOT EXISTS ( \
        SELECT FROM unnest(s.fields, s.sealed) AS e (field, sealed), unnest($6, $7) AS c (kind, field) \
        WHERE c.kind = 3 AND e.field = c.field AND substring(e.sealed FOR 29) <> ALL ($5)))";

const KEEPS_THE_COPY: &str = "\
    , before_mark = CASE WHEN s.before_until > $2 THEN s.before_mark END \
    , before_until = CASE WHEN s.before_until > $2 THEN s.before_until END \
    , before_fields = CASE WHEN s.before_until > $2 THEN s.before_fields END \
    , before_sealed = CASE WHEN s.before_until > $2 THEN s.before_sealed END";

/// A row with another mark is joined: it keeps its mark, its owner, its label and its copy.
const RENEWS: &str = "\
    , mark = CASE WHEN s.mark = $3 THEN $9 ELSE s.mark END \
    , owner = CASE WHEN s.mark = $3 THEN $10 ELSE s.owner END \
    , label = CASE WHEN s.mark = $3 THEN coalesce($13, s.label) ELSE s.label END \
    , before_mark = CASE WHEN s.mark = $3 THEN s.mark ELSE s.before_mark END \
    , before_until = CASE WHEN s.mark = $3 THEN $12 ELSE s.before_until END \
    , before_fields = CASE WHEN s.mark = $3 THEN s.fields ELSE s.before_fields END \
    , before_sealed = CASE WHEN s.mark = $3 THEN s.sealed ELSE s.before_sealed END";

/// First the entries that no change takes away, then those that the changes bring. What is there already was written
/// by the same commit before: no two entries are sealed to the same bytes.
const CHANGES: &str = "\
    , (fields, sealed) = ( \
        WITH c AS MATERIALIZED ( \
            SELECT kind, field, sealed, EXISTS ( \
                SELECT FROM unnest(s.fields, s.sealed) AS e (field, sealed) \
                WHERE e.sealed = c.sealed AND (c.kind = 2 OR e.field = c.field)) AS is_there \
            FROM unnest($6, $7, $8) AS c (kind, field, sealed)) \
        SELECT coalesce(array_agg(field), '{}'), coalesce(array_agg(sealed), '{}') FROM ( \
            SELECT e.field, e.sealed FROM unnest(s.fields, s.sealed) AS e (field, sealed) \
            WHERE NOT EXISTS ( \
                SELECT FROM c WHERE c.field / 2 = e.field / 2 AND CASE c.kind \
                    WHEN 0 THEN NOT c.is_there \
                    WHEN 1 THEN true \
                    WHEN 2 THEN false \
                    ELSE e.field % 2 = 0 OR substring(e.sealed FOR 29) = ANY ($5) END) \
            UNION ALL \
            SELECT c.field, c.sealed FROM c \
            WHERE c.kind = 3 OR c.kind <> 1 AND NOT c.is_there) AS entries)";

/// The transaction waits for the disk, also where the application has turned that off.
const DURABLE: &str = "\
    CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END";

/// $1 owners' locks, in order.
fn lock() -> SqlStr {
    statement(format!(
        "SELECT pg_advisory_xact_lock(lock), {DURABLE} FROM unnest($1) AS lock"
    ))
}

/// $1 key, $2 now, $3 until, $4 why, $5 owners.
///
/// It answers nothing if the row has another owner, and else whether it was alive. That is told by the mark:
/// a tombstone keeps the mark of the row that it was, until it is ended again.
fn end(table: &str) -> SqlStr {
    statement(format!(
        "INSERT INTO {table} AS s (key, expires, why) VALUES ($1, $3, $4) \
         ON CONFLICT (key) DO UPDATE SET \
         expires = greatest(s.expires, excluded.expires), \
         why = CASE WHEN s.expires > $2 THEN coalesce(s.why, excluded.why) ELSE excluded.why END, \
         mark = CASE WHEN s.expires > $2 AND s.why IS NULL THEN s.mark END, \
         {EMPTY} \
         WHERE s.expires <= $2 OR s.why IS NOT NULL OR s.owner = ANY ($5) \
         OR (s.owner IS NULL AND cardinality($5) = 0) \
         RETURNING s.mark IS NOT NULL, {DURABLE}"
    ))
}

const EMPTY: &str = "\
    owner = NULL, label = NULL, fields = NULL, sealed = NULL, \
    before_mark = NULL, before_until = NULL, before_fields = NULL, before_sealed = NULL";

/// $1 owners, $2 now.
fn list(table: &str) -> SqlStr {
    statement(format!(
        "SELECT key, expires, label FROM {table} \
         WHERE owner = ANY ($1) AND owner IS NOT NULL AND expires > $2"
    ))
}

/// $1 owners, $2 now, $3 until, $4 why, $5 the row to keep, $6 how many. Two of these with one owner never run at once,
/// because each has taken the owner's lock. So the order of the rows does not matter, and none is sorted.
fn end_all(table: &str) -> SqlStr {
    statement(format!(
        "WITH theirs AS MATERIALIZED ( \
         SELECT key FROM {table} WHERE owner = ANY ($1) AND owner IS NOT NULL AND expires > $2 \
         AND key IS DISTINCT FROM $5 LIMIT $6 FOR UPDATE) \
         UPDATE {table} AS s SET expires = greatest(s.expires, $3), why = $4, mark = NULL, {EMPTY} \
         FROM theirs WHERE s.key = theirs.key"
    ))
}

/// $1 the second before which rows are dead, $2 how many. A row that is locked is left to who holds it.
fn sweep(table: &str) -> SqlStr {
    statement(format!(
        "DELETE FROM {table} WHERE key = ANY (ARRAY ( \
         SELECT key FROM {table} WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED))"
    ))
}
