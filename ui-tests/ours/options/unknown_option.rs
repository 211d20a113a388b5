use session_runtime::Session;

#[derive(Session)]
struct Shop {
    #[session(defualt = 1)]
    f1: u32,
}

#[derive(Session)]
#[session(cokie = "x")]
struct S1 {
    visits: u32,
}

fn main() {}
