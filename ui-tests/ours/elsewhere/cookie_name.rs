use session_runtime::Session;

#[derive(Session)]
#[session(name = "sid")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(cookie_name = "sid".to_string())]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(session_cookie_name("sid"))]
struct Quiz {
    visits: u32,
}

#[derive(Session)]
#[session(key: "_app_session")]
struct Forum {
    visits: u32,
}

fn main() {}
