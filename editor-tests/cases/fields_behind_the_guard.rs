//= visits, theme, …
//= How often the visitor came.
//= main.rs: visits: u32,
use session_runtime::Session;

#[derive(Session)]
struct Shop {
    /// How often the visitor came.
    visits: u32,
    theme: String,
}

async fn index(mut session: Session<Shop>) {
    session.<|complete|>theme.clear();
    session.<|hover|>visits += 1;
    session.vi<|goto|>sits += 1;
}

fn main() {}
