//! The trials by fault and request.

use std::fmt;

use store_tests::Fault;

use crate::trial::{Request, Seen};

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    violations: Vec<String>,
}

struct Row {
    fault: String,
    cells: [Cell; Request::ALL.len()],
}

#[derive(Clone, Copy, Default)]
struct Cell {
    worked: usize,
    refused: usize,
    healed_late: usize,
}

impl Table {
    pub(crate) fn add(&mut self, fault: Fault, request: Request, seen: Seen) {
        let column = Request::ALL.iter().position(|all| *all == request).unwrap();
        let cell = &mut self.row(fault).cells[column];
        if seen.has_worked {
            cell.worked += 1;
        } else {
            cell.refused += 1;
        }
        cell.healed_late += usize::from(seen.healed_late);
        self.violations.extend(seen.violation);
    }

    pub(crate) fn violations(&self) -> &[String] {
        &self.violations
    }

    fn row(&mut self, fault: Fault) -> &mut Row {
        let name = match fault {
            Fault::QuestionLost { .. } => "QuestionLost".to_owned(),
            Fault::AnswerLost { .. } => "AnswerLost".to_owned(),
            fault => format!("{fault:?}"),
        };
        let place = self.rows.iter().position(|row| row.fault == name);
        let place = place.unwrap_or_else(|| {
            self.rows.push(Row {
                fault: name,
                cells: [Cell::default(); _],
            });
            self.rows.len() - 1
        });
        &mut self.rows[place]
    }
}

/// A cell has the answers that were as ever, the 503s, and behind a `+` those after which a request failed once more.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Request::ALL.map(|request| format!("{request:?}"));
        writeln!(f, "| fault | {} |", names.join(" | "))?;
        writeln!(f, "|---{}|", "|---".repeat(names.len()))?;
        for Row { fault, cells } in &self.rows {
            let cells = cells.map(|cell| {
                let late = if cell.healed_late > 0 {
                    format!(" +{}", cell.healed_late)
                } else {
                    String::new()
                };
                format!("{} / {}{late}", cell.worked, cell.refused)
            });
            writeln!(f, "| {fault} | {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}
