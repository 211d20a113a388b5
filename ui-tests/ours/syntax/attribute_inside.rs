use session_runtime::Session;

#[derive(Session)]
#[session(#[cfg(test)] remember)]
struct Shop {
    visits: u32,
}

fn main() {}
