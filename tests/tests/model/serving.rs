//! The session that one request sees, and the effect of its response on the browser.

use std::collections::BTreeMap;

use crate::fields::{Field, Home, IDLE, MAX, Release};
use crate::handler::{Ending, Expiry, Handler, Told};
use crate::mistake::Mistake;
use crate::model::{Fields, Holds, Kept, Value};
use crate::steps::{Answer, Op};
use crate::world::{Report, Seen, State};

pub(crate) struct Serving<'a> {
    pub(crate) now: u64,
    pub(crate) release: Release,
    pub(crate) answer: Answer,
    pub(crate) is_background: bool,
    pub(crate) holds: &'a Holds,
    /// The number of a login that begins with this visit.
    pub(crate) new_login: u64,
    pub(crate) mistake: Option<Mistake>,
}

/// The homes that a response replaces in the browser. It leaves the others as they are.
pub(crate) type Sent = BTreeMap<Home, News>;

pub(crate) enum News {
    /// In place of what the browser holds.
    Keep(Kept),
    Forget,
}

impl Serving<'_> {
    pub(crate) fn serve(&self, ops: &[Op]) -> (Report, Sent) {
        let found = self.found();
        let handler = Handler::run(self.shown(&found), self.told(&found), ops, self.mistake);
        let sent = Home::ALL.into_iter().filter_map(|home| {
            let news = self.news(home, found.get(&home), &handler)?;
            Some((home, news))
        });
        let sent = sent.collect();
        (handler.report, sent)
    }

    /// The fields that are not over.
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

    /// A notice for a user is shown in the login that it was written in.
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

    fn told(&self, found: &Holds) -> Told {
        Told {
            at_first: self.state(found),
            after_a_login: match found.get(&Home::Session) {
                Some(_) => State::Active,
                None => State::New,
            },
        }
    }

    fn state(&self, found: &Holds) -> State {
        match (self.holds.get(&Home::Session), found.get(&Home::Session)) {
            (None, _) => State::New,
            (Some(_), Some(session)) if !session.is_untold => State::Active,
            (Some(_), _) => State::Expired,
        }
    }

    fn news(&self, home: Home, found: Option<&Kept>, handler: &Handler) -> Option<News> {
        let ending = self.ending_of(home, handler.ending);
        if ending == Ending::Forgotten
            || (self.answer.fails() && self.ends_in_failure(home, ending))
        {
            return self.forget(home);
        }
        if self.answer.fails() && !self.makes(Mistake::FailureSaves) {
            return None;
        }
        let before = found.filter(|_| ending == Ending::None);
        let fields = self.fields(home, found, ending, handler);
        if fields.is_empty() {
            let is_over = ending != Ending::None || self.is_told(home, handler);
            let is_over = is_over || self.is_emptied(home, before?);
            return self.forget(home).filter(|_| is_over);
        }
        let kept = self.kept(home, before, fields, handler);
        let is_news = before.is_none_or(|before| self.differs(home, before, &kept));
        (is_news || self.notes_use(home, before?)).then(|| News::Keep(self.used(home, kept)))
    }

    /// A session in which a login is renewed is news.
    fn differs(&self, home: Home, before: &Kept, kept: &Kept) -> bool {
        let is_renewed = home == Home::Session && before.began != kept.began;
        before.is_unlike(kept) || (is_renewed && !self.makes(Mistake::RenewalIsNotSent))
    }

    /// A browser field lasts from its last use on. Only a release that has the field uses it.
    fn used(&self, home: Home, mut kept: Kept) -> Kept {
        if home == Home::Browser && self.is_use() {
            for (field, value) in &mut kept.fields {
                if field.is_in(self.release) {
                    *value = self.changed(*field, value.is);
                }
            }
            kept.ends = last_end(&kept.fields);
        }
        kept
    }

    /// `None` if there is nothing to forget.
    fn forget(&self, home: Home) -> Option<News> {
        self.holds.contains_key(&home).then_some(News::Forget)
    }

    /// A cookie whose only use was to say that the session has expired is forgotten when it is said.
    fn is_told(&self, home: Home, handler: &Handler) -> bool {
        let was_untold = handler.expiry != Expiry::None;
        home == Home::Session && was_untold && !self.is_untold(handler)
    }

    /// True if a page still has to say that the session has expired.
    fn is_untold(&self, handler: &Handler) -> bool {
        match handler.expiry {
            Expiry::None => false,
            Expiry::Untold => !self.makes(Mistake::ExpiryIsOverUntold),
            Expiry::Told => !self.tells() || self.makes(Mistake::ExpiryIsToldTwice),
        }
    }

    /// True if the visitor learns what the handler was told.
    fn tells(&self) -> bool {
        let is_seen = self.answer.has_body() && !self.answer.fails();
        let is_seen = is_seen || self.makes(Mistake::UnseenPageTellsOfExpiry);
        let is_looked_at = !self.is_background || self.makes(Mistake::BackgroundTellsOfExpiry);
        is_seen && is_looked_at
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

    /// True if the home's fields are over although the response is a failure.
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
        fields.retain(|field, _| self.stays(*field, ending, handler.begins));
        if home == Home::Flash && self.is_unseen() {
            return fields;
        }
        for (&field, &value) in &handler.changed {
            if field.home() == home {
                self.write(&mut fields, field, value, handler.touched.contains(&field));
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

    /// A value that is set back to what it was lasts as long as before.
    fn write(&self, fields: &mut Fields, field: Field, value: u8, is_touched: bool) {
        let by_old_name = field.old_name().and_then(|name| fields.remove(&name));
        let before = fields.remove(&field).or(by_old_name);
        let before = before.filter(|before| before.is == value && !is_touched);
        if value != field.default() {
            fields.insert(field, before.unwrap_or(self.changed(field, value)));
        }
    }

    /// True if a field that the handler did not write is still there after the request.
    fn stays(&self, field: Field, ending: Ending, begins: bool) -> bool {
        let is_known = Field::ALL
            .into_iter()
            .any(|it| it.is_in(self.release) && (it == field || it.old_name() == Some(field)));
        let is_lost_by_login = begins && field.home() == Home::Session;
        match ending {
            Ending::None if is_lost_by_login && self.makes(Mistake::LoginLosesTheCart) => false,
            Ending::None => is_known || !self.makes(Mistake::UnknownFieldsAreDropped),
            _ if !is_known && self.makes(Mistake::UnknownFieldsOutliveLogout) => true,
            Ending::AnotherUser => self.makes(Mistake::AnotherUserKeepsFields),
            Ending::Over => self.makes(Mistake::LogoutKeepsFields),
            Ending::Forgotten => false,
        }
    }

    /// True if the time of a field that did not change starts again: never.
    fn restarts(&self, field: Field, handler: &Handler) -> bool {
        match self.mistake {
            Some(Mistake::EqualWriteRestartsTtl) => handler.written.contains(&field),
            Some(Mistake::LoginExtendsTtl) => handler.begins,
            Some(Mistake::UseExtendsTtl) => true,
            _ => false,
        }
    }

    fn changed(&self, field: Field, value: u8) -> Value {
        let ends = field.ttl().map(|ttl| self.changed_at(field) + ttl);
        Value { is: value, ends }
    }

    /// A field's time starts with its change, also if that is no use of the session.
    fn changed_at(&self, field: Field) -> u64 {
        let is_no_use = field.home() == Home::Session && self.is_background;
        if !is_no_use || !self.makes(Mistake::BackgroundShortensTtl) {
            return self.now;
        }
        let session = self.found().remove(&Home::Session);
        session.map_or(self.now, |session| session.noted)
    }

    fn kept(&self, home: Home, before: Option<&Kept>, fields: Fields, handler: &Handler) -> Kept {
        let goes_on = before.filter(|_| !handler.begins || self.makes(Mistake::LoginKeepsMax));
        let began = goes_on.map_or(self.now, |before| before.began);
        let noted = self.noted(goes_on);
        let was_remembered = self.was_remembered(before);
        let ends = match home {
            Home::Session if !handler.remember.unwrap_or(was_remembered) => None,
            Home::Session => Some((noted + IDLE).min(began + MAX)),
            Home::Browser | Home::Flash => last_end(&fields),
        };
        Kept {
            fields,
            began,
            login: self.login(home, handler),
            is_untold: home == Home::Session && self.is_untold(handler),
            noted,
            ends,
        }
    }

    /// A session that starts over is remembered only if its handler says so.
    fn was_remembered(&self, before: Option<&Kept>) -> bool {
        let before = if self.makes(Mistake::EndingKeepsRemember) {
            self.holds.get(&Home::Session)
        } else {
            before
        };
        before.is_some_and(|before| before.ends.is_some())
    }

    /// A change that a page makes by itself is no use of a session that goes on.
    fn noted(&self, goes_on: Option<&Kept>) -> u64 {
        let before = goes_on.filter(|_| !self.is_use());
        before.map_or(self.now, |before| before.noted)
    }

    /// A login that is renewed is the same.
    fn login(&self, home: Home, handler: &Handler) -> Option<u64> {
        let is_lost = handler.begins && self.makes(Mistake::RenewalLosesFlash);
        let goes_on = handler.ending == Ending::None && !is_lost;
        let session = self.found().remove(&Home::Session).filter(|_| goes_on);
        let login = session.and_then(|session| session.login);
        let is_in_one = home != Home::Browser && handler.is_somebodys;
        is_in_one.then(|| login.unwrap_or(self.new_login))
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

    /// True if the response also writes down what its handler did not ask for.
    fn takes_notes(&self) -> bool {
        self.is_use() && !self.answer.fails() && self.answer != Answer::NotModified
    }

    /// A request that a page makes by itself is no use.
    fn is_use(&self) -> bool {
        !self.is_background || self.makes(Mistake::BackgroundIsAUse)
    }

    /// True if no visitor sees its body.
    fn is_unseen(&self) -> bool {
        !self.answer.has_body() && !self.makes(Mistake::UnseenFlashIsGone)
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }
}

fn last_end(fields: &Fields) -> Option<u64> {
    fields.values().filter_map(|value| value.ends).max()
}

impl Kept {
    fn is_unlike(&self, other: &Self) -> bool {
        self.fields != other.fields
            || self.is_untold != other.is_untold
            || self.ends.is_some() != other.ends.is_some()
    }
}
