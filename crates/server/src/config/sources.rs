//! The layers that a configuration is put together from: a file, variables, flags; later ones win.
//!
//! What comes in is text by key with its origin. Whether a text is a good value is for the readers.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::{ConfigFault, Origin};
use super::keys::{self, KEYS};

/// The file that is read where none is named, if it is there.
pub const DEFAULT_FILE: &str = "bellwether.toml";
const PREFIX: &str = "BELLWETHER_";
/// Names the configuration file; the other variables without `__` are no settings at all.
const FILE_VARIABLE: &str = "BELLWETHER_CONFIG";

/// What a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file that was named, which must be there; where none was, [`DEFAULT_FILE`] is read if it is.
    pub file: Option<PathBuf>,
    /// Whether [`DEFAULT_FILE`] is looked for.
    pub look_for_file: bool,
    /// The environment: every variable, of which those of ours are taken.
    pub variables: Vec<(String, String)>,
    /// `key`, `value` pairs of the command line.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// The sources of this process.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Self {
        let named = file.or_else(|| std::env::var_os(FILE_VARIABLE).map(PathBuf::from));
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        Self { file: named, look_for_file: true, variables, flags }
    }
}

/// What was set for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    One(String),
    Many(Vec<String>),
}

/// What was set, by key. Keys of secrets may also stand here with `_file` at their end.
pub(super) type Values = BTreeMap<String, (Value, Origin)>;

/// Reads every layer; what cannot be taken is a fault.
pub(super) fn read(sources: &Sources, faults: &mut Vec<ConfigFault>) -> Values {
    let mut values = Values::new();
    if let Some((path, text)) = read_file(sources, faults) {
        take_file(&path, &text, &mut values, faults);
    }
    for (name, value) in &sources.variables {
        take_variable(name, value, &mut values, faults);
    }
    for (key, value) in &sources.flags {
        take(key, Value::One(value.clone()), Origin::Flag, &mut values, faults);
    }
    values
}

fn read_file(sources: &Sources, faults: &mut Vec<ConfigFault>) -> Option<(PathBuf, String)> {
    let path = match &sources.file {
        Some(named) => named.clone(),
        None if sources.look_for_file => PathBuf::from(DEFAULT_FILE),
        None => return None,
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Some((path, text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && sources.file.is_none() => None,
        Err(error) => {
            let message = format!("the file cannot be read: {error}");
            faults.push(ConfigFault { key: String::new(), origin: Origin::File(path), message });
            None
        }
    }
}

fn take_file(path: &Path, text: &str, values: &mut Values, faults: &mut Vec<ConfigFault>) {
    let origin = Origin::File(path.to_owned());
    match text.parse::<toml::Table>() {
        Ok(table) => take_table("", table, &origin, values, faults),
        Err(error) => {
            // The library's own display would quote the line, which may hold a password.
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            let message = format!("line {line} is not TOML: {}", error.message());
            faults.push(ConfigFault { key: String::new(), origin, message });
        }
    }
}

fn take_table(
    path: &str,
    table: toml::Table,
    origin: &Origin,
    values: &mut Values,
    faults: &mut Vec<ConfigFault>,
) {
    for (name, value) in table {
        let key = if path.is_empty() { name } else { format!("{path}.{name}") };
        match plain(value) {
            Ok(value) => take(&key, value, origin.clone(), values, faults),
            Err(inner) => take_table(&key, inner, origin, values, faults),
        }
    }
}

/// A value as text; a table is handed back.
fn plain(value: toml::Value) -> Result<Value, toml::Table> {
    Ok(match value {
        toml::Value::Table(table) => return Err(table),
        toml::Value::Array(items) => Value::Many(items.into_iter().map(scalar).collect()),
        scalar_value => Value::One(scalar(scalar_value)),
    })
}

fn scalar(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// `BELLWETHER_STORE__URL` is `store.url`. One underscore where two belong is told rather than ignored.
fn take_variable(name: &str, value: &str, values: &mut Values, faults: &mut Vec<ConfigFault>) {
    let Some(rest) = name.strip_prefix(PREFIX) else { return };
    let origin = Origin::Variable(name.to_owned());
    if rest.contains("__") {
        let key = rest.to_ascii_lowercase().replace("__", ".");
        take(&key, Value::One(value.to_owned()), origin, values, faults);
    } else if let Some(key) = KEYS.iter().find(|key| variable_with_one_underscore(key.name) == rest) {
        let meant = format!("{PREFIX}{}", key.name.to_ascii_uppercase().replace('.', "__"));
        faults.push(ConfigFault { key: name.to_owned(), origin, message: format!("is written {meant}") });
    }
}

fn variable_with_one_underscore(key: &str) -> String {
    key.to_ascii_uppercase().replace('.', "_")
}

fn take(key: &str, value: Value, origin: Origin, values: &mut Values, faults: &mut Vec<ConfigFault>) {
    let of_secret = |name: &str| keys::find(name).is_some_and(keys::Key::is_secret);
    let known = keys::find(key).is_some() || key.strip_suffix("_file").is_some_and(of_secret);
    if !known {
        let message = "is not a key that is known".to_owned();
        faults.push(ConfigFault { key: key.to_owned(), origin, message });
        return;
    }
    displace(key, &origin, values, faults);
    values.insert(key.to_owned(), (value, origin));
}

/// A secret and the file that holds it are one setting: the later layer's wins, and one layer cannot
/// say both.
fn displace(key: &str, origin: &Origin, values: &mut Values, faults: &mut Vec<ConfigFault>) {
    let other = match key.strip_suffix("_file") {
        Some(secret) => secret.to_owned(),
        None => format!("{key}_file"),
    };
    let Some((_, other_origin)) = values.remove(&other) else { return };
    if std::mem::discriminant(&other_origin) == std::mem::discriminant(origin) {
        let message = format!("cannot be set beside {other}");
        faults.push(ConfigFault { key: key.to_owned(), origin: origin.clone(), message });
    }
}
