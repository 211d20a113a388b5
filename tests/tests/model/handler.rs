//! What a handler did, by the fields that it saw and wrote.

use std::collections::BTreeSet;

use crate::fields::{Field, Home};
use crate::steps::Op;
use crate::world::{Report, Seen};

pub(crate) struct Handler {
    pub(crate) report: Report,
    pub(crate) ending: Ending,
    pub(crate) logs_in: bool,
    /// Somebody is logged in when it is done.
    pub(crate) is_somebodys: bool,
    /// Its last word on whether the session survives that the browser is closed.
    pub(crate) remember: Option<bool>,
    /// What it changed of that which is not over with the ending.
    pub(crate) changed: Seen,
    /// What it wrote, changed or not.
    pub(crate) written: BTreeSet<Field>,
}

/// What becomes of the session that a request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    None,
    AnotherUser,
    /// By a logout, or because the handler says so.
    Over,
    /// The browser's fields too.
    Forgotten,
}

impl Handler {
    pub(crate) fn run(before: Seen, ops: &[Op]) -> Self {
        let mut run = Run {
            base: before.clone(),
            values: before.clone(),
            ending: Ending::None,
            remember: None,
            written: BTreeSet::new(),
        };
        for op in ops.iter().take_while(|op| !matches!(op, Op::Destroy)) {
            run.take(*op);
        }
        let is_destroyed = ops.iter().any(|op| matches!(op, Op::Destroy));
        if is_destroyed {
            run.ending = Ending::Forgotten;
        }
        let after = (!is_destroyed).then(|| run.values.clone());
        run.finish(Report { before, after })
    }
}

struct Run {
    /// What a value is compared with to know whether it changed.
    base: Seen,
    values: Seen,
    ending: Ending,
    remember: Option<bool>,
    written: BTreeSet<Field>,
}

impl Run {
    fn take(&mut self, op: Op) {
        match op {
            Op::Write(field, value) => self.write(field, value),
            Op::Take(field) => self.write(field, 0),
            Op::Remember(remember) => self.remember = Some(remember),
            Op::Clear => self.clear(),
            Op::Destroy => {}
        }
    }

    fn write(&mut self, field: Field, value: u8) {
        if let Some(is) = self.values.get_mut(&field) {
            *is = value;
            self.written.insert(field);
        }
    }

    /// What was written before counts no more, but for the browser's fields.
    fn clear(&mut self) {
        self.ending = Ending::Over;
        self.remember = None;
        for (field, value) in &mut self.values {
            if field.home() != Home::Browser {
                *value = field.default();
                self.base.insert(*field, *value);
                self.written.remove(field);
            }
        }
    }

    fn finish(self, report: Report) -> Handler {
        let was = self.base[&Field::User];
        let is = self.values[&Field::User];
        let ending = match self.ending {
            Ending::None if was != 0 && is == 0 => Ending::Over,
            Ending::None if was != 0 && is != was => Ending::AnotherUser,
            ending => ending,
        };
        let values = self.values.into_iter();
        Handler {
            report,
            ending,
            logs_in: was == 0 && is != 0,
            is_somebodys: is != 0,
            remember: self.remember,
            changed: values
                .filter(|(field, value)| self.base[field] != *value)
                .collect(),
            written: self.written,
        }
    }
}
