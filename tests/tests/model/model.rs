//! The model of what a visitor may expect. It knows users, fields and hours.
//!
//! A field belongs to the session, to the browser, or to the page that shows it. A response that
//! changes something in one of these homes, or notes a use of it, replaces all that the browser
//! holds of that home by what its request saw and did. A response that does neither leaves it.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::fields::{Field, Home, IDLE, MAX, Release};
use crate::mistake::Mistake;
use crate::serving::{News, Sent, Serving};
use crate::steps::Visit;
use crate::world::{Report, World};

pub(crate) struct Model {
    now: u64,
    holds: Holds,
    mistake: Option<Mistake>,
    /// So many logins there were at most: each has a number of its own.
    logins: Cell<u64>,
}

/// The fields that a browser holds, home by home.
pub(crate) type Holds = BTreeMap<Home, Kept>;

/// The fields of one home in a browser. They may all be over without the browser knowing it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) fields: Fields,
    pub(crate) began: u64,
    /// The login that it belongs to, if a user was logged in: the session, and a notice.
    pub(crate) login: Option<u64>,
    /// It began after a session that expired, and no page has said so yet.
    pub(crate) is_untold: bool,
    /// The last use that was noted.
    pub(crate) noted: u64,
    /// The second in which the browser forgets it; `None` is when it is closed.
    pub(crate) ends: Option<u64>,
}

/// Those that are not at their default.
pub(crate) type Fields = BTreeMap<Field, Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) is: u8,
    /// The second in which it is gone, if it has a time of its own.
    pub(crate) ends: Option<u64>,
}

impl Model {
    pub(crate) fn new() -> Self {
        Self {
            now: 0,
            holds: Holds::new(),
            mistake: None,
            logins: Cell::new(0),
        }
    }

    pub(crate) fn mistaken(mistake: Mistake) -> Self {
        Self {
            mistake: Some(mistake),
            ..Self::new()
        }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// The number of seconds until one of the next moments in which something ends or a use is to be
    /// noted again.
    pub(crate) fn seconds_until(&self, nth: usize) -> Option<u64> {
        let mut moments: Vec<_> = self.holds.iter().flat_map(moments).collect();
        moments.retain(|moment| *moment > self.now);
        moments.sort_unstable();
        moments.dedup();
        let moment = moments.get(nth % moments.len().max(1))?;
        Some(moment - self.now)
    }
}

fn moments((home, kept): (&Home, &Kept)) -> Vec<u64> {
    let mut moments: Vec<_> = kept.ends.into_iter().collect();
    moments.extend(kept.fields.values().filter_map(|value| value.ends));
    match home {
        Home::Session => {
            moments.extend([IDLE / 10, IDLE].map(|time| kept.noted + time));
            moments.push(kept.began + MAX);
        }
        Home::Browser => {
            let timed = kept.fields.iter();
            let timed = timed.filter_map(|(field, value)| Some((value.ends?, field.ttl()?)));
            moments.extend(timed.map(|(ends, time)| ends - time + time / 10));
        }
        Home::Flash => {}
    }
    moments
}

impl World for Model {
    type Sent = Sent;

    fn visit(&self, visit: &Visit) -> (Report, Self::Sent) {
        let serving = Serving {
            now: self.now,
            release: visit.release,
            answer: visit.answer,
            is_background: visit.is_background,
            holds: &self.holds,
            new_login: self.logins.get(),
            mistake: self.mistake,
        };
        self.logins.set(self.logins.get() + 1);
        serving.serve(&visit.ops)
    }

    fn receive(&mut self, mut arrived: Vec<Self::Sent>) {
        if self.makes(Mistake::FirstArrivalStays) {
            arrived.reverse();
        }
        for (home, news) in arrived.into_iter().flatten() {
            match news {
                News::Keep(kept) => self.holds.insert(home, kept),
                News::Forget => self.holds.remove(&home),
            };
        }
    }

    fn lose(&mut self, sent: Self::Sent) {
        if self.makes(Mistake::LostResponseArrives) {
            self.receive(vec![sent]);
        }
    }

    fn asset(&self, _: Release) {}

    fn wait(&mut self, seconds: u64) {
        self.now += seconds;
        self.holds
            .retain(|_, kept| kept.ends.is_none_or(|ends| self.now < ends));
    }

    fn restart(&mut self) {
        let loses_nothing = self.makes(Mistake::RestartLosesNothing);
        let loses_remembered = self.makes(Mistake::RestartLosesRemembered);
        self.holds.retain(|home, kept| {
            let is_lost = loses_remembered && *home == Home::Session;
            loses_nothing || (kept.ends.is_some() && !is_lost)
        });
    }
}
