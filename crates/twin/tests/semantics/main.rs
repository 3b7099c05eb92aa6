//! The twin against `docs/semantics.md`, rule by rule. [`script`] says how the cases are written.

#![expect(clippy::unwrap_used, reason = "a case that cannot be read is a failing test")]

mod arming;
mod composites;
mod crossings;
mod repeats;
mod script;
mod silences;
mod states;
mod ticks;
mod windows;
mod worked_examples;
