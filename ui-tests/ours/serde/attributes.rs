use serde::Serialize;
use session_runtime::Session;

#[derive(Session, Serialize)]
struct Words {
    #[serde(rename = "v")]
    f1: u32,
    #[serde(default, with = "as_text")]
    f3: u32,
    #[serde(skip)]
    f4: u32,
    #[serde(skip_serializing_if = "is_zero")]
    f5: u32,
    #[serde(flatten)]
    f6: Inner,
}

#[derive(Default, Serialize, serde::Deserialize)]
struct Inner {
    visits: u32,
}

#[derive(Session, serde::Deserialize)]
struct Read {
    #[serde(alias = "v")]
    f1: u32,
}

mod as_text {
    pub fn serialize<S: serde::Serializer>(n: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(n)
    }
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

fn main() {}
