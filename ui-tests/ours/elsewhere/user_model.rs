use session_runtime::Session;

#[derive(Session)]
#[session(user_model = User)]
struct Shop {
    visits: u32,
}

fn main() {}
