//! What can go wrong between processes.

/// Why the bus could not do something.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// No server answers at the address.
    #[error("no NATS server answers: {0}")]
    Unreachable(String),
    /// The server has no JetStream, or this account may not use it.
    #[error("the NATS server offers no JetStream (start it with `-js`, or ask whoever runs it): {0}")]
    NoJetStream(String),
    /// The stream is there and is not what is needed.
    #[error("the stream {stream} cannot be used: {why}")]
    Stream {
        /// Which stream.
        stream: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// An answer did not come.
    #[error("the bus did not answer: {0}")]
    Unanswered(String),
}
