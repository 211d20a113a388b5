//! The work of a handler, by the fields that it saw and wrote. Logins and logouts act at once: what it
//! writes after them is relative to the session that they leave.

use std::collections::BTreeSet;

use crate::fields::{Field, Home};
use crate::mistake::Mistake;
use crate::steps::Op;
use crate::world::{Report, Seen, State};

pub(crate) struct Handler {
    pub(crate) report: Report,
    pub(crate) ending: Ending,
    /// A user logged in and did not log out again: the session's time starts again.
    pub(crate) begins: bool,
    /// A user is logged in when it is done.
    pub(crate) is_somebodys: bool,
    /// Its last word on whether the session survives that the browser is closed.
    pub(crate) remember: Option<bool>,
    pub(crate) expiry: Expiry,
    /// The fields that it changed in the session that it leaves.
    pub(crate) changed: Seen,
    /// The fields that it wrote there, changed or not.
    pub(crate) written: BTreeSet<Field>,
    /// The fields whose time it started again.
    pub(crate) touched: BTreeSet<Field>,
}

/// The end of the session that a request carried. Of several endings the furthest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    None,
    /// By the login of another user.
    AnotherUser,
    /// By a logout, or because the handler says so.
    Over,
    /// The browser's fields too.
    Forgotten,
}

/// The need to tell the visitor that a session has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// There is nothing to tell, or a login or a logout has ended it.
    None,
    Untold,
    /// The handler asked.
    Told,
}

/// The state of the session that a handler is told when it asks.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    pub(crate) at_first: State,
    /// After a login, an earlier expiry is no longer told.
    pub(crate) after_a_login: State,
}

impl Handler {
    pub(crate) fn run(before: Seen, told: Told, ops: &[Op], mistake: Option<Mistake>) -> Self {
        let mut run = Run::new(&before, told, mistake);
        for op in ops.iter().take_while(|op| !matches!(op, Op::Destroy)) {
            run.take(*op);
        }
        let is_destroyed = ops.iter().any(|op| matches!(op, Op::Destroy));
        if is_destroyed {
            run.ending = Ending::Forgotten;
        }
        let after = (!is_destroyed).then(|| run.values.clone());
        run.finish(before, after)
    }
}

struct Run {
    /// The session that values are compared with to see if they changed.
    base: Seen,
    values: Seen,
    /// The fields that were changed up to the last login.
    changed: Seen,
    written: BTreeSet<Field>,
    touched: BTreeSet<Field>,
    ending: Ending,
    begins: bool,
    /// The handler's choice since the last login.
    says_remember: Option<bool>,
    remember: Option<bool>,
    state: State,
    after_a_login: State,
    expiry: Expiry,
    /// The states that it was told, one for each time that it asked.
    states: Vec<State>,
    /// The user who was logged in when it began.
    first_user: u8,
    mistake: Option<Mistake>,
}

impl Run {
    fn new(before: &Seen, told: Told, mistake: Option<Mistake>) -> Self {
        Self {
            base: before.clone(),
            values: before.clone(),
            changed: Seen::new(),
            written: BTreeSet::new(),
            touched: BTreeSet::new(),
            ending: Ending::None,
            begins: false,
            says_remember: None,
            remember: None,
            state: told.at_first,
            after_a_login: told.after_a_login,
            expiry: match told.at_first {
                State::Expired => Expiry::Untold,
                State::New | State::Active => Expiry::None,
            },
            states: Vec::new(),
            first_user: before[&Field::User],
            mistake,
        }
    }

    fn take(&mut self, op: Op) {
        match op {
            Op::Write(field, value) => self.write(field, |_| value),
            Op::Add(field) => self.write(field, |value| value + 1),
            Op::Take(field) => self.write(field, |_| 0),
            Op::Touch(field) => self.touch(field),
            Op::LogIn(user) => self.log_in(user),
            Op::LogOut | Op::Clear => self.start_over(Ending::Over),
            Op::Remember(remember) => self.says_remember = Some(remember),
            Op::Ask => self.ask(),
            Op::Destroy => {}
        }
    }

    fn write(&mut self, field: Field, value: impl FnOnce(u8) -> u8) {
        if let Some(is) = self.values.get_mut(&field) {
            *is = value(*is);
            self.written.insert(field);
        }
    }

    fn touch(&mut self, field: Field) {
        let has_time = self.values.contains_key(&field) && field.ttl().is_some();
        if has_time && !self.makes(Mistake::TouchIsNoChange) {
            self.touched.insert(field);
        }
    }

    /// Another user's session ends first. A session without a user goes on, and so does the user's own.
    fn log_in(&mut self, user: u8) {
        if self.refuses(user) {
            return;
        }
        if self.makes(Mistake::LoginLosesRemember) {
            self.says_remember = None;
        }
        let is = self.values[&Field::User];
        if is == 0 || is == user {
            self.publish();
            if is == 0 && !self.makes(Mistake::LoginKeepsRememberOfBefore) {
                // As the struct says, unless this request said otherwise.
                self.remember = Some(self.remember.unwrap_or(false));
            }
        } else {
            self.replace_user();
        }
        self.values.insert(Field::User, user);
        self.begins = true;
        if !self.makes(Mistake::LoginLeavesExpiryUntold) {
            self.expiry = Expiry::None;
            if self.state == State::Expired {
                self.state = self.after_a_login;
            }
        }
    }

    /// True if a user cannot log in again after the handler has logged them out: never.
    fn refuses(&self, user: u8) -> bool {
        let is_logged_out = self.values[&Field::User] == 0 && self.first_user == user;
        is_logged_out && self.makes(Mistake::LoginAfterLogoutIsRefused)
    }

    /// The choice of remembering that was made before belongs to the new login.
    fn replace_user(&mut self) {
        let says_remember = self.says_remember;
        self.start_over(Ending::AnotherUser);
        self.remember = says_remember;
    }

    /// Earlier writes no longer count, except those to the browser's fields.
    fn start_over(&mut self, ending: Ending) {
        self.ending = self.ending.max(ending);
        self.begins = false;
        self.says_remember = None;
        self.remember = None;
        self.state = State::New;
        self.expiry = Expiry::None;
        let fields: Vec<Field> = self.values.keys().copied().collect();
        for field in fields {
            if field.home() != Home::Browser {
                self.start_field_over(field, ending);
            }
        }
    }

    fn start_field_over(&mut self, field: Field, ending: Ending) {
        if !self.is_shown_after(field, ending) {
            self.values.insert(field, field.default());
        }
        if !self.is_compared_with_old(field, ending) {
            self.base.insert(field, field.default());
        }
        self.changed.remove(&field);
        self.written.remove(&field);
        self.touched.remove(&field);
    }

    /// True if the handler goes on with the value that a field has: never.
    fn is_shown_after(&self, field: Field, ending: Ending) -> bool {
        match self.mistake {
            Some(Mistake::ChangeBeforeLoginIsKept) => {
                ending == Ending::AnotherUser && self.values[&field] != self.base[&field]
            }
            Some(Mistake::LogoutKeepsNotices) => {
                ending == Ending::Over && field.home() == Home::Flash
            }
            _ => false,
        }
    }

    /// True if a later value is compared with one of the session that ended: never.
    fn is_compared_with_old(&self, field: Field, ending: Ending) -> bool {
        let is_by_login = ending == Ending::AnotherUser && field != Field::User;
        is_by_login && self.makes(Mistake::EqualValueAfterLoginIsLost)
    }

    /// The changes so far count, also if a field is set back later: then it has its old value under
    /// its new name.
    fn publish(&mut self) {
        for (field, value) in &self.values {
            if self.base[field] != *value {
                self.changed.insert(*field, *value);
            }
        }
        self.base = self.values.clone();
        self.remember = self.says_remember.take().or(self.remember);
    }

    fn ask(&mut self) {
        self.states.push(self.state);
        if self.expiry == Expiry::Untold {
            self.expiry = Expiry::Told;
        }
    }

    fn finish(mut self, before: Seen, after: Option<Seen>) -> Handler {
        self.publish();
        for field in &self.touched {
            self.changed.insert(*field, self.values[field]);
        }
        Handler {
            ending: self.ending(),
            begins: self.begins,
            is_somebodys: self.values[&Field::User] != 0,
            remember: self.remember,
            expiry: self.expiry,
            changed: self.changed,
            written: self.written,
            touched: self.touched,
            report: Report {
                before,
                states: self.states,
                after,
            },
        }
    }

    /// Logins and logouts end a session, whoever is logged in before and after them.
    fn ending(&self) -> Ending {
        let is_same_user = self.first_user != 0 && self.first_user == self.values[&Field::User];
        let is_inferred = self.makes(Mistake::EndingIsInferredFromTheUser);
        if is_inferred && is_same_user && self.ending != Ending::Forgotten {
            Ending::None
        } else {
            self.ending
        }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}
