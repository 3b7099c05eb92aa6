//! What people send, read so that every fault is found and named by its field.
//!
//! [`Node`] is a JSON document with numbers kept as the text they were written in, so a price sent as
//! a JSON number is as exact as one sent as a string. [`Faults`] collects what is wrong, each entry
//! with a path such as `condition.of[1].price`. The turning of bytes into nodes is the server's work.

use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::Serialize;

use crate::Price;
use crate::limits::FAULTS_TOLD;

/// A JSON document whose numbers are still text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object, in the order written; names may stand twice here, and readers refuse that.
    Object(Vec<(String, Node)>),
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The path of the field, for example `condition.price`; empty for the whole document.
    pub field: String,
    /// A stable word for programs.
    pub code: &'static str,
    /// What is wrong and what would be right, for people. It continues the field's name.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.message),
            field => write!(f, "{field} {}", self.message),
        }
    }
}

/// The faults found so far, and the path of the part that is being read. Of very many the first
/// [`FAULTS_TOLD`] are kept: nobody reads more, and an input must not be answered with a multiple of itself.
#[derive(Debug, Default)]
pub struct Faults {
    path: String,
    found: Vec<Fault>,
    count: usize,
}

impl Faults {
    /// No faults, at the top of a document.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault of a field of the part being read; an empty name means that part itself.
    pub fn add(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        self.count += 1;
        if self.found.len() >= FAULTS_TOLD {
            return;
        }
        let field = match (self.path.as_str(), field) {
            (path, "") => path.to_owned(),
            ("", field) => field.to_owned(),
            (path, field) => format!("{path}.{field}"),
        };
        self.found.push(Fault { field, code, message: message.into() });
    }

    /// Reads a field's content, with faults named under that field.
    pub fn within<T>(&mut self, field: &str, read: impl FnOnce(&mut Faults) -> T) -> T {
        let outer = self.path.len();
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(field);
        let result = read(self);
        self.path.truncate(outer);
        result
    }

    /// Reads one element of the list being read, with faults named `list[index]`.
    pub fn within_index<T>(&mut self, index: usize, read: impl FnOnce(&mut Faults) -> T) -> T {
        let outer = self.path.len();
        write!(self.path, "[{index}]").expect("writing to a string cannot fail");
        let result = read(self);
        self.path.truncate(outer);
        result
    }

    /// The fields of a node that must be an object.
    pub fn object<'a>(&mut self, node: &'a Node) -> Option<Fields<'a>> {
        let Node::Object(entries) = node else {
            self.add("", "type", "must be an object");
            return None;
        };
        let mut fields = Vec::with_capacity(entries.len());
        let mut names = HashSet::with_capacity(entries.len());
        for (name, node) in entries {
            if names.insert(name) {
                fields.push(Field { name, node, read: false });
            } else {
                self.add(name, "duplicate", "is given twice");
            }
        }
        Some(Fields { fields })
    }

    /// How many faults were found so far, those that are not told included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The value, if nothing was found wrong.
    ///
    /// # Errors
    /// Every fault found, where there is one.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ if self.found.is_empty() => {
                Err(vec![Fault { field: String::new(), code: "invalid", message: "is not valid".to_owned() }])
            }
            _ => Err(self.found),
        }
    }
}

struct Field<'a> {
    name: &'a str,
    node: &'a Node,
    read: bool,
}

/// The fields of one object. Each is taken by name; those that nobody asked for are faults in the end.
pub struct Fields<'a> {
    fields: Vec<Field<'a>>,
}

impl<'a> Fields<'a> {
    /// Whether the field is present and not null.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name && *field.node != Node::Null)
    }

    /// The field's node, `Null` included; marks it as known.
    pub fn take(&mut self, name: &str) -> Option<&'a Node> {
        let field = self.fields.iter_mut().find(|field| field.name == name)?;
        field.read = true;
        Some(field.node)
    }

    /// The field's node where it is present and not null; marks it as known.
    pub fn given(&mut self, name: &str) -> Option<&'a Node> {
        self.take(name).filter(|node| **node != Node::Null)
    }

    /// A field of text.
    pub fn text(&mut self, faults: &mut Faults, name: &str) -> Option<&'a str> {
        match self.given(name)? {
            Node::Text(text) => Some(text),
            _ => {
                faults.add(name, "type", "must be a string");
                None
            }
        }
    }

    /// A field of text with at most so many characters and no control characters but line breaks.
    pub fn bounded_text(&mut self, faults: &mut Faults, name: &str, chars: usize) -> Option<&'a str> {
        let text = self.text(faults, name)?;
        if text.chars().count() > chars {
            faults.add(name, "too_long", format!("must have at most {chars} characters"));
            return None;
        }
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            faults.add(name, "character", "must not contain control characters");
            return None;
        }
        Some(text)
    }

    /// A field of one of a few words.
    pub fn word(&mut self, faults: &mut Faults, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let Some(node) = self.given(name) else {
            faults.add(name, "required", format!("is required: one of {}", words.join(", ")));
            return None;
        };
        let known = match node {
            Node::Text(text) => words.iter().copied().find(|word| word == text),
            _ => None,
        };
        if known.is_none() {
            faults.add(name, "unknown_value", format!("must be one of {}", words.join(", ")));
        }
        known
    }

    /// A field of `true` or `false`.
    pub fn flag(&mut self, faults: &mut Faults, name: &str) -> Option<bool> {
        match self.given(name)? {
            Node::Bool(flag) => Some(*flag),
            _ => {
                faults.add(name, "type", "must be true or false");
                None
            }
        }
    }

    /// A whole number between two bounds.
    pub fn whole(&mut self, faults: &mut Faults, name: &str, low: u64, high: u64) -> Option<u64> {
        let node = self.given(name)?;
        let number = match node {
            Node::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (low..=high).contains(number));
        if number.is_none() {
            faults.add(name, "range", format!("must be a whole number from {low} to {high}"));
        }
        number
    }

    /// A string that a type of its own reads: a duration, an instant, an instrument.
    pub fn parsed<T>(&mut self, faults: &mut Faults, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let text = self.text(faults, name)?;
        text.parse().map_err(|error| faults.add(name, "invalid", format!("{error}"))).ok()
    }

    /// A decimal: a string or a number, read exactly from its text.
    pub fn decimal<T>(&mut self, faults: &mut Faults, name: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let text = match self.given(name)? {
            Node::Text(text) | Node::Number(text) => text,
            _ => {
                faults.add(name, "type", "must be a decimal, as a string or a number");
                return None;
            }
        };
        text.parse().map_err(|error| faults.add(name, "invalid", format!("{error}"))).ok()
    }

    /// A price, or an amount, as people may write it.
    pub fn price(&mut self, faults: &mut Faults, name: &str) -> Option<Price> {
        let price: Price = self.decimal(faults, name)?;
        price.written().map_err(|error| faults.add(name, "invalid", format!("{error}"))).ok()
    }

    /// Notes every field that nobody asked for.
    pub fn finish(self, faults: &mut Faults) {
        for field in self.fields.iter().filter(|field| !field.read) {
            faults.add(field.name, "unknown_field", "is not a field that is known here");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(entries: &[(&str, Node)]) -> Node {
        Node::Object(entries.iter().map(|(name, node)| ((*name).to_owned(), node.clone())).collect())
    }

    #[test]
    fn every_fault_is_named_by_its_path() {
        let node = object(&[
            ("inner", object(&[("price", Node::Text("x".into())), ("extra", Node::Null)])),
            ("twice", Node::Null),
            ("twice", Node::Null),
        ]);
        let mut faults = Faults::new();
        let mut fields = faults.object(&node).unwrap();
        let inner = fields.given("inner").unwrap();
        fields.take("twice");
        faults.within("inner", |faults| {
            faults.within_index(3, |faults| {
                let mut fields = faults.object(inner).unwrap();
                assert_eq!(fields.price(faults, "price"), None);
                fields.finish(faults);
            });
        });
        fields.finish(&mut faults);
        let named: Vec<_> =
            faults.finish(Some(())).unwrap_err().into_iter().map(|f| (f.field, f.code)).collect();
        let expected =
            [("twice", "duplicate"), ("inner[3].price", "invalid"), ("inner[3].extra", "unknown_field")];
        assert_eq!(named, expected.map(|(field, code)| (field.to_owned(), code)));
    }

    #[test]
    fn of_very_many_faults_the_first_are_told() {
        let names: Vec<String> = (0..50_000).map(|number| number.to_string()).collect();
        let entries: Vec<_> = names.iter().map(|name| (name.as_str(), Node::Null)).collect();
        let node = object(&entries);
        let mut faults = Faults::new();
        faults.object(&node).unwrap().finish(&mut faults);
        assert_eq!(faults.count(), 50_000);
        let told = faults.finish(Some(())).unwrap_err();
        assert_eq!((told.len(), told[99].field.as_str()), (FAULTS_TOLD, "99"));
    }

    #[test]
    fn a_number_is_read_from_its_own_text() {
        let node = object(&[("price", Node::Number("37.537537537537537538".into()))]);
        let mut faults = Faults::new();
        let price = faults.object(&node).unwrap().price(&mut faults, "price").unwrap();
        assert_eq!(price.to_string(), "37.537537537537537538");
        let node = object(&[("price", Node::Text("37.5375375375375375385".into()))]);
        assert_eq!(faults.object(&node).unwrap().price(&mut faults, "price"), None);
        assert_eq!(faults.finish(Some(())).unwrap_err()[0].message, "has more than 18 decimals");
    }
}
