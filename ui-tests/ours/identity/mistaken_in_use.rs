use session_runtime::{Identity, LoggedIn, Session};

struct NotStored;

#[derive(Session)]
struct S1 {
    #[session(identity)]
    user: Option<u64>,
}

#[derive(Session)]
struct S2<U> {
    #[session(identity)]
    user: Option<U>,
}

#[derive(Session)]
struct S3 {
    #[session(identity, ttl = "1h")]
    user: Identity<NotStored>,
}

async fn log_in(mut s1: Session<S1>, mut s2: Session<S2<String>>) {
    Session::log_in(&mut s1, 7);
    Session::log_in(&mut s2, "Ann".to_owned());
    Session::log_out(&mut s1);
}

async fn users_only(LoggedIn(id): LoggedIn<S1>, LoggedIn(name): LoggedIn<S2<String>>) {
    let _: (u64, String) = (id, name);
}

async fn left(mut s3: Session<S3>) {
    Session::log_out(&mut s3);
}

fn main() {
    let _ = (log_in, users_only, left);
}
