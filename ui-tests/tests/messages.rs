//! Holds the messages together: each is tried at its place and in a whole program, none names what is hidden, and the
//! guide lists them. To write the list anew: `BLESS=1 cargo test -p ui-tests --test messages`.

mod files;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use proc_macro2::{TokenStream, TokenTree};

use self::files::files;

/// The page of the guide.
const PAGE: &str = "../session-runtime/src/guide/what_the_compiler_says.md";

/// Each folder of cases, its heading on the page, and a sentence about it.
const TOPICS: [(&str, &str, &str); 21] = [
    (
        "elsewhere",
        "Options of other libraries",
        "These words are known from frameworks, and have another name here or need none.",
    ),
    (
        "options",
        "Options",
        "Each option stands on the struct or on a field.",
    ),
    (
        "syntax",
        "Signs inside the attribute",
        "An option is a word, and some have a `=` and a value.",
    ),
    ("marks", "Marks", "A mark is an option without a value."),
    (
        "cookie_names",
        "Names of cookies",
        "The name of a cookie is a token of RFC 6265.",
    ),
    (
        "durations",
        "Durations",
        "A duration is a whole number and one unit, in quotes.",
    ),
    (
        "lifetimes",
        "Lifetimes",
        "The lifetimes of a session and its fields fit together.",
    ),
    (
        "shape",
        "Shape of the struct",
        "A session is a struct with named fields, which owns its data.",
    ),
    (
        "types",
        "Types that no session keeps",
        "Some types of the language and of the standard library mean nothing to the next request.",
    ),
    (
        "fields",
        "Types of fields",
        "A field is stored by serde, moves between threads, and borrows nothing.",
    ),
    (
        "defaults",
        "What a field starts as",
        "A default is an expression that needs nothing else.",
    ),
    (
        "stored_names",
        "Stored names",
        "Each name that was ever stored belongs to one field.",
    ),
    (
        "serde",
        "Serde's attributes",
        "A session stores each field by itself, so these would do nothing.",
    ),
    (
        "homes",
        "Where a field lives",
        "A field is kept with the login, in the browser, or until the next page.",
    ),
    (
        "identity",
        "Who is logged in",
        "One field is an `Identity`, and only a login and a logout change it.",
    ),
    (
        "logins",
        "Logging in and out",
        "These are functions of `Session`, for a session that has an identity.",
    ),
    (
        "stored",
        "Sessions in a store",
        "A struct that is marked `stored` has a layer with a store.",
    ),
    (
        "merge",
        "Merged fields",
        "Parallel changes of a field are merged in a way that fits its type.",
    ),
    (
        "use_sites",
        "Handlers",
        "A handler takes the session as an argument, and writes its fields.",
    ),
    (
        "layer",
        "Layers",
        "A layer is made of keys and of the session's type.",
    ),
    (
        "keys",
        "Keys",
        "A key is random, and comes from outside of the program.",
    ),
];

/// Folders whose cases repeat others, or show how several mistakes come together.
const NOT_LISTED: [&str; 2] = ["many", "wiring"];

#[test]
fn the_guide_lists_every_message() -> io::Result<()> {
    let page = page()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &page)?;
    }
    assert!(
        fs::read_to_string(path)? == page,
        "the page is not what the cases say: write it anew with BLESS=1"
    );
    Ok(())
}

fn page() -> io::Result<String> {
    let mut page = "# What the compiler says\n\n\
        What stands in the first column is a mistake, in the second column is what the compiler says of it, and in the \
        third what it says to write. The tests of this library compile each of these lines.\n"
        .to_owned();
    for (folder, heading, about) in TOPICS {
        let mistakes = mistakes(folder)?;
        assert!(!mistakes.is_empty(), "{folder} has no cases");
        let _ = writeln!(
            page,
            "\n# {heading}\n\n{about}\n\n| mistake | message | help |\n|---|---|---|"
        );
        for Mistake {
            code,
            message,
            help,
        } in mistakes
        {
            let _ = writeln!(
                page,
                "| {} | {} | {} |",
                in_code(&code),
                in_cell(&message),
                in_cell(&help)
            );
        }
    }
    Ok(page)
}

/// One error of a case.
#[derive(PartialEq, Eq)]
struct Mistake {
    /// The line at which the compiler points.
    code: String,
    message: String,
    help: String,
}

/// The mistakes in the cases of a folder, without those that say the same of the same line.
fn mistakes(folder: &str) -> io::Result<Vec<Mistake>> {
    let mut mistakes = Vec::new();
    for tier in ["ours", "rustc"] {
        let folder = format!("{tier}/{folder}");
        if !Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder).exists() {
            continue;
        }
        let expectations = texts(&folder, "stderr")?;
        for text in expectations.values() {
            for error in text.split("\n\n").filter_map(read_error) {
                if !mistakes.contains(&error) {
                    mistakes.push(error);
                }
            }
        }
    }
    Ok(mistakes)
}

fn read_error(block: &str) -> Option<Mistake> {
    let rest = block.trim_start().strip_prefix("error")?;
    let (_, rest) = rest.split_once(": ")?;
    let (head, body) = rest.split_once("--> ")?;
    let mut lines = head.lines().map(str::trim);
    let message = lines.next()?.to_owned();
    let helps = lines.filter_map(|line| line.strip_prefix("help: ").or(Some(line)));
    let notes = body
        .lines()
        .filter_map(|line| line.trim().strip_prefix("= note: "));
    let ours = notes.filter(|note| !is_of_rustc(note));
    let help = helps
        .filter(|line| !line.is_empty())
        .chain(ours)
        .collect::<Vec<_>>()
        .join("; ");
    let code = body.lines().find_map(|line| {
        let (number, code) = line.split_once('|')?;
        let is_code = number.trim().parse::<u32>().is_ok();
        is_code.then(|| code.trim().to_owned())
    })?;
    Some(Mistake {
        code,
        message,
        help,
    })
}

/// Notes that rustc writes by itself, and the one that leads to the page.
fn is_of_rustc(note: &str) -> bool {
    let starts = [
        "...",
        "`#",
        "`Session` must",
        "Consider",
        "consider",
        "defaults",
        "examples",
        "expected",
        "for local",
        "for types",
        "items from",
        "only the last",
        "required",
        "the following",
        "the full",
        "the question",
        "this error",
        "type parameters",
        "`Vec<",
    ];
    starts.iter().any(|start| note.starts_with(start))
}

fn in_code(code: &str) -> String {
    let code = code.replace('|', "\\|");
    let fence = if code.contains('`') { "``" } else { "`" };
    format!("{fence}{code}{fence}")
}

/// Markdown takes `<u8>` outside of code for HTML.
fn in_cell(text: &str) -> String {
    let mut parts = text.split('`').enumerate();
    let parts = parts.by_ref().map(|(at, part)| {
        if at % 2 == 1 {
            format!("`{part}`")
        } else {
            part.replace('<', "&lt;")
                .replace('[', "\\[")
                .replace('*', "\\*")
        }
    });
    parts.collect::<String>().replace('|', "\\|")
}

#[test]
fn every_folder_of_cases_is_a_topic() -> io::Result<()> {
    for tier in ["ours", "rustc"] {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(tier))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let is_topic = TOPICS.iter().any(|(folder, ..)| *folder == name);
            assert!(
                is_topic || NOT_LISTED.contains(&&*name),
                "{tier}/{name} is no topic"
            );
        }
    }
    Ok(())
}

/// Names that no user has seen. `session_runtime::explained` is a public module.
#[test]
fn no_message_names_what_is_hidden() -> io::Result<()> {
    let hidden = [
        "__private",
        "__Session",
        "__session_",
        "FieldAt",
        "Codec",
        "SCHEMA",
        "Held<",
        "Schema",
    ];
    for tier in ["ours", "rustc"] {
        for (path, text) in texts(tier, "stderr")? {
            // The struct literal names a private field itself.
            if path.ends_with("wiring/outside_a_request.stderr") {
                continue;
            }
            let code = |line: &&str| {
                !line
                    .trim_start()
                    .starts_with(|char: char| char.is_ascii_digit())
            };
            for line in text.lines().filter(code) {
                let line = line.replace("names starting with `__session`", "");
                let named = hidden.iter().find(|name| line.contains(**name));
                assert!(named.is_none(), "{}: {line}", path.display());
            }
        }
    }
    Ok(())
}

/// A message that no test provokes may be wrong, or be said at the wrong place.
#[test]
fn each_message_of_the_derive_is_provoked_at_its_place_and_in_a_program() -> io::Result<()> {
    let sources = texts("../session-derive/src", "rs")?;
    let (tests, sources): (BTreeMap<_, _>, BTreeMap<_, _>) = (sources.into_iter())
        .partition(|(path, _)| path.components().any(|part| part.as_os_str() == "tests"));
    let unit_tests: Vec<String> = tests.values().map(|text| normal(text)).collect();
    let programs = texts("ours", "stderr")?;
    let programs: Vec<String> = programs.values().map(|text| normal(text)).collect();
    let (mut messages, mut missing) = (0, Vec::new());
    for (path, text) in sources {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let tokens: TokenStream = text.parse().map_err(|_| io::ErrorKind::InvalidData)?;
        let messages_here = literals(tokens).filter(|literal| is_message(literal, &file));
        // These programs have the feature, so they cannot be told to turn it on.
        let messages_here = messages_here.filter(|message| !message.contains("needs the feature"));
        for message in messages_here {
            messages += 1;
            let pieces = pieces(&message);
            // A unit test may write a message in parts, and its longest run of words is written as it is.
            let parts = pieces.iter().flat_map(|piece| piece.split(['`', ':']));
            let longest = parts.max_by_key(|part| part.len()).unwrap_or_default();
            let longest = longest.trim_end_matches(" help").trim_matches([' ', ',']);
            let is_whole = |text: &String| text.contains(longest);
            if !unit_tests.iter().any(is_whole) {
                missing.push(format!("no unit test has {message:?} of {file}"));
            }
            if !programs
                .iter()
                .any(|text| pieces.iter().all(|piece| text.contains(piece)))
            {
                missing.push(format!(
                    "no program in `ours` provokes {message:?} of {file}"
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(messages > 100, "{messages} messages are found");
    Ok(())
}

/// The strings in the code, without attributes and doc comments.
fn literals(tokens: TokenStream) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut is_attribute = false;
    for token in tokens {
        // `#[…]` and `#![…]`, but not `format!(…)`.
        let is_sign = |sign| matches!(&token, TokenTree::Punct(punct) if punct.as_char() == sign);
        let begins = is_sign('#') || is_attribute && is_sign('!');
        let was_hash = std::mem::replace(&mut is_attribute, begins);
        match token {
            TokenTree::Group(group) if !was_hash => found.extend(literals(group.stream())),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&text) {
                    found.push(text.value());
                }
            }
            _ => {}
        }
    }
    found.into_iter()
}

/// A message has words. The lists of words of other libraries are small letters alone, in a file of their own.
fn is_message(literal: &str, file: &str) -> bool {
    let is_list = file == "elsewhere.rs" && !literal.contains(['`', ':', ',']);
    !is_list && literal.split_whitespace().count() >= 3
}

/// The text between the parts that are filled in.
fn pieces(message: &str) -> Vec<String> {
    let message = message.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let parts = message.split('{').enumerate();
    let between = parts.map(|(at, part)| match part.split_once('}') {
        Some((_, behind)) if at > 0 => behind,
        _ => part,
    });
    let pieces = between.map(|piece| normal(&piece.replace('\u{1}', "{").replace('\u{2}', "}")));
    pieces.filter(|piece| piece.len() >= 3).collect()
}

/// A message as it is, whether it stands in code or in an error.
fn normal(text: &str) -> String {
    let text = text.replace("\\n", " ").replace('\\', " ");
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for quote in ["\" ", " \""] {
        text = text.replace(quote, "\"");
    }
    text
}

/// The files below a folder, in the order of their names, with their texts.
fn texts(folder: &str, extension: &str) -> io::Result<BTreeMap<PathBuf, String>> {
    let files = files(folder, extension)?.into_iter();
    let texts = files.map(|path| Ok((path.clone(), fs::read_to_string(path)?)));
    texts.collect()
}
