use std::time::Duration;

use session_runtime::{Keyring, Session, SessionLayer};

#[derive(Session)]
struct Shop {
    visits: u32,
}

fn main() {
    let layer = SessionLayer::<Shop>::new(Keyring::ephemeral());
    let _ = layer.store_timeout(Duration::from_secs(1));
}
