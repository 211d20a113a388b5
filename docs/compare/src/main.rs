//! Asks other session libraries and ours the same, and writes the answers into `docs/COMPARE.md`.
//!
//! ```text
//! cargo run --manifest-path docs/compare/Cargo.toml
//! ```

mod peers;
mod site;
mod visitor;

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use tokio::time::sleep;

use self::visitor::Visitor;

/// A question, and how a visitor finds the answer.
macro_rules! questions {
    ($visitor:ident, $($asked:literal => $answer:block)*) => {
        const ASKED: &[&str] = &[$($asked),*];

        async fn answers($visitor: &Visitor) -> Vec<String> {
            vec![$({
                let mut $visitor = $visitor.clone();
                let answer: String = async { $answer }.await;
                answer
            }),*]
        }
    };
}

questions! { visitor,
    "`username = alice`, and the next page" => {
        visitor.get("/set/alice").await;
        visitor.get("/get").await
    }
    "What the visitor can read in the cookie" => {
        visitor.get("/set/alice").await;
        if visitor.can_read("alice") { "alice" } else { "nothing" }.to_owned()
    }
    "The attributes of the cookie, by default" => {
        visitor.get("/set/alice").await;
        visitor.attributes()
    }
    "Garbage under the same name before the cookie" => {
        visitor.get("/set/alice").await;
        visitor.put_garbage_before();
        visitor.get("/get").await
    }
    "A visitor for whom nothing is set gets a cookie" => {
        visitor.get("/get").await;
        visitor.has_set()
    }
    "Setting the value that is there sets a cookie" => {
        visitor.get("/set/alice").await;
        visitor.get("/same").await;
        visitor.has_set()
    }
    "A copy of the cookie after the visitor's `clear`" => {
        visitor.get("/set/alice").await;
        let mut copy = visitor.clone();
        visitor.get("/clear").await;
        copy.get("/get").await
    }
    "A cookie from before a login, after it" => {
        visitor.get("/set/nobody").await;
        let mut planted = visitor.clone();
        visitor.get("/login").await;
        planted.get("/get").await
    }
    "A slow page that was asked for before `clear`, and answers after it" => {
        visitor.get("/set/alice").await;
        let mut slow = visitor.clone();
        let clear = async {
            sleep(Duration::from_millis(100)).await;
            visitor.get("/clear").await;
        };
        tokio::join!(slow.get("/slow-change"), clear);
        slow.get("/get").await
    }
    "Two requests at once that change different values: both are there" => {
        visitor.get("/set/alice").await;
        let (mut one, mut two) = (visitor.clone(), visitor.clone());
        tokio::join!(one.get("/count-slowly"), two.get("/change-slowly"));
        let both = [two.get("/visits").await, two.get("/color").await];
        both.join(", ")
    }
    "8,000 characters: the answer, and what the next page has" => {
        let answer = visitor.get("/big").await;
        let answer = if answer == "500" { "an error" } else { "no error" };
        visitor.drop_what_browsers_drop();
        format!("{answer}, {}", visitor.get("/big/length").await)
    }
    "A page that fails after it has changed the session" => {
        visitor.get("/set/alice").await;
        visitor.get("/fail").await;
        visitor.get("/get").await
    }
}

#[tokio::main]
async fn main() {
    let sites = peers::all().await;
    let names: Vec<_> = sites.iter().map(|(name, _)| *name).collect();
    let mut columns = Vec::new();
    for (_, router) in &sites {
        columns.push(answers(&Visitor::new(router.clone())).await);
    }
    let mut table = format!(
        "| | {} |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for (row, asked) in ASKED.iter().enumerate() {
        let answers: Vec<_> = columns.iter().map(|column| &*column[row]).collect();
        writeln!(table, "| {asked} | {} |", answers.join(" | ")).unwrap();
    }
    write_into_page(&table);
}

/// The table stands between two comments.
fn write_into_page(table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../COMPARE.md");
    let page = fs::read_to_string(path).unwrap();
    let [begin, end] = ["<!-- answers -->\n", "<!-- end of the answers -->"];
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    fs::write(path, format!("{before}{begin}\n{table}\n{end}{after}")).unwrap();
}
