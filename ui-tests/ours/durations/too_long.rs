use session_runtime::Session;

#[derive(Session)]
#[session(max = "99999999999999999999s")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
struct S2 {
    #[session(ttl = "18446744073709551615d")]
    cart: u32,
}

fn main() {}
