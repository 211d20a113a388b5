//! The costs of all players, compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{CookieSize, Cost, Player, Scenario};

/// The costs of all players.
pub struct Table {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    process: usize,
    cookie: CookieSize,
    costs: BTreeMap<Scenario, Vec<Cost>>,
}

/// A figure of the fastest turn, and of the turn in the middle.
struct Figure {
    minimum: f64,
    median: f64,
}

impl Table {
    pub(crate) fn new(players: &[Box<dyn Player>]) -> Self {
        let rows = players.iter().map(|player| Row {
            name: player.name().to_owned(),
            process: player.process(),
            cookie: player.cookie(),
            costs: BTreeMap::new(),
        });
        Self {
            rows: rows.collect(),
        }
    }

    pub(crate) fn note(&mut self, player: usize, scenario: Scenario, cost: Cost) {
        let costs = &mut self.rows[player].costs;
        costs.entry(scenario).or_default().push(cost);
    }

    /// What each player adds to the bare router of its process, in microseconds of CPU, as Markdown.
    pub fn added(&self) -> String {
        let mut text = header("", &["cookie", "Set-Cookie"]);
        for row in &self.rows {
            if self.is_bare(row) && row.process != 0 {
                continue;
            }
            let mut name = row.name.clone();
            if self.is_bare(row) {
                name += ", in all";
            }
            write!(text, "| {name} |").expect("a string");
            for scenario in Scenario::ALL {
                let Figure { minimum, median } = if self.is_bare(row) {
                    row.cost(scenario)
                } else {
                    self.added_by(row, scenario)
                };
                write!(text, " {minimum:.2} ({median:.2}) |").expect("a string");
            }
            let CookieSize { value, set } = row.cookie;
            writeln!(text, " {value} | {set} |").expect("a string");
        }
        text
    }

    /// What the first of each pair adds, as a part of what the second adds, as Markdown.
    pub fn ratios<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut text = header("", &[]);
        for (subject, rival) in pairs {
            write!(text, "| {subject} ÷ {rival} |").expect("a string");
            let (subject, rival) = (self.row(subject), self.row(rival));
            for scenario in Scenario::ALL {
                let subject = self.added_by(subject, scenario);
                let rival = self.added_by(rival, scenario);
                let minimum = subject.minimum / rival.minimum;
                let median = subject.median / rival.median;
                write!(text, " {minimum:.2} ({median:.2}) |").expect("a string");
            }
            text.push('\n');
        }
        text
    }

    /// The names of all players but the bare routers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().filter(|row| !self.is_bare(row));
        rows.map(|row| row.name.as_str())
    }

    fn row(&self, name: &str) -> &Row {
        let row = self.rows.iter().find(|row| row.name == name);
        row.unwrap_or_else(|| panic!("there is no player {name}"))
    }

    /// What a session adds to the bare router in microseconds.
    fn added_by(&self, row: &Row, scenario: Scenario) -> Figure {
        let (cost, bare) = (row.cost(scenario), self.bare(row).cost(scenario));
        Figure {
            minimum: cost.minimum - bare.minimum,
            median: cost.median - bare.median,
        }
    }

    /// The bare router of the row's process.
    fn bare(&self, row: &Row) -> &Row {
        let mut rows = self.rows.iter();
        let bare = rows.find(|bare| bare.process == row.process);
        bare.expect("a process begins with its bare router")
    }

    fn is_bare(&self, row: &Row) -> bool {
        std::ptr::eq(self.bare(row), row)
    }
}

impl Row {
    /// The microseconds of CPU that a request takes.
    fn cost(&self, scenario: Scenario) -> Figure {
        let costs = self.costs.get(&scenario).into_iter().flatten();
        let mut micros: Vec<f64> = costs.map(|cost| cost.cpu / 1e3).collect();
        micros.sort_unstable_by(f64::total_cmp);
        Figure {
            minimum: micros[0],
            median: micros[micros.len() / 2],
        }
    }
}

fn header(first: &str, last: &[&str]) -> String {
    let names = Scenario::ALL.map(Scenario::name);
    let columns = [&[first], names.as_slice(), last].concat();
    let rule = "|---".repeat(columns.len());
    format!("| {} |\n{rule}|\n", columns.join(" | "))
}
