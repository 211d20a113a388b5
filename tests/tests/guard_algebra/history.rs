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
            "logout" => {
                self.say_of_pending(What::LostByLogout, mark);
                self.start_over(mark);
            }
            "clear" => self.start_over(mark),
            "destroy" => {
                self.guards.insert(mark, Guard::default());
                self.end(Ending::Destroyed);
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
                self.say_of_pending(What::KeptByChance, mark);
            }
            // Of a stale guard too.
            let remember = self.guard(mark).remember.take();
            self.publish(mark);
            self.is_remembered = remember.unwrap_or(self.is_remembered);
        } else {
            self.say_of_pending(What::LostByLogin, mark);
            let remember = self.guard(mark).remember;
            self.publish_for_the_browser(mark);
            let own = std::mem::take(&mut self.guard(mark).own);
            self.end_but(Ending::Replaced, &own);
            self.is_remembered = remember.unwrap_or(false);
        }
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

    fn start_over(&mut self, mark: char) {
        self.guard(mark).own.clear();
        self.publish_for_the_browser(mark);
        self.end(Ending::Cleared);
        self.take_over(mark);
    }

    fn end(&mut self, ending: Ending) {
        self.end_but(ending, &[]);
    }

    /// A guard that logs in another user loses what it had published.
    fn end_but(&mut self, ending: Ending, own: &[&str]) {
        self.ending = self.ending.max(ending);
        self.endings += 1;
        self.user = '-';
        self.begins = false;
        self.is_remembered = false;
        let ends = |field: &mut &str| *field != "theme" || ending == Ending::Destroyed;
        let all = self.published.iter_mut();
        let ended: Vec<_> = all.filter_map(|field| field.take_if(ends)).collect();
        for field in ended {
            let is_own = own.contains(&field);
            self.say(
                if is_own {
                    What::LostByLogin
                } else {
                    What::Dropped
                },
                field,
            );
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
        if pending == ["assign"] {
            if guard.shows != '-' {
                self.say(What::Assigned, "user");
                if !is_stale {
                    self.end(Ending::Cleared);
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
            if !["take", "theme"].contains(&step) {
                self.guard(mark).own.push(field);
            }
        }
        match remember {
            Some(_) if is_stale => self.say(What::Stale, REMEMBER),
            Some(remember) => self.is_remembered = remember,
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

    /// Names what is pending and has a value, but for what the browser keeps.
    fn say_of_pending(&mut self, what: What, mark: char) {
        let mut pending = self.guards[&mark].pending.clone();
        pending.retain(|step| !["theme", "take"].contains(step));
        for field in pending {
            self.say(what, field);
        }
    }

    fn say(&mut self, what: What, name: &str) {
        self.said.insert(Said::of(what, name));
    }

    fn guard(&mut self, mark: char) -> &mut Guard {
        self.guards.get_mut(&mark).unwrap()
    }
}
