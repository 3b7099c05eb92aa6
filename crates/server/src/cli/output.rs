//! What commands print.
#![expect(clippy::print_stderr, reason = "printing is what this is for")]

/// Prints a line of what was asked for. A reader that went away is no failure.
pub(crate) fn print_line(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a remark beside what was asked for.
pub(crate) fn print_note(line: &str) {
    eprintln!("{line}");
}

/// Prints why a command failed: what was tried, and what it came from, on one line.
pub(super) fn print_failure(error: &anyhow::Error) {
    eprintln!("bellwether: {error:#}");
}
