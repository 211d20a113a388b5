use session_runtime::Session;

#[derive(Session)]
#[session(inactivity = "30 minutes")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(on_inactivity = Duration::minutes(30))]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(maxInactiveInterval = 1800)]
struct Quiz {
    visits: u32,
}

#[derive(Session)]
#[session(timeout = 20.minutes())]
struct Forum {
    visits: u32,
}

fn main() {}
