use session_runtime::Session;

#[derive(Session)]
#[session(idle = "2h", rolling)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(refresh_each_request = true)]
struct Bank {
    visits: u32,
}

fn main() {}
