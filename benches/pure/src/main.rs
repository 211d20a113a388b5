//! Our cookies as players for another program: `pure [small | standard | large]…`.

fn main() {
    let payloads: Vec<String> = std::env::args().skip(1).collect();
    ours::players::serve(&payloads);
}
