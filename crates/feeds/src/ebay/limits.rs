//! eBay's limits, and ours.

use std::time::Duration;

/// Its name in metrics and messages.
pub(super) const NAME: &str = "ebay";
/// Items in one page, at least and at most. eBay gives 200; fewer than 20 save nothing.
pub(super) const PAGE_ITEMS: std::ops::RangeInclusive<usize> = 20..=200;
/// Pages of one search at most: eBay gives 10,000 items of a result, 200 at once.
pub(super) const PAGES: u32 = 50;
/// The longest answer that is read. Two hundred items, written out, take half a megabyte.
pub(super) const ANSWER_BYTES: usize = 4 * 1_024 * 1_024;
/// The longest answer of the seller of tokens.
pub(super) const TOKEN_BYTES: usize = 64 * 1_024;
/// What every token is bought for.
pub(super) const SCOPE: &str = "https://api.ebay.com/oauth/api_scope";
/// A token is renewed this long before its end, or a tenth of its life before, where that is less.
pub(super) const TOKEN_MARGIN: Duration = Duration::from_mins(5);
/// How long to stay away where eBay says so without saying how long.
pub(super) const AWAY: Duration = Duration::from_mins(1);
/// The longest that it is believed.
pub(super) const AWAY_LONGEST: Duration = Duration::from_hours(25);
/// How long others wait for whoever tries a closed door.
pub(super) const TRIAL: Duration = Duration::from_secs(30);
/// Searches whose failures are remembered.
pub(super) const FAILING_SEARCHES: usize = 10_000;
/// Characters of a title, and of other words of eBay's, that are kept.
pub(super) const TITLE_CHARS: usize = 200;
pub(super) const WORD_CHARS: usize = 80;
pub(super) const MESSAGE_CHARS: usize = 300;
/// The longest address that is kept.
pub(super) const ADDRESS_BYTES: usize = 2_048;
