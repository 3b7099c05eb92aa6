//! What commands print. Nothing here panics where it cannot be written: a full disk behind standard error must not end a
//! service.

use std::io::{self, Write as _};

/// Prints a line of what was asked for. A reader that went away is no failure.
pub(crate) fn print_line(line: &str) {
    let _ = try_print_line(line);
}

/// The same, of a command that goes on for as long as somebody reads it.
pub(crate) fn try_print_line(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Prints a remark beside what was asked for.
pub(crate) fn print_note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints why a command failed: what was tried, and what it came from, on one line.
pub(super) fn print_failure(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "bellwether: {error:#}");
}
