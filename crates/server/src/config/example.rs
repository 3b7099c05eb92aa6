//! The configuration as a file to start from: every key, its default, and what it means.

use std::fmt::Write as _;

use super::keys::{Default, KEYS, SECTIONS};

const WIDTH: usize = 100;

/// The text of `bellwether config default`. Read as a configuration it changes nothing.
#[must_use]
pub fn commented_defaults() -> String {
    let mut text = String::new();
    write_comment(
        &mut text,
        "The configuration of Bellwether, with every key at its default. A variable such as \
         BELLWETHER_STORE__URL overrides store.url, and a flag overrides both. Instead of a secret, the \
         path of a file that holds it may be given: store.url_file.",
    );
    for (section, about) in SECTIONS {
        text.push('\n');
        write_comment(&mut text, about);
        writeln!(text, "[{section}]").expect("writing to a string cannot fail");
        for key in KEYS {
            let name = key.name.strip_prefix(section).and_then(|rest| rest.strip_prefix('.'));
            if let Some(name) = name {
                write_comment(&mut text, key.about);
                writeln!(text, "{}", line(name, key.default)).expect("writing to a string cannot fail");
            }
        }
    }
    text
}

fn line(name: &str, default: Default) -> String {
    match default {
        Default::Text(text) | Default::Secret(text) => format!("{name} = \"{text}\""),
        Default::Number(number) => format!("{name} = {number}"),
        Default::Flag(flag) => format!("{name} = {flag}"),
        Default::Nothing => format!("{name} = []"),
    }
}

fn write_comment(text: &mut String, about: &str) {
    let mut line = String::from("#");
    for word in about.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
