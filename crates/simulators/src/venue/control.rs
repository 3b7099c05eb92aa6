//! The strings behind the stage: what tests and the demo make a simulated venue do.

use std::sync::Arc;
use std::time::Duration;

use super::counters::Counters;
use super::fault::Fault;
use super::stage::Stage;
use crate::market::fixed::Fixed;
use crate::market::trade::Trade;

/// What a pushed trade trades, unless told otherwise.
const QUANTITY: Fixed = Fixed::from_units(1_000_000);

/// A handle to one simulator; clones pull the same strings.
#[derive(Clone, Debug)]
pub struct Control {
    pub(super) stage: Arc<Stage>,
}

/// What was asked for cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The market has no such pair.
    #[error("{0} is not traded here")]
    UnknownSymbol(String),
    /// A price or quantity is not above zero, or no number with at most eight decimals.
    #[error("{0:?} is no price or quantity")]
    BadNumber(String),
    /// The condition did not come to hold in time.
    #[error("waited in vain")]
    InVain,
}

impl Control {
    /// Makes a trade of `symbol`, in the venue's spelling, at `price`, now.
    ///
    /// # Errors
    /// Unknown symbol, or a price that is none.
    pub fn push(&self, symbol: &str, price: &str) -> Result<Trade, ControlError> {
        self.push_quantity(symbol, price, &QUANTITY.to_string())
    }

    /// The same with a quantity of one's own.
    ///
    /// # Errors
    /// Unknown symbol, or a price or quantity that is none.
    pub fn push_quantity(&self, symbol: &str, price: &str, quantity: &str) -> Result<Trade, ControlError> {
        let pair = self.find(symbol)?;
        Ok(self.stage.exchange.push(pair, positive(price)?, positive(quantity)?))
    }

    /// Leads the generated price of `symbol` to `target` within `over_s` seconds, and leaves it displaced.
    ///
    /// # Errors
    /// Unknown symbol, or a target that is no price.
    pub fn nudge(&self, symbol: &str, target: &str, over_s: u32) -> Result<(), ControlError> {
        let (pair, target) = (self.find(symbol)?, positive(target)?);
        let Some(last) = self.stage.exchange.ledgers[pair].last() else { return Ok(()) };
        let now_us = self.stage.now_us();
        self.stage.dials.nudge(pair, |nudge| nudge.towards(last.price, target, now_us, over_s));
        Ok(())
    }

    /// The last trade of `symbol`.
    ///
    /// # Errors
    /// Unknown symbol.
    pub fn last(&self, symbol: &str) -> Result<Option<Trade>, ControlError> {
        Ok(self.stage.exchange.ledgers[self.find(symbol)?].last())
    }

    /// No trade happens by itself any more. Pushed ones do.
    pub fn pause(&self) {
        self.stage.dials.set_paused(true);
    }

    /// Trades happen by themselves again.
    pub fn resume(&self) {
        self.stage.dials.set_paused(false);
    }

    /// Whether trades happen by themselves.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.stage.dials.is_paused()
    }

    /// Recorded trades still to be played; 0 in other markets.
    #[must_use]
    pub fn replay_remaining(&self) -> u64 {
        self.stage.dials.remaining()
    }

    /// Makes something go wrong.
    pub fn inject(&self, fault: Fault) {
        self.stage.faults.inject(fault, &self.stage.exchange);
    }

    /// What was seen so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let refused = self.stage.faults.gate.refused();
        Counters { connections_refused: refused, ..self.stage.tally.read() }
    }

    /// Waits until the counters satisfy `condition`; refused connects are not among what is waited for.
    ///
    /// # Errors
    /// [`ControlError::InVain`] after `patience`.
    pub async fn wait_for(
        &self,
        patience: Duration,
        condition: impl FnMut(&Counters) -> bool,
    ) -> Result<Counters, ControlError> {
        let waiting = self.stage.tally.until(condition);
        tokio::time::timeout(patience, waiting).await.map_err(|_| ControlError::InVain)
    }

    fn find(&self, symbol: &str) -> Result<usize, ControlError> {
        self.stage.exchange.find(symbol).ok_or_else(|| ControlError::UnknownSymbol(symbol.to_owned()))
    }
}

fn positive(text: &str) -> Result<Fixed, ControlError> {
    let number = text.parse().ok().filter(|number: &Fixed| number.units() > 0);
    number.ok_or_else(|| ControlError::BadNumber(text.to_owned()))
}
