//! What one connection is subscribed to.

use super::stream::Stream;
use crate::market::exchange::Exchange;

/// Names in the order in which they came, each with what it stands for.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    entries: Vec<(String, Option<Stream>)>,
    /// By pair, what a trade must be told as: most trades concern nobody.
    wants: Vec<Wants>,
}

/// The forms in which a pair's trades are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) agg_trade: bool,
    pub(super) trade: bool,
    pub(super) book_ticker: bool,
}

impl Subscriptions {
    /// Adds names; those that are there already stay once.
    pub(super) fn add(&mut self, names: Vec<String>, exchange: &Exchange) {
        for name in names {
            if !self.entries.iter().any(|(known, _)| *known == name) {
                let stream = Stream::parse(&name, exchange);
                self.entries.push((name, stream));
            }
        }
        self.index(exchange);
    }

    /// Removes names; those that are not there do not matter.
    pub(super) fn remove(&mut self, names: &[String], exchange: &Exchange) {
        self.entries.retain(|(known, _)| !names.contains(known));
        self.index(exchange);
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.entries.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The streams that bring something, with their names.
    pub(super) fn streams(&self) -> impl Iterator<Item = (&str, Stream)> {
        self.entries.iter().filter_map(|(name, stream)| Some((name.as_str(), (*stream)?)))
    }

    pub(super) fn wants(&self, pair: usize) -> Wants {
        self.wants.get(pair).copied().unwrap_or_default()
    }

    fn index(&mut self, exchange: &Exchange) {
        self.wants = vec![Wants::default(); exchange.ledgers.len()];
        for (_, stream) in &self.entries {
            match stream {
                Some(Stream::AggTrade(pair)) => self.wants[*pair].agg_trade = true,
                Some(Stream::Trade(pair)) => self.wants[*pair].trade = true,
                Some(Stream::BookTicker(pair)) => self.wants[*pair].book_ticker = true,
                Some(
                    Stream::MiniTicker(_) | Stream::AllMiniTickers | Stream::Ticker(_) | Stream::Kline { .. },
                )
                | None => {}
            }
        }
    }
}
