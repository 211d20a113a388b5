//! Every interleaving of three writers and a folder, with a store that applies what it is told.
//!
//! A writer loads, and writes a difference or a value. The answer to the first writer may be lost: it writes the same
//! a second time, at any later moment. A folder loads and folds, twice. At the end every writer must have counted once,
//! in an order in which a writer that was answered before another one loaded comes first.

use super::*;
use crate::merge::{Added, Base, Difference, Folded, History, IntegerField, Name, fold};
use crate::store::{Change, Commit, Entry, EntryTag, Mark, Role, Row};
use crate::time::Timestamp;

/// A mistake that somebody might make. Each is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    /// The base does not remember what the fold took.
    FoldForgets,
    /// The base does not remember what the value took the place of.
    ValueForgets,
    /// What is remembered counts all the same.
    LoadCountsAgain,
    /// Every difference has the number 1.
    NoNumbers,
    /// A repeated difference has a new name.
    NewName,
    /// The fold takes the place of everything, as a value does.
    FoldDropsUnseen,
    /// The fold leaves one of the differences out that it takes the place of.
    FoldDropsOne,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    /// A number grows.
    Add(u8),
    Insert(u8),
    Remove(u8),
    Push(u8),
    /// A new first item, which is no difference unless it is the only one.
    PutFirst(u8),
    Raise(u8),
}

impl Op {
    fn merge(self) -> Merge {
        match self {
            Self::Add(_) => u8::ADD,
            Self::Insert(_) | Self::Remove(_) => UNION,
            Self::Push(_) | Self::PutFirst(_) => APPEND,
            Self::Raise(_) => u8::MAX_OF,
        }
    }

    fn default(self) -> Bytes {
        match self {
            Self::Add(_) | Self::Raise(_) => stored(0),
            _ => stored::<[u8; 0]>([]),
        }
    }

    /// What a handler makes of the value that it sees.
    fn apply(self, value: &Bytes) -> Bytes {
        let number = || read::<u8>(value);
        let items = || read::<Vec<u8>>(value);
        let others = |item| items().into_iter().filter(move |other| *other != item);
        match self {
            Self::Add(by) => stored(number() + by),
            Self::Raise(to) => stored(number().max(to)),
            Self::Insert(item) if items().contains(&item) => value.clone(),
            Self::Insert(item) | Self::Push(item) => stored([items(), vec![item]].concat()),
            Self::Remove(item) => stored(others(item).collect::<Vec<u8>>()),
            Self::PutFirst(item) => stored([vec![item], items()].concat()),
        }
    }
}

/// What an entry of the row holds.
#[derive(Clone)]
enum Content {
    Base(Base),
    Added(u32, Difference),
}

#[derive(Clone)]
struct World {
    mistake: Option<Mistake>,
    default: Bytes,
    row: Row,
    /// The content of every entry that was ever written, by the number in its name.
    contents: Vec<Content>,
    writers: [Writer; 3],
    folder: Folder,
    time: u64,
}

#[derive(Clone)]
struct Writer {
    op: Op,
    step: Step,
    /// When it loaded, and when it was answered.
    span: (u64, u64),
    /// The value that it wrote, if that was no difference.
    value: Option<Bytes>,
}

#[derive(Clone)]
enum Step {
    Start,
    Loaded(Bytes, Box<Seen>),
    /// It has written, and has not got the answer.
    Repeats(Change),
    Answered,
}

#[derive(Clone)]
struct Seen {
    next_number: u32,
    history: History,
}

#[derive(Clone)]
struct Folder {
    loaded: Option<(Base, Vec<Bytes>)>,
    rounds: u8,
}

const MARK: Mark = Mark::from_bytes([1; 8]);
const TAG: EntryTag = EntryTag::from_bytes([1, 2, 3]);

/// What the real load of a row makes of its entries.
impl World {
    fn load(&self) -> Folded {
        let mut base = None;
        let mut all = Vec::new();
        for entry in &self.row.entries {
            let name = Name::of(entry.name()).unwrap();
            match &self.contents[usize::from(name.0[7])] {
                Content::Base(content) => base = Some(content.clone()),
                Content::Added(number, difference) => all.push(Added {
                    name,
                    number: *number,
                    written_at: Timestamp::from_seconds(0),
                    deadline: None,
                    difference: difference.clone(),
                }),
            }
        }
        let history = base.as_ref().map(|base| base.history.clone());
        if self.mistake == Some(Mistake::LoadCountsAgain) {
            base = base.map(|base| Base {
                history: History::default(),
                ..base
            });
        }
        let mut folded = fold(&self.default, base, all);
        folded.base.history = history.unwrap_or_default();
        folded
    }

    fn entry(&mut self, role: Role, content: Content) -> Entry {
        let mut sealed = [0; 40];
        sealed[12] = u8::try_from(self.contents.len()).unwrap();
        self.contents.push(content);
        Entry {
            tag: TAG,
            role,
            sealed: Bytes::copy_from_slice(&sealed),
        }
    }

    fn commit(&mut self, change: Change, seen: &[Bytes]) {
        let seen: Vec<&[u8]> = seen.iter().map(|name| &**name).collect();
        let commit = Commit {
            mark: MARK,
            seen: &seen,
            changes: &[change],
            expires: None,
            renewal: None,
        };
        self.row.commit(&commit, 0);
    }

    fn history(&self, folded: &Folded, forgets: Mistake) -> History {
        let mut history = folded.history(Timestamp::from_seconds(0));
        if self.mistake == Some(forgets) {
            history.taken.clear();
        }
        history
    }

    /// The world after each of the steps that can come next.
    fn next(&self) -> Vec<Self> {
        let mut worlds = Vec::new();
        for writer in 0..3 {
            match &self.writers[writer].step {
                Step::Start => worlds.push(self.after(|world| world.load_for(writer))),
                Step::Loaded(..) => {
                    worlds.push(self.after(|world| world.write(writer, Answer::Arrives)));
                    if writer == 0 {
                        worlds.push(self.after(|world| world.write(writer, Answer::IsLost)));
                    }
                }
                Step::Repeats(_) => worlds.push(self.after(|world| world.repeat(writer))),
                Step::Answered => {}
            }
        }
        if self.folder.loaded.is_some() {
            worlds.push(self.after(Self::write_fold));
        } else if self.folder.rounds > 0 {
            worlds.push(self.after(Self::load_to_fold));
        }
        worlds
    }

    fn after(&self, step: impl FnOnce(&mut Self)) -> Self {
        let mut world = self.clone();
        world.time += 1;
        step(&mut world);
        world
    }

    fn load_for(&mut self, writer: usize) {
        let folded = self.load();
        let seen = Seen {
            next_number: if self.mistake == Some(Mistake::NoNumbers) {
                1
            } else {
                folded.highest + 1
            },
            history: self.history(&folded, Mistake::ValueForgets),
        };
        let writer = &mut self.writers[writer];
        writer.span.0 = self.time;
        writer.step = Step::Loaded(folded.base.value, Box::new(seen));
    }

    fn write(&mut self, writer: usize, answer: Answer) {
        let op = self.writers[writer].op;
        let Step::Loaded(before, seen) = self.writers[writer].step.clone() else {
            unreachable!()
        };
        let after = op.apply(&before);
        if after == before {
            self.writers[writer].step = Step::Answered;
            self.writers[writer].span.1 = self.time;
            return;
        }
        let change = if let Some(difference) = op.merge().difference(&before, &after) {
            // In an empty list the first item is the last.
            if let Op::PutFirst(item) = op {
                self.writers[writer].op = Op::Push(item);
            }
            let content = Content::Added(seen.next_number, difference);
            Change::Add(self.entry(Role::Added, content))
        } else {
            self.writers[writer].value = Some(after.clone());
            Change::Set(self.base(after, seen.history))
        };
        self.commit(change.clone(), &[]);
        self.writers[writer].step = match answer {
            Answer::Arrives => Step::Answered,
            Answer::IsLost => Step::Repeats(change),
        };
        self.writers[writer].span.1 = self.time;
    }

    fn base(&mut self, value: Bytes, history: History) -> Entry {
        let written_at = Timestamp::from_seconds(0);
        let base = Base {
            value,
            written_at,
            deadline: None,
            history,
        };
        self.entry(Role::Base, Content::Base(base))
    }

    fn repeat(&mut self, writer: usize) {
        let Step::Repeats(mut change) = self.writers[writer].step.clone() else {
            unreachable!()
        };
        if let Change::Add(entry) = &mut change
            && self.mistake == Some(Mistake::NewName)
        {
            let name = Name::of(entry.name()).unwrap();
            let content = self.contents[usize::from(name.0[7])].clone();
            *entry = self.entry(Role::Added, content);
        }
        self.commit(change, &[]);
        self.writers[writer].step = Step::Answered;
        self.writers[writer].span.1 = self.time;
    }

    fn load_to_fold(&mut self) {
        let folded = self.load();
        self.folder.rounds -= 1;
        let is_added = |entry: &&Entry| entry.role == Role::Added;
        if !self.row.entries.iter().any(|entry| is_added(&entry)) {
            return;
        }
        let mut base = Base {
            history: self.history(&folded, Mistake::FoldForgets),
            ..folded.base
        };
        let names = self
            .row
            .entries
            .iter()
            .map(|entry| Bytes::copy_from_slice(entry.name()));
        let names: Vec<_> = names.collect();
        if self.mistake == Some(Mistake::FoldDropsOne) {
            let mut row = self.row.clone();
            let last = row
                .entries
                .iter()
                .rposition(|entry| entry.role == Role::Added)
                .unwrap();
            row.entries.remove(last);
            let without = Self {
                row,
                ..self.clone()
            };
            base.value = without.load().base.value;
        }
        self.folder.loaded = Some((base, names));
    }

    fn write_fold(&mut self) {
        let (base, names) = self.folder.loaded.take().unwrap();
        let entry = self.entry(Role::Base, Content::Base(base));
        let change = if self.mistake == Some(Mistake::FoldDropsUnseen) {
            Change::Set(entry)
        } else {
            Change::Fold(entry)
        };
        self.commit(change, &names);
    }

    /// What is wrong with the row, now that everybody is done.
    fn verdict(&self) -> Result<(), String> {
        let value = self.load().base.value;
        let orders = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let mut possible = orders.iter().filter(|order| self.respects_time(&**order));
        if !possible.any(|order| self.in_order(order) == value) {
            return Err(format!("{value:02x?} is in no order"));
        }
        let mut items = read_items(&value);
        let all = items.len();
        items.dedup();
        if items.len() < all {
            return Err(format!("an item is twice in {value:02x?}"));
        }
        Ok(())
    }

    fn respects_time(&self, order: &[usize]) -> bool {
        let spans: Vec<_> = order
            .iter()
            .map(|writer| self.writers[*writer].span)
            .collect();
        let mut pairs = (0..3).flat_map(|first| (first + 1..3).map(move |second| (first, second)));
        pairs.all(|(first, second)| spans[second].1 >= spans[first].0)
    }

    fn in_order(&self, order: &[usize]) -> Bytes {
        let mut value = self.default.clone();
        for writer in order {
            let writer = &self.writers[*writer];
            value = match &writer.value {
                Some(written) => written.clone(),
                None => writer.op.apply(&value),
            };
            value = writer.op.merge().kept(&value);
        }
        value
    }
}

#[derive(Clone, Copy)]
enum Answer {
    Arrives,
    IsLost,
}

/// The items of a list, in order.
fn read_items(value: &Bytes) -> Vec<u8> {
    let mut items: Vec<u8> = value::decode(value).unwrap_or_default();
    items.sort_unstable();
    items
}

/// Runs every interleaving, and returns how many there are, or the first that is wrong.
fn run(ops: [Op; 3], mistake: Option<Mistake>) -> Result<u32, String> {
    let row = Row {
        mark: MARK,
        owner: None,
        expires: u64::MAX,
        entries: Vec::new(),
        before: None,
    };
    let mut worlds = vec![World {
        mistake,
        default: ops[0].default(),
        row,
        contents: Vec::new(),
        writers: ops.map(|op| Writer {
            op,
            step: Step::Start,
            span: (0, 0),
            value: None,
        }),
        folder: Folder {
            loaded: None,
            rounds: 2,
        },
        time: 0,
    }];
    let mut count = 0;
    while let Some(world) = worlds.pop() {
        let next = world.next();
        if next.is_empty() {
            count += 1;
            world
                .verdict()
                .map_err(|wrong| format!("{ops:?}: {wrong}"))?;
        }
        worlds.extend(next);
    }
    Ok(count)
}

/// Three changes at a time, of every kind.
fn choices() -> Vec<[Op; 3]> {
    use Op::{Add, Insert, Push, PutFirst, Raise, Remove};
    vec![
        [Add(1), Add(2), Add(4)],
        [Raise(1), Raise(3), Raise(2)],
        [Push(1), Push(2), Push(3)],
        [Push(1), PutFirst(2), Push(3)],
        [PutFirst(1), Push(2), Push(3)],
        [Insert(1), Remove(1), Remove(1)],
        [Remove(1), Insert(1), Insert(1)],
    ]
}

#[test]
fn each_of_three_writers_counts_once_in_every_interleaving_with_a_folder() {
    for ops in choices() {
        let count = run(ops, None).unwrap();
        assert!(count > 5_000, "{ops:?}: {count}");
    }
}

#[test]
fn a_mistake_is_found() {
    use Mistake as M;
    for mistake in [
        M::FoldForgets,
        M::ValueForgets,
        M::LoadCountsAgain,
        M::NoNumbers,
        M::NewName,
        M::FoldDropsUnseen,
        M::FoldDropsOne,
    ] {
        let found = choices()
            .into_iter()
            .find_map(|ops| run(ops, Some(mistake)).err());
        assert!(found.is_some(), "{mistake:?}");
    }
}
