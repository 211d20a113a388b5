use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

#[derive(Clone)]
struct Page {
    session: Session<Shop>,
}

fn main() {
    let _ = |page: &Page| page.session.visits;
}
