use session_runtime::Session;

#[derive(Session)]
#[session(cookie = String::from("sid"))]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = "sid".into())]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(cookie = b"sid")]
struct Quiz {
    visits: u32,
}

fn main() {}
