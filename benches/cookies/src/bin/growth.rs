//! How the cost of a cookie grows: `growth [--short]`.

use std::sync::Arc;

use harness::{Candidate, Contents, Effort, Growth, Local, Payload, Player, Scenario, Table, play};
use ours::{Fields1, Fields4, Fields16, Fields64, Note, Ours, Standard};
use peers::Json;
use session_runtime::KeptInCookie;
use tokio::runtime::Runtime;

const OURS: &str = "ours";
const ALL: [&str; 4] = ["the floor", OURS, "seshcookie", "PrivateCookieJar, JSON"];

fn main() {
    let effort = Effort::of(std::env::args().any(|flag| flag == "--short"));
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let mut bench = Bench { runtime, effort };
    bench.bytes();
    bench.fields();
    bench.keys();
    bench.types();
    bench.guards();
}

struct Bench {
    runtime: Arc<Runtime>,
    effort: Effort,
}

type Players = Vec<Box<dyn Player>>;

impl Bench {
    fn bytes(&mut self) {
        let steps = ["note of 20", "300", "1200", "2800"];
        let mut players = self.bare();
        for (step, size) in steps.into_iter().zip([20, 300, 1200, 2800]) {
            players.extend(self.all::<Note>(step, size));
        }
        let scenarios = [Scenario::Write, Scenario::Read];
        let table = play(&mut players, &scenarios, self.effort);
        let growth = show("a longer text", &table, &ALL, &steps, &scenarios);
        println!(
            "### Growth, a longer text: characters\n\n{}",
            growth.cookies()
        );
        let slopes = growth.slopes(&scenarios);
        println!("### Growth, a longer text: ns for each character of the cookie\n\n{slopes}");
    }

    fn fields(&mut self) {
        let steps = ["1 field", "4", "16", "64"];
        let mut players = self.bare();
        players.extend(self.all::<Fields1>(steps[0], 0));
        players.extend(self.all::<Fields4>(steps[1], 0));
        players.extend(self.all::<Fields16>(steps[2], 0));
        players.extend(self.all::<Fields64>(steps[3], 0));
        let scenarios = [Scenario::Write, Scenario::Read];
        let table = play(&mut players, &scenarios, self.effort);
        show("more fields", &table, &ALL, &steps, &scenarios);
    }

    fn keys(&mut self) {
        let steps = ["1 key", "2", "4", "8"];
        let candidates = [
            "ours, under the first key",
            "ours, under the last key",
            "seshcookie, under the first key",
            "seshcookie, under the last key",
        ];
        let [first, last, other_first, other_last] = candidates;
        let mut players = self.bare();
        for (step, count) in steps.into_iter().zip([1, 2, 4, 8]) {
            let keys: Vec<[u8; 32]> = (0..count).map(|_| random_key()).collect();
            let oldest = count - 1;
            let of = |candidate| Growth::player(candidate, step);
            players.extend([
                self.standard(ours::rotated(&of(first), &keys, 0)),
                self.standard(ours::rotated(&of(last), &keys, oldest)),
                self.standard(peers::seshcookie_rotated::<harness::Standard>(
                    &of(other_first),
                    &keys,
                    0,
                )),
                self.standard(peers::seshcookie_rotated::<harness::Standard>(
                    &of(other_last),
                    &keys,
                    oldest,
                )),
            ]);
        }
        let scenarios = [Scenario::Write, Scenario::Read, Scenario::Forged];
        let table = play(&mut players, &scenarios, self.effort);
        show("more keys", &table, &candidates, &steps, &scenarios);
    }

    fn types(&mut self) {
        let steps = ["1 session type", "2", "4", "8"];
        let mut players = self.bare();
        for (step, count) in steps.into_iter().zip([1, 2, 4, 8]) {
            let name = Growth::player(OURS, step);
            players.push(self.standard(ours::beside_others(&name, count - 1)));
        }
        let scenarios = Scenario::USUAL;
        let table = play(&mut players, &scenarios, self.effort);
        show(
            "more session types, one of which is used",
            &table,
            &[OURS],
            &steps,
            &scenarios,
        );
    }

    fn guards(&mut self) {
        let steps = ["no guard", "1", "2", "4"];
        let mut players = self.bare();
        for (step, count) in steps.into_iter().zip([0, 1, 2, 4]) {
            let name = Growth::player(OURS, step);
            players.push(self.standard(ours::guarded(&name, count)));
        }
        let scenarios = [Scenario::Read];
        let table = play(&mut players, &scenarios, self.effort);
        show(
            "more guards before a handler",
            &table,
            &[OURS],
            &steps,
            &scenarios,
        );
    }

    fn bare(&self) -> Players {
        vec![self.player::<harness::Small>(Candidate::bare(), 0)]
    }

    fn all<T: Ours + KeptInCookie>(&self, step: &str, size: usize) -> Players {
        let [floor, ours, seshcookie, jar] = ALL.map(|name| Growth::player(name, step));
        let candidates = [
            peers::floor::<T::Payload>(&floor, size),
            ours::candidate::<T>(&ours, size),
            peers::seshcookie::<T::Payload>(&seshcookie, size),
            peers::private_jar::<Json, T::Payload>(&jar, size),
        ];
        let players = candidates.map(|candidate| self.player::<T::Payload>(candidate, size));
        players.into()
    }

    fn standard(&self, candidate: Candidate) -> Box<dyn Player> {
        self.player::<<Standard as Ours>::Payload>(candidate, 0)
    }

    fn player<T: Payload>(&self, candidate: Candidate, size: usize) -> Box<dyn Player> {
        let contents = Contents::of::<T>(size);
        Box::new(Local::new(candidate, &self.runtime, 100, &contents))
    }
}

fn show<'a>(
    what: &str,
    table: &'a Table,
    candidates: &'a [&'a str],
    steps: &'a [&'a str],
    scenarios: &[Scenario],
) -> Growth<'a> {
    let growth = Growth {
        table,
        candidates,
        steps,
    };
    for &scenario in scenarios {
        let (name, added) = (scenario.name(), growth.added(scenario));
        println!("### Growth, {what}, {name}: µs added to a request\n\n{added}");
    }
    growth
}

fn random_key() -> [u8; 32] {
    std::array::from_fn(|_| fastrand::u8(..))
}
