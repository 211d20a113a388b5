use session_runtime::Session;

#[derive(Session)]
#[session(max_age = 60 * 60 * 24)]
struct Shop {
    visits: u32,
}

#[derive(Session)]
#[session(permanent_session_lifetime = timedelta(days = 31))]
struct Bank {
    visits: u32,
}

#[derive(Session)]
#[session(expiry = Expiry::OnSessionEnd)]
struct Quiz {
    visits: u32,
}

#[derive(Session)]
#[session(cookieAge = "PT1H")]
struct Forum {
    visits: u32,
}

fn main() {}
