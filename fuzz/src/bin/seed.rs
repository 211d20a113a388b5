//! Writes the seeds: the plaintexts of each session of `Shapes::samples`, one for each part.

use std::{fs, io};

fn main() -> io::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/plaintext");
    fs::create_dir_all(folder)?;
    for (number, session) in session_fuzz::Shapes::samples().iter().enumerate() {
        let parts = session_runtime::fuzzing::write_session(session);
        for (part, bytes) in parts.iter().enumerate() {
            fs::write(format!("{folder}/seed-{number}-{part}"), bytes)?;
        }
    }
    Ok(())
}
