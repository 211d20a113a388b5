//! Empty: what is tested is in `tests`.
