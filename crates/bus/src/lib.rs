//! How ticks and hints travel between processes: NATS JetStream.
//!
//! A process that does everything needs none of this: its parts speak over channels. Where the parts are
//! processes of their own, two things travel between them:
//!
//! * **The tick log** ([`TickLog`]): what feeds saw, in one durable stream with one order. Each batch stands
//!   under a [`Topic`], so that whoever evaluates a partition reads no more than that, and whoever wants all reads
//!   all, in the order of the stream. A reader says from where on; it is never asked to acknowledge, since where
//!   it stands is kept with what it has made of it.
//! * **Hints** ([`Bus::hint`]) and questions ([`Bus::ask`]): fast, and not durable. Nothing may depend on a hint:
//!   whoever waits for one also looks by themselves, now and then.
//!
//! What is in a batch or a hint, this crate does not know: bytes go in, and the same bytes come out.
//!
//! Made for NATS servers from 2.9 on, which drop what they do not know without a word: nothing newer is asked of
//! them, and what was asked is read back.

mod answers;
mod connection;
mod error;
mod hints;
mod log;
mod reader;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::answers::{Question, Questions};
pub use self::connection::{Bus, BusOptions};
pub use self::error::BusError;
pub use self::hints::{Hint, Hints};
pub use self::log::{Batch, TickLog, Topic};
pub use self::reader::{Entry, From, Reader};
