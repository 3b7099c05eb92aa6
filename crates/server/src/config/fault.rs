//! What is wrong with a configuration: every fault, each with its key and where it was set.

use std::fmt;
use std::path::PathBuf;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is the default.
    Default,
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
    /// On the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("by default"),
            Origin::File(path) => write!(f, "in {}", path.display()),
            Origin::Variable(name) => write!(f, "by the variable {name}"),
            Origin::Flag => f.write_str("on the command line"),
        }
    }
}

/// One thing that is wrong. Its text never holds the value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The key, or what was written in its place.
    pub key: String,
    /// Where it was set.
    pub origin: Origin,
    /// What is wrong; it continues the key.
    pub message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, origin, message } = self;
        match key.as_str() {
            "" => write!(f, "{message} ({origin})"),
            key => write!(f, "{key} {message} (set {origin})"),
        }
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The faults, at least one.
    pub faults: Vec<ConfigFault>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [one] => write!(f, "the configuration is not usable: {one}"),
            many => {
                write!(f, "the configuration has {} faults:", many.len())?;
                many.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}
