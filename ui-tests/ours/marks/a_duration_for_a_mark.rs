use session_runtime::Session;

#[derive(Session)]
struct S1 {
    #[session(browser = "30d")]
    theme: u32,
}

#[derive(Session)]
struct S2 {
    #[session(flash = "10m")]
    notice: u32,
}

#[derive(Session)]
#[session(remember = "30d")]
struct S3 {
    visits: u32,
}

fn main() {}
