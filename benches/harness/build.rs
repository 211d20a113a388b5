//! Payloads with many fields: a counter of visits, and numbers.

use std::fmt::Write as _;
use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let types = [1, 4, 10, 16, 64, 100, 1000].map(payload);
    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("fields.rs"), types.concat()).expect("a file");
}

fn payload(count: usize) -> String {
    let name = format!("Fields{count}");
    let (mut fields, mut values) = (String::new(), String::new());
    for place in 2..=count {
        writeln!(fields, "    pub field_{place}: u32,").expect("a string");
        writeln!(values, "            field_{place}: {place},").expect("a string");
    }
    format!(
        "#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct {name} {{
    pub visits: u32,
{fields}}}

impl Payload for {name} {{
    fn begin(_: usize) -> Self {{
        Self {{
            visits: 1,
{values}        }}
    }}

    fn visits(&self) -> u32 {{
        self.visits
    }}

    fn visit(&mut self) {{
        self.visits += 1;
    }}
}}

"
    )
}
