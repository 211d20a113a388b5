//! Work on values, without requests.

use std::time::Instant;

use crate::player::cpu_time;
use crate::{CookieSize, Cost, Payload, Player, Scenario};

/// A player that opens a value, and perhaps changes and seals it.
pub struct Direct {
    name: String,
    value: String,
    open: Box<dyn Fn(&str) -> u32>,
    open_and_seal: Box<dyn Fn(&str) -> String>,
}

impl Direct {
    /// # Panics
    ///
    /// When `open` does not return what was sealed.
    pub fn new<T: Payload>(
        name: &str,
        seal: impl Fn(&T) -> String + 'static,
        open: impl Fn(&str) -> Option<T> + Clone + 'static,
    ) -> Self {
        let mut payload = T::begin(0);
        let value = seal(&payload);
        let opened = open(&value).expect("what was sealed opens");
        assert_eq!(opened.digest(), payload.digest(), "{name} keeps everything");
        let visits = open.clone();
        let open_and_seal = move |value: &str| {
            let mut payload = open(value).expect("what was sealed opens");
            payload.visit();
            seal(&payload)
        };
        payload.visit();
        let changed = visits(&open_and_seal(&value)).expect("what was sealed opens");
        assert_eq!(changed.digest(), payload.digest(), "{name} changes");
        Self {
            name: name.to_owned(),
            value,
            open: Box::new(move |value| visits(value).map_or(0, |payload| payload.visits())),
            open_and_seal: Box::new(open_and_seal),
        }
    }

    /// The loop alone.
    pub fn nothing() -> Self {
        Self {
            name: "an empty loop".to_owned(),
            value: String::new(),
            open: Box::new(|_| 1),
            open_and_seal: Box::new(|_| String::new()),
        }
    }
}

impl Player for Direct {
    fn name(&self) -> &str {
        &self.name
    }

    /// Its bare router is an empty loop.
    fn process(&self) -> usize {
        usize::MAX
    }

    fn cookie(&self) -> CookieSize {
        let value = self.value.len();
        CookieSize { value, set: value }
    }

    fn turn(&mut self, scenario: Scenario, requests: u32) -> Cost {
        let (wall, cpu) = (Instant::now(), cpu_time());
        for _ in 0..requests {
            if scenario == Scenario::Write {
                let sealed = (self.open_and_seal)(&self.value);
                assert_eq!(sealed.len(), self.value.len());
            } else {
                assert_eq!((self.open)(&self.value), 1);
            }
        }
        Cost::of(cpu_time() - cpu, wall.elapsed(), requests)
    }
}
