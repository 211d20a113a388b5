use session_runtime::Session;

#[derive(Session)]
#[session(sameSite = "strict")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(with_same_site = SameSite::None)]
struct Bank {
    visits: u32,
}

fn main() {}
