//! Rows as hashes.
//!
//! | field of a hash | its value |
//! |---|---|
//! | `e` | the second in which the row or the tombstone is over |
//! | `m` | the mark |
//! | `o` | the owner, if there is one |
//! | `l` | the label, if there is one |
//! | `b` ‖ tag | the base of a field |
//! | `a` ‖ tag ‖ name | an added entry, without its name |
//! | `p`, `k` | the mark of before a renewal, and the second in which its copy is over |
//! | `B…`, `A…` | the copy of `b…` and `a…` |
//! | `w` | the reason, in a tombstone, which has `e` and no other field beside it |

use bytes::Bytes;
use redis::Value;
use session_runtime::store::{
    Before, Change, Commit, Committed, Created, Ended, Entry, EntryTag, Listed, Loaded, Mark,
    NewRow, Owner, Renewal, Role, Row, RowEnding, RowKey, StoreError, Why,
};

use crate::answer::{Answer, pairs};
use crate::error::unexpected_answer;
use crate::scripts::{COMMIT, CREATE, Call, END, INDEX};

/// The plain fields that a list asks for.
pub(crate) const LISTED: [&str; 5] = ["e", "w", "m", "o", "l"];

/// The place of a row in the set of its owner: the set has the row until then, at least.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) owner: Owner,
    pub(crate) ends: u64,
}

/// The answer of a commit's script.
pub(crate) enum Step {
    Is(Committed),
    /// Nothing is applied, because the row must have this place first.
    Needs(Place),
}

/// A row or a tombstone in a list.
pub(crate) enum Shown {
    Alive(Owner, Listed),
    /// Until then.
    Ended(u64),
    /// There is nothing, or a row of nobody.
    Nothing,
}

pub(crate) fn create<'a>(key: String, new: &NewRow<'a>, now: u64) -> Call<'a> {
    let mut call = Call::new(&CREATE, key, now);
    call.bytes(&b"e"[..]);
    call.number(new.expires);
    call.bytes(&b"m"[..]);
    call.bytes(new.mark.to_bytes().to_vec());
    if let Some(owner) = new.owner {
        call.bytes(&b"o"[..]);
        call.bytes(owner.to_bytes().to_vec());
    }
    if let Some(label) = new.label {
        call.bytes(&b"l"[..]);
        call.bytes(label);
    }
    for entry in new.entries {
        let (field, value) = field_of(entry);
        call.bytes(field);
        call.bytes(value);
    }
    call
}

/// The order of the arguments is that in which `commit.lua` takes them.
pub(crate) fn commit<'a>(
    key: String,
    commit: &Commit<'a>,
    place: Option<Place>,
    now: u64,
) -> Call<'a> {
    let mut call = Call::new(&COMMIT, key, now);
    call.bytes(commit.mark.to_bytes().to_vec());
    match commit.expires {
        Some(expires) => call.number(expires),
        None => call.none(),
    }
    owner(&mut call, place.map(|place| place.owner));
    call.number(place.map_or(0, |place| place.ends));
    renewal(&mut call, commit.renewal);
    list(&mut call, commit.seen);
    for change in commit.changes {
        changed(&mut call, change);
    }
    call
}

fn renewal<'a>(call: &mut Call<'a>, renewal: Option<Renewal<'a>>) {
    match renewal {
        Some(renewal) => call.bytes(renewal.mark.to_bytes().to_vec()),
        None => call.none(),
    }
    owner(call, renewal.and_then(|renewal| renewal.owner));
    call.number(renewal.map_or(0, |renewal| renewal.keep_until));
    match renewal.and_then(|renewal| renewal.label) {
        // An empty label is not the same as none.
        Some(label) => call.bytes([b"=", label].concat()),
        None => call.none(),
    }
    let joins = renewal.map_or(&[][..], |renewal| renewal.joins);
    call.number(joins.len() as u64);
    for joined in joins {
        owner(call, Some(*joined));
    }
}

fn owner(call: &mut Call<'_>, owner: Option<Owner>) {
    match owner {
        Some(owner) => call.bytes(owner.to_bytes().to_vec()),
        None => call.none(),
    }
}

fn list<'a>(call: &mut Call<'a>, list: &[&'a [u8]]) {
    call.number(list.len() as u64);
    for item in list {
        call.bytes(*item);
    }
}

fn changed<'a>(call: &mut Call<'a>, change: &'a Change) {
    let (kind, entry) = match change {
        Change::Set(entry) => ("set", entry),
        Change::Add(entry) => ("add", entry),
        Change::Fold(entry) => ("fold", entry),
        Change::Remove(tag) => {
            call.bytes(&b"remove"[..]);
            call.bytes(field_of_base(*tag));
            return call.none();
        }
    };
    let (field, value) = field_of(entry);
    call.bytes(kind.as_bytes());
    call.bytes(field);
    call.bytes(value);
}

/// Owners are those of whom the row must have one; `None` is nobody.
pub(crate) fn end(
    key: String,
    ending: RowEnding<'_>,
    owners: impl Iterator<Item = Option<Owner>>,
    now: u64,
) -> Call<'static> {
    let mut call = Call::new(&END, key, now);
    call.number(ending.why.to_number());
    call.number(ending.until);
    for of in owners {
        owner(&mut call, of);
    }
    call
}

pub(crate) fn index(owner_key: String, row: RowKey, ends: u64, now: u64) -> Call<'static> {
    let mut call = Call::new(&INDEX, owner_key, now);
    call.number(ends);
    call.bytes(row.to_bytes().to_vec());
    call
}

/// The field and the value that keep an entry. The name of an added entry is in its field, so that one which is added
/// twice is there once.
fn field_of(entry: &Entry) -> (Vec<u8>, &[u8]) {
    match entry.role {
        Role::Base => (field_of_base(entry.tag), &entry.sealed),
        Role::Added => {
            let name = entry.name();
            let rest = entry.sealed.get(name.len()..).unwrap_or_default();
            ([b"a", &entry.tag.to_bytes()[..], name].concat(), rest)
        }
    }
}

fn field_of_base(tag: EntryTag) -> Vec<u8> {
    [b"b", &tag.to_bytes()[..]].concat()
}

pub(crate) fn created(answer: Value) -> Result<Created, StoreError> {
    match Answer::of(answer)?.word() {
        b"done" => Ok(Created::Done),
        b"taken" => Ok(Created::Taken),
        _ => Err(unexpected_answer()),
    }
}

pub(crate) fn committed(answer: Value) -> Result<Step, StoreError> {
    let answer = Answer::of(answer)?;
    let committed = match answer.word() {
        b"done" => Some(Committed::Done),
        b"moved" => Some(Committed::Moved),
        b"missing" => Some(Committed::Missing),
        b"rejoined" => mark(answer.get(1)).map(Committed::Rejoined),
        // A tombstone whose reason cannot be read is as good as not there.
        b"ended" => Some(reason(answer.get(1)).map_or(Committed::Missing, Committed::Ended)),
        b"index" => {
            let place = read_owner(answer.get(1)).zip(number(answer.get(2)));
            let (owner, ends) = place.ok_or_else(unexpected_answer)?;
            return Ok(Step::Needs(Place { owner, ends }));
        }
        _ => None,
    };
    committed.map(Step::Is).ok_or_else(unexpected_answer)
}

pub(crate) fn ended(answer: Value) -> Result<Ended, StoreError> {
    match Answer::of(answer)?.word() {
        b"done" => Ok(Ended::Done),
        b"before" => Ok(Ended::Before),
        b"another" => Ok(Ended::AnotherOwner),
        _ => Err(unexpected_answer()),
    }
}

/// A row that cannot be read is as good as not there: its visitor begins a new session, and is not shut out for good.
pub(crate) fn loaded(answer: Value, now: u64) -> Result<Loaded, StoreError> {
    let fields = pairs(answer).ok_or_else(unexpected_answer)?;
    if fields.is_empty() {
        return Ok(Loaded::Missing);
    }
    let Some((ends, loaded)) = Fields::sorted(fields).read(now) else {
        tell_unreadable();
        return Ok(Loaded::Missing);
    };
    Ok(if now < ends { loaded } else { Loaded::Missing })
}

pub(crate) fn shown(key: RowKey, answer: Value, now: u64) -> Result<Shown, StoreError> {
    let answer = Answer::of(answer)?;
    let [ends, why, its_mark, its_owner, label] = [0, 1, 2, 3, 4].map(|at| answer.get(at));
    let Some(expires) = time(ends).filter(|ends| now < *ends) else {
        return Ok(Shown::Nothing);
    };
    if why.is_some() {
        return Ok(Shown::Ended(expires));
    }
    let Some(owner) = mark(its_mark).and_then(|_| read_owner(its_owner)) else {
        return Ok(Shown::Nothing);
    };
    let label = label.map(Bytes::copy_from_slice);
    let listed = Listed {
        key,
        expires,
        label,
    };
    Ok(Shown::Alive(owner, listed))
}

pub(crate) fn tell_unreadable() {
    tracing::warn!("a row of the store cannot be read, and counts as missing");
}

/// The fields of a hash, by what they are.
#[derive(Default)]
struct Fields {
    plain: Vec<(u8, Vec<u8>)>,
    entries: Vec<Entry>,
    copy: Vec<Entry>,
}

impl Fields {
    /// What is no field of ours is left out: the rest of the session is of use.
    fn sorted(fields: Vec<(Vec<u8>, Vec<u8>)>) -> Self {
        let mut sorted = Self::default();
        let (entries, copy) = (&mut sorted.entries, &mut sorted.copy);
        for (field, value) in fields {
            let (list, role, tag, sealed) = match field[..] {
                [plain] => {
                    sorted.plain.push((plain, value));
                    continue;
                }
                [b'b', a, b, c] => (&mut *entries, Role::Base, [a, b, c], value),
                [b'B', a, b, c] => (&mut *copy, Role::Base, [a, b, c], value),
                [b'a', a, b, c, ref name @ ..] => {
                    let sealed = [name, &value[..]].concat();
                    (&mut *entries, Role::Added, [a, b, c], sealed)
                }
                [b'A', a, b, c, ref name @ ..] => {
                    let sealed = [name, &value[..]].concat();
                    (&mut *copy, Role::Added, [a, b, c], sealed)
                }
                _ => {
                    tracing::warn!("a field of a row in the store cannot be read, and is left out");
                    continue;
                }
            };
            let (tag, sealed) = (EntryTag::from_bytes(tag), Bytes::from(sealed));
            list.push(Entry { tag, role, sealed });
        }
        sorted
    }

    fn plain(&self, name: u8) -> Option<&[u8]> {
        let mut plain = self.plain.iter();
        plain
            .find(|(field, _)| *field == name)
            .map(|(_, value)| &value[..])
    }

    /// `None` if this is neither a row nor a tombstone.
    fn read(self, now: u64) -> Option<(u64, Loaded)> {
        let expires = time(self.plain(b'e'))?;
        if let Some(why) = self.plain(b'w') {
            return Some((expires, Loaded::Ended(reason(Some(why))?)));
        }
        let owner = match self.plain(b'o') {
            Some(owner) => Some(read_owner(Some(owner))?),
            None => None,
        };
        let before = mark(self.plain(b'p')).zip(time(self.plain(b'k')));
        let row = Row {
            mark: mark(self.plain(b'm'))?,
            owner,
            expires,
            entries: self.entries,
            before: before.map(|(mark, until)| Before {
                mark,
                until,
                entries: self.copy,
            }),
        };
        Some((expires, Loaded::Alive(row.at(now))))
    }
}

fn mark(bytes: Option<&[u8]>) -> Option<Mark> {
    Some(Mark::from_bytes(bytes?.try_into().ok()?))
}

fn read_owner(bytes: Option<&[u8]>) -> Option<Owner> {
    Some(Owner::from_bytes(bytes?.try_into().ok()?))
}

fn number(digits: Option<&[u8]>) -> Option<u64> {
    str::from_utf8(digits?).ok()?.parse().ok()
}

/// All times fit in 40 bits. The scripts take no other either.
fn time(digits: Option<&[u8]>) -> Option<u64> {
    number(digits).filter(|time| *time < 1 << 40)
}

fn reason(digits: Option<&[u8]>) -> Option<Why> {
    Why::from_number(number(digits)?)
}
