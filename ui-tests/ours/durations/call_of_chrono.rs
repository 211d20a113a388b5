use session_runtime::Session;

#[derive(Session)]
#[session(idle = chrono::Duration::minutes(30))]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(max = TimeDelta::try_hours(12))]
struct Bank {
    visits: u32,
}

fn main() {}
