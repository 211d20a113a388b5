//! A server of sessions, and the time that processes work.

use std::fs;
use std::process::Command;

use store_tests::{Server, postgres, redis};

pub struct Engine {
    pub name: &'static str,
    pub url: String,
    server: Server,
}

impl Engine {
    /// With the settings of its package, except that nothing of Redis goes to disk and PostgreSQL answers before the
    /// disk has it: what is compared is work, and not a disk.
    pub fn start(name: &str) -> Self {
        let (name, server) = match name {
            "redis" => ("Redis", redis::redis(&[])),
            "valkey" => ("Valkey", redis::valkey(&[])),
            "postgres" => ("PostgreSQL", postgres::postgres(&["synchronous_commit=off"])),
            other => panic!("there is no engine {other}"),
        };
        let url = match name {
            "PostgreSQL" => postgres::url(&server),
            _ => format!("redis://{}/", server.address()),
        };
        Self { name, url, server }
    }

    /// The bytes that it holds: in memory, or in the files of its tables and indexes.
    pub fn size(&self) -> usize {
        let client = match self.name {
            "PostgreSQL" => psql(&self.url, "SELECT pg_total_relation_size('session_rows')"),
            _ => info(&self.url),
        };
        client.trim().parse().expect("a number of bytes")
    }

    /// The time that the server has worked, all its processes together.
    pub fn cpu_micros(&self) -> f64 {
        let root = self.server.pid();
        let processes = fs::read_dir("/proc").expect("processes").flatten();
        let numbers = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
        let own = numbers.filter(|id| *id == root || parent(*id) == Some(root));
        // What has ended by now is in the third and the fourth time of its parent.
        own.map(|id| times(id, 2)).sum::<f64>() + times_of_the_dead(root)
    }
}

fn psql(url: &str, statement: &str) -> String {
    output(Command::new("psql").args([url, "--no-align", "--tuples-only", "--command", statement]))
}

/// `used_memory`: what the server has allocated.
fn info(url: &str) -> String {
    let text = output(Command::new("redis-cli").args(["-u", url, "INFO", "memory"]));
    let mut lines = text.lines();
    let bytes = lines.find_map(|line| line.strip_prefix("used_memory:"));
    bytes.expect("what it uses").to_owned()
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the client of the server");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The time that a process has worked, in microseconds.
pub fn cpu_micros(id: u32) -> f64 {
    times(id, 2)
}

fn times_of_the_dead(id: u32) -> f64 {
    times(id, 4) - times(id, 2)
}

/// The sum of the first of: user, system, and the same of the children that have ended.
fn times(id: u32, count: usize) -> f64 {
    /// Linux tells it in hundredths of a second.
    const TICK: f64 = 10_000.0;
    let times = fields(id).unwrap_or_default();
    let times = times.iter().skip(11).take(count);
    times.map(|time| time.parse::<f64>().expect("a time")).sum::<f64>() * TICK
}

fn parent(id: u32) -> Option<u32> {
    fields(id)?.get(1)?.parse().ok()
}

/// The fields of `/proc/…/stat` behind the name of the program, which may have spaces.
fn fields(id: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}
