//! Finds out what the tests are worth: changes the code in one place, and looks whether a test fails.
//!
//! ```text
//! cargo run -- telling                  the mutants of `telling.txt` and `planted.txt`, as the gate does
//! cargo run -- all [part-of-a-name …]   every mutant, or those whose names have one of these texts in them
//! cargo run -- quick [part-of-a-name …] the same, without the tests that take long
//! cargo run -- sample 5 [part …]        a fifth of them, the same ones each time, also quick
//! cargo run -- list [part-of-a-name …]  their names
//! ```
//!
//! A mutant that no test can see stands in `equivalent.txt` with its reason. `telling.txt` says of each mutant which test
//! sees it, by its program and its name.

mod planted;
mod switch;
mod tree;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use self::planted::Mistake;
use self::switch::Mutant;
use self::tree::Tree;
use self::trial::{Outcome, Program, Test};

/// Programs that take longer are left out of a quick run.
const QUICK: Duration = Duration::from_secs(3);

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((command, [])) if command == "telling" => telling(),
        Some((command, parts)) if command == "all" => sample(1, Duration::MAX, parts),
        Some((command, parts)) if command == "quick" => sample(1, QUICK, parts),
        Some((command, [every, parts @ ..])) if command == "sample" => match every.parse() {
            Ok(every) => sample(every, QUICK, parts),
            Err(_) => Err("say which part of all mutants: `sample 5` is a fifth".into()),
        },
        Some((command, parts)) if command == "list" => list(parts),
        _ => Err("say `telling`, `all`, `quick`, `sample` or `list`".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// The packages whose tests tell of these mutants.
fn packages(mutants: &[Mutant]) -> Vec<&'static str> {
    let has = |name: &str| mutants.iter().any(|mutant| mutant.file.starts_with(name));
    let of_derive = has("session-derive").then_some("session-derive");
    let of_runtime = ["session-runtime", "tests"]
        .into_iter()
        .filter(|_| has("session-runtime"));
    of_derive.into_iter().chain(of_runtime).collect()
}

/// Tries the mutants of the gate, each with the one test that is known to see it.
fn telling() -> Result<(), Failure> {
    let mut tests = lines_of("telling.txt")?;
    tests.extend(
        planted()?
            .iter()
            .map(|mistake| (mistake.name(), mistake.caught_by.clone())),
    );
    let tests: BTreeMap<_, _> = tests
        .iter()
        .map(|(name, test)| (name.as_str(), Test::read(test)))
        .collect();
    let programs: BTreeSet<_> = tests.values().map(|test| test.program.as_str()).collect();
    let (mutants, programs) = built(
        &planted()?,
        &|mutant| tests.contains_key(mutant.name().as_str()),
        &programs,
    )?;
    let mut missed = Vec::new();
    for mutant in &mutants {
        let name = mutant.name();
        let Some(test) = tests.get(name.as_str()) else {
            continue;
        };
        if let Some(why) = trial::misses(&programs, test, mutant)? {
            missed.push(format!("{name}: {test} {why}"));
        }
    }
    let found: BTreeSet<_> = mutants.iter().map(Mutant::name).collect();
    let lost = tests.keys().filter(|name| !found.contains(**name));
    missed.extend(
        lost.map(|name| {
            format!("{name}: no longer in the code, or does not compile; choose another")
        }),
    );
    if missed.is_empty() {
        println!("{} mistakes, and a test fails for each", mutants.len());
        return Ok(());
    }
    Err(missed.join("\n").into())
}

fn sample(every: u32, longest: Duration, parts: &[String]) -> Result<(), Failure> {
    let equivalent = lines_of("equivalent.txt")?;
    let (mutants, outcomes) = trials(longest, &|mutant| {
        let name = mutant.name();
        let sum: u32 = name.bytes().map(u32::from).sum();
        has_part(mutant, parts) && sum % every.max(1) == 0 && !equivalent.contains_key(&name)
    })?;
    let mut modules = BTreeMap::<&str, (usize, usize)>::new();
    for mutant in &mutants {
        let (killed, of) = modules.entry(module(&mutant.file)).or_default();
        let outcome = outcomes.get(&mutant.number);
        *killed += usize::from(matches!(outcome, Some(Outcome::Killed | Outcome::Hangs)));
        *of += 1;
    }
    for (module, (killed, of)) in modules {
        println!("{killed:5} of {of:5}  {module}");
    }
    survivors(&mutants, &outcomes)
}

fn list(parts: &[String]) -> Result<(), Failure> {
    let root = repository().join("target/mutants/list");
    let tree = Tree::of(&repository(), root, &[], &|mutant| has_part(mutant, parts))?;
    tree.mutants
        .iter()
        .for_each(|mutant| println!("{}", mutant.name()));
    Ok(())
}

fn has_part(mutant: &Mutant, parts: &[String]) -> bool {
    parts.is_empty() || parts.iter().any(|part| mutant.name().contains(part))
}

/// The folder of `session-runtime/src/token/text.rs` is the module `session-runtime/src/token`.
fn module(file: &str) -> &str {
    let inner = file.split_once("/src/").map_or("", |(_, path)| path);
    let end = inner.find('/').unwrap_or(inner.len());
    &file[..file.len() - inner.len() + end]
}

fn trials(
    longest: Duration,
    is_wanted: &dyn Fn(&Mutant) -> bool,
) -> Result<(Vec<Mutant>, BTreeMap<u32, Outcome>), Failure> {
    let (mutants, mut programs) = built(&[], is_wanted, &BTreeSet::new())?;
    println!("{} mutants in {} programs", mutants.len(), programs.len());
    trial::measure(&mut programs)?;
    let outcomes = trial::try_all(&programs, longest, &mutants, &|mutant, trial| {
        let failed = trial.failed.iter().take(3).map(String::as_str);
        let failed = failed.collect::<Vec<_>>().join(", ");
        println!(
            "{:?}: {} -- {} {failed}",
            trial.outcome,
            mutant.name(),
            trial.program
        );
    });
    Ok((mutants, outcomes))
}

/// The tests, all of them unless some programs are named, with all mutants that compile. Each round leaves out those
/// that do not.
fn built(
    planted: &[Mistake],
    is_wanted: &dyn Fn(&Mutant) -> bool,
    programs: &BTreeSet<&str>,
) -> Result<(Vec<Mutant>, Vec<Program>), Failure> {
    let mut broken = BTreeSet::new();
    loop {
        let root = repository().join("target/mutants/tree");
        let tree = Tree::of(&repository(), root, planted, &|mutant| {
            is_wanted(mutant) && !broken.contains(&mutant.name())
        })?;
        match trial::build(&tree.root, &packages(&tree.mutants), programs)? {
            Ok(programs) => return Ok((tree.mutants, programs)),
            Err(numbers) => {
                let names = tree
                    .mutants
                    .iter()
                    .filter(|mutant| numbers.contains(&mutant.number));
                broken.extend(names.map(Mutant::name));
                eprintln!("{} do not compile", broken.len());
            }
        }
    }
}

fn survivors(mutants: &[Mutant], outcomes: &BTreeMap<u32, Outcome>) -> Result<(), Failure> {
    let is_alive = |mutant: &&Mutant| {
        let outcome = outcomes.get(&mutant.number);
        matches!(
            outcome,
            None | Some(Outcome::Survived | Outcome::NotReached)
        )
    };
    let alive: Vec<_> = mutants.iter().filter(is_alive).map(Mutant::name).collect();
    if alive.is_empty() {
        println!("no test misses one of {} mutants", mutants.len());
        return Ok(());
    }
    Err(format!(
        "{} of {} are seen by no test:\n{}",
        alive.len(),
        mutants.len(),
        alive.join("\n")
    )
    .into())
}

/// The lines of a file beside this program: a name, and what stands behind ` -- `.
fn lines_of(file: &str) -> Result<BTreeMap<String, String>, Failure> {
    let text = text_of(file)?;
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once(" -- ").unwrap_or((line, "")));
    Ok(pairs
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect())
}

fn planted() -> Result<Vec<Mistake>, Failure> {
    planted::read(&text_of("planted.txt")?)
}

fn text_of(file: &str) -> Result<String, Failure> {
    Ok(fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join(file),
    )?)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
