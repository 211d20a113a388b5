use session_runtime::Session;

#[derive(Session)]
#[session(idle = "30 mins")]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "1.5h")]
struct S2 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "1h 30m")]
struct S3 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "500ms")]
struct S4 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "30")]
struct S5 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "m")]
struct S6 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "")]
struct S7 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "-5m")]
struct S8 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "+5m")]
struct S9 {
    visits: u32,
}

#[derive(Session)]
#[session(idle = "١٢h")]
struct S10 {
    visits: u32,
}

#[derive(Session)]
struct S11 {
    #[session(ttl = "10 m")]
    cart: u32,
}

fn main() {}
