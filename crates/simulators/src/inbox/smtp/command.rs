//! Commands of a client, read from one line each.

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// With the name that the client gives itself; true for `EHLO`.
    Hello(String, bool),
    /// The sender, and the size that the mail is going to have.
    Mail(String, Option<usize>),
    Recipient(String),
    Data,
    Reset,
    Noop,
    Quit,
    Verify,
    Help,
    StartTls,
    /// The mechanism in upper case, and the first answer where it came along.
    Auth(String, Option<String>),
}

/// The reply to a line that is none of these.
pub(super) type Wrong = (u16, &'static str);

impl Command {
    /// Reads a line.
    pub(super) fn parse(line: &str) -> Result<Self, Wrong> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => named(rest, true),
            "HELO" => named(rest, false),
            "MAIL" => mail(rest),
            "RCPT" => recipient(rest),
            "DATA" => bare(rest, Self::Data),
            "RSET" => bare(rest, Self::Reset),
            "NOOP" => Ok(Self::Noop),
            "QUIT" => bare(rest, Self::Quit),
            "VRFY" => Ok(Self::Verify),
            "HELP" => Ok(Self::Help),
            "STARTTLS" => bare(rest, Self::StartTls),
            "AUTH" => auth(rest),
            _ => Err((500, "5.5.2 command not recognized")),
        }
    }
}

fn named(rest: &str, extended: bool) -> Result<Command, Wrong> {
    if rest.is_empty() {
        Err((501, "5.5.4 a name is missing"))
    } else {
        Ok(Command::Hello(rest.to_owned(), extended))
    }
}

fn bare(rest: &str, command: Command) -> Result<Command, Wrong> {
    if rest.is_empty() { Ok(command) } else { Err((501, "5.5.4 no parameters here")) }
}

fn auth(rest: &str) -> Result<Command, Wrong> {
    let mut words = rest.split_whitespace();
    let mechanism = words.next().ok_or((501, "5.5.4 a mechanism is missing"))?;
    Ok(Command::Auth(mechanism.to_ascii_uppercase(), words.next().map(str::to_owned)))
}

fn mail(rest: &str) -> Result<Command, Wrong> {
    let (from, parameters) = path(rest, "FROM:")?;
    let mut size = None;
    for parameter in parameters.split_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
            ("SIZE", digits) => {
                size = Some(digits.parse().map_err(|_| (501, "5.5.4 SIZE is a number"))?);
            }
            ("BODY", "7BIT" | "8BITMIME") | ("SMTPUTF8", "") | ("AUTH", _) => {}
            _ => return Err((555, "5.5.4 parameter not known")),
        }
    }
    Ok(Command::Mail(from, size))
}

fn recipient(rest: &str) -> Result<Command, Wrong> {
    let (to, parameters) = path(rest, "TO:")?;
    if !parameters.trim().is_empty() {
        return Err((555, "5.5.4 parameter not known"));
    }
    match to.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() => Ok(Command::Recipient(to)),
        _ if to.eq_ignore_ascii_case("postmaster") => Ok(Command::Recipient(to)),
        _ => Err((553, "5.1.3 that is no address")),
    }
}

/// `FROM:<address> parameters`. A quoted local part may hold any bracket.
fn path<'a>(rest: &'a str, keyword: &str) -> Result<(String, &'a str), Wrong> {
    let wrong = (501, "5.5.4 an address in angle brackets is missing");
    let (start, after) = rest.split_at_checked(keyword.len()).ok_or(wrong)?;
    if !start.eq_ignore_ascii_case(keyword) {
        return Err(wrong);
    }
    let inside = after.trim_start().strip_prefix('<').ok_or(wrong)?;
    let mut quoted = false;
    let mut escaped = false;
    let end = inside.find(|character| {
        let end = character == '>' && !quoted;
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        end
    });
    let (address, parameters) = inside.split_at(end.ok_or(wrong)?);
    // A route before the address is obsolete, and is ignored (RFC 5321, appendix C).
    let address = match address.split_once(':') {
        Some((route, address)) if route.starts_with('@') => address,
        _ => address,
    };
    Ok((address.to_owned(), &parameters[1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_any_case() {
        let parse = |line| Command::parse(line).unwrap();
        assert_eq!(parse("ehlo [127.0.0.1]"), Command::Hello("[127.0.0.1]".to_owned(), true));
        assert_eq!(parse("MAIL FROM:<>"), Command::Mail(String::new(), None));
        assert_eq!(
            parse("Mail From: <a@x.test> BODY=8BITMIME SIZE=120"),
            Command::Mail("a@x.test".to_owned(), Some(120))
        );
        assert_eq!(parse("RCPT TO:<@r.test:b@x.test>"), Command::Recipient("b@x.test".to_owned()));
        assert_eq!(parse(r#"RCPT TO:<"a>\"b"@x.test>"#), Command::Recipient(r#""a>\"b"@x.test"#.to_owned()));
        assert_eq!(
            parse("auth plain AGEAYg=="),
            Command::Auth("PLAIN".to_owned(), Some("AGEAYg==".to_owned()))
        );
    }

    #[test]
    fn wrong_lines_have_their_codes() {
        for (line, code) in [
            ("", 500),
            ("HELLO x", 500),
            ("EHLO", 501),
            ("MAIL TO:<a@x>", 501),
            ("MAIL FROM:a@x", 501),
            ("MAIL FROM:<a@x> COLOUR=RED", 555),
            ("MAIL FROM:<a@x> SIZE=big", 501),
            ("RCPT TO:<nobody>", 553),
            ("RCPT TO:<a@x> NOTIFY=NEVER", 555),
            ("DATA now", 501),
        ] {
            assert_eq!(Command::parse(line).map_err(|wrong| wrong.0), Err(code), "{line}");
        }
    }
}
