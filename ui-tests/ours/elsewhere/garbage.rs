use session_runtime::Session;

#[derive(Session)]
#[session(gc_probability = 1)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(lottery = [2, 100])]
struct Bank {
    visits: u32,
}

fn main() {}
