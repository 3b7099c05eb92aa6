//! The fast path: a match with its fields in the order in which Coinbase sends them.
//!
//! It answers "no" to everything else, well-formed or not, and never guesses: what it accepts is JSON
//! that the general reader accepts too, with the same meaning.

use super::Match;
use crate::instant::instant;
use crate::scan::Scan;

/// The trade in `{"type":"match",…}`, or nothing.
pub(super) fn trade(message: &[u8]) -> Option<Match<'_>> {
    let mut scan = Scan::of(message);
    scan.literal(b"{\"type\":\"match\",\"trade_id\":")?;
    let id = scan.integer()?;
    scan.literal(b",\"maker_order_id\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"taker_order_id\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"side\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"size\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"price\":\"")?;
    let price = scan.string()?;
    scan.literal(b",\"product_id\":\"")?;
    let product = scan.string()?;
    scan.literal(b",\"sequence\":")?;
    scan.integer()?;
    scan.literal(b",\"time\":\"")?;
    let time = scan.string()?;
    scan.literal(b"}")?;
    scan.end()?;
    Some(Match { product, id, price: price.parse().ok()?, time: instant(time)? })
}
