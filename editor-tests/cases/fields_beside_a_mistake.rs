//= visits, …
use session_runtime::Session;

#[derive(Session)]
#[session(cooky = "shop")]
struct Shop {
    visits: u32,
}

async fn index(session: Session<Shop>) -> u32 {
    session.<|complete|>visits
}

fn main() {}
