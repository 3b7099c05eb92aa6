//! A body of any length, line by line.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::http::error::ApiError;

/// Bytes of a line; more are passed over.
pub(super) const LINE_BYTES: usize = 1_024;

/// A line of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// One that may be read.
    Whole(Bytes),
    /// One that is longer than any that is read.
    TooLong,
}

/// The lines of a body, with no more of it in memory than a chunk and a line.
pub(super) struct Lines {
    chunks: axum::body::BodyDataStream,
    rest: BytesMut,
    /// Whether the line at hand is too long, and is passed over to its end.
    is_long: bool,
    is_over: bool,
    left: usize,
    limit: usize,
}

impl Lines {
    /// The lines of a body of at most `limit` bytes.
    pub(super) fn of(body: Body, limit: usize) -> Self {
        Self {
            chunks: body.into_data_stream(),
            rest: BytesMut::new(),
            is_long: false,
            is_over: false,
            left: limit,
            limit,
        }
    }

    /// The next line without its end; nothing at the end of the body.
    ///
    /// # Errors
    /// Where the body is too large or does not arrive whole.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, ApiError> {
        loop {
            if let Some(end) = self.rest.iter().position(|&byte| byte == b'\n') {
                let line = self.rest.split_to(end + 1).freeze();
                let long = std::mem::take(&mut self.is_long) || end > LINE_BYTES;
                return Ok(Some(if long { Line::TooLong } else { Line::Whole(line.slice(..end)) }));
            }
            if self.rest.len() > LINE_BYTES {
                self.is_long = true;
                self.rest.clear();
            }
            if self.is_over {
                let last = std::mem::take(&mut self.rest).freeze();
                return Ok(match (std::mem::take(&mut self.is_long), last.is_empty()) {
                    (true, _) => Some(Line::TooLong),
                    (false, true) => None,
                    (false, false) => Some(Line::Whole(last)),
                });
            }
            match self.chunks.next().await {
                None => self.is_over = true,
                Some(Err(_)) => return Err(ApiError::BrokenBody),
                Some(Ok(chunk)) => {
                    self.left =
                        self.left.checked_sub(chunk.len()).ok_or(ApiError::TooLarge { limit: self.limit })?;
                    self.rest.extend_from_slice(&chunk);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(chunks: &[&str], limit: usize) -> Result<Vec<String>, ApiError> {
        let chunks: Vec<Result<String, std::io::Error>> =
            chunks.iter().map(|text| Ok((*text).to_owned())).collect();
        let mut lines = Lines::of(Body::from_stream(futures_util::stream::iter(chunks)), limit);
        let mut read = Vec::new();
        while let Some(line) = lines.next().await? {
            read.push(match line {
                Line::Whole(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                Line::TooLong => "too long".to_owned(),
            });
        }
        Ok(read)
    }

    #[tokio::test]
    async fn lines_come_whole_however_the_body_is_cut() {
        assert_eq!(read(&["a\nb", "c\n", "\n", "d"], 100).await.unwrap(), ["a", "bc", "", "d"]);
        assert_eq!(read(&["a\n"], 100).await.unwrap(), ["a"]);
        assert_eq!(read(&[], 100).await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_huge_line_is_passed_over_and_the_next_one_read() {
        let huge = "x".repeat(700);
        let chunks = ["a\n", &huge, &huge, &huge, "\nb\n", &huge, &huge];
        assert_eq!(read(&chunks, 10_000).await.unwrap(), ["a", "too long", "b", "too long"]);
        let edge = "y".repeat(LINE_BYTES);
        assert_eq!(read(&[&edge, "\n", &edge, "y\n"], 10_000).await.unwrap(), [edge.as_str(), "too long"]);
    }

    #[tokio::test]
    async fn a_body_beyond_its_limit_is_refused() {
        assert!(matches!(read(&["abc\n", "abc\n"], 7).await, Err(ApiError::TooLarge { limit: 7 })));
        assert!(read(&["abc\n", "abc"], 7).await.is_ok());
    }
}
