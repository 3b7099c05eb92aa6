//! How each chat marks text up, and what must be escaped so that nobody's text is taken for markup.

use std::fmt::Write;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Output, State};

/// A chat's manner of markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// None: text as it is.
    Plain,
    /// HTML with few tags (Bot API, "HTML style"): `&`, `<`, `>` and, in attributes, `"` are escaped.
    Telegram,
    /// `mrkdwn`: `&`, `<` and `>` are escaped, as Slack's "Formatting text" has it; that also takes the
    /// power out of `<!channel>` and `<@U…>`. Asterisks and the like have no escape; they only decorate.
    Slack,
    /// Markdown: a backslash takes the meaning from every punctuation mark.
    Discord,
}

/// Marks that mean something in Discord: emphasis, code, spoilers, quotes, headings, lists, links, calls
/// of people, custom pictures and time stamps.
const DISCORD_MARKS: &str = "\\*_~`|>#-+[]()<@:";

impl Flavour {
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::Telegram, Self::Slack, Self::Discord];

    /// The name of its templates, and of its escaping.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Flavour::Plain => "plain",
            Flavour::Telegram => "telegram",
            Flavour::Slack => "slack",
            Flavour::Discord => "discord",
        }
    }

    fn of(escaping: &AutoEscape) -> Option<Self> {
        let AutoEscape::Custom(name) = escaping else { return None };
        Self::ALL.into_iter().find(|flavour| flavour.name() == *name)
    }

    /// Text that is shown as it is.
    pub(crate) fn escape(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match (self, c) {
                (Flavour::Telegram | Flavour::Slack, '&') => out.push_str("&amp;"),
                (Flavour::Telegram | Flavour::Slack, '<') => out.push_str("&lt;"),
                (Flavour::Telegram | Flavour::Slack, '>') => out.push_str("&gt;"),
                (Flavour::Telegram, '"') => out.push_str("&quot;"),
                (Flavour::Discord, c) if DISCORD_MARKS.contains(c) => {
                    out.push('\\');
                    out.push(c);
                }
                (_, c) => out.push(c),
            }
        }
        out
    }

    fn strong(self, text: &str) -> String {
        let text = self.escape(text);
        match self {
            Flavour::Plain => text,
            Flavour::Telegram => format!("<b>{text}</b>"),
            Flavour::Slack => format!("*{text}*"),
            Flavour::Discord => format!("**{text}**"),
        }
    }

    fn link(self, address: &str, label: &str) -> String {
        let label = self.escape(label);
        match self {
            Flavour::Plain => format!("{label}: {address}"),
            Flavour::Telegram => format!("<a href=\"{}\">{label}</a>", self.escape(address)),
            Flavour::Slack => format!("<{}|{label}>", closed(address).replace('&', "&amp;")),
            Flavour::Discord => format!("[{label}](<{}>)", closed(address)),
        }
    }
}

/// An address without the marks that would end it.
fn closed(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '<' | '>' | '|' | ' ' | '\\' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The escaping of a template by its name: `chat.slack`.
pub(super) fn escaping(template: &str) -> Option<AutoEscape> {
    let (_, ending) = template.rsplit_once('.')?;
    let flavour = Flavour::ALL.into_iter().find(|flavour| flavour.name() == ending)?;
    Some(AutoEscape::Custom(flavour.name().into()))
}

/// Teaches the templates to escape, to emphasise and to link.
pub(super) fn install(templates: &mut Environment<'_>) {
    templates.set_formatter(|out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value| {
        match (Flavour::of(state.auto_escape()), value.as_str()) {
            (Some(flavour), Some(text)) if !value.is_safe() => Ok(out.write_str(&flavour.escape(text))?),
            (Some(_), _) => Ok(out.write_str(&value.to_string())?),
            (None, _) => minijinja::escape_formatter(out, state, value),
        }
    });
    templates.add_filter("strong", |state: &State<'_, '_>, text: &str| {
        let flavour = Flavour::of(state.auto_escape()).unwrap_or(Flavour::Plain);
        Value::from_safe_string(flavour.strong(text))
    });
    templates.add_filter("link", |state: &State<'_, '_>, address: &str, label: &str| {
        let flavour = Flavour::of(state.auto_escape()).unwrap_or(Flavour::Plain);
        Value::from_safe_string(flavour.link(address, label))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_after_each_chats_rules() {
        let hostile = r#"a*b_c <b>&"@everyone [x](y) `-1.5`\"#;
        let check = |flavour: Flavour, expected: &str| assert_eq!(flavour.escape(hostile), expected);
        check(Flavour::Plain, hostile);
        check(Flavour::Telegram, r"a*b_c &lt;b&gt;&amp;&quot;@everyone [x](y) `-1.5`\");
        check(Flavour::Slack, r#"a*b_c &lt;b&gt;&amp;"@everyone [x](y) `-1.5`\"#);
        check(Flavour::Discord, r#"a\*b\_c \<b\>&"\@everyone \[x\]\(y\) \`\-1.5\`\\"#);
    }

    #[test]
    fn a_link_cannot_be_left() {
        let address = "https://x.org/?a=1&b=<|> \"";
        let check = |flavour: Flavour, expected: &str| assert_eq!(flavour.link(address, "a > b"), expected);
        check(Flavour::Telegram, r#"<a href="https://x.org/?a=1&amp;b=&lt;|&gt; &quot;">a &gt; b</a>"#);
        check(Flavour::Slack, r#"<https://x.org/?a=1&amp;b=%3C%7C%3E%20"|a &gt; b>"#);
        check(Flavour::Discord, r#"[a \> b](<https://x.org/?a=1&b=%3C%7C%3E%20">)"#);
    }
}
