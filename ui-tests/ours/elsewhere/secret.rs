use session_runtime::Session;

#[derive(Session)]
#[session(secret_key = "change me")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(signing_salt = "x")]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(keys = KEYS)]
struct Quiz {
    visits: u32,
}

fn main() {}
