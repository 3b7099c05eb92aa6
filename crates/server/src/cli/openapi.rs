//! `bellwether openapi`: the document that `/openapi.json` serves.

use super::print_line;

/// Prints it.
pub(super) fn run() -> anyhow::Result<()> {
    print_line(&crate::http::openapi().to_pretty_json()?);
    Ok(())
}
