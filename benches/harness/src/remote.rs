//! Players in a program of their own.
//!
//! The program says the name of each of its players and the size of its cookie, a line each, and `ready`. Then it
//! answers each line `player scenario requests` with a line `cpu wall`.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

use crate::{CookieSize, Cost, Local, Player, Scenario};

const READY: &str = "ready";

/// Serves the turns that another program asks for, until that program ends.
pub fn serve(mut players: Vec<Local>) {
    for player in &players {
        let CookieSize { value, set } = player.cookie();
        println!("{}\t{value} {set}", player.name());
    }
    println!("{READY}");
    for line in std::io::stdin().lines() {
        let line = line.expect("text");
        let [player, scenario, requests] = numbers::<usize, 3>(&line);
        let scenario = Scenario::ALL[scenario];
        let requests = u32::try_from(requests).expect("a number of requests");
        let Cost { cpu, wall } = players[player].turn(scenario, requests);
        println!("{cpu} {wall}");
    }
}

fn numbers<T: std::str::FromStr, const N: usize>(line: &str) -> [T; N] {
    let numbers = line.split_whitespace().map(|number| number.parse().ok());
    let numbers: Option<Vec<T>> = numbers.collect();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.unwrap_or_else(|| panic!("numbers in {line:?}"))
}

/// Starts such a program, and returns its players. A name without a slash is that of a program beside this one. `named` makes the names that the table has of theirs.
pub fn start(
    program: &str,
    arguments: &[&str],
    process: usize,
    named: impl Fn(&str) -> String,
) -> Vec<Box<dyn Player>> {
    let child = Command::new(path(program))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{program}: {error}"));
    let input = child.stdin.take().expect("it is piped");
    let output = child.stdout.take().expect("it is piped");
    let program = Rc::new(RefCell::new(Program {
        _child: child,
        input,
        output: BufReader::new(output),
    }));
    let mut players: Vec<Box<dyn Player>> = Vec::new();
    loop {
        let line = program.borrow_mut().line();
        if line == READY {
            return players;
        }
        let (name, cookie) = line.split_once('\t').expect("a name");
        let [value, set] = numbers(cookie);
        players.push(Box::new(Remote {
            name: named(name),
            cookie: CookieSize { value, set },
            place: players.len(),
            process,
            program: program.clone(),
        }));
    }
}

fn path(program: &str) -> PathBuf {
    if program.contains('/') {
        return program.into();
    }
    let this = std::env::current_exe().expect("a path");
    this.with_file_name(program)
}

struct Program {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn line(&mut self) -> String {
        let mut line = String::new();
        let len = self.output.read_line(&mut line).expect("text");
        assert_ne!(len, 0, "the other program has ended");
        line.trim_end_matches('\n').to_owned()
    }
}

struct Remote {
    name: String,
    cookie: CookieSize,
    place: usize,
    process: usize,
    program: Rc<RefCell<Program>>,
}

impl Player for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    fn process(&self) -> usize {
        self.process
    }

    fn cookie(&self) -> CookieSize {
        self.cookie
    }

    fn turn(&mut self, scenario: Scenario, requests: u32) -> Cost {
        let mut program = self.program.borrow_mut();
        let scenario = Scenario::ALL.iter().position(|other| *other == scenario);
        let scenario = scenario.expect("one of them");
        writeln!(program.input, "{} {scenario} {requests}", self.place).expect("a line");
        let [cpu, wall] = numbers(&program.line());
        Cost { cpu, wall }
    }
}
