use session_runtime::Session;

#[derive(Session)]
#[session(max = "1h")]
struct Shop {
    #[session(flash, ttl = "2h")]
    notice: Option<String>,
}

fn main() {}
