//! A process of an application.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::candidates::KEY;

pub struct Process {
    pub port: u16,
    child: Child,
}

impl Process {
    pub fn start(candidate: &str, url: &str, key: &str) -> Self {
        let mut child = Command::new(env::current_exe().expect("a path"))
            .args(["serve", candidate, url])
            .env(KEY, key)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program");
        let output = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("text");
        let port = line.trim().parse().expect("a port");
        Self { port, child }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
