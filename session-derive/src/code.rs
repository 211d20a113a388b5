//! Tokens as a person writes them: their own `to_string` says `Vec < & 'a str >`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;

pub(crate) fn code(tokens: impl ToTokens) -> String {
    let mut writer = Writer {
        text: String::new(),
        last: Last::Other,
    };
    writer.write_all(tokens.into_token_stream());
    writer.text.trim_end().to_owned()
}

struct Writer {
    text: String,
    last: Last,
}

/// The kind of the last token, from which the next one may need a space.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Lifetime,
    Other,
    Quote,
    Word,
}

impl Writer {
    fn write_all(&mut self, tokens: TokenStream) {
        for token in tokens {
            self.last = match token {
                TokenTree::Group(group) => self.write_group(&group),
                TokenTree::Punct(punct) => self.write_punct(punct.as_char()),
                word => self.write_word(&word.to_string()),
            };
        }
    }

    fn write_group(&mut self, group: &Group) -> Last {
        let (open, close) = match group.delimiter() {
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
            Delimiter::Parenthesis => ("(", ")"),
        };
        if self.last == Last::Lifetime {
            self.text.push(' ');
            self.last = Last::Other;
        }
        self.text.push_str(open);
        if self.last == Last::Word {
            self.last = Last::Other;
        }
        self.write_all(group.stream());
        self.text.push_str(close);
        Last::Other
    }

    fn write_punct(&mut self, char: char) -> Last {
        match char {
            ',' | ';' => self.text.extend([char, ' ']),
            '+' | '=' => self.text.extend([' ', char, ' ']),
            '>' if self.text.ends_with('-') => {
                self.text.pop();
                self.text.push_str(" -> ");
            }
            _ => self.text.push(char),
        }
        if char == '\'' {
            Last::Quote
        } else {
            Last::Other
        }
    }

    fn write_word(&mut self, word: &str) -> Last {
        if matches!(self.last, Last::Lifetime | Last::Word) {
            self.text.push(' ');
        }
        self.text.push_str(word);
        if self.last == Last::Quote {
            Last::Lifetime
        } else {
            Last::Word
        }
    }
}
