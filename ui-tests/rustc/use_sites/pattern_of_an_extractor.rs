use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

async fn index(Session(mut shop): Session<Shop>) {
    shop.visits += 1;
}

fn main() {
    let _ = index;
}
