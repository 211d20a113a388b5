//= The name of the cookie: `cookie = "shop"`.
//= The time that a value of the field lasts from its last change on
//= options.rs: pub const cookie: Text = Text;
//= options.rs: pub const flash: Mark = Mark;
use session_runtime::Session;

#[derive(Session)]
#[session(coo<|hover|>kie = "shop", stored)]
struct Shop {
    #[session(tt<|hover|>l = "10m")]
    code: Option<u32>,
    visits: u32,
}

#[derive(Session)]
#[session(coo<|goto|>kie = "bank")]
struct Bank {
    #[session(fla<|goto|>sh)]
    notice: Option<String>,
}

fn main() {}
