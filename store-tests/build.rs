//! Finds out which servers this machine has. The tests of the others are ignored, and a warning says so.
//!
//! `SESSION_SERVERS=required` turns the warning into an error: the gate sets it.

use std::env;
use std::path::{Path, PathBuf};

/// The servers by name, package, and where Debian puts them.
const SERVERS: [(&str, &str, &str); 3] = [
    ("redis", "redis-server", "/usr/bin/redis-server"),
    ("valkey", "valkey-server", "/usr/bin/valkey-server"),
    (
        "postgres",
        "postgresql",
        "/usr/lib/postgresql/*/bin/postgres",
    ),
];

fn main() {
    println!("cargo::rerun-if-env-changed=SESSION_SERVERS");
    println!("cargo::rerun-if-env-changed=PATH");
    for (name, package, place) in SERVERS {
        let variable = format!("SESSION_{}", name.to_uppercase());
        println!("cargo::rustc-check-cfg=cfg(no_{name})");
        if let Some(program) = find(place) {
            println!("cargo::rerun-if-changed={}", program.display());
            println!("cargo::rustc-env={variable}={}", program.display());
        } else {
            println!("cargo::rustc-env={variable}=");
            println!("cargo::rustc-cfg=no_{name}");
            // A file that is not there makes cargo run this again next time.
            println!("cargo::rerun-if-changed={place}");
            report(name, package);
        }
    }
}

fn report(name: &str, package: &str) {
    let message = format!(
        "{name} is not tested: there is no {package}. Install it by `.ci/servers` or `apt-get install {package}`"
    );
    let is_required = env::var("SESSION_SERVERS").is_ok_and(|value| value == "required");
    let kind = if is_required { "error" } else { "warning" };
    println!("cargo::{kind}={message}");
}

/// The program, where Debian puts it or where the shell would find it.
fn find(place: &str) -> Option<PathBuf> {
    match place.split_once("/*/") {
        Some((folder, rest)) => newest_of(folder, rest),
        None => Some(PathBuf::from(place))
            .filter(|path| path.exists())
            .or_else(|| on_the_path(place)),
    }
}

/// The program of the highest version: PostgreSQL has a folder for each.
fn newest_of(folder: &str, rest: &str) -> Option<PathBuf> {
    let versions = Path::new(folder).read_dir().ok()?;
    versions
        .filter_map(|version| {
            let version = version.ok()?;
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join(rest)))
        })
        .filter(|(_, program)| program.exists())
        .max()
        .map(|(_, program)| program)
}

fn on_the_path(place: &str) -> Option<PathBuf> {
    let name = Path::new(place).file_name()?;
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.exists())
}
