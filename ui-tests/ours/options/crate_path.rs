use session_runtime::Session;

pub mod facade {
    pub use session_runtime as session;
}

#[derive(Session)]
#[session(crate = self::facade::session)]
struct S1 {
    visits: u32,
}

#[derive(Session)]
#[session(crate = "facade::session")]
struct S2 {
    visits: u32,
}

fn main() {}
