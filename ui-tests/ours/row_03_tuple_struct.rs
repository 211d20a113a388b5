use session_runtime::Session;

#[derive(Session)]
struct S(u32);

#[derive(Session)]
struct Many(Vec<u32>, String);

fn main() {}
