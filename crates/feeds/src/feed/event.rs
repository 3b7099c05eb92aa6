//! What connections and lines tell the feed's loop.

use bellwether_model::{Instrument, Observation};

use crate::Ending;

/// A connection's number, never used again while the feed runs.
pub(super) type ConnectionId = u64;

/// Everything that can come to the loop from a connection or a line.
///
/// They travel on one bounded channel. When it is full the sender waits and reads no more from its
/// socket: the venue feels it, and nothing is lost but time.
#[derive(Debug)]
pub(super) enum Event {
    /// A connection is open.
    Opened { connection: ConnectionId },
    /// Nothing could be opened; said once per outage.
    Unreachable { reason: String },
    /// The venue sends these on this connection from now on.
    Held { connection: ConnectionId, instruments: Vec<Instrument> },
    /// These are being given up on this connection.
    Released { connection: ConnectionId, instruments: Vec<Instrument> },
    /// The venue will not send this one.
    Refused { instrument: Instrument, reason: String },
    /// Live trades, in the order in which they came.
    Trades { trades: Vec<(Instrument, Observation)> },
    /// The numbers of the venue's newest trades, of which the stream has shown what it shows.
    Newest { newest: Vec<(Instrument, u64)> },
    /// A connection has ended; nothing more comes from it.
    Ended { connection: ConnectionId, ending: Ending },
}
