use session_runtime::Session;

#[derive(Session)]
#[session(genid = uuid)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(use_strict_mode = 1)]
struct Bank {
    visits: u32,
}

fn main() {}
