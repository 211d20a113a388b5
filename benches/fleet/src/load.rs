//! The load that `wrk` makes: each process of the application has one.

use std::fs;
use std::process::{Child, Command, Stdio};

use tempfile::NamedTempFile;

use crate::process::Process;

/// A script whose requests take the cookies in turns. One request in five writes.
pub fn script(cookies: &[String]) -> NamedTempFile {
    let cookies: Vec<_> = cookies.iter().map(|cookie| format!("{cookie:?}")).collect();
    let cookies = cookies.join(",\n");
    let script = format!(
        "local cookies = {{\n{cookies}\n}}
local reads, writes, at = {{}}, {{}}, 0

function init()
  for number, cookie in ipairs(cookies) do
    reads[number] = wrk.format(\"GET\", \"/read\", {{ Cookie = cookie }})
    writes[number] = wrk.format(\"GET\", \"/write\", {{ Cookie = cookie }})
  end
end

function request()
  at = at + 1
  local number = at * 7919 % #cookies + 1
  return at % 5 == 0 and writes[number] or reads[number]
end
"
    );
    let file = NamedTempFile::new().expect("a file");
    fs::write(&file, script).expect("a file");
    file
}

/// What one `wrk` saw.
pub struct Seen {
    pub requests: f64,
    pub seconds: f64,
    pub p99_millis: f64,
}

pub struct Wrk(Child);

impl Wrk {
    pub fn start(process: &Process, script: &NamedTempFile, seconds: u32) -> Self {
        let child = Command::new("wrk")
            .args(["--threads=1", "--connections=16", "--latency", "--script"])
            .arg(script.path())
            .arg(format!("--duration={seconds}s"))
            .arg(process.url())
            .stdout(Stdio::piped())
            .spawn();
        Self(child.expect("wrk is installed"))
    }

    pub fn finish(self) -> Seen {
        let output = self.0.wait_with_output().expect("wrk");
        let text = String::from_utf8_lossy(&output.stdout);
        let is_good = !text.contains("Non-2xx") && !text.contains("Socket errors");
        assert!(is_good, "{text}");
        let before = |words: &str| {
            let before = text.split(words).next().unwrap_or_default();
            before.split_whitespace().last().unwrap_or_default().to_owned()
        };
        let after = |words: &str| {
            let after = text.split(words).nth(1).unwrap_or_default();
            after.split_whitespace().next().unwrap_or_default().to_owned()
        };
        Seen {
            requests: before(" requests in ").parse().expect("a number"),
            seconds: millis(after(" requests in ").trim_end_matches(',')) / 1000.0,
            p99_millis: millis(&after("99%")),
        }
    }
}

/// A time as `wrk` writes it.
fn millis(text: &str) -> f64 {
    for (unit, millis) in [("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("m", 60_000.0)] {
        if let Some(number) = text.strip_suffix(unit)
            && let Ok(number) = number.parse::<f64>()
        {
            return number * millis;
        }
    }
    panic!("no time: {text}");
}
