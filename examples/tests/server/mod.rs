//! An example as a user meets it: a process and a port.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};

/// A running example; it ends with the test.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    /// The lines that it wrote before its address.
    pub(crate) greeting: Vec<String>,
    /// Kept, because a program that writes to a closed pipe ends.
    stderr: Option<Lines<BufReader<ChildStderr>>>,
}

impl Server {
    pub(crate) fn start(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments);
        command.env_remove("SESSION_KEYS");
        command.envs(environment.iter().copied());
        Self::run(command)
    }

    pub(crate) fn run(mut command: Command) -> Self {
        command.env("PORT", "0");
        let process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut server = Self {
            process,
            url: String::new(),
            greeting: Vec::new(),
            stderr: None,
        };
        let stderr = server.process.stderr.take().unwrap();
        let lines = server.stderr.insert(BufReader::new(stderr).lines());
        for line in lines {
            let line = line.unwrap();
            if let Some((_, address)) = line.split_once(": http://") {
                server.url = format!("http://{address}");
                return server;
            }
            server.greeting.push(line);
        }
        unreachable!("{command:?} ended: {:?}", server.greeting)
    }

    /// Waits for a line that it writes with this text in it.
    #[allow(dead_code, reason = "one of the tests that share this file needs it")]
    pub(crate) fn line_with(&mut self, text: &str) -> String {
        let lines = self.stderr.as_mut().unwrap();
        let mut lines = lines.map(Result::unwrap);
        lines.find(|line| line.contains(text)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
