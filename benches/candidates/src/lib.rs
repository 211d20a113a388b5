//! The candidates that are linked into one program.

pub mod ours;
pub mod tower;
