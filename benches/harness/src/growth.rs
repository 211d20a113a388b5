//! Candidates that carry more and more.

use std::fmt::{Display, Write as _};

use crate::{CookieSize, Scenario, Table, header};

/// Candidates at each step of their growth. The names of their players are those of [`Growth::player`].
pub struct Growth<'a> {
    pub table: &'a Table,
    pub candidates: &'a [&'a str],
    /// The names of the steps.
    pub steps: &'a [&'a str],
}

impl Growth<'_> {
    pub fn player(candidate: &str, step: &str) -> String {
        format!("{candidate}, {step}")
    }

    /// What each candidate adds, in microseconds of CPU, as Markdown.
    pub fn added(&self, scenario: Scenario) -> String {
        self.each(|player| self.table.added_by(player, scenario).to_string())
    }

    /// The characters of each candidate's cookie, as Markdown.
    pub fn cookies(&self) -> String {
        self.each(|player| self.table.cookie(player).value.to_string())
    }

    fn each<T: Display>(&self, cell: impl Fn(&str) -> T) -> String {
        let mut text = header(self.steps.iter().copied());
        for candidate in self.candidates {
            write!(text, "| {candidate} |").expect("a string");
            for step in self.steps {
                let cell = cell(&Self::player(candidate, step));
                write!(text, " {cell} |").expect("a string");
            }
            text.push('\n');
        }
        text
    }

    /// The nanoseconds that a character of the cookie costs from the first step to the last, as Markdown.
    pub fn slopes(&self, scenarios: &[Scenario]) -> String {
        let mut text = header(scenarios.iter().map(|scenario| scenario.name()));
        for candidate in self.candidates {
            write!(text, "| {candidate} |").expect("a string");
            for &scenario in scenarios {
                write!(text, " {:.2} |", self.slope(candidate, scenario)).expect("a string");
            }
            text.push('\n');
        }
        text
    }

    fn slope(&self, candidate: &str, scenario: Scenario) -> f64 {
        let end = |step: Option<&&str>| {
            let player = Self::player(candidate, step.expect("a step"));
            let CookieSize { value, .. } = self.table.cookie(&player);
            let characters = u32::try_from(value).expect("a short cookie");
            let added = self.table.added_by(&player, scenario).minimum;
            (added * 1e3, f64::from(characters))
        };
        let (first, last) = (end(self.steps.first()), end(self.steps.last()));
        (last.0 - first.0) / (last.1 - first.1)
    }
}
