//! All that a polled venue must answer: one that streams nothing and repeats nothing, and can only be asked
//! what its prices are now.
//!
//! Such a venue is a folder with the files `symbol`, `parse`, `rest`, `catalogue` and `limits`, and one
//! implementation of [`Polled`]. It knows addresses and payloads; when it is asked, how often, and what its
//! failures mean is the loop's matter (`poll`).

use std::future::Future;
use std::time::Duration;

use bellwether_model::{self as model, Price};

use crate::{BackOff, BudgetUse, Catalogue, CatalogueError, PageError};

/// A venue that can only be asked what its prices are now.
pub trait Polled: Send + Sync + 'static {
    /// Which one it is.
    fn name(&self) -> model::Venue;

    /// How it is asked.
    fn rules(&self) -> &PollRules;

    /// What its symbols are, in words: it completes "is not".
    fn form(&self) -> &'static str;

    /// How often the price of a symbol is asked for.
    fn interval(&self, symbol: &str) -> Duration;

    /// The questions that together have the prices of these symbols, as few as there need to be. A symbol
    /// that the venue cannot have is in none of them.
    fn questions(&self, symbols: &[&str]) -> Vec<Question>;

    /// Asks once, within the venue's budget, and waits for as long as the venue has said to. The answer may
    /// hold symbols that nobody wants.
    fn ask(&self, question: &str) -> impl Future<Output = Result<Vec<Quote>, PageError>> + Send;

    /// What may be asked of the venue; nothing where that is not counted.
    fn budget(&self) -> Option<BudgetUse> {
        None
    }

    /// The instruments that the venue offers. One attempt, within the venue's budget.
    fn catalogue(&self) -> impl Future<Output = Result<Catalogue, CatalogueError>> + Send;
}

/// One request that brings the prices of several symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What the venue calls it: it comes back in [`Polled::ask`].
    pub text: String,
    /// The symbols that its answer has.
    pub symbols: Vec<String>,
}

/// A price as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The symbol, as [`model::Instrument::symbol`] has it.
    pub symbol: String,
    /// The price.
    pub price: Price,
}

/// How a polled venue is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollRules {
    /// How long to wait after a failure, beside the usual interval.
    pub back_off: BackOff,
    /// Failures in a row after which a question is left alone for [`rest`](Self::rest).
    pub failures: u32,
    /// How long a question is left alone then, before it is tried once more.
    pub rest: Duration,
    /// How long an instrument may go without an answer, beside three of its intervals, before what was
    /// missed counts as a gap.
    pub patience: Duration,
}
