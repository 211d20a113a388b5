use session_runtime::Session;

#[derive(Session)]
#[session(login_url = "/accounts/login")]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(login_view = "auth.login")]
struct Bank {
    visits: u32,
}

fn main() {}
