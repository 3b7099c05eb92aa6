//! Whose feed an instrument is of, and who may see it.

use bellwether_model::{Instrument, UserId};
use bellwether_store::{Store, StoreError};

/// Characters of a feed's name, and of a symbol.
const FEED_CHARS: usize = 40;
const SYMBOL_CHARS: usize = 64;

/// The feed and the symbol of a pushed instrument; nothing where it is not written as one.
pub(in crate::http) fn parts(instrument: &Instrument) -> Option<(&str, &str)> {
    let (feed, symbol) = instrument.symbol().split_once('/')?;
    let is_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let fits = !feed.is_empty()
        && feed.len() <= FEED_CHARS
        && feed.bytes().all(is_name)
        && !symbol.is_empty()
        && symbol.chars().count() <= SYMBOL_CHARS;
    fits.then_some((feed, symbol))
}

/// Whether a user may watch a pushed instrument: it is of a feed of theirs, or of one that was published.
pub(in crate::http) async fn is_seen_by(
    store: &Store,
    instrument: &Instrument,
    user: UserId,
) -> Result<bool, StoreError> {
    let Some((feed, _)) = parts(instrument) else { return Ok(false) };
    Ok(store.feed(feed).await?.is_some_and(|feed| feed.is_seen_by(user)))
}
