use session_runtime::Session;

#[derive(Session)]
#[session(resave = false)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(saveUninitialized = true)]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(save_every_request)]
struct Quiz {
    visits: u32,
}

fn main() {}
