//! What one connection is subscribed to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::request::Channel;
use crate::market::exchange::Exchange;

/// Pairs by channel.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    by_channel: BTreeMap<Channel, BTreeSet<usize>>,
}

impl Subscriptions {
    /// Adds a pair to a channel; false where it was there already.
    pub(super) fn add(&mut self, channel: Channel, pair: usize) -> bool {
        self.by_channel.entry(channel).or_default().insert(pair)
    }

    pub(super) fn remove(&mut self, channel: Channel, pair: usize) {
        if let Some(pairs) = self.by_channel.get_mut(&channel) {
            pairs.remove(&pair);
        }
        self.by_channel.retain(|_, pairs| !pairs.is_empty());
    }

    pub(super) fn remove_all(&mut self, channel: Channel) {
        self.by_channel.remove(&channel);
    }

    pub(super) fn has(&self, channel: Channel, pair: usize) -> bool {
        self.by_channel.get(&channel).is_some_and(|pairs| pairs.contains(&pair))
    }

    pub(super) fn pairs(&self, channel: Channel) -> impl Iterator<Item = usize> {
        self.by_channel.get(&channel).into_iter().flatten().copied()
    }

    /// `matches:BTC-USD`, for the counters.
    pub(super) fn names(&self, exchange: &Exchange) -> Vec<String> {
        let entries = self.by_channel.iter().flat_map(|(channel, pairs)| {
            pairs.iter().map(|pair| format!("{}:{}", channel.name(), exchange.ledgers[*pair].symbol.name))
        });
        entries.collect()
    }

    /// The message that tells the client what it is subscribed to now.
    pub(super) fn told(&self, exchange: &Exchange) -> Value {
        let channels = self.by_channel.iter().map(|(channel, pairs)| {
            let names = pairs.iter().map(|pair| exchange.ledgers[*pair].symbol.name.as_str());
            json!({"name": channel.name(), "product_ids": names.collect::<Vec<_>>(), "account_ids": null})
        });
        json!({"type": "subscriptions", "channels": channels.collect::<Vec<_>>()})
    }
}
