use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(default =)]
    f1: u32,
    #[session(default)]
    f2: u32,
    #[session(default = 1 +)]
    f3: u32,
}

fn main() {}
