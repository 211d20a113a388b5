//! Breadth first through every order of steps, so that the first trace to a broken promise is a shortest one.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::mistakes::Mistake;
use super::promises::{self, Broken};
use super::quick::QuickSet;
use super::shop::Ask;
use super::world::{Budget, REQUESTS, Scenario, Start, State, Step, World};

/// What to search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) requests: usize,
    pub(super) asks: &'static [Ask],
    pub(super) ticks: &'static [u64],
    pub(super) budget: Budget,
    pub(super) has_thief: bool,
    pub(super) has_two_instances: bool,
    /// The search ends with the first promise that is broken where it need not be.
    pub(super) mistake: Option<Mistake>,
}

impl Setting {
    pub(super) const fn of(requests: usize) -> Self {
        Self {
            requests,
            asks: &Ask::ALL,
            ticks: &[],
            budget: Budget {
                lost: 0,
                fails: 0,
                late: 0,
                dies: 0,
                unseen: 0,
            },
            has_thief: false,
            has_two_instances: false,
            mistake: None,
        }
    }
}

/// What a search has found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) scenarios: usize,
    pub(super) states: usize,
    pub(super) runs: usize,
    /// How often each promise is broken, and the shortest way to it.
    pub(super) broken: BTreeMap<Broken, (usize, Vec<String>)>,
}

/// On as many threads as there are processors. Each has runs of its own.
pub(super) fn search(setting: &Setting) -> Found {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let scenarios = scenarios(setting);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut world = World::new(setting.mistake, setting.ticks);
        let mut found = Found::default();
        while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            if setting.mistake.is_some() && found.faults().next().is_some() {
                break;
            }
            found.scenarios += 1;
            explore(&mut world, scenario.clone(), setting.budget, &mut found);
        }
        found.runs = world.requests.len();
        found
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let found = threads.into_iter().map(|thread| thread.join().unwrap());
        found.fold(Found::default(), Found::and)
    })
}

/// Every multiset of requests, with every beginning.
fn scenarios(setting: &Setting) -> Vec<Scenario> {
    let mut all = Vec::new();
    for asks in multisets(setting.asks, setting.requests) {
        for start in Start::ALL {
            let thieves: Vec<Option<usize>> = if setting.has_thief {
                let differ = |nth: &usize| *nth == 0 || asks[*nth] != asks[nth - 1];
                let can_steal = |nth: &usize| asks[*nth] != Ask::EndAllOfA;
                let nths = (0..asks.len()).filter(differ).filter(can_steal);
                nths.map(Some).collect()
            } else {
                vec![None]
            };
            let instances = if setting.has_two_instances {
                0..1 << asks.len()
            } else {
                0..1
            };
            for thief in thieves {
                for instances in instances.clone() {
                    all.push(Scenario {
                        start,
                        asks: asks.clone(),
                        thief,
                        instances,
                    });
                }
            }
        }
    }
    all
}

fn multisets(of: &'static [Ask], most: usize) -> Vec<Vec<Ask>> {
    assert!(most <= REQUESTS);
    let mut all: Vec<Vec<Ask>> = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..most {
        let longer = last.iter().flat_map(|asks| {
            let from = asks.last().copied();
            let next = of.iter().copied();
            let next = next.skip_while(move |ask| from.is_some_and(|from| *ask != from));
            next.map(|ask| [&asks[..], &[ask]].concat())
        });
        last = longer.collect();
        all.extend(last.iter().cloned());
    }
    all.remove(0);
    all
}

fn explore(world: &mut World, scenario: Scenario, budget: Budget, found: &mut Found) {
    let first = world.begin(scenario, budget);
    let mut known: QuickSet<State> = QuickSet::default();
    let mut ways: Vec<(State, usize, Option<Step>)> = vec![(first, 0, None)];
    known.insert(first);
    let mut nth = 0;
    while nth < ways.len() {
        let state = ways[nth].0;
        for (step, after, broken) in world.next(&state) {
            let is_new = known.insert(after);
            if !is_new && broken.is_none() {
                continue;
            }
            let mut broken: Vec<Broken> = broken.into_iter().collect();
            if is_new {
                broken.extend(promises::check(world, &state, step, &after));
                ways.push((after, nth, Some(step)));
            }
            for broken in broken {
                let way = || trace(world, &ways, nth, step, &after);
                found.note(broken, depth(&ways, nth) + 1, way);
            }
        }
        nth += 1;
    }
    found.states += ways.len();
}

impl Found {
    /// The promises that are broken where they need not be.
    pub(super) fn faults(&self) -> impl Iterator<Item = Broken> {
        let broken = self.broken.keys().copied();
        broken.filter(|broken| !promises::is_limit(*broken))
    }

    fn and(mut self, other: Self) -> Self {
        self.scenarios += other.scenarios;
        self.states += other.states;
        self.runs += other.runs;
        for (broken, (count, way)) in other.broken {
            let (all, shortest) = self.broken.entry(broken).or_default();
            *all += count;
            if shortest.is_empty() || way.len() < shortest.len() {
                *shortest = way;
            }
        }
        self
    }

    fn note(&mut self, broken: Broken, steps: usize, way: impl Fn() -> Vec<String>) {
        let (count, shortest) = self.broken.entry(broken).or_default();
        *count += 1;
        // The first line is the scenario.
        if shortest.is_empty() || steps + 1 < shortest.len() {
            *shortest = way();
        }
    }
}

fn depth(ways: &[(State, usize, Option<Step>)], mut nth: usize) -> usize {
    let mut depth = 0;
    while nth != 0 {
        (nth, depth) = (ways[nth].1, depth + 1);
    }
    depth
}

fn trace(
    world: &World,
    ways: &[(State, usize, Option<Step>)],
    mut nth: usize,
    step: Step,
    after: &State,
) -> Vec<String> {
    let mut lines = vec![world.describe(step, &ways[nth].0, after)];
    while nth != 0 {
        let (state, parent, step) = &ways[nth];
        lines.push(world.describe(step.unwrap(), &ways[*parent].0, state));
        nth = *parent;
    }
    let Scenario {
        start,
        asks,
        thief,
        instances,
    } = &world.scenario;
    lines.push(format!(
        "{start:?}, {asks:?}, thief {thief:?}, instances {instances:b}"
    ));
    lines.reverse();
    lines
}
