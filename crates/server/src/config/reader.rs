//! Values by key, checked: each comes out in its type, or leaves a fault behind.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;

use bellwether_model::Span;

use super::fault::{ConfigError, ConfigFault, Origin};
use super::keys::{self, Default};
use super::secret::Secret;
use super::sources::{Value, Values};

/// A secret's file is one line; more than this is a mistake.
const SECRET_FILE_BYTES: u64 = 64 * 1024;

/// Reads values and notes what is wrong with them.
pub(super) struct Reader {
    values: Values,
    faults: Vec<ConfigFault>,
    asked: BTreeSet<&'static str>,
}

impl Reader {
    pub(super) fn new(values: Values, faults: Vec<ConfigFault>) -> Self {
        Self { values, faults, asked: BTreeSet::new() }
    }

    /// A value that its own type reads.
    pub(super) fn parsed<T>(&mut self, key: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let (text, origin) = self.one(key)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => self.fault(key, origin, format!("{error}")),
        }
    }

    /// The same, where an empty text means that there is none.
    pub(super) fn optional<T>(&mut self, key: &'static str) -> Option<Option<T>>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        match self.one(key)? {
            (text, _) if text.is_empty() => Some(None),
            _ => self.parsed(key).map(Some),
        }
    }

    /// An address and a port.
    pub(super) fn address(&mut self, key: &'static str) -> Option<SocketAddr> {
        let (text, origin) = self.one(key)?;
        match text.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                self.fault(key, origin, "must be an address and a port, such as 127.0.0.1:8080".to_owned())
            }
        }
    }

    /// An address and a port, or none where the text is empty.
    pub(super) fn optional_address(&mut self, key: &'static str) -> Option<Option<SocketAddr>> {
        match self.one(key)? {
            (text, _) if text.is_empty() => Some(None),
            _ => self.address(key).map(Some),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let (text, origin) = self.one(key)?;
        match text.parse() {
            Ok(flag) => Some(flag),
            Err(_) => self.fault(key, origin, "must be true or false".to_owned()),
        }
    }

    /// A whole number between two bounds.
    pub(super) fn whole(&mut self, key: &'static str, low: u32, high: u32) -> Option<u32> {
        let (text, origin) = self.one(key)?;
        match text.parse::<u32>() {
            Ok(number) if (low..=high).contains(&number) => Some(number),
            _ => self.fault(key, origin, format!("must be a whole number from {low} to {high}")),
        }
    }

    /// A duration of at least a second.
    pub(super) fn span(&mut self, key: &'static str) -> Option<Span> {
        match self.parsed::<Span>(key)? {
            Span::ZERO => {
                let (_, origin) = self.one(key)?;
                self.fault(key, origin, "must be longer than that".to_owned())
            }
            span => Some(span),
        }
    }

    /// A list of texts; on the command line and in variables they are set apart by commas.
    pub(super) fn list(&mut self, key: &'static str) -> Option<Vec<String>> {
        self.asked.insert(key);
        Some(match self.values.get(key) {
            None => Vec::new(),
            Some((Value::Many(items), _)) => items.clone(),
            Some((Value::One(text), _)) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
        })
    }

    /// A text that is never printed, or the content of the file that `<key>_file` names.
    pub(super) fn secret(&mut self, key: &'static str) -> Option<Secret> {
        let file_key = format!("{key}_file");
        match self.values.get(&file_key).cloned() {
            Some((Value::One(path), origin)) => match read_secret(Path::new(&path)) {
                Ok(secret) => {
                    self.asked.insert(key);
                    Some(secret)
                }
                Err(message) => self.fault(&file_key, origin, message),
            },
            Some((Value::Many(_), origin)) => self.fault(&file_key, origin, "must be one path".to_owned()),
            None => self.one(key).map(|(text, _)| Secret::new(text)),
        }
    }

    /// A value that the caller checked and found wrong.
    pub(super) fn refuse<T>(&mut self, key: &'static str, message: &str) -> Option<T> {
        let origin = self.values.get(key).map_or(Origin::Default, |(_, origin)| origin.clone());
        self.fault(key, origin, message.to_owned())
    }

    /// The value, if nothing was found wrong anywhere.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(ConfigError { faults: self.faults }),
        }
    }

    /// The keys that were asked for.
    #[cfg(test)]
    pub(super) fn asked(&self) -> &BTreeSet<&'static str> {
        &self.asked
    }

    fn one(&mut self, key: &'static str) -> Option<(String, Origin)> {
        self.asked.insert(key);
        match self.values.get(key).cloned() {
            Some((Value::One(text), origin)) => Some((text, origin)),
            Some((Value::Many(_), origin)) => self.fault(key, origin, "must be one value".to_owned()),
            None => {
                let known = keys::find(key).expect("readers ask for keys of the table");
                let text = match known.default {
                    Default::Text(text) | Default::Secret(text) => text.to_owned(),
                    Default::Number(number) => number.to_string(),
                    Default::Flag(flag) => flag.to_string(),
                    Default::Nothing => String::new(),
                };
                Some((text, Origin::Default))
            }
        }
    }

    fn fault<T>(&mut self, key: &str, origin: Origin, message: String) -> Option<T> {
        self.faults.push(ConfigFault { key: key.to_owned(), origin, message });
        None
    }
}

fn read_secret(path: &Path) -> Result<Secret, String> {
    let unreadable = |error: std::io::Error| format!("names a file that cannot be read: {error}");
    if std::fs::metadata(path).map_err(unreadable)?.len() > SECRET_FILE_BYTES {
        return Err(format!("names a file of more than {SECRET_FILE_BYTES} bytes"));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    match text.trim_end_matches(['\n', '\r']) {
        "" => Err("names an empty file".to_owned()),
        secret => Ok(Secret::new(secret)),
    }
}
