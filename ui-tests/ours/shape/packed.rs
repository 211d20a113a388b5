use session_runtime::Session;

#[derive(Session)]
#[repr(C, packed)]
struct Shop {
    visits: u32,
}

fn main() {}
