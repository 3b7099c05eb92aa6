//! The twin: a slow evaluator that is obviously right, and the measure that the engine is held to.
//!
//! It shares nothing with the engine but the vocabulary of `bellwether-model`, and was written from the
//! rules alone, which `docs/semantics.md` tells. It keeps every tick of every instrument and, for every
//! alert, a journal of what was judged at each tick since it was armed; at each tick it works everything
//! out anew from these two, in integers of any size. The sentences in quotation marks in its comments are
//! the rules that it was written from.
//!
//! It is not fast, forgets nothing, survives no restart and checks no input. Tests only.
//!
//! - [`Twin`] is the face: arm, amend, disarm, apply, and say that nothing came.
//! - `history` knows what an instrument's ticks say: staleness, the price in force, windows.
//! - `event` and `state` judge one condition at one tick.
//! - `watch` holds one alert to its rules: readiness, `for`, cooldown, expiry, numbers.
//! - `silence` judges alerts on instruments of which nothing comes.

mod event;
mod exact;
mod fire;
mod history;
mod silence;
mod state;
mod twin;
mod watch;

pub use fire::TwinFire;
pub use history::Verdict;
pub use twin::{ArmAt, Twin, TwinPolicy};
