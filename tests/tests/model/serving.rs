//! What one request sees, and what its response makes of what the browser holds.

use std::collections::BTreeMap;

use crate::fields::{Field, Home, IDLE, MAX, Release};
use crate::handler::{Ending, Handler};
use crate::mistake::Mistake;
use crate::model::{Fields, Holds, Kept, Value};
use crate::steps::{Answer, Op};
use crate::world::{Report, Seen};

pub(crate) struct Serving<'a> {
    pub(crate) now: u64,
    pub(crate) release: Release,
    pub(crate) answer: Answer,
    pub(crate) holds: &'a Holds,
    pub(crate) mistake: Option<Mistake>,
}

/// What a response has for the browser. It leaves the other homes as they are.
pub(crate) type Sent = BTreeMap<Home, News>;

pub(crate) enum News {
    /// In place of what the browser holds.
    Keep(Kept),
    Forget,
}

impl Serving<'_> {
    pub(crate) fn serve(&self, ops: &[Op]) -> (Report, Sent) {
        let found = self.found();
        let handler = Handler::run(self.shown(&found), ops);
        let sent = Home::ALL.into_iter().filter_map(|home| {
            let news = self.news(home, found.get(&home), &handler)?;
            Some((home, news))
        });
        let sent = sent.collect();
        (handler.report, sent)
    }

    /// What is not over.
    fn found(&self) -> Holds {
        let session = self.holds.get(&Home::Session);
        let session = session.filter(|kept| self.is_alive(kept));
        let login = session.and_then(|kept| kept.login);
        let is_there = |home, kept: &Kept| match home {
            Home::Session => session.is_some(),
            Home::Browser => true,
            Home::Flash => self.is_for(kept, login),
        };
        let holds = self.holds.iter();
        let there = holds.filter(|(home, kept)| is_there(**home, kept));
        there
            .map(|(home, kept)| (*home, self.what_lasts(kept)))
            .collect()
    }

    /// A notice for somebody is shown in the login that it was written in.
    fn is_for(&self, flash: &Kept, login: Option<u64>) -> bool {
        let is_anybodys = flash.login.is_none() || self.makes(Mistake::FlashIsShownToAnybody);
        is_anybodys || flash.login == login
    }

    fn is_alive(&self, session: &Kept) -> bool {
        let is_idle = self.now >= session.noted + IDLE && !self.makes(Mistake::IdleNeverEnds);
        let is_old = self.now >= session.began + MAX && !self.makes(Mistake::MaxNeverEnds);
        !is_idle && !is_old
    }

    fn what_lasts(&self, kept: &Kept) -> Kept {
        let mut kept = kept.clone();
        kept.fields
            .retain(|field, value| !self.is_over(*field, *value));
        kept
    }

    fn is_over(&self, field: Field, value: Value) -> bool {
        let never_ends = match field.home() {
            Home::Browser => self.makes(Mistake::BrowserFieldsNeverEnd),
            Home::Session | Home::Flash => self.makes(Mistake::TtlNeverEnds),
        };
        !never_ends && value.ends.is_some_and(|ends| self.now >= ends)
    }

    fn shown(&self, found: &Holds) -> Seen {
        let fields = Field::ALL.into_iter();
        let fields = fields.filter(|field| field.is_in(self.release));
        fields
            .map(|field| (field, self.value(found, field)))
            .collect()
    }

    fn value(&self, found: &Holds, field: Field) -> u8 {
        let fields = found.get(&field.home()).map(|kept| &kept.fields);
        let value = |field| fields.and_then(|fields| fields.get(&field));
        let old_name = field
            .old_name()
            .filter(|_| !self.makes(Mistake::OldNameIsNotRead));
        let value = value(field).or_else(|| value(old_name?));
        value.map_or(field.default(), |value| value.is)
    }

    fn news(&self, home: Home, found: Option<&Kept>, handler: &Handler) -> Option<News> {
        let ending = self.ending_of(home, handler.ending);
        if ending == Ending::Forgotten || (self.fails() && self.ends_in_failure(home, ending)) {
            return self.forget(home);
        }
        if self.fails() && !self.makes(Mistake::FailureSaves) {
            return None;
        }
        let before = found.filter(|_| ending == Ending::None);
        let fields = self.fields(home, found, ending, handler);
        if fields.is_empty() {
            let is_over = ending != Ending::None || self.is_emptied(home, before?);
            return self.forget(home).filter(|_| is_over);
        }
        let kept = self.kept(home, before, fields, handler);
        let is_news = before.is_none_or(|before| before.differs(&kept));
        (is_news || self.notes_use(home, before?)).then(|| News::Keep(self.used(home, kept)))
    }

    /// What the browser keeps lasts from its last use on: that by a release which has the field.
    fn used(&self, home: Home, mut kept: Kept) -> Kept {
        if home == Home::Browser {
            for (field, value) in &mut kept.fields {
                if field.is_in(self.release) {
                    *value = self.changed(*field, value.is);
                }
            }
            kept.ends = last_end(&kept.fields);
        }
        kept
    }

    /// If there is something.
    fn forget(&self, home: Home) -> Option<News> {
        self.holds.contains_key(&home).then_some(News::Forget)
    }

    /// A session whose last field is over is forgotten by the next use that is noted. Until then it
    /// has begun when it began.
    fn is_emptied(&self, home: Home, before: &Kept) -> bool {
        !before.fields.is_empty() || (home == Home::Session && self.takes_notes())
    }

    fn ending_of(&self, home: Home, ending: Ending) -> Ending {
        match (home, ending) {
            (_, Ending::Forgotten) => Ending::Forgotten,
            (Home::Browser, _) if !self.makes(Mistake::BrowserFieldsEndWithTheUser) => Ending::None,
            (Home::Flash, _) if self.makes(Mistake::FlashOutlivesLogout) => Ending::None,
            _ => ending,
        }
    }

    /// Whether the home's fields are over although the response is a failure.
    fn ends_in_failure(&self, home: Home, ending: Ending) -> bool {
        match ending {
            Ending::None => home == Home::Flash && self.makes(Mistake::FailureLosesFlash),
            Ending::AnotherUser => self.makes(Mistake::AnotherUserCountsOnFailure),
            Ending::Over => !self.makes(Mistake::LogoutIsLostOnFailure),
            Ending::Forgotten => true,
        }
    }

    fn fields(
        &self,
        home: Home,
        found: Option<&Kept>,
        ending: Ending,
        handler: &Handler,
    ) -> Fields {
        let mut fields = found.map_or_else(Fields::new, |found| found.fields.clone());
        fields.retain(|field, _| self.stays(*field, ending, handler.logs_in));
        if home == Home::Flash && self.is_unseen() {
            return fields;
        }
        for (&field, &value) in &handler.changed {
            if field.home() == home {
                self.write(&mut fields, field, value);
            }
        }
        for (field, value) in &mut fields {
            let is_timed = home != Home::Browser && value.ends.is_some();
            if is_timed && self.restarts(*field, handler) {
                *value = self.changed(*field, value.is);
            }
        }
        fields
    }

    fn write(&self, fields: &mut Fields, field: Field, value: u8) {
        fields.remove(&field);
        if let Some(old_name) = field.old_name() {
            fields.remove(&old_name);
        }
        if value != field.default() {
            fields.insert(field, self.changed(field, value));
        }
    }

    /// Whether what was there is there after the request too, if the handler did not write it.
    fn stays(&self, field: Field, ending: Ending, logs_in: bool) -> bool {
        let is_known = Field::ALL
            .into_iter()
            .any(|it| it.is_in(self.release) && (it == field || it.old_name() == Some(field)));
        let is_lost_by_login = logs_in && field.home() == Home::Session;
        match ending {
            Ending::None if is_lost_by_login && self.makes(Mistake::LoginLosesTheCart) => false,
            Ending::None => is_known || !self.makes(Mistake::UnknownFieldsAreDropped),
            _ if !is_known && self.makes(Mistake::UnknownFieldsOutliveLogout) => true,
            Ending::AnotherUser => self.makes(Mistake::AnotherUserKeepsFields),
            Ending::Over => self.makes(Mistake::LogoutKeepsFields),
            Ending::Forgotten => false,
        }
    }

    /// Whether the time of a field that did not change starts again: never.
    fn restarts(&self, field: Field, handler: &Handler) -> bool {
        match self.mistake {
            Some(Mistake::EqualWriteRestartsTtl) => handler.written.contains(&field),
            Some(Mistake::LoginExtendsTtl) => handler.logs_in,
            Some(Mistake::UseExtendsTtl) => true,
            _ => false,
        }
    }

    fn changed(&self, field: Field, value: u8) -> Value {
        Value {
            is: value,
            ends: field.ttl().map(|ttl| self.now + ttl),
        }
    }

    fn kept(&self, home: Home, before: Option<&Kept>, fields: Fields, handler: &Handler) -> Kept {
        let goes_on = before.filter(|_| !handler.logs_in || self.makes(Mistake::LoginKeepsMax));
        let began = goes_on.map_or(self.now, |before| before.began);
        let was_remembered = before.is_some_and(|before| before.ends.is_some());
        let ends = match home {
            Home::Session if !handler.remember.unwrap_or(was_remembered) => None,
            Home::Session => Some((self.now + IDLE).min(began + MAX)),
            Home::Browser | Home::Flash => last_end(&fields),
        };
        Kept {
            fields,
            began,
            login: self.login(home, began, handler),
            noted: self.now,
            ends,
        }
    }

    fn login(&self, home: Home, began: u64, handler: &Handler) -> Option<u64> {
        let goes_on = handler.ending == Ending::None && !handler.logs_in;
        let session = self.found().remove(&Home::Session).filter(|_| goes_on);
        let began = match home {
            Home::Session => began,
            Home::Flash => session.map_or(self.now, |session| session.began),
            Home::Browser => return None,
        };
        handler.is_somebodys.then_some(began)
    }

    /// A use of which nothing came is noted when a tenth of the time has passed since the last that
    /// was: of the session's `idle`, and of any field's that the browser keeps and the release has.
    fn notes_use(&self, home: Home, before: &Kept) -> bool {
        let uses = match home {
            Home::Session => vec![(before.noted, IDLE)],
            Home::Browser => self.uses(&before.fields),
            Home::Flash => Vec::new(),
        };
        let is_due = |(noted, time): (u64, u64)| match self.mistake {
            Some(Mistake::UseIsNotNoted) => false,
            Some(Mistake::EveryUseIsNoted) => true,
            _ => self.now >= noted + time / 10,
        };
        self.takes_notes() && uses.into_iter().any(is_due)
    }

    /// When each field was last used, and how long it lasts from then on.
    fn uses(&self, fields: &Fields) -> Vec<(u64, u64)> {
        let known = fields.iter().filter(|(field, _)| field.is_in(self.release));
        let uses = known.filter_map(|(field, value)| Some((value.ends?, field.ttl()?)));
        uses.map(|(ends, time)| (ends - time, time)).collect()
    }

    fn fails(&self) -> bool {
        self.answer == Answer::Failure
    }

    /// Whether the response takes what its handler did not ask for.
    fn takes_notes(&self) -> bool {
        !matches!(self.answer, Answer::Failure | Answer::NotModified)
    }

    /// Nobody saw what it showed.
    fn is_unseen(&self) -> bool {
        let has_no_body = matches!(self.answer, Answer::Head | Answer::NotModified);
        has_no_body && !self.makes(Mistake::UnseenFlashIsGone)
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

fn last_end(fields: &Fields) -> Option<u64> {
    fields.values().filter_map(|value| value.ends).max()
}

impl Kept {
    fn differs(&self, other: &Self) -> bool {
        self.fields != other.fields || self.ends.is_some() != other.ends.is_some()
    }
}
