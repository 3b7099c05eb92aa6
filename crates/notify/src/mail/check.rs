//! What a check of the mail settings found wrong, for the operator.

/// What is wrong with mail, and what to do about it. Holds no secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}. {advice}")]
pub struct CheckError {
    /// What went wrong.
    pub reason: String,
    /// What to do about it.
    pub advice: &'static str,
}
