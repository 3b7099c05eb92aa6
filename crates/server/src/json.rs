//! Bytes to [`Node`]: JSON from outside, with every number kept as the text it was written in, so that
//! a price sent as a JSON number is as exact as one sent as a string.
//!
//! It says where a document is not JSON and bounds how deep one may be nested. It does not judge what
//! a document says: names that stand twice are handed on as they stand, for the readers in
//! `bellwether_model::input` to refuse with the field's path.

use std::fmt;

use bellwether_model::{Node, limits};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Why bytes are not a document that is read here, and where. Lines and columns count from one,
/// columns in bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("is not JSON: {reason} at line {line} column {column}")]
    Syntax {
        /// What is wrong there.
        reason: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// JSON, but nested deeper than anything that is read here.
    #[error("is nested deeper than {} levels at line {line} column {column}", limits::JSON_DEPTH)]
    TooDeep {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
}

/// Reads one JSON document.
///
/// # Errors
/// Where the bytes are not one whole JSON document, or one nested deeper than [`limits::JSON_DEPTH`].
pub fn read_node(bytes: &[u8]) -> Result<Node, JsonError> {
    let document: &RawValue = serde_json::from_slice(bytes).map_err(|error| syntax(&error, 1, 1))?;
    Reader { bytes }.node(document, 0)
}

/// The document being read, kept to tell at which line and column a part of it stands.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    /// Each level is scanned once to find its entries and once more when they are read: bounded by the
    /// depth, and far from any hot path.
    fn node(&self, raw: &RawValue, depth: usize) -> Result<Node, JsonError> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{') => self.object(raw, depth + 1),
            Some(b'[') => self.list(raw, depth + 1),
            Some(b'"') => self.parse(raw).map(Node::Text),
            Some(b't' | b'f') => self.parse(raw).map(Node::Bool),
            Some(b'n') => Ok(Node::Null),
            _ => Ok(Node::Number(text.to_owned())),
        }
    }

    fn object(&self, raw: &RawValue, depth: usize) -> Result<Node, JsonError> {
        self.check_depth(raw, depth)?;
        let entries = self.parse::<Entries<'_>>(raw)?.0.into_iter();
        entries
            .map(|(name, value)| Ok((name, self.node(value, depth)?)))
            .collect::<Result<_, _>>()
            .map(Node::Object)
    }

    fn list(&self, raw: &RawValue, depth: usize) -> Result<Node, JsonError> {
        self.check_depth(raw, depth)?;
        let items = self.parse::<Vec<&RawValue>>(raw)?.into_iter();
        items.map(|item| self.node(item, depth)).collect::<Result<_, _>>().map(Node::List)
    }

    fn check_depth(&self, raw: &RawValue, depth: usize) -> Result<(), JsonError> {
        if depth <= limits::JSON_DEPTH {
            return Ok(());
        }
        let (line, column) = self.place(raw);
        Err(JsonError::TooDeep { line, column })
    }

    /// A part that has been scanned already; what is still found wrong lies in its strings (a lone
    /// surrogate).
    fn parse<'raw, T: Deserialize<'raw>>(&self, raw: &'raw RawValue) -> Result<T, JsonError> {
        serde_json::from_str(raw.get()).map_err(|error| {
            let (line, column) = self.place(raw);
            syntax(&error, line, column)
        })
    }

    /// Line and column at which a part of the document starts.
    fn place(&self, raw: &RawValue) -> (usize, usize) {
        let offset = (raw.get().as_ptr().addr()).saturating_sub(self.bytes.as_ptr().addr());
        let before = self.bytes.get(..offset).unwrap_or(self.bytes);
        let line = before.split(|&byte| byte == b'\n').count();
        let column = before.iter().rev().take_while(|&&byte| byte != b'\n').count() + 1;
        (line, column)
    }
}

/// The JSON library's error, found in a part that starts at the given place.
fn syntax(error: &serde_json::Error, line: usize, column: usize) -> JsonError {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    JsonError::Syntax {
        reason: text.strip_suffix(&place).unwrap_or(&text).to_owned(),
        line: line + error.line().saturating_sub(1),
        column: match error.line() {
            0 | 1 => column + error.column().saturating_sub(1),
            _ => error.column(),
        },
    }
}

/// The entries of an object in the order written, those that stand twice included.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Node) {
        assert_eq!(read_node(json.as_bytes()), Ok(expected), "reading {json}");
    }

    #[track_caller]
    fn refused(json: &[u8], expected: &str) {
        let error = read_node(json).unwrap_err();
        assert_eq!(error.to_string(), expected, "reading {:?}", String::from_utf8_lossy(json));
    }

    fn number(text: &str) -> Node {
        Node::Number(text.to_owned())
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn every_kind_of_value_is_read() {
        check("null", Node::Null);
        check(" true ", Node::Bool(true));
        check("false", Node::Bool(false));
        check(r#""a\nb\u00e9\ud83d\ude00""#, Node::Text("a\nbé😀".to_owned()));
        check("[]", Node::List(vec![]));
        check("[1, [2]]", Node::List(vec![number("1"), Node::List(vec![number("2")])]));
        check("{}", Node::Object(vec![]));
    }

    #[test]
    fn numbers_keep_their_text() {
        for text in ["0", "-1", "33000.00", "37.537537537537537538", "1e3", "1E+99999", "0.10"] {
            check(text, number(text));
        }
        check(
            "99999999999999999999999999999999999999999999",
            number("99999999999999999999999999999999999999999999"),
        );
    }

    #[test]
    fn names_keep_their_order_and_may_stand_twice() {
        check(
            r#"{"b": 1, "\u0061": "x", "b": null}"#,
            Node::Object(vec![
                ("b".to_owned(), number("1")),
                ("a".to_owned(), Node::Text("x".to_owned())),
                ("b".to_owned(), Node::Null),
            ]),
        );
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        refused(b"", "is not JSON: EOF while parsing a value at line 1 column 1");
        refused(b"{\"a\": 1,\n \"b\": x}", "is not JSON: expected value at line 2 column 7");
        refused(b"[1] [2]", "is not JSON: trailing characters at line 1 column 5");
        refused(b"[01]", "is not JSON: invalid number at line 1 column 3");
        for json in
            [&b"[\xff]"[..], b"\"\xff\"", b"NaN", b"'a'", b"{a: 1}", b"[1,]", b"\"\x01\"", b"+1", b".5"]
        {
            assert!(
                matches!(read_node(json), Err(JsonError::Syntax { .. })),
                "reading {:?}",
                String::from_utf8_lossy(json)
            );
        }
    }

    #[test]
    fn a_fault_inside_a_string_is_placed_in_the_whole_document() {
        refused(
            b"{\"a\": 1,\n \"b\": \"\\ud800x\"}",
            "is not JSON: unexpected end of hex escape at line 2 column 14",
        );
    }

    #[test]
    fn depth_is_bounded() {
        assert!(read_node(nested(limits::JSON_DEPTH).as_bytes()).is_ok());
        refused(
            nested(limits::JSON_DEPTH + 1).as_bytes(),
            "is nested deeper than 16 levels at line 1 column 17",
        );
        assert!(read_node(nested(100_000).as_bytes()).is_err());
    }
}
