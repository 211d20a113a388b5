use session_runtime::Session;

#[derive(Session)]
#[session(permanent = false)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
struct Bank {
    #[session(persist = false, flash)]
    notice: Option<String>,
}

fn main() {}
