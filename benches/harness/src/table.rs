//! The costs of all players, compared.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Cost, Player, Scenario};

/// The costs of all players.
pub struct Table {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    rival: Option<String>,
    process: usize,
    costs: BTreeMap<Scenario, Vec<Cost>>,
}

impl Table {
    pub(crate) fn new(players: &[Box<dyn Player>]) -> Self {
        let rows = players.iter().map(|player| Row {
            name: player.name().to_owned(),
            rival: player.rival().map(str::to_owned),
            process: player.process(),
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

    /// The bare router of the row's process.
    fn bare(&self, row: &Row) -> &Row {
        let mut rows = self.rows.iter();
        let bare = rows.find(|bare| bare.process == row.process);
        bare.expect("a process begins with its bare router")
    }

    /// What a session adds to the bare router in microseconds: by medians, and by minima.
    fn added(&self, row: &Row, scenario: Scenario) -> [f64; 2] {
        let bare = self.bare(row);
        [median, minimum].map(|of| of(row.cpus(scenario)) - of(bare.cpus(scenario)))
    }

    fn rival(&self, row: &Row) -> Option<&Row> {
        let rival = row.rival.as_ref()?;
        self.rows.iter().find(|row| row.name == *rival)
    }
}

impl Row {
    fn cpus(&self, scenario: Scenario) -> Vec<f64> {
        let costs = self.costs.get(&scenario).into_iter().flatten();
        costs.map(|cost| cost.cpu / 1e3).collect()
    }

    fn walls(&self, scenario: Scenario) -> Vec<f64> {
        let costs = self.costs.get(&scenario).into_iter().flatten();
        costs.map(|cost| cost.wall / 1e3).collect()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn minimum(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::INFINITY, f64::min)
}

/// As Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| | candidate | CPU min | CPU median | wall median | adds, median | adds, min | of its rival, median | of its rival, min |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        for scenario in Scenario::ALL {
            for row in &self.rows {
                let [by_median, by_minimum] = self.added(row, scenario);
                write!(
                    f,
                    "| {} | {} | {:.2} | {:.2} | {:.2} | {by_median:.2} | {by_minimum:.2} |",
                    scenario.name(),
                    row.name,
                    minimum(row.cpus(scenario)),
                    median(row.cpus(scenario)),
                    median(row.walls(scenario)),
                )?;
                match self.rival(row) {
                    None => writeln!(f, " | |")?,
                    Some(rival) => {
                        let [median, minimum] = self.added(rival, scenario);
                        writeln!(
                            f,
                            " {:.2} | {:.2} |",
                            by_median / median,
                            by_minimum / minimum
                        )?;
                    }
                }
            }
        }
        Ok(())
    }
}
