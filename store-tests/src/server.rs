//! A process that listens on 127.0.0.1.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Starts the server, and ends it at the word `end`, or when the test process is gone, also after a `kill -9`: `read`
/// fails then, as the pipe to the shell is closed. A `Drop` would not do. The tests' shared servers are statics.
const KEEPER: &str = r#"
signal=$1; folder=$2; shift 2
"$@" > "$folder/log" 2>&1 < /dev/null &
echo $!
exec 2> /dev/null
read -r word
kill -CONT $!
kill -"$signal" $!
wait $!
[ "$word" = end ] || rm -r "$folder"
"#;

/// The time for which a test waits for a server.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a server runs.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    pub arguments: Vec<String>,
    /// The signal that ends it for good.
    pub stop: Signal,
}

/// A signal to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ends it at once, as a crash does.
    Kill,
    /// Ends it in order. PostgreSQL calls this a fast shutdown.
    Interrupt,
    /// Freezes it: connections stay, nothing answers.
    Stop,
    /// Lets it run on.
    Continue,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Signal::Kill => "KILL",
            Signal::Interrupt => "INT",
            Signal::Stop => "STOP",
            Signal::Continue => "CONT",
        }
    }
}

/// A server that runs until this value is dropped, or its process ends.
#[derive(Debug)]
pub struct Server {
    port: u16,
    folder: PathBuf,
    program: Program,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    keeper: Child,
    pid: u32,
}

impl Server {
    /// Starts a program on a free port and waits until it listens. The closure gets an empty folder and the port.
    pub fn start(program: impl FnOnce(&Path, u16) -> Program) -> Server {
        let folder = new_folder();
        let port = free_port();
        let program = program(&folder, port);
        let mut server = Server {
            port,
            folder,
            program,
            running: None,
        };
        server.run();
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Its files. `log` among them is what it wrote to its outputs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("the server runs").pid
    }

    /// Sends a signal to it.
    pub fn signal(&self, signal: Signal) {
        let pid = self.pid();
        let sent = Command::new("kill")
            .arg(format!("-{}", signal.name()))
            .arg(pid.to_string())
            .status();
        assert!(sent.unwrap().success(), "{} to {pid}", signal.name());
    }

    /// Ends it as a crash does, and returns when its port is free.
    pub fn crash(&mut self) {
        self.signal(Signal::Kill);
        self.end();
    }

    /// Ends it in order, and returns when its port is free.
    pub fn shut_down(&mut self) {
        self.signal(Signal::Interrupt);
        self.end();
    }

    /// Starts it again on the port and the folder that it had.
    pub fn run(&mut self) {
        assert!(self.running.is_none(), "the server runs already");
        self.running = Some(launch(&self.program, &self.folder));
        self.wait_until_it_listens();
    }

    /// Ends it if it still runs, and waits until it is gone.
    fn end(&mut self) {
        if let Some(mut running) = self.running.take() {
            let mut stdin = running.keeper.stdin.take().unwrap();
            stdin.write_all(b"end\n").unwrap();
            running.keeper.wait().unwrap();
        }
    }

    fn wait_until_it_listens(&self) {
        let start = Instant::now();
        while TcpStream::connect(self.address()).is_err() {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(
                start.elapsed() < PATIENCE,
                "{} does not listen:\n{log}",
                self.program.path.display()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn launch(program: &Program, folder: &Path) -> Running {
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper", program.stop.name()])
        .arg(folder)
        .arg(&program.path)
        .args(&program.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let pid = line.trim().parse().unwrap();
    Running { keeper, pid }
}

fn new_folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("session-server-{}-{count}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Free now. Another process may take it before the server does; the server's log says so then.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
