//! A listing in a report: what it is, what it costs, and what is new about it.

use bellwether_model::product::{
    Card, Currency, DigestItem, ListingEvent, ListingEvidence, Mark, Money, Moved, Search, Standout,
};
use bellwether_model::{Price, figures, words};
use serde::Serialize;

use crate::plain;

/// Characters of a title that are told.
const TITLE_CHARS: usize = 160;
/// Characters of what a marketplace calls a condition.
const CONDITION_CHARS: usize = 40;
/// Bytes of an address that is linked.
const ADDRESS_BYTES: usize = 2_000;

/// One listing.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    pub(super) title: String,
    url: Option<String>,
    image: Option<String>,
    pub(super) price: String,
    /// "was 1,450.00 USD".
    before: Option<String>,
    /// "−10.41 %".
    change: Option<String>,
    /// Whether its price moved for the better, for the colour: who buys likes it lower.
    way: &'static str,
    /// "New".
    mark: Option<String>,
    /// "Used · 12.00 USD shipping".
    beside: Option<String>,
}

impl Item {
    fn of(card: &Card, price: String) -> Self {
        let condition = card.condition.as_deref();
        let condition = condition.map(|words| plain::bounded_line(words, CONDITION_CHARS));
        Self {
            title: title(card),
            url: web(card.url.as_deref(), &["https://", "http://"]),
            // A picture over plain HTTP would show the reader's mail to everyone on the way.
            // Without TLS from the reader's own machine only, where a simulated shop may be.
            image: web(card.image.as_deref(), &["https://", "http://127.0.0.1:"]),
            price,
            before: None,
            change: None,
            way: "level",
            mark: None,
            beside: condition.filter(|words| !words.is_empty()),
        }
    }

    /// What it cost before, and which way that went.
    fn changed(mut self, from: Price, to: Price, currency: Currency) -> Self {
        self.before = Some(format!("was {}", words::money(Money { value: from, currency })));
        self.change = figures::change(from, to);
        self.way = match to.cmp(&from) {
            std::cmp::Ordering::Less => "good",
            std::cmp::Ordering::Equal => "level",
            std::cmp::Ordering::Greater => "bad",
        };
        self
    }

    fn marked(mut self, mark: impl Into<String>) -> Self {
        self.mark = Some(mark.into());
        self
    }
}

/// What its seller calls it, on one line.
pub(in crate::render) fn title(card: &Card) -> String {
    match plain::bounded_line(&card.title, TITLE_CHARS) {
        title if title.is_empty() => plain::line(card.id.as_str()),
        title => title,
    }
}

/// An address that may be linked: one of the web, in visible characters.
fn web(address: Option<&str>, schemes: &[&str]) -> Option<String> {
    let address = address?;
    let visible = address.chars().all(|sign| !sign.is_control() && !sign.is_whitespace());
    let known = schemes.iter().any(|scheme| address.starts_with(scheme));
    (visible && known && address.len() <= ADDRESS_BYTES).then(|| address.to_owned())
}

/// An offer of a digest, or among the best.
pub(super) fn offer(offer: &DigestItem) -> Item {
    let mut item = Item::of(&offer.listing, words::money(offer.price));
    if let Some(shipping) = offer.shipping {
        let shipping = format!("{} shipping", words::money(shipping));
        item.beside = Some(match item.beside {
            Some(condition) => format!("{condition} · {shipping}"),
            None => shipping,
        });
    }
    match offer.mark {
        Some(Mark::New) => item.marked("New"),
        Some(Mark::Changed { from }) => item.changed(from.value, offer.price.value, from.currency),
        None => item,
    }
}

/// What happened to a listing.
pub(super) fn event(event: &ListingEvidence, search: &Search) -> Item {
    let price = event.price.map_or_else(|| "no price".to_owned(), words::money);
    let item = Item::of(&event.listing, price);
    let currency = search.currency();
    let now = event.price.and_then(|price| price.of(currency));
    let before = event.reference.or_else(|| event.previous_price?.of(currency));
    let item = match (now, before) {
        (Some(now), Some(before)) if now != before => item.changed(before, now, currency),
        _ => item,
    };
    match (event.event, event.threshold) {
        (ListingEvent::Listed, _) => item.marked("New"),
        (ListingEvent::PriceDrop, _) => item,
        (ListingEvent::Below, Some(threshold)) => {
            item.marked(format!("At most {}", words::money(Money { value: threshold, currency })))
        }
        (ListingEvent::Below, None) => item,
        (ListingEvent::Restocked, _) => item.marked("Back in stock"),
        (ListingEvent::Ended, _) => item.marked("Ended"),
    }
}

/// A listing whose price moved.
pub(super) fn moved(moved: &Moved, currency: Currency) -> Item {
    let price = words::money(Money { value: moved.now, currency });
    let item = Item::of(&moved.listing, price).changed(moved.was, moved.now, currency);
    let sign = if moved.now < moved.was { '−' } else { '+' };
    // As the report has it, so that no two places round differently; but a move is never told as none.
    match moved.percent.as_str() {
        "0" => item,
        percent => Item { change: Some(format!("{sign}{percent} %")), ..item },
    }
}

/// A new listing that is cheaper than the cheapest was.
pub(super) fn standout(standout: &Standout, currency: Currency) -> Item {
    let price = words::money(Money { value: standout.price, currency });
    let before = words::money(Money { value: standout.before, currency });
    let mut item = Item::of(&standout.listing, price).marked("New");
    item.change = figures::change(standout.before, standout.price);
    item.way = "good";
    item.before = Some(format!("the cheapest was {before}"));
    item
}
