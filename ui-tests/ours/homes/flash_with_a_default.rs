use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(flash, default = Some("Take the tour".to_owned()))]
    tour: Option<String>,
}

fn main() {}
