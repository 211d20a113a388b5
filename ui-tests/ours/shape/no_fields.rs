use session_runtime::Session;

#[derive(Session)]
struct Unit;

#[derive(Session)]
struct Empty {}

#[derive(Session)]
struct EmptyTuple();

fn main() {}
