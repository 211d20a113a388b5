//! The course of a case by the rules, without the values: the user who is logged in, the ending of the
//! session, the stale guards, and the log.

use std::collections::{BTreeMap, BTreeSet};

use super::runs::Case;
use super::said::{Said, What};
use super::steps;

/// The way in which a session ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Ending {
    None,
    /// Another user is logged in, if the response is saved.
    Replaced,
    /// It started over, whatever the response.
    Cleared,
    /// So did what the browser keeps, and nothing comes after it.
    Destroyed,
}

#[derive(Debug)]
pub(super) struct History {
    /// The user who is logged in; `-` for none.
    pub(super) user: char,
    pub(super) ending: Ending,
    /// A user was logged in, and nothing has ended since.
    pub(super) begins: bool,
    pub(super) is_remembered: bool,
    pub(super) said: BTreeSet<Said>,
    guards: BTreeMap<char, Guard>,
    /// The number of times that the session ended.
    endings: usize,
    /// The published fields, in order; `None` in the place of one that has ended since.
    published: Vec<Option<&'static str>>,
    /// Those of them that have a value, and not the one that the request carried.
    values: BTreeSet<&'static str>,
    /// The last word on remembering since the last login or ending.
    says_remember: Option<bool>,
}

#[derive(Clone, Default, Debug)]
struct Guard {
    /// The user whom it shows.
    shows: char,
    /// The number of endings before the session that it shows.
    endings: usize,
    /// The last login that it asked for was refused, and it did nothing since that would help.
    is_refused: bool,
    /// The number of publications before the session that it shows.
    published: usize,
    /// The fields with a value that it has published itself.
    own: Vec<&'static str>,
    pending: Vec<&'static str>,
    remember: Option<bool>,
}

const ALL: [&str; 4] = ["cart", "name", "notice", "theme"];
const REMEMBER: &str = "Session::remember";

impl History {
    pub(super) fn of(case: Case) -> Self {
        let mut history = Self::begin(case.start);
        for mark in case.acts.marks() {
            let operation = if mark == 'a' { case.a } else { case.b };
            for step in steps(operation) {
                history.step(mark, step);
            }
        }
        for mark in case.drops.marks() {
            history.publish(mark);
        }
        if case.fails {
            history.note_unsaved(case.start);
        }
        history
    }

    fn begin(start: char) -> Self {
        let user = if start == 'v' { '-' } else { start };
        let guard = Guard {
            shows: user,
            ..Guard::default()
        };
        Self {
            user,
            ending: Ending::None,
            begins: false,
            is_remembered: start != 'v',
            said: BTreeSet::new(),
            guards: [('a', guard.clone()), ('b', guard)].into(),
            endings: 0,
            published: Vec::new(),
            values: BTreeSet::new(),
            says_remember: None,
        }
    }

    /// True if the session ended after a guard saw it.
    pub(super) fn is_stale(&self, mark: char) -> bool {
        let guard = &self.guards[&mark];
        guard.endings < self.endings || guard.is_refused || self.ending == Ending::Destroyed
    }

    /// True if a guard shows the session after an ending.
    pub(super) fn is_anew(&self, mark: char) -> bool {
        self.guards[&mark].endings > 0
    }

    pub(super) fn shows(&self, mark: char) -> char {
        self.guards[&mark].shows
    }

    fn step(&mut self, mark: char, step: &'static str) {
        match step {
            "read" => {}
            // Equal values are a change only if the session is another one.
            "same" if !self.is_anew(mark) => {}
            "same" => self.guard(mark).pending.extend(["cart", "notice"]),
            "keep" => self.guard(mark).remember = Some(true),
            "forget" => self.guard(mark).remember = Some(false),
            "sync" => {
                self.publish(mark);
                self.take_over(mark);
            }
            "logout" => self.start_over(mark, Some(What::LostByLogout)),
            "clear" => self.start_over(mark, None),
            "destroy" => {
                self.guards.insert(mark, Guard::default());
                self.end(Ending::Destroyed, None, &BTreeSet::new());
            }
            field => match step.strip_prefix("login") {
                Some(user) => self.log_in(mark, user.chars().next().unwrap()),
                None => self.guard(mark).pending.push(field),
            },
        }
    }

    fn log_in(&mut self, mark: char, user: char) {
        if let Some(reason) = self.refuses(mark, user) {
            self.say(What::Refused, reason);
            self.publish(mark);
            self.take_over(mark);
            self.guard(mark).is_refused = true;
            return;
        }
        if ['-', user].contains(&self.user) {
            if self.user == '-' && !self.is_stale(mark) {
                for field in self.pending_values(mark) {
                    self.say(What::KeptByChance, field);
                }
            }
            // Of a stale guard too.
            let remember = self.guard(mark).remember.take();
            self.publish(mark);
            self.is_remembered = remember.unwrap_or(self.is_remembered);
        } else {
            // Whichever guard published it: it belonged to the user before.
            let lost = self.lost(mark, |_| true);
            let remember = self.guard(mark).remember.or(self.says_remember);
            self.publish_for_the_browser(mark);
            self.end(Ending::Replaced, Some(What::LostByLogin), &lost);
            self.is_remembered = remember.unwrap_or(false);
        }
        self.says_remember = None;
        self.guard(mark).own.clear();
        if self.user != user {
            self.published.push(Some("user"));
        }
        self.user = user;
        self.begins = true;
        self.take_over(mark);
    }

    fn refuses(&self, mark: char, user: char) -> Option<&'static str> {
        if self.ending == Ending::Destroyed {
            Some("destroyed")
        } else {
            (self.shows(mark) == user && self.user != user).then_some("ended")
        }
    }

    /// A logout names what its own guard published, and a notice of any guard. A new start names nothing so loudly.
    fn start_over(&mut self, mark: char, loud: Option<What>) {
        let own = std::mem::take(&mut self.guard(mark).own);
        let lost = self.lost(mark, |field| own.contains(&field) || field == "notice");
        self.publish_for_the_browser(mark);
        self.end(Ending::Cleared, loud, &lost);
        self.take_over(mark);
    }

    /// The fields with a value that is pending in a guard, and of the published ones those that count. What is taken has
    /// none.
    fn lost(&self, mark: char, counts: impl Fn(&'static str) -> bool) -> BTreeSet<&'static str> {
        let is_taken = self.guards[&mark].pending.contains(&"take");
        let mut lost = self.values.clone();
        lost.retain(|field| counts(field) && !(is_taken && *field == "notice"));
        lost.extend(self.pending_values(mark));
        lost
    }

    fn end(&mut self, ending: Ending, loud: Option<What>, lost: &BTreeSet<&'static str>) {
        self.ending = self.ending.max(ending);
        self.endings += 1;
        self.user = '-';
        self.begins = false;
        self.is_remembered = false;
        self.says_remember = None;
        self.values.clear();
        let ends = |field: &mut &str| *field != "theme" || ending == Ending::Destroyed;
        let all = self.published.iter_mut();
        let ended: Vec<_> = all.filter_map(|field| field.take_if(ends)).collect();
        let lost = lost.iter().filter(|_| loud.is_some());
        let lost: BTreeSet<_> = lost.copied().collect();
        for field in ended.into_iter().filter(|field| !lost.contains(field)) {
            self.say(What::Dropped, field);
        }
        for field in lost {
            self.say(loud.unwrap(), field);
        }
    }

    fn take_over(&mut self, mark: char) {
        let (shows, endings, published) = (self.user, self.endings, self.published.len());
        let own = std::mem::take(&mut self.guard(mark).own);
        *self.guard(mark) = Guard {
            shows,
            endings,
            published,
            own,
            ..Guard::default()
        };
    }

    fn publish(&mut self, mark: char) {
        let is_stale = self.is_stale(mark);
        let is_destroyed = self.ending == Ending::Destroyed;
        let guard = self.guard(mark);
        let mut pending = std::mem::take(&mut guard.pending);
        let remember = guard.remember.take();
        let is_assigned = pending == ["assign"];
        if is_assigned {
            if guard.shows != '-' {
                self.say(What::Assigned, "user");
                if !is_stale {
                    self.end(Ending::Cleared, None, &BTreeSet::new());
                }
                return;
            }
            pending = ALL.into();
        }
        let unseen = self.unseen(mark);
        for step in pending {
            let field = if step == "take" { "notice" } else { step };
            if is_stale && (field != "theme" || is_destroyed) {
                self.say(What::Stale, field);
                continue;
            }
            if unseen.contains(&field) {
                self.say(What::Overwritten, field);
            }
            self.published.push(Some(field));
            if is_assigned || ["take", "theme"].contains(&step) {
                self.values.remove(field);
            } else {
                self.values.insert(field);
                self.guard(mark).own.push(field);
            }
        }
        match remember {
            Some(_) if is_stale => self.say(What::Stale, REMEMBER),
            Some(remember) => {
                self.is_remembered = remember;
                self.says_remember = Some(remember);
            }
            None => {}
        }
    }

    /// The other changes that are pending in its guard are dropped.
    fn publish_for_the_browser(&mut self, mark: char) {
        let guard = self.guard(mark);
        guard.pending.retain(|step| *step == "theme");
        guard.remember = None;
        self.publish(mark);
    }

    fn unseen(&self, mark: char) -> Vec<&'static str> {
        let seen = self.guards[&mark].published;
        self.published[seen..].iter().flatten().copied().collect()
    }

    fn note_unsaved(&mut self, start: char) {
        let fields: Vec<_> = self.published.iter().flatten().copied().collect();
        for field in fields {
            self.say(What::NotSaved, field);
        }
        if self.begins {
            self.say(What::NotSaved, "user");
        }
        let was_remembered = start != 'v' && self.endings == 0;
        if self.is_remembered != was_remembered {
            self.say(What::NotSaved, REMEMBER);
        }
    }

    /// The fields that are pending and have a value, but for what the browser keeps.
    fn pending_values(&self, mark: char) -> BTreeSet<&'static str> {
        let pending = self.guards[&mark].pending.iter().copied();
        pending
            .filter(|step| !["theme", "take"].contains(step))
            .collect()
    }

    fn say(&mut self, what: What, name: &str) {
        self.said.insert(Said::of(what, name));
    }

    fn guard(&mut self, mark: char) -> &mut Guard {
        self.guards.get_mut(&mark).unwrap()
    }
}
