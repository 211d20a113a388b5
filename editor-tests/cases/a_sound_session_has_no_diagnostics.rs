use session_runtime::{Identity, Session};

#[derive(Session)]
#[session(cookie = "shop", idle = "30m", max = "12h", remember, stored, removed("old"))]
pub struct Shop {
    #[session(identity)]
    user: Identity<u64>,
    #[session(default = 1, merge = add, rename = "p", alias = "page_number")]
    page: u32,
    #[session(flash, ttl = "1m")]
    notice: Option<String>,
    #[session(browser)]
    theme: Option<String>,
}

pub async fn index(mut session: Session<Shop>) {
    session.page += 1;
    Session::log_in(&mut session, 7);
}

fn main() {}
