use std::rc::Rc;

use session_runtime::{Session, SessionData};

#[derive(Session)]
#[session(cokie = "shop")]
struct Shop {
    visits: u32,
    no_default: NoDefault,
    not_stored: NotStored,
    not_sent: Rc<u32>,
}

#[derive(Session)]
struct Generic<T> {
    #[session(defualt = 1)]
    value: T,
}

struct NoDefault;

struct NotStored;

fn uses<T: SessionData>() -> T {
    let _ = T::COOKIE;
    T::default()
}

async fn extracted(session: session_runtime::Session<Generic<u32>>) {
    drop(session);
}

fn main() {
    let shop = Shop {
        visits: 1,
        no_default: NoDefault,
        not_stored: NotStored,
        not_sent: Rc::new(1),
    };
    let _ = shop.visits + uses::<Generic<u32>>().value;
    let _ = extracted;
}
