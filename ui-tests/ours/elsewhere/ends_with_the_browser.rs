use session_runtime::Session;

#[derive(Session)]
#[session(expire_on_close = true)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(browser_session)]
struct Bank {
    visits: u32,
}

fn main() {}
