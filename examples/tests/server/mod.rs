//! An example as a user meets it: a process and a port.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running example; it ends with the test.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    /// What it wrote before its address.
    pub(crate) greeting: Vec<String>,
}

impl Server {
    pub(crate) fn start(program: &str, keys: Option<&str>) -> Self {
        let mut command = Command::new(program);
        command.env("PORT", "0").env_remove("SESSION_KEYS");
        if let Some(keys) = keys {
            command.env("SESSION_KEYS", keys);
        }
        let process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut server = Self {
            process,
            url: String::new(),
            greeting: Vec::new(),
        };
        let stderr = server.process.stderr.take().unwrap();
        for line in BufReader::new(stderr).lines() {
            let line = line.unwrap();
            if let Some((_, address)) = line.split_once(": http://") {
                server.url = format!("http://{address}");
                return server;
            }
            server.greeting.push(line);
        }
        unreachable!("{program} ended: {:?}", server.greeting)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
