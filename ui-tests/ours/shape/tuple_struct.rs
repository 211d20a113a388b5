use session_runtime::{Session, SessionData};

#[derive(Session)]
struct S(u32);

#[derive(Session)]
struct Many(Vec<u32>, String);

fn uses<T: SessionData>() {}

fn main() {
    uses::<S>();
    uses::<Many>();
}
