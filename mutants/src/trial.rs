//! Builds the tests of a tree once, and runs them against each mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fmt, fs, io, thread};

use serde_json::Value;

use crate::Failure;
use crate::switch::Mutant;

/// A program with tests, as cargo built it.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Cargo runs tests in the folder of their package.
    folder: PathBuf,
    /// The tests of a procedural macro load the compiler's libraries.
    libraries: String,
    time: Duration,
    reaches: BTreeSet<u32>,
}

/// Tests that take minutes, or that read the sources as they stand in the repository.
const SKIPPED: [&str; 6] = [
    "tamper",
    "races::",
    "the_corpus_reaches",
    "wording",
    "a_hundred_thousand",
    "every_row_names_a_test",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// A test failed.
    Killed,
    /// The tests did not end.
    Hangs,
    /// All tests passed.
    Survived,
    /// No test comes by.
    NotReached,
}

/// The numbers of mutants that do not compile, or else the programs with tests: those that are named, or all.
pub(crate) fn build(
    root: &Path,
    packages: &[&str],
    programs: &BTreeSet<&str>,
) -> Result<Result<Vec<Program>, BTreeSet<u32>>, Failure> {
    let mut cargo = Command::new("cargo");
    cargo.args([
        "test",
        "--no-run",
        "--message-format=json",
        "--all-features",
        "--lib",
    ]);
    cargo.args(packages.iter().flat_map(|package| ["-p", *package]));
    let files = programs.iter().filter(|name| !name.starts_with("session_"));
    cargo.args(files.flat_map(|name| ["--test", *name]));
    if programs.is_empty() {
        cargo.arg("--tests");
    }
    // Not the target folder of the workspace: cargo takes a crate of a copy for the crate itself.
    // No debugger looks at these programs. So they are built sooner, and take a sixth of the room.
    cargo
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_INCREMENTAL", "0");
    cargo
        .env("CARGO_TARGET_DIR", root.join("target"))
        .current_dir(root);
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir"])
        .current_dir(root)
        .output()?;
    let libraries = String::from_utf8(libraries.stdout)?;
    let built = cargo.stderr(Stdio::inherit()).output()?;
    let messages = String::from_utf8(built.stdout)?;
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let (mut programs, mut broken, mut errors) = (Vec::new(), BTreeSet::new(), Vec::new());
    for message in messages {
        if message["reason"] == "compiler-message" && message["message"]["level"] == "error" {
            errors.push(message["message"]["rendered"].to_string());
            broken.extend(mutants_at(root, &message["message"]));
        }
        let executable = message["executable"].as_str();
        if let Some(path) = executable.filter(|_| message["profile"]["test"] == true) {
            let manifest = Path::new(message["manifest_path"].as_str().unwrap_or_default());
            programs.push(Program {
                name: message["target"]["name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                path: path.into(),
                folder: manifest.parent().unwrap_or(root).to_owned(),
                libraries: libraries.trim().to_owned(),
                time: Duration::ZERO,
                reaches: BTreeSet::new(),
            });
        }
    }
    match (built.status.success(), broken.is_empty()) {
        (true, _) => Ok(Ok(programs)),
        (false, false) => Ok(Err(broken)),
        (false, true) => Err(format!("the tests do not build:\n{}", errors.join("\n")).into()),
    }
}

/// The mutants whose switches stand on the lines that an error names, or else the nearest above them.
fn mutants_at(root: &Path, error: &Value) -> BTreeSet<u32> {
    let spans = error["spans"].as_array().cloned().unwrap_or_default();
    let named = spans.iter().flat_map(|span| mutants_near(root, span, 0));
    let named: BTreeSet<_> = named.collect();
    if named.is_empty() {
        spans
            .iter()
            .flat_map(|span| mutants_near(root, span, 12))
            .collect()
    } else {
        named
    }
}

fn mutants_near(root: &Path, span: &Value, lines_above: usize) -> BTreeSet<u32> {
    let file = root.join(span["file_name"].as_str().unwrap_or_default());
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let line = |name: &str| usize::try_from(span[name].as_u64().unwrap_or(1)).unwrap_or(1);
    let (first, last) = (line("line_start") - 1, line("line_end").min(lines.len()));
    let above = (0..=lines_above).map(|above| first.saturating_sub(above));
    let mut found = above.map(|first| numbers_in(lines.get(first..last).unwrap_or_default()));
    found
        .find(|numbers| !numbers.is_empty())
        .unwrap_or_default()
}

fn numbers_in(lines: &[&str]) -> BTreeSet<u32> {
    let text = lines.join("\n");
    let calls = text.split("mutants::on(").skip(1);
    calls
        .filter_map(|rest| rest.split(['u', ')']).next()?.trim().parse().ok())
        .collect()
}

/// Runs each program as it is: its tests pass, and the mutants that it reaches are known from then on.
pub(crate) fn measure(programs: &mut Vec<Program>) -> Result<(), Failure> {
    for program in programs.iter_mut() {
        let folder = env::temp_dir().join(format!("mutants-reached-{}", process::id()));
        fs::create_dir_all(&folder)?;
        let begin = Instant::now();
        let environment = [("MUTANTS_REACHED", folder.as_os_str())];
        let trial = run(program, &[], &environment, Duration::from_secs(600))?;
        program.time = begin.elapsed();
        for file in fs::read_dir(&folder)? {
            let name = file?.file_name();
            program
                .reaches
                .extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        fs::remove_dir_all(&folder)?;
        if trial.outcome != Outcome::Survived {
            let (name, path) = (&program.name, program.path.display());
            return Err(format!(
                "without a mutant `{name}` fails in {:?}: {path}",
                trial.failed
            )
            .into());
        }
    }
    programs.retain(|program| !program.reaches.is_empty());
    programs.sort_by_key(|program| program.time);
    Ok(())
}

/// The outcome of one mutant, and the tests that decided it.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) outcome: Outcome,
    /// The program in which tests failed, the first one.
    pub(crate) program: String,
    pub(crate) failed: Vec<String>,
    passed: usize,
}

/// A test that is known to see a mutant.
pub(crate) struct Test {
    pub(crate) program: String,
    name: String,
}

impl Test {
    /// `program name`
    pub(crate) fn read(text: &str) -> Self {
        let (program, name) = text.split_once(' ').unwrap_or((text, ""));
        Self {
            program: program.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of {}", self.name, self.program)
    }
}

/// The reason why the test does not see the mutant; `None` if it does.
pub(crate) fn misses(
    programs: &[Program],
    test: &Test,
    mutant: &Mutant,
) -> Result<Option<&'static str>, Failure> {
    let Some(program) = programs.iter().find(|program| program.name == test.program) else {
        return Ok(Some("is in no program"));
    };
    let filter = ["--exact".to_owned(), test.name.clone()];
    let limit = Duration::from_secs(60);
    let without = run(program, &filter, &[], limit)?;
    if without.outcome != Outcome::Survived || without.passed == 0 {
        return Ok(Some("does not pass without it"));
    }
    let number = mutant.number.to_string();
    let with = run(program, &filter, &[("MUTANT", number.as_ref())], limit)?;
    Ok((with.outcome == Outcome::Survived).then_some("passes"))
}

/// Tries every mutant, two at a time. Of programs that take longer than `longest`, only the tests beside the code run.
pub(crate) fn try_all(
    programs: &[Program],
    longest: Duration,
    mutants: &[Mutant],
    report: &(dyn Fn(&Mutant, &Trial) + Sync),
) -> BTreeMap<u32, Outcome> {
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let trial = try_one(programs, longest, mutant);
                    report(mutant, &trial);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.insert(mutant.number, trial.outcome);
                    }
                }
            });
        }
    });
    outcomes.into_inner().unwrap_or_default()
}

fn try_one(programs: &[Program], longest: Duration, mutant: &Mutant) -> Trial {
    let number = mutant.number.to_string();
    let mut trial = Trial {
        outcome: Outcome::NotReached,
        program: String::new(),
        failed: Vec::new(),
        passed: 0,
    };
    for (program, filter) in runs(programs, longest, mutant) {
        // The tests of one module take seconds.
        let usual = if filter.is_empty() {
            program.time
        } else {
            Duration::ZERO
        };
        let limit = usual * 5 + Duration::from_secs(30);
        let environment = [("MUTANT", number.as_ref())];
        trial = run(program, &filter, &environment, limit).unwrap_or(trial);
        if trial.outcome != Outcome::Survived {
            return trial;
        }
    }
    trial
}

/// The tests beside the code, which are the fastest and the likeliest to see the mutant, then each program that reaches it.
fn runs<'a>(
    programs: &'a [Program],
    longest: Duration,
    mutant: &Mutant,
) -> impl Iterator<Item = (&'a Program, Vec<String>)> {
    let number = mutant.number;
    let reach = move |program: &&Program| program.reaches.contains(&number);
    let beside = programs.iter().filter(reach).find_map(|program| {
        let is_unit_tests = program.name == "session_runtime";
        let module = module_of(&mutant.file).filter(|_| is_unit_tests)?;
        Some((program, vec![module]))
    });
    let whole = programs
        .iter()
        .filter(reach)
        .filter(move |program| program.time <= longest)
        .map(|program| (program, Vec::new()));
    beside.into_iter().chain(whole)
}

/// `token::` for every file in `token`.
fn module_of(file: &str) -> Option<String> {
    let path = file.split_once("/src/")?.1;
    let module = match path.split_once('/') {
        Some((folder, _)) => folder,
        None => path.strip_suffix(".rs")?,
    };
    Some(format!("{module}::"))
}

fn run(
    program: &Program,
    filter: &[String],
    environment: &[(&str, &OsStr)],
    limit: Duration,
) -> Result<Trial, io::Error> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let output = env::temp_dir().join(format!("mutants-output-{}-{run}", process::id()));
    // A mutant that takes memory without end does not take all of it.
    let mut command = Command::new("bash");
    command
        .args(["-c", "ulimit -v 8000000; exec \"$0\" \"$@\""])
        .arg(&program.path);
    command
        .args(filter)
        .args(SKIPPED.iter().flat_map(|test| ["--skip", test]));
    command.args(["--test-threads", "2"]);
    command
        .current_dir(&program.folder)
        .env_remove("RUST_BACKTRACE");
    command
        .env("CARGO_MANIFEST_DIR", &program.folder)
        .env("PROPTEST_CASES", "64");
    command
        .env("LD_LIBRARY_PATH", &program.libraries)
        .envs(environment.iter().copied());
    let child = command
        .stdout(fs::File::create(&output)?)
        .stderr(Stdio::null())
        .spawn()?;
    let outcome = wait(child, limit)?;
    let text = fs::read(&output)?;
    fs::remove_file(&output)?;
    let text = String::from_utf8_lossy(&text);
    Ok(Trial {
        outcome,
        program: program.name.clone(),
        failed: tests_in(&text, " ... FAILED"),
        passed: tests_in(&text, " ... ok").len(),
    })
}

fn wait(mut child: Child, limit: Duration) -> Result<Outcome, io::Error> {
    let begin = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(Outcome::Survived),
            Some(_) => return Ok(Outcome::Killed),
            None if begin.elapsed() > limit => {
                child.kill()?;
                child.wait()?;
                return Ok(Outcome::Hangs);
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// The tests of an output that ended like this.
fn tests_in(output: &str, end: &str) -> Vec<String> {
    let tests = output
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(end));
    let names = tests.map(|name| name.strip_suffix(" - should panic").unwrap_or(name));
    names.map(str::to_owned).collect()
}
