#![deny(unused_must_use)]

use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn main() {
    SessionLayer::<Shop>::new(Keyring::ephemeral());
}
