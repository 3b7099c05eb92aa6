//! Text that must not be seen: passwords, keys, addresses with credentials in them.

use std::fmt;

use serde::{Serialize, Serializer};

/// A text that prints as `***`, whichever way it is printed. [`Secret::reveal`] is the one way in.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_stars_whichever_way_it_is_printed() {
        let secret = Secret::new("hunter2");
        let printed =
            [format!("{secret}"), format!("{secret:?}"), serde_json::to_string(&secret).unwrap()].concat();
        assert_eq!(printed, "******\"***\"");
        assert_eq!(secret.reveal(), "hunter2");
    }
}
