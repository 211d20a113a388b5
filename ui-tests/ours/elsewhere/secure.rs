use session_runtime::Session;

#[derive(Session)]
#[session(secure = false)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(force_ssl)]
struct Bank {
    visits: u32,
}

fn main() {}
