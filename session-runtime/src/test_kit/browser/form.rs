//! `application/x-www-form-urlencoded`, as the URL standard writes it.

use std::fmt::Write as _;

pub(super) fn encode(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        push(&mut form, name);
        form.push('=');
        push(&mut form, value);
    }
    form
}

fn push(form: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                form.push(char::from(byte));
            }
            b' ' => form.push('+'),
            _ => _ = write!(form, "%{byte:02X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn what_means_something_is_escaped() {
        assert_eq!(encode(&[]), "");
        assert_eq!(encode(&[("a", "1"), ("b", "")]), "a=1&b=");
        assert_eq!(encode(&[("a b", "x&y=z+~é")]), "a+b=x%26y%3Dz%2B%7E%C3%A9");
        assert_eq!(encode(&[("a", "*-._aZ09")]), "a=*-._aZ09");
    }
}
