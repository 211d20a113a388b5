//! One sequence in two worlds: what a request is shown in one, it is shown in the other.

use std::collections::BTreeMap;

use crate::fields::{Field, Release};
use crate::model::Model;
use crate::steps::{Arrival, Step, Visit};

/// An application and a browser that visits it.
pub(crate) trait World {
    /// The cookies that a response has for the browser.
    type Sent;

    fn visit(&self, visit: &Visit) -> (Report, Self::Sent);
    /// In the order in which they arrive.
    fn receive(&mut self, arrived: Vec<Self::Sent>);
    /// The browser does not get it.
    fn lose(&mut self, sent: Self::Sent);
    fn asset(&self, release: Release);
    fn wait(&mut self, seconds: u64);
    fn restart(&mut self);
}

pub(crate) type Seen = BTreeMap<Field, u8>;

/// The session as a handler saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) before: Seen,
    /// The states of the carried session that it was told, one for each time that it asked.
    pub(crate) states: Vec<State>,
    /// After what it did; `None` if it has no session any more.
    pub(crate) after: Option<Seen>,
}

/// The state of the session that a request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    New,
    Active,
    /// Its time was over, or that of the one before it, and no page has said so yet.
    Expired,
}

/// Takes `steps` in both worlds, and has a last look at every field. Where they differ is the error.
pub(crate) fn compare<W: World>(world: W, model: Model, steps: &[Step]) -> Result<(), String> {
    let mut worlds = Worlds { world, model };
    let looks = [Release::First, Release::Second].map(|it| Step::Visit(Visit::look(it)));
    for (number, step) in steps.iter().chain(&looks).enumerate() {
        let taken = worlds.take(step);
        taken.map_err(|difference| format!("in step {number}, {difference}"))?;
    }
    Ok(())
}

struct Worlds<W> {
    world: W,
    model: Model,
}

impl<W: World> Worlds<W> {
    fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Visit(visit) => {
                let sent = self.visit(visit)?;
                self.deliver(vec![(visit, sent)]);
            }
            Step::Together(first, second, arrival) => {
                let mut sent = vec![(first, self.visit(first)?), (second, self.visit(second)?)];
                if *arrival == Arrival::SecondFirst {
                    sent.reverse();
                }
                self.deliver(sent);
            }
            Step::Asset(release) => {
                self.world.asset(*release);
                self.model.asset(*release);
            }
            Step::Wait(seconds) => self.wait(*seconds),
            Step::WaitUntil { nth, offset } => {
                if let Some(seconds) = self.model.seconds_until(*nth) {
                    self.wait(seconds.saturating_add_signed(*offset));
                }
            }
            Step::Restart => {
                self.world.restart();
                self.model.restart();
            }
        }
        Ok(())
    }

    fn visit(&self, visit: &Visit) -> Result<Sent<W>, String> {
        let (found, sent) = self.world.visit(visit);
        let (expected, model_sent) = self.model.visit(visit);
        if found == expected {
            Ok((sent, model_sent))
        } else {
            Err(format!("found {found:?}, expected {expected:?}"))
        }
    }

    fn deliver(&mut self, sent: Vec<(&Visit, Sent<W>)>) {
        let (lost, arrived): (Vec<_>, Vec<_>) = sent.into_iter().partition(|(it, _)| it.is_lost);
        for (_, (sent, model_sent)) in lost {
            self.world.lose(sent);
            self.model.lose(model_sent);
        }
        let (arrived, model_arrived) = arrived.into_iter().map(|(_, sent)| sent).unzip();
        self.world.receive(arrived);
        self.model.receive(model_arrived);
    }

    fn wait(&mut self, seconds: u64) {
        self.world.wait(seconds);
        self.model.wait(seconds);
    }
}

type Sent<W> = (<W as World>::Sent, <Model as World>::Sent);
