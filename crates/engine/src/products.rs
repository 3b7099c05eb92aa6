//! The rules of product alerts. They are functions: observations in, a report or nothing out.
//!
//! - [`judge`]: does what happened to a listing fire a search alert?
//! - [`digest`]: the cheapest offers of a search.
//! - [`insights`]: how the prices of a search moved.
//! - [`SearchIndex`]: which searches a listing belongs to.
//! - [`plan`]: how often each search may be asked, so that the calls last until the quota starts anew.
//!
//! Prices are compared within the currency of their search only; whatever has another one, or none, is counted
//! and left out. No clock is read: instants are given.

mod digest;
mod index;
mod insights;
mod judge;
mod offers;
mod quota;
mod title;

pub use digest::digest;
pub use index::SearchIndex;
pub use insights::insights;
pub use judge::judge;
pub use quota::{Demand, Planned, plan};
pub use title::TitleFilter;
