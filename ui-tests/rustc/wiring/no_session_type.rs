use session_runtime::Session;

struct Plain;

async fn h(_: Session<Plain>) {}

fn main() {
    let _ = h;
}
