use super::mistakes_for;
use crate::check::Runtime;

const SHOP: &str = "#[session(cookie = \"shop\", stored)]\nstruct Shop { visits: u32 }";

#[test]
fn a_stored_session_needs_a_runtime_with_stores() {
    assert_eq!(
        mistakes_for(Runtime::WithoutStores, SHOP),
        [
            "1:28-1:34 a stored session needs the feature `stored` of `session-runtime`\n\
          help: write `session-runtime = { version = \"…\", features = [\"stored\"] }` in Cargo.toml"
        ]
    );
    assert!(mistakes_for(Runtime::WithStores, SHOP).is_empty());
    let in_its_cookie = "struct Shop { visits: u32 }";
    assert!(mistakes_for(Runtime::WithoutStores, in_its_cookie).is_empty());
}
