//! Channels that users make, in plain: where each leads, how that is read from a request, sealed for the
//! store, and opened again to send there.
//!
//! Nothing here sends anything, and nothing stores but what seals all of them anew under another key. What a target holds is shown by no `Debug` and no error.

mod address;
mod guard;
mod input;
mod resealing;
mod sealer;

pub use self::address::{Address, FormerSecret};
pub use self::guard::Guard;
pub(crate) use self::input::read_address;
pub(crate) use self::resealing::reseal_all;
pub use self::sealer::Sealer;
pub(crate) use self::sealer::Unreadable;
