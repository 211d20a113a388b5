//! PostgreSQL. It refuses to run as root, so a test that does gives it the user that Debian's package has made.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Program, Server, Signal};

const POSTGRES: &str = env!("SESSION_POSTGRES");

/// False where no PostgreSQL is installed, so that its tests are left out.
pub fn is_installed() -> bool {
    !POSTGRES.is_empty()
}

/// The PostgreSQL that the tests of one process share. It answers before the disk has anything.
pub fn shared_postgres() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| postgres(&["fsync=off", "max_connections=300"]))
}

/// A PostgreSQL of a test's own, with these settings. It has the database and the superuser `postgres`.
pub fn postgres(settings: &[&str]) -> Server {
    start(settings, |data| {
        let mut initdb = client("initdb");
        initdb.arg("-D").arg(data).arg("--locale=C");
        run(initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]));
    })
}

/// A copy of a running server that follows it.
pub fn standby(primary: &Server) -> Server {
    start(&[], |data| {
        let mut copy = client("pg_basebackup");
        copy.arg("-D")
            .arg(data)
            .args(["--write-recovery-conf", "--no-sync", "-c", "fast"]);
        run(copy.args(["-d", &url(primary)]));
    })
}

/// Makes a primary server of a copy.
pub fn promote(standby: &Server) {
    run(client("pg_ctl")
        .arg("promote")
        .arg("-D")
        .arg(data(standby.folder())));
}

fn start(settings: &[&str], fill: impl FnOnce(&Path)) -> Server {
    Server::start(|folder, port| {
        let data = data(folder);
        create_folder(&data);
        fill(&data);
        let mut program = as_its_user("postgres");
        let own = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", data.display()),
        ];
        program
            .arguments
            .extend(["-D".to_owned(), data.display().to_string()]);
        let settings = settings.iter().map(ToString::to_string);
        for setting in own.into_iter().chain(settings) {
            program.arguments.extend(["-c".to_owned(), setting]);
        }
        program
    })
}

/// Its address for a client.
pub fn url(server: &Server) -> String {
    format!("postgres://postgres@127.0.0.1:{}/postgres", server.port())
}

/// Ends it as a crash does. Its processes outlive the first of them by a moment, and it does not start beside them.
pub fn crash(server: &mut Server) {
    server.crash();
    let data = data(server.folder());
    let start = Instant::now();
    while works_in(&data) {
        assert!(start.elapsed() < Duration::from_secs(30), "it still runs");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Freezes each of its processes, because a client talks to one of its own. They run on when the answer is dropped.
#[must_use]
pub fn freeze(server: &Server) -> Frozen<'_> {
    signal_each(server, "-STOP");
    Frozen(server)
}

/// A server that does not answer.
#[derive(Debug)]
pub struct Frozen<'a>(&'a Server);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        signal_each(self.0, "-CONT");
    }
}

fn signal_each(server: &Server, signal: &str) {
    for process in processes_in(&data(server.folder())) {
        // It may be gone meanwhile.
        let _ = Command::new("kill").arg(signal).arg(process).status();
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn works_in(data: &Path) -> bool {
    !processes_in(data).is_empty()
}

/// The processes whose working directory this is.
fn processes_in(data: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| {
            fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder == data)
        })
        .map(|process| process.file_name().into_string().unwrap())
        .collect()
}

fn create_folder(data: &Path) {
    let mut install = Command::new("install");
    install.args(["-d", "-m", "700"]);
    if is_root() {
        install.args(["-o", "postgres", "-g", "postgres"]);
    }
    run(install.arg(data));
}

/// One of the programs that come with it.
fn client(name: &str) -> Command {
    let Program {
        path, arguments, ..
    } = as_its_user(name);
    let mut command = Command::new(path);
    // Its user may not enter the folder of the test.
    command.args(arguments).current_dir("/");
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

fn as_its_user(name: &str) -> Program {
    let program = Path::new(POSTGRES)
        .with_file_name(name)
        .display()
        .to_string();
    let user = [
        "setpriv",
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
    ];
    let clean = ["env", "-i", "PATH=/usr/bin:/bin", "LANG=C", &program];
    let mut words: Vec<_> = if is_root() { user.to_vec() } else { Vec::new() };
    words.extend(clean);
    Program {
        path: words.remove(0).into(),
        arguments: words.into_iter().map(str::to_owned).collect(),
        stop: Signal::Interrupt,
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}
