use session_runtime::{Session, SessionData};

#[derive(Session)]
#[session(
    "sid",
    a::b = 1,
    cokie = "x",
    crate,
    default = 1,
    same_site = "lax",
    cookie = "my sid",
    cookie = "shop",
    Cookie = "y"
)]
struct Shop {
    #[session(cookie = "x")]
    a: u8,
    #[session(default =)]
    b: &'static str,
}

fn uses<T: SessionData>() {}

fn main() {
    uses::<Shop>();
}
