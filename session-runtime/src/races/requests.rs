//! Requests as values, made by the real code.
//!
//! A request is a function of what it brought along, of the answers of the store so far, and of the time of each.
//! The real layer runs with the answers that a script gives it, up to the operation for which there is no answer
//! yet. The random bytes of one request are the same each time. So every run of a request is a walk down a tree,
//! each node is run once, and a search may go back to any of them.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{COOKIE, SET_COOKIE};
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::quick::Quick;
use super::rows::{self, Answer, Kept, Operation, Work};
use super::shop::{self, Ask, User, View, Visit};
use crate::store::{
    Commit, Committed, Created, Ended, Entry, EntryTag, Listed, Loaded, Mark, NewRow, Owner, Role,
    RowEnding, RowKey, Store, StoreError, StoreErrorKind,
};
use crate::token::random;
use crate::{Clock, Key, Keyring};

/// The number of a node in the trees of requests.
pub(super) type NodeId = u32;

/// The number of a row as it was at some time; 0 is no row.
pub(super) type KeptId = u32;

/// The number of a ticket; 0 is no ticket.
pub(super) type TicketId = u16;

/// All that a request depends on before the store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sent {
    pub(super) ask: Ask,
    /// Its number among all requests of its search. What it writes is this number.
    pub(super) number: u32,
    pub(super) ticket: TicketId,
    pub(super) instance: usize,
    pub(super) at: u64,
}

/// A request as far as it has come.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) sent: Sent,
    path: Vec<(Answer, u64)>,
    pub(super) next: Next,
    /// The session as its handler saw it.
    pub(super) seen: Option<View>,
    /// The row that it loaded, and when.
    pub(super) loaded: Option<(RowKey, KeptId, u64)>,
    /// The row that it changed, and the mark that it knows of it.
    pub(super) wrote: Option<(RowKey, Mark)>,
    /// It has asked the store to change something.
    pub(super) has_begun: bool,
    children: Vec<(Answer, u64, NodeId)>,
}

/// The next thing that a request does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Ask(Operation),
    Answer(Response503, Cookie),
}

/// Whether the response says that it succeeded. There is no other failure than that of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response503 {
    No,
    Yes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cookie {
    Nothing,
    Removal,
    Ticket(TicketId),
}

/// A ticket that was sent to a browser.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) text: String,
    pub(super) key: RowKey,
    pub(super) mark: Mark,
    /// The user who was logged in when it was sent.
    pub(super) user: Option<User>,
}

/// A row as a search reads it. A tombstone has none of this.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) alive_until: u64,
    pub(super) user: Option<User>,
    /// The requests that made its entries, but for those of the counter.
    pub(super) writers: Vec<u32>,
}

pub(super) struct Requests {
    instances: [Router; 2],
    script: Script,
    nodes: Vec<Node>,
    roots: Quick<Sent, NodeId>,
    loads: Quick<(NodeId, KeptId, u64), NodeId>,
    tickets: Vec<Ticket>,
    kept: Vec<(Kept, Facts)>,
    kept_ids: HashMap<Vec<u8>, KeptId>,
    pub(super) owners: HashMap<Owner, User>,
    /// The request that made an entry, by all that is sealed: runs that are told otherwise have equal nonces.
    writers: HashMap<Bytes, u32>,
    /// The field that is counted.
    counted: Option<EntryTag>,
}

impl Requests {
    /// Two instances in the middle of a rotation: each seals under the key that the other one only opens.
    pub(super) fn new() -> Self {
        let script = Script::default();
        let keys = [Key::generate(), Key::generate()];
        let instance = |keys: Vec<Key>| {
            let ring = Keyring::new(keys).unwrap();
            shop::instance(ring, script.clone(), script.hands.clone())
        };
        let [one, other] = keys;
        Self {
            instances: [
                instance(vec![one.clone(), other.clone()]),
                instance(vec![other, one]),
            ],
            script,
            nodes: Vec::new(),
            roots: Quick::default(),
            loads: Quick::default(),
            tickets: Vec::new(),
            kept: Vec::new(),
            kept_ids: HashMap::new(),
            owners: HashMap::new(),
            writers: HashMap::new(),
            counted: None,
        }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    pub(super) fn ticket(&self, id: TicketId) -> Option<&Ticket> {
        self.tickets.get(usize::from(id.checked_sub(1)?))
    }

    pub(super) fn kept(&self, id: KeptId) -> Option<&Kept> {
        self.kept
            .get(id.checked_sub(1)? as usize)
            .map(|kept| &kept.0)
    }

    pub(super) fn facts(&self, id: KeptId) -> Option<&Facts> {
        self.kept
            .get(id.checked_sub(1)? as usize)
            .map(|kept| &kept.1)
    }

    pub(super) fn keep(&mut self, kept: Option<Kept>) -> KeptId {
        let Some(kept) = kept else {
            return 0;
        };
        let next = u32::try_from(self.kept.len()).unwrap() + 1;
        let id = *self.kept_ids.entry(kept.bytes()).or_insert(next);
        if id == next {
            let facts = self.facts_of(&kept);
            self.kept.push((kept, facts));
        }
        id
    }

    fn facts_of(&self, kept: &Kept) -> Facts {
        let (alive_until, row) = match kept {
            Kept::Ended { .. } => return Facts::default(),
            Kept::Alive(row) => (row.expires, row),
        };
        let entries = row.entries.iter();
        let entries = entries.filter(|entry| Some(entry.tag) != self.counted);
        let writers = entries.map(|entry| self.writers[&entry.sealed]);
        Facts {
            alive_until,
            user: row.owner.map(|owner| self.owners[&owner]),
            writers: writers.collect(),
        }
    }

    /// The real runs so far.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn send(&mut self, sent: Sent) -> NodeId {
        if let Some(node) = self.roots.get(&sent) {
            return *node;
        }
        let node = self.run(sent, Vec::new());
        let id = self.push(node);
        self.roots.insert(sent, id);
        id
    }

    /// The request when the operation that it has asked for is answered.
    pub(super) fn answer(&mut self, id: NodeId, answer: Answer, at: u64) -> NodeId {
        let known = if let Answer::Loaded(kept) = answer {
            self.loads.get(&(id, kept, at)).copied()
        } else {
            let mut children = self.node(id).children.iter();
            let known = children.find(|child| child.0 == answer && child.1 == at);
            known.map(|child| child.2)
        };
        if let Some(known) = known {
            return known;
        }
        let Node { sent, path, .. } = self.node(id);
        let (sent, mut path) = (*sent, path.clone());
        path.push((answer, at));
        let mut node = self.run(sent, path);
        node.wrote = self.wrote(id, answer);
        node.has_begun = self.node(id).has_begun || !matches!(answer, Answer::Loaded(_));
        node.loaded = match (answer, &self.node(id).next) {
            (Answer::Loaded(kept), Next::Ask(operation)) => Some((operation.key, kept, at)),
            _ => self.node(id).loaded,
        };
        self.name_ticket(&node);
        let child = self.push(node);
        match answer {
            Answer::Loaded(kept) => {
                self.loads.insert((id, kept, at), child);
            }
            _ => self.nodes[id as usize].children.push((answer, at, child)),
        }
        child
    }

    fn push(&mut self, node: Node) -> NodeId {
        if let Next::Ask(operation) = &node.next {
            self.note_operation(operation, &node);
        }
        self.nodes.push(node);
        u32::try_from(self.nodes.len() - 1).unwrap()
    }

    /// Notes whose an owner is, and who made each entry: that is how a search reads rows without their keys.
    fn note_operation(&mut self, operation: &Operation, node: &Node) {
        use crate::store::Change;
        let (owner, entries): (_, Vec<_>) = match &operation.work {
            Work::Create(row) => (row.owner, row.entries.iter().collect()),
            Work::Commit {
                renewal, changes, ..
            } => {
                let entries = changes.iter().filter_map(|change| match change {
                    Change::Set(entry) | Change::Add(entry) | Change::Fold(entry) => Some(entry),
                    Change::Remove(_) => None,
                });
                let owner = renewal.as_ref().and_then(|renewal| renewal.owner);
                (owner, entries.collect())
            }
            Work::Load | Work::End { .. } => return,
        };
        let is_fold = matches!(&operation.work, Work::Commit { seen, .. } if !seen.is_empty());
        let seen = node.seen.and_then(|seen| seen.user);
        let user = node.sent.ask.logs_in().or(seen);
        if let (Some(owner), Some(user)) = (owner, user) {
            let known = self.owners.insert(owner, user);
            assert!(known.is_none_or(|known| known == user));
        }
        for entry in entries {
            if entry.role == Role::Added {
                self.counted = Some(entry.tag);
            }
            // Where two logins of one user are sealed again, either is as good.
            let number = self.writer(node, entry, is_fold);
            self.writers.insert(entry.sealed.clone(), number);
        }
    }

    /// A value that is sealed again is still of the request that wrote it.
    fn writer(&self, node: &Node, entry: &Entry, is_fold: bool) -> u32 {
        let loaded = node.loaded.filter(|_| is_fold);
        let row = loaded.and_then(|(_, kept, at)| self.kept(kept)?.alive(at));
        let mut entries = row.into_iter().flat_map(|row| &row.entries);
        let before = entries.find(|before| before.tag == entry.tag);
        before.map_or(node.sent.number, |before| self.writers[&before.sealed])
    }

    fn wrote(&self, id: NodeId, answer: Answer) -> Option<(RowKey, Mark)> {
        let node = self.node(id);
        let Next::Ask(operation) = &node.next else {
            unreachable!("it was answered")
        };
        let mark = match (&operation.work, answer) {
            (Work::Create(row), Answer::Created(Created::Done)) => row.mark,
            (Work::Commit { mark, renewal, .. }, Answer::Committed(Committed::Done)) => {
                renewal.as_ref().map_or(*mark, |renewal| renewal.mark)
            }
            (_, Answer::Committed(Committed::Rejoined(mark))) => mark,
            _ => return node.wrote,
        };
        Some((operation.key, mark))
    }

    /// The row and the mark of a ticket are those that its request has just written, or else those of the ticket
    /// that it brought.
    fn name_ticket(&mut self, node: &Node) {
        let Next::Answer(_, Cookie::Ticket(id)) = node.next else {
            return;
        };
        let brought = self.ticket(node.sent.ticket);
        let brought = brought.map(|ticket| (ticket.key, ticket.mark));
        let (key, mark) = node.wrote.or(brought).unwrap();
        let ticket = &mut self.tickets[usize::from(id - 1)];
        (ticket.key, ticket.mark) = (key, mark);
    }

    /// Runs the real code.
    fn run(&mut self, sent: Sent, path: Vec<(Answer, u64)>) -> Node {
        let answers = path.iter();
        let answers = answers.map(|(answer, at)| (self.told(*answer, *at), *at));
        self.script.begin(sent.at, answers.collect());
        let seen = Arc::default();
        let visit = Visit {
            ask: sent.ask,
            number: sent.number,
            seen: Arc::clone(&seen),
        };
        let mut request = Request::new(Body::empty());
        if let Some(ticket) = self.ticket(sent.ticket) {
            let line = format!("{}={}", shop::COOKIE, ticket.text);
            request.headers_mut().insert(COOKIE, line.parse().unwrap());
        }
        request.extensions_mut().insert(visit);
        let instance = self.instances[sent.instance].clone();
        let response = random::repeatable::with_seed(u64::from(sent.number), || {
            let response = pin!(instance.oneshot(request));
            response.poll(&mut Context::from_waker(Waker::noop()))
        });
        let seen: Option<(View, View)> = *seen.lock().unwrap();
        let next = match response {
            Poll::Pending => Next::Ask(self.script.asked()),
            Poll::Ready(Ok(response)) => self.answered(&response, seen),
            Poll::Ready(Err(never)) => match never {},
        };
        Node {
            sent,
            path,
            next,
            seen: seen.map(|(before, _)| before),
            loaded: None,
            wrote: None,
            has_begun: false,
            children: Vec::new(),
        }
    }

    fn answered(&mut self, response: &Response, seen: Option<(View, View)>) -> Next {
        let fails = match response.status() {
            StatusCode::OK => Response503::No,
            StatusCode::SERVICE_UNAVAILABLE => Response503::Yes,
            status => panic!("no request is answered {status}"),
        };
        let mut lines = response.headers().get_all(SET_COOKIE).iter();
        let cookie = match lines.next().map(|line| line.to_str().unwrap()) {
            None => Cookie::Nothing,
            Some(line) if line.contains("Max-Age=0") => Cookie::Removal,
            Some(line) => {
                let (pair, _) = line.split_once(';').unwrap();
                let (_, text) = pair.split_once('=').unwrap();
                let user = seen.and_then(|(_, after)| after.user);
                Cookie::Ticket(self.keep_ticket(text, user))
            }
        };
        assert!(lines.next().is_none(), "there is one cookie");
        Next::Answer(fails, cookie)
    }

    fn keep_ticket(&mut self, text: &str, user: Option<User>) -> TicketId {
        let mut known = self.tickets.iter();
        let known = known.position(|ticket| ticket.text == text);
        let place = known.unwrap_or_else(|| {
            self.tickets.push(Ticket {
                text: text.to_owned(),
                key: RowKey::from_bytes([0; 16]),
                mark: Mark::from_bytes([0; 8]),
                user,
            });
            self.tickets.len() - 1
        });
        TicketId::try_from(place + 1).unwrap()
    }

    fn told(&self, answer: Answer, at: u64) -> Told {
        match answer {
            Answer::Loaded(id) => Told::Loaded(rows::load(self.kept(id), at)),
            Answer::Created(answer) => Told::Created(answer),
            Answer::Committed(answer) => Told::Committed(answer),
            Answer::Ended(answer) => Told::Ended(answer),
            Answer::Failed(kind) => Told::Failed(kind),
        }
    }
}

/// A store that answers what it is told to, and keeps the first question for which it has no answer.
#[derive(Clone, Default)]
struct Script {
    lines: Arc<Mutex<Lines>>,
    hands: Hands,
}

#[derive(Default)]
struct Lines {
    /// The last one first.
    answers: Vec<(Told, u64)>,
    asked: Option<Operation>,
}

enum Told {
    Loaded(Loaded),
    Created(Created),
    Committed(Committed),
    Ended(Ended),
    Failed(StoreErrorKind),
}

impl Script {
    fn begin(&self, at: u64, answers: Vec<(Told, u64)>) {
        self.hands.0.store(at, Ordering::Relaxed);
        let mut lines = self.lines.lock().unwrap();
        lines.answers = answers;
        lines.answers.reverse();
        lines.asked = None;
    }

    fn asked(&self) -> Operation {
        let mut lines = self.lines.lock().unwrap();
        assert!(lines.answers.is_empty(), "it took another way this time");
        lines.asked.take().unwrap()
    }

    async fn ask(&self, key: RowKey, now: u64, work: Work) -> Result<Told, StoreError> {
        let answer = self.lines.lock().unwrap().answers.pop();
        let Some((told, at)) = answer else {
            let operation = Operation { key, now, work };
            self.lines.lock().unwrap().asked = Some(operation);
            return std::future::pending().await;
        };
        // The time goes on while a request waits.
        self.hands.0.store(at, Ordering::Relaxed);
        match told {
            Told::Failed(kind) => Err(StoreError::new(kind, "told to fail")),
            told => Ok(told),
        }
    }
}

impl Store for Script {
    async fn load(&self, key: RowKey, now: u64) -> Result<Loaded, StoreError> {
        match self.ask(key, now, Work::Load).await? {
            Told::Loaded(answer) => Ok(answer),
            _ => unreachable!("it asked to load"),
        }
    }

    async fn create(&self, row: NewRow<'_>, now: u64) -> Result<Created, StoreError> {
        match self.ask(row.key, now, Work::create(&row)).await? {
            Told::Created(answer) => Ok(answer),
            _ => unreachable!("it asked to create"),
        }
    }

    async fn commit(
        &self,
        key: RowKey,
        commit: Commit<'_>,
        now: u64,
    ) -> Result<Committed, StoreError> {
        match self.ask(key, now, Work::commit(&commit)).await? {
            Told::Committed(answer) => Ok(answer),
            _ => unreachable!("it asked to commit"),
        }
    }

    async fn end(&self, key: RowKey, ending: RowEnding<'_>, now: u64) -> Result<Ended, StoreError> {
        match self.ask(key, now, Work::end(ending)).await? {
            Told::Ended(answer) => Ok(answer),
            _ => unreachable!("it asked to end"),
        }
    }

    async fn list(&self, _: &[Owner], _: u64) -> Result<Vec<Listed>, StoreError> {
        unreachable!("no request lists sessions")
    }

    async fn end_all(
        &self,
        _: &[Owner],
        _: Option<RowKey>,
        _: u64,
        _: u64,
    ) -> Result<u64, StoreError> {
        unreachable!("no request ends all sessions of a user")
    }

    async fn sweep(&self, _: u64, _: u32) -> Result<u32, StoreError> {
        unreachable!("there is no runtime, so nothing is swept beside a request")
    }
}

/// The hands of the clock that the instances read.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicU64>);

impl Clock for Hands {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}
