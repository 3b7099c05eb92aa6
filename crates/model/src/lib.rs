//! The vocabulary of Bellwether: what a price, an instrument, a tick, an alert, a condition and a
//! fire are, how each is read from text, checked, and printed.
//!
//! This crate does no I/O, reads no clock and knows no other crate of Bellwether. Everything that
//! people send goes through [`input`], which reports all faults of a request together, each with the
//! path of its field.

pub mod alert;
pub mod candle;
pub mod condition;
pub mod decimal;
pub mod figures;
pub mod fire;
pub mod id;
pub mod input;
pub mod instrument;
pub mod limits;
mod plain_text;
pub mod product;
pub mod repeat;
pub mod span;
pub mod spec;
pub mod state;
pub mod tick;
pub mod time;
pub mod wording;
pub mod words;

pub use alert::{AlertDraft, AlertSpec, Channel, Status};
pub use candle::{Candle, Interval, IntervalError};
pub use condition::{Condition, Direction, Event, Part, Shift, Side, State};
pub use decimal::{DecimalError, Percent, Price};
pub use fire::{Evidence, Measure, PartTruth, Resolution};
pub use id::{
    AlertId, AttemptId, ChannelId, DeliveryId, FireId, KeyId, ReportId, SearchId, SessionId, UserId,
};
pub use input::{Fault, Faults, Node};
pub use instrument::{Instrument, InstrumentError, SHARDS, Venue};
pub use repeat::Repeat;
pub use span::{Span, SpanError};
pub use spec::Spec;
pub use state::{AlertState, Standing};
pub use tick::{Observation, Origin, Position, Tick};
pub use time::{Timestamp, TimestampError};
pub use wording::Placeholder;
