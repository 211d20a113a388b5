//! Session types with many fields.

use std::fmt::Write as _;
use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    let in_cookie = [1, 4, 16, 64].map(|count| session(count, ""));
    let stored = [10, 100, 1000].map(|count| session(count, ", stored"));
    for (file, types) in [
        ("fields.rs", in_cookie.concat()),
        ("stored.rs", stored.concat()),
    ] {
        fs::write(Path::new(&folder).join(file), types).expect("a file");
    }
}

/// A type with the fields of its payload.
fn session(count: usize, mark: &str) -> String {
    let name = format!("Fields{count}");
    let mut fields = String::from("    visits: u32,\n");
    let mut names = String::from("visits");
    for place in 2..=count {
        writeln!(fields, "    field_{place}: u32,").expect("a string");
        write!(names, ", field_{place}").expect("a string");
    }
    format!(
        "#[derive(Session)]
#[session(cookie = \"fields\"{mark})]
pub struct {name} {{
{fields}}}

ours!({name} = harness::{name} {{ {names} }});

"
    )
}
