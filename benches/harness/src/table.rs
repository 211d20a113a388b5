//! The costs of all players, compared.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::{CookieSize, Cost, Player, Scenario};

/// The costs of all players.
pub struct Table {
    scenarios: Vec<Scenario>,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    process: usize,
    cookie: CookieSize,
    costs: BTreeMap<Scenario, Vec<Cost>>,
}

/// Microseconds that cannot be told from none.
const NOTHING: f64 = 0.1;

/// A figure of the fastest turn, and of the turn in the middle.
pub(crate) struct Figure {
    pub(crate) minimum: f64,
    pub(crate) median: f64,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2})", self.minimum, self.median)
    }
}

impl Table {
    pub(crate) fn new(players: &[Box<dyn Player>], scenarios: &[Scenario]) -> Self {
        let rows = players.iter().map(|player| Row {
            name: player.name().to_owned(),
            process: player.process(),
            cookie: player.cookie(),
            costs: BTreeMap::new(),
        });
        Self {
            scenarios: scenarios.to_vec(),
            rows: rows.collect(),
        }
    }

    pub(crate) fn note(&mut self, player: usize, scenario: Scenario, cost: Cost) {
        let costs = &mut self.rows[player].costs;
        costs.entry(scenario).or_default().push(cost);
    }

    /// What each player adds to the bare router of its process, in microseconds of CPU, as Markdown.
    pub fn added(&self) -> String {
        let names = self.scenarios.iter().map(|scenario| scenario.name());
        let mut text = header(names.chain(["characters of its cookie", "characters that set it"]));
        for row in &self.rows {
            if self.is_bare(row) && row.process != 0 {
                continue;
            }
            let mut name = row.name.clone();
            if self.is_bare(row) {
                name += ", in all";
            }
            write!(text, "| {name} |").expect("a string");
            for &scenario in &self.scenarios {
                let figure = if self.is_bare(row) {
                    row.cost(scenario)
                } else {
                    self.added_to(row, scenario)
                };
                write!(text, " {figure} |").expect("a string");
            }
            let CookieSize { value, set } = row.cookie;
            writeln!(text, " {value} | {set} |").expect("a string");
        }
        text
    }

    /// What the first of each pair adds, as a part of what the second adds, as Markdown. There is none where the second
    /// adds next to nothing.
    pub fn ratios<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut text = header(self.scenarios.iter().map(|scenario| scenario.name()));
        for (subject, rival) in pairs {
            write!(text, "| {subject} ÷ {rival} |").expect("a string");
            for &scenario in &self.scenarios {
                let subject = self.added_by(subject, scenario);
                let rival = self.added_by(rival, scenario);
                if rival.minimum < NOTHING {
                    text.push_str(" – |");
                    continue;
                }
                let ratio = Figure {
                    minimum: subject.minimum / rival.minimum,
                    median: subject.median / rival.median,
                };
                write!(text, " {ratio} |").expect("a string");
            }
            text.push('\n');
        }
        text
    }

    fn row(&self, name: &str) -> &Row {
        let row = self.rows.iter().find(|row| row.name == name);
        row.unwrap_or_else(|| panic!("there is no player {name}"))
    }

    /// The microseconds that a session adds to the bare router.
    pub(crate) fn added_by(&self, name: &str, scenario: Scenario) -> Figure {
        self.added_to(self.row(name), scenario)
    }

    pub(crate) fn cookie(&self, name: &str) -> CookieSize {
        self.row(name).cookie
    }

    /// The names of all players but the bare routers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().filter(|row| !self.is_bare(row));
        rows.map(|row| row.name.as_str())
    }

    fn added_to(&self, row: &Row, scenario: Scenario) -> Figure {
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

/// The head of a table in Markdown, whose first column has no name.
pub fn header<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let columns: Vec<_> = [""].into_iter().chain(columns).collect();
    let rule = "|---".repeat(columns.len());
    format!("| {} |\n{rule}|\n", columns.join(" | "))
}
