//! How the prices of a search moved.

mod history;

use bellwether_model::product::{
    DigestItem, Elsewhere, InsightsReport, InsightsWatch, Money, Moved, Offer, PricePoint, Search, Standout,
    Traced, Vanished,
};
use bellwether_model::{Price, Shift, Side, Timestamp};

use self::history::History;
use super::digest::{mark, shown};
use super::offers::{by_price, is_offered, price_of};
use crate::exact::Exact;
use crate::figures::{mean, median, percent};

/// How many of the cheapest offers are told.
const BEST: usize = 10;

/// The report for one instant of the schedule.
///
/// `slot` is that instant, `as_of` when the marketplace was last asked. `listings` are those that were there at
/// the start of the look-back or later, gone ones among them; `daily_lows` is the lowest price of the search on
/// each day on record, the oldest first.
#[must_use]
pub fn insights(
    watch: &InsightsWatch,
    slot: Timestamp,
    as_of: Option<Timestamp>,
    listings: Vec<Traced>,
    daily_lows: &[PricePoint],
) -> InsightsReport {
    let start = slot.saturating_sub(watch.look_back);
    let past = Past::at(start, &listings);
    let history = History::new(slot, daily_lows, &listings);
    let gone = vanished(&watch.search, (start, slot), &past, &listings);
    let (offers, elsewhere) = compare(&watch.search, start, listings);
    let prices: Vec<Price> = offers.iter().map(|offer| offer.now).collect();
    let today = prices.first().map(|price| PricePoint { time: as_of.unwrap_or(slot), price: *price });
    let (drops, rises) = moves(watch, &offers);
    let new_cheapest = new_cheapest(&offers, start, past.cheapest);
    InsightsReport {
        search: watch.search.clone(),
        slot,
        as_of,
        look_back: watch.look_back,
        drop_percent: watch.drop_percent,
        count: count(prices.len()),
        minimum: prices.first().copied(),
        median: median(&prices),
        mean: mean(&prices),
        all_time_low: history.all_time_low(today),
        goodness: today.and_then(|today| history.goodness(today.price)),
        drops,
        rises,
        new_cheapest,
        gone,
        chart: history.chart(today),
        best: best(&watch.search, offers, start, past.was_observed),
        elsewhere,
    }
}

/// An offer that can be compared.
struct Compared {
    offer: Offer,
    now: Price,
    /// The price in force at the start of the look-back; nothing where it was not observed then.
    was: Option<Price>,
    first_seen_at: Timestamp,
}

/// What was known at the start of the look-back.
struct Past {
    cheapest: Option<Price>,
    was_observed: bool,
}

impl Past {
    fn at(start: Timestamp, listings: &[Traced]) -> Self {
        let there = |traced: &&Traced| ended_at(traced).is_none_or(|end| end > start);
        let prices = listings.iter().filter(there).filter_map(|traced| in_force(&traced.prices, start));
        let was_observed = listings.iter().any(|traced| traced.first_seen_at <= start);
        Self { cheapest: prices.min(), was_observed }
    }
}

/// When a listing ended or was lost, whichever is known to have been first.
fn ended_at(traced: &Traced) -> Option<Timestamp> {
    let ends_at = traced.offer.ends_at;
    ends_at.into_iter().chain(traced.gone_at).min()
}

/// Whether a listing can be bought now, as far as anybody knows.
fn is_there(traced: &Traced, search: &Search) -> bool {
    traced.gone_at.is_none() && is_offered(&traced.offer, search)
}

/// What has gone within the look-back: it had a price that can be compared, and is not there any more.
fn vanished(
    search: &Search,
    (start, slot): (Timestamp, Timestamp),
    past: &Past,
    listings: &[Traced],
) -> Option<Vanished> {
    let has_gone = |traced: &&Traced| {
        !is_there(traced, search) && ended_at(traced).is_some_and(|end| end > start && end <= slot)
    };
    let last = |traced: &Traced| traced.prices.last().map(|point| point.price);
    let gone: Vec<_> =
        listings.iter().filter(has_gone).filter_map(|traced| Some((last(traced)?, traced))).collect();
    let (price, cheapest) = gone
        .iter()
        .min_by(|(one, a), (other, b)| by_price((*one, &a.offer.card.id), (*other, &b.offer.card.id)))?;
    Some(Vanished {
        count: count(gone.len()),
        listing: cheapest.offer.card.clone(),
        price: *price,
        was_cheapest: past.cheapest.is_some() && in_force(&cheapest.prices, start) == past.cheapest,
    })
}

/// The price in force at an instant: the last one observed until then.
fn in_force(prices: &[PricePoint], instant: Timestamp) -> Option<Price> {
    let after = prices.partition_point(|point| point.time <= instant);
    prices.get(after.checked_sub(1)?).map(|point| point.price)
}

/// The offers that can be compared, the cheapest first, and those that cannot, by their currency.
fn compare(search: &Search, start: Timestamp, listings: Vec<Traced>) -> (Vec<Compared>, Vec<Elsewhere>) {
    let mut offers = Vec::with_capacity(listings.len());
    let mut elsewhere: Vec<Elsewhere> = Vec::new();
    for traced in listings.into_iter().filter(|traced| is_there(traced, search)) {
        let Some(now) = price_of(&traced.offer, search) else {
            let currency = traced.offer.price.map(|price| price.currency);
            match elsewhere.iter_mut().find(|group| group.currency == currency) {
                Some(group) => group.count += 1,
                None => elsewhere.push(Elsewhere { currency, count: 1 }),
            }
            continue;
        };
        let was = in_force(&traced.prices, start);
        offers.push(Compared { offer: traced.offer, now, was, first_seen_at: traced.first_seen_at });
    }
    offers.sort_unstable_by(|one, other| {
        by_price((one.now, &one.offer.card.id), (other.now, &other.offer.card.id))
    });
    elsewhere.sort_unstable_by_key(|group| (group.currency.is_none(), group.currency));
    (offers, elsewhere)
}

/// Falls of at least the percentage, and rises; the largest first, those of one size by their ids.
fn moves(watch: &InsightsWatch, offers: &[Compared]) -> (Vec<Moved>, Vec<Moved>) {
    let (mut drops, mut rises) = (Vec::new(), Vec::new());
    for offer in offers {
        let Some(was) = offer.was else { continue };
        let fell = Exact::reaches(offer.now, was, Shift::Percent(watch.drop_percent), Side::Down);
        let list = match offer.now > was {
            true => &mut rises,
            false if fell => &mut drops,
            false => continue,
        };
        let Some(percent) = percent(was, offer.now) else { continue };
        let moved = Moved { listing: offer.offer.card.clone(), was, now: offer.now, percent };
        // To 28 digits: enough to put them in order.
        let size = offer.now.to_decimal().checked_div(was.to_decimal());
        list.push((size, moved));
    }
    drops.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.listing.id.cmp(&b.listing.id)));
    rises.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.listing.id.cmp(&b.listing.id)));
    let alone = |list: Vec<(_, Moved)>| list.into_iter().map(|(_, moved)| moved).collect();
    (alone(drops), alone(rises))
}

/// The cheapest of the offers that came since the start, where it is cheaper than the cheapest was then.
fn new_cheapest(offers: &[Compared], start: Timestamp, cheapest: Option<Price>) -> Option<Standout> {
    let before = cheapest?;
    let newest = offers.iter().find(|offer| offer.first_seen_at > start)?;
    (newest.now < before).then(|| Standout { listing: newest.offer.card.clone(), price: newest.now, before })
}

fn best(search: &Search, offers: Vec<Compared>, start: Timestamp, was_observed: bool) -> Vec<DigestItem> {
    let item = |offer: Compared| {
        let then = offer.was.map(|was| Money { value: was, currency: search.currency() });
        // In the first look-back of a search everything is new, and nothing is worth marking.
        let is_new = was_observed && offer.first_seen_at > start;
        let mark = mark(search, offer.now, is_new, then);
        shown(search, offer.now, offer.offer, mark)
    };
    offers.into_iter().take(BEST).map(item).collect()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
