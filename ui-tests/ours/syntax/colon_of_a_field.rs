use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(ttl: "10m", flash: true)]
    notice: Option<String>,
}

fn main() {}
