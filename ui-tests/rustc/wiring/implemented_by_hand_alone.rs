use session_runtime::SessionData;

struct Shop {
    _visits: u32,
}

impl SessionData for Shop {}

fn main() {}
