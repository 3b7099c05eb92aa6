//! Lists as files: read from the store and written a portion at a time, so that a file of any length takes no more
//! memory than a portion of it.
//!
//! What goes wrong before the first portion is a problem as anywhere else. What goes wrong later breaks the answer
//! off, which is how its reader knows that it is not whole.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bellwether_model::UserId;
use bytes::Bytes;
use futures_util::stream::{iter, try_unfold};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;

use super::error::ApiError;

/// Items that are read at a time.
pub(super) const PORTION: u32 = 1_000;
/// Files that are written at the same time, for everybody.
const AT_ONCE: usize = 8;
/// Files that are written at the same time for one user.
const PER_USER: usize = 2;

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

/// For whom files are being written. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Arc<Mutex<Vec<UserId>>>);

/// A place among the files that are written at the same time, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    user: UserId,
    all: Places,
}

impl Places {
    /// Takes a place; a problem where there is none.
    pub(super) fn take(&self, user: UserId) -> Result<Place, ApiError> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let detail = if taken.iter().filter(|one| **one == user).count() >= PER_USER {
            "Two files are being written for you already: try again once one of them is there."
        } else if taken.len() >= AT_ONCE {
            "As many files as possible are being written already: try again in a moment."
        } else {
            taken.push(user);
            return Ok(Place { user, all: self.clone() });
        };
        Err(ApiError::Unavailable { detail, cause: None })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = taken.iter().position(|one| *one == self.user) {
            taken.swap_remove(at);
        }
    }
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
    place: Place,
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
                text.push_str(&row.text);
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

/// What a spreadsheet takes for the beginning of a formula, in either width.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A line of a table, as it is being written.
#[derive(Debug, Default)]
pub(super) struct Row {
    text: String,
    has_begun: bool,
}

impl Row {
    /// A cell of what we write ourselves: numbers, times, ids and words without commas.
    pub(super) fn plain(&mut self, value: impl Display) {
        self.next();
        self.text.push_str(&value.to_string());
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
        self.text.push('"');
        if value.starts_with(FORMULA) {
            self.text.push('\'');
        }
        self.text.push_str(&value.replace('"', "\"\""));
        self.text.push('"');
    }

    fn next(&mut self) {
        if self.has_begun {
            self.text.push(',');
        }
        self.has_begun = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_formulas_are_disarmed() {
        let mut row = Row::default();
        row.maybe(None::<u8>);
        row.plain(7);
        row.text("plain, with \"quotes\"\nand a line");
        row.text("=HYPERLINK(\"http://example.org\")");
        row.text("@x");
        row.text("＝1+1");
        row.text("");
        row.maybe(None::<u8>);
        row.maybe(Some("-2.5"));
        let expected = ",7,\"plain, with \"\"quotes\"\"\nand a line\",\"'=HYPERLINK(\"\"http://example.org\"\")\",\"'@x\",\"'＝1+1\",\"\",,-2.5";
        assert_eq!(row.text, expected);
    }

    #[test]
    fn nobody_takes_every_place() {
        let somebody = || UserId(uuid::Uuid::now_v7());
        let (places, ada, bob) = (Places::default(), somebody(), somebody());
        let hers = [places.take(ada).unwrap(), places.take(ada).unwrap()];
        places.take(ada).unwrap_err();
        let others: Vec<_> = (2..AT_ONCE).map(|_| places.take(somebody()).unwrap()).collect();
        places.take(bob).unwrap_err();
        drop(hers);
        places.take(bob).unwrap();
        drop(others);
        assert!(places.0.lock().unwrap().is_empty(), "each gives back its own");
    }
}
