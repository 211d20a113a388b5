//! The order in which players are measured.

use crate::{Player, Scenario, Table};

/// The number of turns, and their length.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    /// The milliseconds that a turn takes, more or less.
    pub turn: f64,
}

impl Effort {
    /// That of the published figures, or enough to see that everything works.
    pub fn of(is_short: bool) -> Self {
        Self {
            rounds: if is_short { 7 } else { 41 },
            turn: if is_short { 5.0 } else { 20.0 },
        }
    }
}

/// Lets each player take a turn in each scenario, round after round, each round in another order. What else the
/// machine does meets all of them alike.
pub fn play(players: &mut [Box<dyn Player>], scenarios: &[Scenario], effort: Effort) -> Table {
    let mut games = Vec::new();
    for player in 0..players.len() {
        for &scenario in scenarios {
            let requests = requests(&mut *players[player], scenario, effort);
            games.push((player, scenario, requests));
        }
    }
    let mut table = Table::new(players, scenarios);
    for _ in 0..effort.rounds {
        fastrand::shuffle(&mut games);
        for &(player, scenario, requests) in &games {
            let cost = players[player].turn(scenario, requests);
            table.note(player, scenario, cost);
        }
    }
    table
}

/// The number of requests that fill a turn, counted while the player warms up.
fn requests(player: &mut dyn Player, scenario: Scenario, effort: Effort) -> u32 {
    player.turn(scenario, 20);
    let Some(wall) = (0..3)
        .map(|_| player.turn(scenario, 50).wall)
        .reduce(f64::min)
    else {
        return 50;
    };
    let requests = (effort.turn * 1e6 / wall).clamp(50.0, 100_000.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is clamped"
    )]
    let requests = requests as u32;
    requests
}
