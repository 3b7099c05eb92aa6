//! The fast path: a combined aggregate trade with its fields in the order in which Binance sends them.
//!
//! It answers "no" to everything else, well-formed or not, and never guesses: what it accepts is JSON
//! that the general reader accepts too, with the same meaning.

use super::{AggTrade, instant};
use crate::scan::Scan;

/// The trade in `{"stream":"…","data":{"e":"aggTrade",…}}`, or nothing.
pub(super) fn combined_trade(message: &[u8]) -> Option<AggTrade<'_>> {
    let mut scan = Scan::of(message);
    scan.literal(b"{\"stream\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"data\":{\"e\":\"aggTrade\",\"E\":")?;
    scan.integer()?;
    scan.literal(b",\"s\":\"")?;
    let symbol = scan.string()?;
    scan.literal(b",\"a\":")?;
    let id = scan.integer()?;
    scan.literal(b",\"p\":\"")?;
    let price = scan.string()?;
    scan.literal(b",\"q\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"f\":")?;
    let first = scan.integer()?;
    scan.literal(b",\"l\":")?;
    let last = scan.integer()?;
    scan.literal(b",\"T\":")?;
    let time = scan.integer()?;
    scan.literal(b",\"m\":")?;
    scan.boolean()?;
    scan.literal(b",\"M\":")?;
    scan.boolean()?;
    scan.literal(b"}}")?;
    scan.end()?;
    Some(AggTrade { symbol, id, price: price.parse().ok()?, first, last, time: instant(time)? })
}
