//! What happens, as it happens: server-sent events to whoever looks on.
//!
//! A stream is a convenience and never the record. It begins with `hello`; whoever reads their lists after it
//! misses nothing, since every change from then on is told or counted in a `reload`. It ends when the access
//! token that opened it would have; its reader connects again with the next one and reads the lists again.
//!
//! What is told is read from the store after each hint that something of the user's has changed, and every few
//! seconds without one, so changes that other processes make are told too, a little later.

mod listeners;
mod looking;
mod prices;
mod told;

pub(super) mod stream;

pub(super) use self::listeners::{Listener, Listeners};
