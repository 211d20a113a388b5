use session_runtime::Identity;

fn main() {
    let _: Identity<u64> = Identity(7);
    let _: Identity<u64> = Identity(Some(7));
    let _: Identity<u64> = Identity::new(7);
    let _: Identity<u64> = Identity { .. };
    let _: Identity<u64> = Identity {};
    let _: Identity<u64> = Identity { id: 7 };
    let _: Identity<u64> = Identity { user: Some(7) };
    let _: Identity<u64> = Identity::default();
    let _: Identity<u64> = Some(7).into();
    let _: Identity<u64> = 7.into();
}
