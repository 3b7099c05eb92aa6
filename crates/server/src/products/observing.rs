//! What an observation of a search means for those who watch it.
//!
//! Nothing here asks anybody: the state of the search and what was found go in, fires come out. What did not
//! change is looked at by no alert, so a poll costs what it brings.

use std::collections::{HashMap, HashSet};

use bellwether_engine::products::judge;
use bellwether_model::product::{
    Availability, Change, ListingCondition, ListingEvidence, ListingId, ListingsReport, Offer, ProductWatch,
    Report, SearchWatch,
};
use bellwether_model::{AlertId, DeliveryId, FireId, Price, Repeat, ReportId, Timestamp};
use bellwether_store::search::{ListingsFired, SearchAlert, SearchState};
use uuid::Uuid;

/// Prices that falls are measured from: of an alert, for a listing.
pub(super) type References = HashMap<(AlertId, ListingId), Price>;

/// What was found for a search at one moment.
pub(super) struct Found {
    /// The listings, none twice.
    pub(super) offers: Vec<Offer>,
    /// Whether they are all that there are. Otherwise they are the cheapest.
    pub(super) complete: bool,
    /// When the marketplace was asked.
    pub(super) time: Timestamp,
}

impl Found {
    /// Listings that the search knows as present and that were not found, although they should have been: all of
    /// them where everything was found, and otherwise those that are cheaper than the dearest one found.
    pub(super) fn missing(&self, state: &SearchState) -> Vec<ListingId> {
        let found: HashSet<&ListingId> = self.offers.iter().map(|offer| &offer.card.id).collect();
        let currency = state.search.currency();
        let dearest = self.offers.iter().filter_map(|offer| offer.price?.of(currency)).max();
        let mut missing: Vec<ListingId> = state
            .known
            .iter()
            .filter(|(id, known)| known.gone_at.is_none() && !found.contains(id))
            .filter(|(_, known)| {
                let price = known.known.price.and_then(|price| price.of(currency));
                self.complete || price.is_some_and(|price| Some(price) < dearest)
            })
            .map(|(id, _)| id.clone())
            .collect();
        missing.sort();
        missing
    }

    /// What is new or other than before, the cheapest first as they were found.
    pub(super) fn changes(&self, state: &SearchState) -> Vec<Change> {
        let changed = self.offers.iter().filter_map(|offer| {
            let known = state.known.get(&offer.card.id);
            let before = known.map(|known| known.known);
            let is_same = before.is_some_and(|before| {
                before.price == offer.price && before.availability == offer.availability
            });
            (!is_same).then(|| Change { offer: offer.clone(), before, time: self.time })
        });
        changed.collect()
    }
}

/// Whether anybody wants to know that listings end or come back, which a page of results does not tell.
pub(super) fn wants_fate(state: &SearchState) -> bool {
    let wants = |watch: &SearchWatch| {
        watch
            .conditions
            .iter()
            .any(|condition| matches!(condition, ListingCondition::Ended | ListingCondition::Restocked))
    };
    state.alerts.iter().filter_map(watch_of).any(wants)
}

/// Alerts that see the search for the first time since they were armed, with the revision that was seen.
pub(super) fn baselines(state: &SearchState) -> Vec<(AlertId, u64)> {
    let unseen = state.alerts.iter().filter(|alert| alert.baseline_at.is_none());
    unseen.map(|alert| (alert.id, alert.revision)).collect()
}

/// The pairs for which it must be known what a fall is measured from: alerts on falls, and listings that fell.
pub(super) fn pairs(state: &SearchState, changes: &[Change]) -> Vec<(AlertId, ListingId)> {
    let currency = state.search.currency();
    let price = |money: Option<bellwether_model::product::Money>| money.and_then(|money| money.of(currency));
    let fell: Vec<&ListingId> = changes
        .iter()
        .filter(|change| {
            let before = price(change.before.and_then(|before| before.price));
            // One without a price before may be cheaper than when it last had one.
            price(change.offer.price)
                .is_some_and(|now| change.before.is_some() && before.is_none_or(|before| now < before))
        })
        .map(|change| &change.offer.card.id)
        .collect();
    let on_falls = state.alerts.iter().filter(|alert| {
        alert.baseline_at.is_some()
            && watch_of(alert).is_some_and(|watch| {
                watch
                    .conditions
                    .iter()
                    .any(|condition| matches!(condition, ListingCondition::PriceDrop { .. }))
            })
    });
    on_falls.flat_map(|alert| fell.iter().map(|id| (alert.id, (*id).clone()))).collect()
}

/// What fires.
pub(super) fn fires(
    state: &SearchState,
    changes: &[Change],
    references: &References,
    time: Timestamp,
) -> Vec<ListingsFired> {
    // What is older than what an alert began with, as an event may be, is news to nobody.
    let judged = state.alerts.iter().filter(|alert| alert.baseline_at.is_some_and(|began| began <= time));
    judged
        .filter_map(|alert| {
            let fires_before = alert.state.fires_since_arming;
            let may = allowed(alert, time)?;
            let watch = watch_of(alert)?;
            let mut events: Vec<ListingEvidence> = changes
                .iter()
                .filter_map(|change| {
                    let pair = (alert.id, change.offer.card.id.clone());
                    judge(watch, change, references.get(&pair).copied())
                })
                .collect();
            if events.is_empty() {
                return None;
            }
            best_first(&mut events, watch);
            events.truncate(usize::try_from(may).unwrap_or(usize::MAX));
            let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
            let ends = alert.spec.repeat.max_fires().is_some_and(|most| fires_before + count >= most);
            Some(told(alert, state, events, ends, time))
        })
        .collect()
}

/// How many fires of one moment an alert may make; nothing where it may make none.
fn allowed(alert: &SearchAlert, time: Timestamp) -> Option<u64> {
    let asleep = alert.snoozed_until.is_some_and(|until| time < until);
    let over = alert.spec.expires_at.is_some_and(|at| time >= at);
    let cooldown = alert.spec.repeat.cooldown();
    // Events come late, so a fire may be of a later time than what is told now.
    let cooling =
        cooldown.seconds() > 0 && alert.state.last_fire.is_some_and(|at| time < at.saturating_add(cooldown));
    if asleep || over || cooling {
        return None;
    }
    // With a pause after each, the second of one moment comes too early.
    let at_once = match alert.spec.repeat {
        Repeat::Every { cooldown, .. } if cooldown.seconds() == 0 => u64::MAX,
        Repeat::Every { .. } | Repeat::Once => 1,
    };
    let left = alert
        .spec
        .repeat
        .max_fires()
        .map_or(u64::MAX, |most| most.saturating_sub(alert.state.fires_since_arming));
    Some(at_once.min(left)).filter(|may| *may > 0)
}

/// In the order of the conditions, and the cheapest of each first.
fn best_first(events: &mut [ListingEvidence], watch: &SearchWatch) {
    let rank = |event: &ListingEvidence| {
        watch.conditions.iter().position(|condition| condition.event() == event.event)
    };
    events.sort_by(|one, other| {
        let price = |event: &ListingEvidence| event.price.map(|price| price.value);
        // Those without a price come last.
        let by_price = |event: &ListingEvidence| (price(event).is_none(), price(event));
        rank(one)
            .cmp(&rank(other))
            .then_with(|| by_price(one).cmp(&by_price(other)))
            .then_with(|| one.listing.id.cmp(&other.listing.id))
    });
}

fn told(
    alert: &SearchAlert,
    state: &SearchState,
    events: Vec<ListingEvidence>,
    ends: bool,
    time: Timestamp,
) -> ListingsFired {
    let report = ListingsReport { search: state.search.clone(), time, events: events.clone() };
    ListingsFired {
        alert: alert.id,
        revision: alert.revision,
        fires: events.into_iter().map(|event| (FireId(Uuid::now_v7()), event)).collect(),
        ends,
        report: (ReportId(Uuid::now_v7()), Report::Listings(report)),
        deliveries: alert.spec.channels.iter().map(|_| DeliveryId(Uuid::now_v7())).collect(),
    }
}

fn watch_of(alert: &SearchAlert) -> Option<&SearchWatch> {
    match &alert.spec.watch {
        ProductWatch::Search(watch) => Some(watch),
        ProductWatch::Digest(_) | ProductWatch::Insights(_) => None,
    }
}

/// The same offer, gone.
pub(super) fn ended(offer: Offer) -> Offer {
    Offer { availability: Availability::Ended, ..offer }
}

#[cfg(test)]
mod tests {
    use bellwether_model::UserId;
    use bellwether_model::product::{Known, Money, ProductSpec, Site};
    use bellwether_store::search::KnownListing;
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
    }

    fn money(price: &str) -> Money {
        Money { value: price.parse().unwrap(), currency: Site::EbayUs.currency() }
    }

    fn offer(id: &str, price: &str) -> Offer {
        Offer {
            card: bellwether_model::product::Card {
                id: id.parse().unwrap(),
                title: format!("Leica {id}"),
                url: None,
                image: None,
                condition: None,
            },
            site: Site::EbayUs,
            price: Some(money(price)),
            shipping: None,
            availability: Availability::Available,
            listed_at: None,
            ends_at: None,
        }
    }

    fn alert(repeat: serde_json::Value) -> SearchAlert {
        let spec: ProductSpec = serde_json::from_value(json!({
            "kind": "search", "search": {"query": "leica"}, "repeat": repeat,
            "conditions": [{"type": "below", "price": "50"}, {"type": "listed"}]
        }))
        .unwrap();
        SearchAlert {
            id: AlertId(Uuid::from_u128(1)),
            user: UserId(Uuid::from_u128(2)),
            revision: 1,
            spec,
            baseline_at: Some(at(0)),
            snoozed_until: None,
            fires: 0,
            last_fired_at: None,
            state: bellwether_model::AlertState::default(),
            created_at: at(0),
        }
    }

    fn state(known: &[(&str, &str)], alert: SearchAlert) -> SearchState {
        let seen = |price: &str| KnownListing {
            known: Known { price: Some(money(price)), availability: Availability::Available },
            first_seen_at: at(0),
            last_seen_at: at(0),
            gone_at: None,
        };
        SearchState {
            version: 1,
            search: serde_json::from_value(json!({"query": "leica"})).unwrap(),
            known: known.iter().map(|(id, price)| (id.parse().unwrap(), seen(price))).collect(),
            alerts: vec![alert],
        }
    }

    fn found(offers: &[(&str, &str)], complete: bool) -> Found {
        Found { offers: offers.iter().map(|(id, price)| offer(id, price)).collect(), complete, time: at(60) }
    }

    /// The listings that are told, in their order, and whether the alert has ended.
    fn told(mut alert: SearchAlert, fired_before: u64) -> Option<(Vec<String>, bool)> {
        alert.state.fires_since_arming = fired_before;
        let state = state(&[("a", "60"), ("b", "10")], alert);
        let found = found(&[("a", "49"), ("b", "10"), ("c", "70"), ("d", "40")], true);
        let fired = fires(&state, &found.changes(&state), &References::new(), at(60)).pop()?;
        let ids = fired.fires.iter().map(|(_, evidence)| evidence.listing.id.to_string()).collect();
        Some((ids, fired.ends))
    }

    #[test]
    fn an_alert_fires_as_often_as_it_may_the_best_first() {
        let every = || alert(json!({"mode": "every", "cooldown": "0s"}));
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(told(every(), 0), Some((ids(&["d", "a", "c"]), false)));
        assert_eq!(told(alert(json!({"mode": "once"})), 0), Some((ids(&["d"]), true)));
        let limited = || alert(json!({"mode": "every", "cooldown": "0s", "max_fires": 5}));
        assert_eq!(told(limited(), 3), Some((ids(&["d", "a"]), true)));
        assert_eq!(told(limited(), 5), None);
        let pausing = || alert(json!({"mode": "every", "cooldown": "1m"}));
        assert_eq!(told(pausing(), 0), Some((ids(&["d"]), false)), "the second comes too early");
        let fired = |at| {
            let mut alert = pausing();
            alert.state.last_fire = Some(at);
            alert
        };
        assert_eq!(told(fired(at(1)), 1), None);
        assert_eq!(told(fired(at(0)), 1), Some((ids(&["d"]), false)));
    }

    #[test]
    fn nothing_is_told_of_what_is_asleep_over_or_sees_the_search_for_the_first_time() {
        let every = || alert(json!({"mode": "every", "cooldown": "0s"}));
        assert_eq!(told(SearchAlert { snoozed_until: Some(at(61)), ..every() }, 0), None);
        assert!(told(SearchAlert { snoozed_until: Some(at(60)), ..every() }, 0).is_some());
        let mut over = every();
        over.spec.expires_at = Some(at(60));
        assert_eq!(told(over, 0), None);
        let fresh = SearchAlert { baseline_at: None, ..every() };
        assert_eq!(told(fresh.clone(), 0), None);
        assert_eq!(baselines(&state(&[], fresh)), [(AlertId(Uuid::from_u128(1)), 1)]);
    }

    #[test]
    fn what_was_pushed_off_the_page_is_not_missing() {
        let state = state(&[("a", "60"), ("b", "10"), ("c", "500")], alert(json!({"mode": "once"})));
        let missing =
            |found: Found| found.missing(&state).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(missing(found(&[("a", "60")], true)), ["b", "c"]);
        assert_eq!(missing(found(&[("a", "60")], false)), ["b"], "dearer ones may be on the next page");
        assert_eq!(missing(found(&[], false)), Vec::<String>::new());
    }
}
