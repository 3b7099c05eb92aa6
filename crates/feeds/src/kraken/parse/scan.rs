//! The fast path: trades with their fields in the order in which Kraken sends them.
//!
//! It answers "no" to everything else, well-formed or not, and never guesses: what it accepts is JSON
//! that the general reader accepts too, with the same meaning.

use super::Trade;
use crate::instant::instant;
use crate::scan::Scan;

/// The trades in `{"channel":"trade","type":"update","data":[…]}`, or nothing. Most messages hold one, for
/// which no memory is taken.
pub(super) fn trades(message: &[u8]) -> Option<(Trade<'_>, Vec<Trade<'_>>)> {
    let mut scan = Scan::of(message);
    scan.literal(b"{\"channel\":\"trade\",\"type\":\"update\",\"data\":[")?;
    let first = trade(&mut scan)?;
    let mut others = Vec::new();
    loop {
        match scan.byte()? {
            b',' => others.push(trade(&mut scan)?),
            b']' => break,
            _ => return None,
        }
    }
    scan.literal(b"}")?;
    scan.end()?;
    Some((first, others))
}

fn trade<'a>(scan: &mut Scan<'a>) -> Option<Trade<'a>> {
    scan.literal(b"{\"symbol\":\"")?;
    let symbol = scan.string()?;
    scan.literal(b",\"side\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"price\":")?;
    let price = scan.number()?;
    scan.literal(b",\"qty\":")?;
    scan.number()?;
    scan.literal(b",\"ord_type\":\"")?;
    scan.skip_string()?;
    scan.literal(b",\"trade_id\":")?;
    let id = scan.integer()?;
    scan.literal(b",\"timestamp\":\"")?;
    let time = scan.string()?;
    scan.literal(b"}")?;
    Some(Trade { symbol, id, price: price.parse().ok()?, time: instant(time)? })
}
