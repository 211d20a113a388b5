use session_runtime::Session;

#[derive(Session)]
#[session(cookie: "sid")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(cookie: "sid", idle: 3600)]
struct Bank {
    visits: u32,
}

fn main() {}
