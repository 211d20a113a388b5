use session_runtime::Session;

#[derive(Session)]
#[session(max = timedelta(days = 31))]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(idle = timedelta(hours = 1, minutes = 30))]
struct Bank {
    visits: u32,
}

fn main() {}
