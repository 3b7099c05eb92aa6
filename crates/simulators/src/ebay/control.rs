//! The strings behind the stage: what tests and the demo make the simulated eBay do.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::counters::Counters;
use super::events::{EventFlaw, Receiver, ReceiverError};
use super::fault::{Fault, FaultError};
use super::item::{Ended, Item, News, Oddity, Seller, Selling};
use super::money;
use super::serving::Desk;
use super::site::Site;
use super::stock::DAY_US;
use super::wares::condition_name;

/// A handle to one simulator; clones pull the same strings.
#[derive(Clone, Debug)]
pub struct Control {
    pub(super) desk: Arc<Desk>,
}

/// What was asked for cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// There is no such item.
    #[error("there is no item {0}")]
    UnknownItem(String),
    /// Not above zero, or no number with at most two decimals.
    #[error("{0:?} is no price")]
    BadPrice(String),
    /// A fault that makes no sense.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// A receiver of events that is none.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
}

/// An item that is listed by hand: nothing happens to it by itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemInput {
    /// What it is called.
    pub title: String,
    /// What it costs, in the site's currency: `84.90`.
    pub price: String,
    /// Where it is offered.
    #[serde(default = "us")]
    pub site: Site,
    /// eBay's number of its condition.
    #[serde(default = "used")]
    pub condition: u16,
    /// What shipping costs.
    #[serde(default)]
    pub shipping: Option<String>,
    /// eBay's number of its category.
    #[serde(default)]
    pub category: Option<String>,
    /// What is wrong with it.
    #[serde(default)]
    pub oddity: Option<Oddity>,
}

const fn us() -> Site {
    Site::EbayUs
}

const fn used() -> u16 {
    3_000
}

impl ItemInput {
    /// A used thing on eBay's American site.
    #[must_use]
    pub fn new(title: &str, price: &str) -> Self {
        Self {
            title: title.to_owned(),
            price: price.to_owned(),
            site: us(),
            condition: used(),
            shipping: None,
            category: None,
            oddity: None,
        }
    }
}

/// An item as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemView {
    /// `v1|…|…`
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Where it is offered.
    pub site: Site,
    /// What it costs, or its highest bid.
    pub price: String,
    /// The price's currency.
    pub currency: String,
    /// How many there are.
    pub stock: u32,
    /// Whether it ended.
    pub ended: bool,
    /// Changes by its seller.
    pub revision: u32,
}

impl ItemView {
    pub(super) fn of(item: &Item) -> Self {
        Self {
            id: item.id.clone(),
            title: item.title.clone(),
            site: item.site,
            price: money::text(item.price),
            currency: item.currency.clone(),
            stock: item.stock,
            ended: item.ended.is_some(),
            revision: item.revision,
        }
    }
}

impl Control {
    /// Lists an item, and says its id.
    ///
    /// # Errors
    /// A price or shipping that is none.
    pub fn list(&self, input: &ItemInput) -> Result<String, ControlError> {
        let price = price(&input.price)?;
        let bad = |text: &String| ControlError::BadPrice(text.clone());
        let shipping = input.shipping.as_ref().map(|text| money::cents(text).ok_or_else(|| bad(text)));
        let shipping = shipping.transpose()?.unwrap_or(0);
        let now_us = self.desk.now_us();
        let mut goods = self.desk.goods();
        let number = goods.shelf.len();
        let (site, category) = (input.site, input.category.clone());
        let id = format!("v1|{}|0", 110_000_000_000 + number);
        let condition = condition_name(input.condition, site.is_german()).unwrap_or("Used");
        goods.shelf.put(Item {
            id: id.clone(),
            title: input.title.clone(),
            site,
            price,
            currency: site.currency().to_owned(),
            original: None,
            shipping,
            condition: (input.condition, condition.to_owned()),
            categories: vec![(category.unwrap_or_else(|| "99".to_owned()), "Everything Else".to_owned())],
            seller: Seller { name: "by_hand".to_owned(), feedback: 994, score: 812 },
            country: site.country().to_owned(),
            postal_code: "941**".to_owned(),
            selling: Selling::Fixed { best_offer: false },
            created_us: now_us,
            origin_us: now_us,
            end_us: None,
            stock: 1,
            sold: 0,
            revision: 0,
            ended: None,
            rank: u64::try_from(number).unwrap_or(u64::MAX),
            by_hand: true,
            oddity: input.oddity,
            recorded: None,
            news: News::default(),
        });
        Ok(id)
    }

    /// Gives an item another price, in its own currency.
    ///
    /// # Errors
    /// Unknown item, or a price that is none.
    pub fn set_price(&self, id: &str, text: &str) -> Result<(), ControlError> {
        let cents = price(text)?;
        self.change(id, |item, _| item.price_at(cents))
    }

    /// Raises a price by so many percent, or drops it, and says what it is then.
    ///
    /// # Errors
    /// Unknown item.
    pub fn move_price(&self, id: &str, percent: i32) -> Result<String, ControlError> {
        self.change(id, |item, _| {
            let percent = i64::from(percent.clamp(-99, 10_000));
            item.price_at(item.price + item.price * percent / 100);
            money::text(item.price)
        })
    }

    /// Ends an item: nobody knows it any more.
    ///
    /// # Errors
    /// Unknown item.
    pub fn end(&self, id: &str) -> Result<(), ControlError> {
        self.change(id, |item, now_us| item.end(Ended::Gone, now_us))
    }

    /// Ends an item that is told still, with an end in the past.
    ///
    /// # Errors
    /// Unknown item.
    pub fn expire(&self, id: &str) -> Result<(), ControlError> {
        self.change(id, |item, now_us| item.end(Ended::Past, now_us))
    }

    /// Lists an ended item again.
    ///
    /// # Errors
    /// Unknown item.
    pub fn relist(&self, id: &str) -> Result<(), ControlError> {
        self.change(id, |item, now_us| {
            item.created_us = now_us;
            let is_auction = matches!(item.selling, Selling::Auction { .. });
            item.list_again(is_auction.then_some(now_us + 7 * DAY_US));
        })
    }

    /// Says how many there are. With none, no search finds it.
    ///
    /// # Errors
    /// Unknown item.
    pub fn restock(&self, id: &str, stock: u32) -> Result<(), ControlError> {
        self.change(id, |item, _| item.restock(stock))
    }

    /// Makes something be wrong with an item, or right again.
    ///
    /// # Errors
    /// Unknown item.
    pub fn spoil(&self, id: &str, oddity: Option<Oddity>) -> Result<(), ControlError> {
        self.change(id, |item, _| item.oddity = oddity)
    }

    /// An item as it stands, ended or not.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<ItemView> {
        self.desk.goods().shelf.get(id).map(ItemView::of)
    }

    /// All items that have not ended.
    #[must_use]
    pub fn items(&self) -> Vec<ItemView> {
        let goods = self.desk.goods();
        goods.shelf.all().iter().filter(|item| item.ended.is_none()).map(ItemView::of).collect()
    }

    /// Lets so many steps happen now.
    pub fn step(&self, steps: u32) {
        for _ in 0..steps {
            self.desk.step();
        }
    }

    /// Steps so far.
    #[must_use]
    pub fn steps(&self) -> i64 {
        self.desk.goods().steps
    }

    /// Steps that the recording still has; nothing where they never end.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        self.desk.goods().remaining()
    }

    /// Nothing happens by itself any more.
    pub fn pause(&self) {
        self.desk.paused.store(true, Ordering::SeqCst);
    }

    /// Things happen by themselves again.
    pub fn resume(&self) {
        self.desk.paused.store(false, Ordering::SeqCst);
    }

    /// Whether nothing happens by itself.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.desk.paused.load(Ordering::SeqCst)
    }

    /// Makes every token sold so far worthless.
    pub fn revoke_tokens(&self) {
        self.desk.tokens.revoke_all();
    }

    /// Says how many calls a day has, or how many were made today.
    pub fn set_quota(&self, limit: Option<u32>, used: Option<u32>) {
        self.desk.quota.set(self.desk.now_us(), limit, used);
    }

    /// Tells events to a receiver from now on, once it has met the challenge; instead of the one before.
    ///
    /// # Errors
    /// [`ControlError::Receiver`] where it does not.
    pub async fn tell_events_to(&self, receiver: Receiver) -> Result<(), ControlError> {
        Ok(self.desk.events.register(receiver, self.desk.now_us()).await?)
    }

    /// Tells events to nobody any more.
    pub fn tell_no_events(&self) {
        self.desk.events.forget();
    }

    /// Tells that an account was deleted, with everything that was known of it.
    pub fn delete_account(&self, username: &str) {
        self.desk.events.delete_account(username, self.desk.now_us());
    }

    /// The next events are wrong in this way, or right again.
    pub fn spoil_events(&self, how: Option<EventFlaw>) {
        self.desk.events.spoil(how);
    }

    /// Makes something go wrong.
    ///
    /// # Errors
    /// [`ControlError::Fault`] where it makes no sense.
    pub fn inject(&self, fault: Fault) -> Result<(), ControlError> {
        Ok(self.desk.faults.add(fault)?)
    }

    /// The faults that will strike again.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.desk.faults.list()
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.desk.faults.clear();
    }

    /// What was seen so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.desk.tally.read()
    }

    fn change<T>(&self, id: &str, change: impl FnOnce(&mut Item, i64) -> T) -> Result<T, ControlError> {
        let now_us = self.desk.now_us();
        let mut goods = self.desk.goods();
        let item = goods.shelf.get_mut(id).ok_or_else(|| ControlError::UnknownItem(id.to_owned()))?;
        let changed = change(item, now_us);
        self.desk.events.publish(&mut goods.shelf, now_us);
        Ok(changed)
    }
}

fn price(text: &str) -> Result<i64, ControlError> {
    let cents = money::cents(text).filter(|cents| *cents > 0);
    cents.ok_or_else(|| ControlError::BadPrice(text.to_owned()))
}
