//! A fault in an input file, named so that an editor jumps to it: `FILE:LINE: what is wrong`.

use std::fmt;
use std::sync::Arc;

/// What is wrong with one line of a file.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub(super) struct LineFault {
    file: Arc<str>,
    line: u64,
    what: String,
}

/// A line of a file; lines count from one.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) file: Arc<str>,
    pub(super) line: u64,
}

impl Place {
    /// A fault in this line.
    pub(super) fn fault(&self, what: impl fmt::Display) -> LineFault {
        LineFault { file: Arc::clone(&self.file), line: self.line, what: what.to_string() }
    }
}
