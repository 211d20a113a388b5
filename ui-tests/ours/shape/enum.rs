use session_runtime::{Session, SessionData};

#[derive(Session)]
enum E {
    A(u32),
}

fn uses<T: SessionData>() {}

fn main() {
    uses::<E>();
    let _ = E::A(1);
}
