//! The eBay client against an eBay in a box: tokens, searches, pages, quota, every fault, hostile items.
#![expect(clippy::unwrap_used, reason = "a test's support fails loudly")]

mod faults;
mod offers;
mod quota;
mod rig;
mod tokens;
