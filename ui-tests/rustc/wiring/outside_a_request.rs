use session_runtime::Session;

#[derive(Session)]
struct Shop {
    visits: u32,
}

static KEPT: Session<Shop> = Session { value: Shop { visits: 0 } };

fn main() {
    let _: Session<Shop> = Session(Shop { visits: 0 });
    let _: Session<Shop> = Session::new(Shop { visits: 0 });
    let _: Session<Shop> = Session::default();
}
