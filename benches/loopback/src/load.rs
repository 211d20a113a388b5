//! The load that `wrk` makes.

use std::fs;
use std::process::Command;

use tempfile::NamedTempFile;

use crate::server::Server;

/// What a server did under load.
pub struct Load {
    pub requests_per_second: f64,
    /// The microseconds of CPU that the server took for a request.
    pub cpu: f64,
}

/// A script for `wrk` whose requests take the cookies in turns.
pub fn script(path: &str, cookies: &[String]) -> NamedTempFile {
    let cookies: Vec<_> = cookies.iter().map(|cookie| format!("{cookie:?}")).collect();
    let cookies = cookies.join(",\n");
    let script = format!(
        "local cookies = {{\n{cookies}\n}}
local requests, at = {{}}, 0

function init()
  for number, cookie in ipairs(cookies) do
    requests[number] = wrk.format(\"GET\", \"{path}\", {{ Cookie = cookie }})
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
"
    );
    let file = NamedTempFile::new().expect("a file");
    fs::write(&file, script).expect("a file");
    file
}

pub fn load(server: &Server, script: &NamedTempFile, seconds: u32) -> Load {
    let before = cpu_micros(server);
    let output = Command::new("wrk")
        .args(["--threads=1", "--connections=32", "--script"])
        .arg(script.path())
        .arg(format!("--duration={seconds}s"))
        .arg(format!("http://127.0.0.1:{}", server.port))
        .output();
    let output = output.expect("wrk is installed");
    let cpu = cpu_micros(server) - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let is_good = !text.contains("Non-2xx") && !text.contains("Socket errors");
    assert!(is_good, "{}: {text}", server.name);
    let requests = number_before(&text, " requests in ");
    let each_second = text.split("Requests/sec:").nth(1);
    let each_second = each_second.and_then(|rest| rest.split_whitespace().next());
    Load {
        requests_per_second: each_second
            .and_then(|text| text.parse().ok())
            .expect("a rate"),
        cpu: cpu / requests,
    }
}

fn number_before(text: &str, words: &str) -> f64 {
    let before = text.split(words).next().unwrap_or_default();
    let number = before.split_whitespace().last().unwrap_or_default();
    number
        .parse()
        .unwrap_or_else(|_| panic!("a number before {words:?}: {text}"))
}

/// The time that the server has worked, all its processes together.
fn cpu_micros(server: &Server) -> f64 {
    /// Linux tells it in hundredths of a second.
    const TICK: f64 = 10_000.0;
    let ticks = |id: u32| -> f64 {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("a process");
        // The name of the program, in brackets, may have spaces.
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let times = fields.split_whitespace().skip(11).take(2);
        times.map(|time| time.parse::<f64>().expect("a time")).sum()
    };
    server.processes().into_iter().map(ticks).sum::<f64>() * TICK
}
