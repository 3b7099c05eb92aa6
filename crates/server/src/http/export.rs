//! Lists as files: read from the store and written a portion at a time, so that a file of any length takes no more
//! memory than a portion of it.
//!
//! What goes wrong before the first portion is a problem as anywhere else. What goes wrong later breaks the answer
//! off, which is how its reader knows that it is not whole.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream::{iter, try_unfold};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;

/// Items that are read at a time.
pub(super) const PORTION: u32 = 1_000;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Comma-separated values (RFC 4180), with a line of names.
    Csv,
    /// A JSON document a line.
    JsonLines,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "csv" => Ok(Format::Csv),
            "jsonl" => Ok(Format::JsonLines),
            _ => Err("must be csv or jsonl"),
        }
    }
}

/// A place among the files that are written at the same time; a problem where there is none.
pub(super) fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ApiError> {
    Arc::clone(places).try_acquire_owned().map_err(|_| ApiError::Unavailable {
        detail: "As many files as possible are being written already: try again in a moment.",
        cause: None,
    })
}

/// Something that is read a portion at a time.
pub(super) trait Portions: Send + 'static {
    /// What a line is made of.
    type Item: Send;

    /// The next portion; an empty one is the last.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Self::Item>, ApiError>> + Send;

    /// The names of the columns.
    const COLUMNS: &'static [&'static str];

    /// An item as the line of a table.
    fn row(item: &Self::Item, row: &mut Row);

    /// An item as JSON.
    fn json(item: Self::Item) -> impl Serialize;
}

/// Answers with a file.
pub(super) async fn file<P: Portions>(
    mut portions: P,
    format: Format,
    name: &str,
    place: OwnedSemaphorePermit,
) -> Result<Response, ApiError> {
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::JsonLines => ("application/x-ndjson", "jsonl"),
    };
    let head = match format {
        Format::Csv => P::COLUMNS.join(",") + "\r\n",
        Format::JsonLines => String::new(),
    };
    let first = head + &written::<P>(portions.next().await?, format)?;
    let rest = try_unfold((portions, place), move |(mut portions, place)| async move {
        let items = portions.next().await.map_err(Broken)?;
        if items.is_empty() {
            return Ok::<_, Broken>(None);
        }
        let text = written::<P>(items, format).map_err(Broken)?;
        Ok(Some((Bytes::from(text), (portions, place))))
    });
    let body = Body::from_stream(iter([Ok(Bytes::from(first))]).chain(rest).inspect_err(|broken| {
        tracing::warn!(error = ?broken.0, "a file broke off");
    }));
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], body).into_response())
}

/// Why a file broke off.
#[derive(Debug, thiserror::Error)]
#[error("the file could not be read to its end")]
struct Broken(ApiError);

fn written<P: Portions>(items: Vec<P::Item>, format: Format) -> Result<String, ApiError> {
    let mut text = String::new();
    for item in items {
        match format {
            Format::Csv => {
                let mut row = Row::default();
                P::row(&item, &mut row);
                text.push_str(&row.0);
                text.push_str("\r\n");
            }
            Format::JsonLines => {
                text.push_str(&serde_json::to_string(&P::json(item)).map_err(ApiError::internal)?);
                text.push('\n');
            }
        }
    }
    Ok(text)
}

/// A line of a table, as it is being written.
#[derive(Debug, Default)]
pub(super) struct Row(String);

impl Row {
    /// A cell of what we write ourselves: numbers, times, ids and words without commas.
    pub(super) fn plain(&mut self, value: impl Display) {
        self.next();
        self.0.push_str(&value.to_string());
    }

    /// The same; an empty cell where there is nothing.
    pub(super) fn maybe(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.plain(value),
            None => self.plain(""),
        }
    }

    /// A cell of what people wrote. A spreadsheet would compute what begins like a formula, so an apostrophe goes
    /// before it.
    pub(super) fn text(&mut self, value: &str) {
        self.next();
        let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
        self.0.push('"');
        if formula {
            self.0.push('\'');
        }
        self.0.push_str(&value.replace('"', "\"\""));
        self.0.push('"');
    }

    fn next(&mut self) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_formulas_are_disarmed() {
        let mut row = Row::default();
        row.plain(7);
        row.text("plain, with \"quotes\"\nand a line");
        row.text("=HYPERLINK(\"http://example.org\")");
        row.text("@x");
        row.text("");
        row.maybe(None::<u8>);
        row.maybe(Some("-2.5"));
        let expected = "7,\"plain, with \"\"quotes\"\"\nand a line\",\"'=HYPERLINK(\"\"http://example.org\"\")\",\"'@x\",\"\",,-2.5";
        assert_eq!(row.0, expected);
    }
}
