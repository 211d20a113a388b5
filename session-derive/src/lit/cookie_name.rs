//! The name of a session's cookie, without the prefix and the suffixes that the runtime adds.

/// Leaves the rest of the 4096 bytes that a browser grants one cookie to its value.
const LONGEST: usize = 64;

/// Prefixes that have a meaning of their own to browsers, which compare them without regard to case.
const PREFIXES: [&str; 2] = ["__host-", "__secure-"];

/// The characters of an RFC 6265 token (that is, of an RFC 2616 one) beside letters and digits.
const PUNCTUATION: &str = "!#$%&'*+-.^_`|~";

/// The reason why `name` cannot be a cookie's name.
pub(crate) fn check(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("a cookie name cannot be empty".to_owned());
    }
    if let Some(stray) = name.chars().find(|char| !is_token(*char)) {
        return Err(format!(
            "a cookie name cannot contain {} (RFC 6265 token)",
            display(stray)
        ));
    }
    if let Some(rest) = without_prefix(name) {
        return Err(format!(
            "the prefix is added by the layer\nhelp: write `cookie = \"{rest}\"`"
        ));
    }
    if name.contains('.') {
        return Err("a `.` separates our own suffixes".to_owned());
    }
    if name.len() > LONGEST {
        return Err(format!(
            "a cookie name is at most {LONGEST} bytes, this one is {}",
            name.len()
        ));
    }
    Ok(())
}

fn is_token(char: char) -> bool {
    char.is_ascii_alphanumeric() || PUNCTUATION.contains(char)
}

fn display(char: char) -> String {
    match char {
        ' ' => "a space".to_owned(),
        '`' => "a backtick".to_owned(),
        other => format!("`{}`", other.escape_debug()),
    }
}

fn without_prefix(name: &str) -> Option<&str> {
    let rest = PREFIXES.iter().find_map(|prefix| {
        let (start, rest) = name.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    })?;
    let rest = without_prefix(rest).unwrap_or(rest);
    Some(if rest.is_empty() { "shop" } else { rest })
}

/// The type's name in kebab case: `HTTPSession` is `http-session`, `Shop2` is `shop2`.
pub(crate) fn of_type(type_name: &str) -> String {
    let chars: Vec<char> = type_name.chars().collect();
    let mut name = String::new();
    for (at, &char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        if char == '_' || starts_word(before, char, chars.get(at + 1)) {
            hyphenate(&mut name);
        }
        if char != '_' {
            name.extend(char.to_lowercase());
        }
    }
    name.trim_end_matches('-').to_owned()
}

fn starts_word(before: Option<&char>, char: char, after: Option<&char>) -> bool {
    char.is_uppercase()
        && before.is_some_and(|before| {
            !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
        })
}

fn hyphenate(name: &mut String) {
    if !name.is_empty() && !name.ends_with('-') {
        name.push('-');
    }
}
