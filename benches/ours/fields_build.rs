//! Session types with many fields.

use std::fmt::Write as _;
use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let types: String = [10, 100, 1000].into_iter().map(session_type).collect();
    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("fields.rs"), types).expect("a file");
}

fn session_type(count: usize) -> String {
    let name = format!("Fields{count}");
    let fields: Vec<String> = (0..count)
        .map(|place| format!("field_{place:04}"))
        .collect();
    let mut code = format!(
        "#[derive(Session)]\n#[session(cookie = \"fields\", stored)]\npub struct {name} {{\n"
    );
    for field in &fields {
        writeln!(code, "    {field}: u32,").expect("a string");
    }
    write!(
        code,
        "}}\n\nimpl Stored for {name} {{\n    fn fill(&mut self, _: usize) {{\n"
    )
    .expect("a string");
    for (place, field) in fields.iter().enumerate() {
        writeln!(code, "        self.{field} = Counters::first({place});").expect("a string");
    }
    let all: Vec<String> = fields.iter().map(|field| format!("self.{field}")).collect();
    let all = all.join(", ");
    write!(
        code,
        "    }}\n\n    fn visit(&mut self) {{\n        self.field_0000 += 1;\n    }}\n\n    \
         fn visits(&self) -> u32 {{\n        self.field_0000\n    }}\n\n    \
         fn digest(&self) -> String {{\n        format!(\"{{:?}}\", [{all}])\n    }}\n}}\n\n"
    )
    .expect("a string");
    code
}
