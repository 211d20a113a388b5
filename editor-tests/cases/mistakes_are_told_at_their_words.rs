//= cooky: unknown session option `cooky`
//= "10 minutes": `10 minutes` is not a duration
use session_runtime::Session;

#[derive(Session)]
#[session(cooky = "shop")]
struct Shop {
    #[session(ttl = "10 minutes")]
    code: Option<u32>,
}

fn main() {}
