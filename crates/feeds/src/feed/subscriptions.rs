//! What one connection has asked for, and what to ask next.
//!
//! Pure: it is told what is wanted and what the venue replied, and says which message is due. One
//! instrument is in at most one unanswered request, so replies cannot cross.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::Instrument;

use crate::Ask;

/// The instruments that a connection is to carry, by the symbol that its messages show.
pub(super) type Routes = Arc<HashMap<Box<str>, Instrument>>;

/// The state of one connection's subscriptions.
pub(super) struct Subscriptions {
    wanted: Routes,
    states: BTreeMap<Instrument, State>,
    unanswered: BTreeMap<u64, Request>,
    /// Parts of refused requests, to be asked one by one until the culprit stands alone.
    parts: VecDeque<Vec<Instrument>>,
    last_request: u64,
    request_size: usize,
    /// Set where `wanted` and `states` may differ. Spares a comparison at every batch of frames.
    unsettled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Asked,
    Held,
    Leaving,
    Refused,
}

struct Request {
    ask: Ask,
    instruments: Vec<Instrument>,
    sent_at: Duration,
}

/// A message that is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) ask: Ask,
    pub(super) request: u64,
    pub(super) instruments: Vec<Instrument>,
}

/// What a reply has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// The venue sends these from now on.
    Held(Vec<Instrument>),
    /// The venue will not send this one.
    Refused(Instrument, String),
    /// Nothing that anyone needs to know.
    Nothing,
}

impl Subscriptions {
    pub(super) fn new(wanted: Routes, request_size: usize) -> Self {
        Self {
            wanted,
            states: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            parts: VecDeque::new(),
            last_request: 0,
            request_size: request_size.max(1),
            unsettled: true,
        }
    }

    /// The instrument that a message's symbol means, if it is wanted.
    pub(super) fn route(&self, symbol: &str) -> Option<&Instrument> {
        self.wanted.get(symbol)
    }

    pub(super) fn want(&mut self, wanted: Routes) {
        self.wanted = wanted;
        self.unsettled = true;
    }

    /// Whether everything wanted has been asked for and answered.
    pub(super) fn is_settled(&self) -> bool {
        !self.unsettled && self.unanswered.is_empty()
    }

    /// Whether there may be something to ask.
    pub(super) fn is_unsettled(&self) -> bool {
        self.unsettled
    }

    /// When the oldest unanswered request was sent.
    pub(super) fn oldest_unanswered(&self) -> Option<Duration> {
        self.unanswered.values().map(|request| request.sent_at).min()
    }

    /// The next message, noted as sent. Unsubscriptions go first, to make room on the connection.
    pub(super) fn next(&mut self, now: Duration) -> Option<Message> {
        if !self.unsettled {
            return None;
        }
        let unwanted = self.unwanted();
        let (ask, instruments) = if unwanted.is_empty() {
            (Ask::Subscribe, self.parts.pop_front().unwrap_or_else(|| self.missing()))
        } else {
            (Ask::Unsubscribe, unwanted)
        };
        if instruments.is_empty() {
            self.unsettled = false;
            return None;
        }
        let state = match ask {
            Ask::Subscribe => State::Asked,
            Ask::Unsubscribe => State::Leaving,
        };
        for instrument in &instruments {
            self.states.insert(instrument.clone(), state);
        }
        self.last_request += 1;
        let request = Request { ask, instruments: instruments.clone(), sent_at: now };
        self.unanswered.insert(self.last_request, request);
        Some(Message { ask, request: self.last_request, instruments })
    }

    /// A reply. One that does not say what it answers is taken for the answer to the oldest request.
    pub(super) fn answer(&mut self, request: Option<u64>, outcome: Result<(), String>) -> Answered {
        let oldest = self.unanswered.keys().next().copied();
        let Some(request) = request.or(oldest).and_then(|id| self.unanswered.remove(&id)) else {
            return Answered::Nothing;
        };
        self.unsettled = true;
        match (request.ask, outcome) {
            (Ask::Unsubscribe, _) => {
                for instrument in &request.instruments {
                    self.states.remove(instrument);
                }
                Answered::Nothing
            }
            (Ask::Subscribe, Ok(())) => {
                for instrument in &request.instruments {
                    self.states.insert(instrument.clone(), State::Held);
                }
                Answered::Held(request.instruments)
            }
            (Ask::Subscribe, Err(reason)) => self.refused(request.instruments, reason),
        }
    }

    fn refused(&mut self, mut instruments: Vec<Instrument>, reason: String) -> Answered {
        if instruments.len() > 1 {
            let second = instruments.split_off(instruments.len() / 2);
            self.parts.extend([instruments, second]);
            return Answered::Nothing;
        }
        match instruments.pop() {
            Some(instrument) => {
                self.states.insert(instrument.clone(), State::Refused);
                Answered::Refused(instrument, reason)
            }
            None => Answered::Nothing,
        }
    }

    fn unwanted(&mut self) -> Vec<Instrument> {
        let wanted = &self.wanted;
        let not_wanted = |instrument: &Instrument| !wanted.contains_key(instrument.symbol());
        self.states.retain(|instrument, state| *state != State::Refused || !not_wanted(instrument));
        self.states
            .iter()
            .filter(|(instrument, state)| **state == State::Held && not_wanted(instrument))
            .map(|(instrument, _)| instrument.clone())
            .take(self.request_size)
            .collect()
    }

    fn missing(&self) -> Vec<Instrument> {
        self.wanted
            .values()
            .filter(|instrument| !self.states.contains_key(*instrument))
            .take(self.request_size)
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(symbols: &[&str]) -> Routes {
        let route = |symbol: &&str| {
            let instrument = format!("binance:{symbol}").parse().unwrap();
            (Box::from(*symbol), instrument)
        };
        Arc::new(symbols.iter().map(route).collect())
    }

    fn symbols(instruments: &[Instrument]) -> Vec<&str> {
        let mut symbols: Vec<&str> = instruments.iter().map(Instrument::symbol).collect();
        symbols.sort_unstable();
        symbols
    }

    fn accept_all(subscriptions: &mut Subscriptions) {
        while let Some(message) = subscriptions.next(Duration::ZERO) {
            subscriptions.answer(Some(message.request), Ok(()));
        }
        assert!(subscriptions.is_settled());
    }

    #[test]
    fn a_change_asks_for_the_difference_only() {
        let mut subscriptions = Subscriptions::new(routes(&["A", "B"]), 10);
        accept_all(&mut subscriptions);
        subscriptions.want(routes(&["B", "C"]));
        let first = subscriptions.next(Duration::ZERO).unwrap();
        assert_eq!((first.ask, symbols(&first.instruments)), (Ask::Unsubscribe, vec!["A"]));
        let second = subscriptions.next(Duration::ZERO).unwrap();
        assert_eq!((second.ask, symbols(&second.instruments)), (Ask::Subscribe, vec!["C"]));
        assert_eq!(subscriptions.next(Duration::ZERO), None);
        assert!(!subscriptions.is_settled());
        subscriptions.answer(Some(first.request), Ok(()));
        subscriptions.answer(Some(second.request), Ok(()));
        accept_all(&mut subscriptions);
    }

    #[test]
    fn requests_are_no_larger_than_the_venue_takes() {
        let names: Vec<String> = (0..25).map(|n| format!("S{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut subscriptions = Subscriptions::new(routes(&names), 10);
        let mut sizes = Vec::new();
        while let Some(message) = subscriptions.next(Duration::ZERO) {
            sizes.push(message.instruments.len());
        }
        assert_eq!(sizes, [10, 10, 5]);
    }

    #[test]
    fn one_refused_instrument_is_found_and_harms_no_other() {
        let names = ["A", "B", "BAD", "C", "D"];
        let mut subscriptions = Subscriptions::new(routes(&names), 10);
        let (mut held, mut refused) = (Vec::new(), Vec::new());
        while let Some(message) = subscriptions.next(Duration::ZERO) {
            let bad = message.instruments.iter().any(|one| one.symbol() == "BAD");
            let outcome = if bad { Err("no such stream".to_owned()) } else { Ok(()) };
            match subscriptions.answer(Some(message.request), outcome) {
                Answered::Held(instruments) => held.extend(instruments),
                Answered::Refused(instrument, reason) => refused.push((instrument, reason)),
                Answered::Nothing => {}
            }
        }
        assert_eq!(symbols(&held), ["A", "B", "C", "D"]);
        assert_eq!(refused, [("binance:BAD".parse().unwrap(), "no such stream".to_owned())]);
        assert!(subscriptions.is_settled());
    }

    #[test]
    fn an_instrument_wanted_again_while_it_leaves_is_asked_for_afterwards() {
        let mut subscriptions = Subscriptions::new(routes(&["A"]), 10);
        accept_all(&mut subscriptions);
        subscriptions.want(routes(&[]));
        let leave = subscriptions.next(Duration::ZERO).unwrap();
        subscriptions.want(routes(&["A"]));
        assert_eq!(subscriptions.next(Duration::ZERO), None);
        subscriptions.answer(Some(leave.request), Ok(()));
        let back = subscriptions.next(Duration::ZERO).unwrap();
        assert_eq!((back.ask, symbols(&back.instruments)), (Ask::Subscribe, vec!["A"]));
    }

    #[test]
    fn an_error_that_names_no_request_answers_the_oldest() {
        let mut subscriptions = Subscriptions::new(routes(&["A"]), 10);
        subscriptions.next(Duration::ZERO).unwrap();
        let answered = subscriptions.answer(None, Err("no".into()));
        assert_eq!(answered, Answered::Refused("binance:A".parse().unwrap(), "no".into()));
        assert_eq!(subscriptions.answer(None, Ok(())), Answered::Nothing);
        assert_eq!(subscriptions.answer(Some(99), Ok(())), Answered::Nothing);
    }
}
