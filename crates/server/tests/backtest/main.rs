//! `bellwether backtest` over small files, against fires worked out by hand; over drawn ones, against the
//! twin; and over files that are wrong.

#![expect(clippy::unwrap_used, reason = "a file that cannot be written is a failing test")]

mod desk;
mod drawn;
mod faults;
mod fires;
