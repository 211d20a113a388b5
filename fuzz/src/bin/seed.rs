//! Writes the seeds: one plaintext for each session of `Shapes::samples`.

use std::{fs, io};

fn main() -> io::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/plaintext");
    fs::create_dir_all(folder)?;
    for (number, session) in session_fuzz::Shapes::samples().iter().enumerate() {
        let bytes = session_runtime::fuzzing::write_session(session);
        fs::write(format!("{folder}/seed-{number}"), bytes)?;
    }
    Ok(())
}
