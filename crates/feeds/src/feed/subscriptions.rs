//! What one connection has asked for, and what to ask next.
//!
//! Pure: it is told what is wanted and what the venue replied, and says which message is due. One
//! instrument is in at most one unanswered request, so replies cannot cross.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
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

/// What the venue says to requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// To one request; one that is not named is taken to be the oldest.
    To { request: Option<u64>, outcome: Result<(), String> },
    /// To what was asked for one symbol.
    For { symbol: String, outcome: Result<(), String> },
    /// A request is refused for one symbol's sake.
    Refused { symbol: String, reason: String },
    /// All that the connection carries.
    Carried { symbols: HashSet<String> },
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

    /// A reply.
    pub(super) fn answer(&mut self, reply: Reply) -> Answered {
        match reply {
            Reply::To { request, outcome } => self.answer_request(request, outcome),
            Reply::For { symbol, outcome } => self.answer_symbol(&symbol, outcome),
            Reply::Refused { symbol, reason } => self.refuse(&symbol, reason),
            Reply::Carried { symbols } => self.compare(&symbols),
        }
    }

    fn answer_request(&mut self, request: Option<u64>, outcome: Result<(), String>) -> Answered {
        let oldest = self.unanswered.keys().next().copied();
        let Some(request) = request.or(oldest).and_then(|id| self.unanswered.remove(&id)) else {
            return Answered::Nothing;
        };
        self.answered(request.ask, request.instruments, outcome)
    }

    fn answer_symbol(&mut self, symbol: &str, outcome: Result<(), String>) -> Answered {
        match self.take(symbol) {
            Some((_, ask, instrument)) => self.answered(ask, vec![instrument], outcome),
            None => Answered::Nothing,
        }
    }

    /// Whether the venue took the others of the request is not known, so they are asked for again.
    fn refuse(&mut self, symbol: &str, reason: String) -> Answered {
        let Some((request, ask, instrument)) = self.take(symbol) else {
            return Answered::Nothing;
        };
        if let Some(others) = self.unanswered.remove(&request) {
            match ask {
                Ask::Subscribe => self.parts.push_back(others.instruments),
                Ask::Unsubscribe => drop(self.answered(ask, others.instruments, Ok(()))),
            }
        }
        self.answered(ask, vec![instrument], Err(reason))
    }

    /// Settles every request, or part of one, that the venue has plainly granted.
    fn compare(&mut self, carried: &HashSet<String>) -> Answered {
        let (mut held, mut left) = (Vec::new(), Vec::new());
        for request in self.unanswered.values_mut() {
            let subscribes = request.ask == Ask::Subscribe;
            let granted =
                request.instruments.extract_if(.., |one| carried.contains(one.symbol()) == subscribes);
            if subscribes { held.extend(granted) } else { left.extend(granted) }
        }
        self.unanswered.retain(|_, request| !request.instruments.is_empty());
        self.answered(Ask::Unsubscribe, left, Ok(()));
        self.answered(Ask::Subscribe, held, Ok(()))
    }

    /// Takes a symbol's instrument out of the request that waits for it, and the request away with its last.
    fn take(&mut self, symbol: &str) -> Option<(u64, Ask, Instrument)> {
        let taken = self.unanswered.iter_mut().find_map(|(id, request)| {
            let place = request.instruments.iter().position(|one| one.symbol() == symbol)?;
            Some((*id, request.ask, request.instruments.swap_remove(place)))
        })?;
        self.unanswered.retain(|_, request| !request.instruments.is_empty());
        Some(taken)
    }

    fn answered(&mut self, ask: Ask, instruments: Vec<Instrument>, outcome: Result<(), String>) -> Answered {
        self.unsettled = true;
        match (ask, outcome) {
            (Ask::Unsubscribe, _) => {
                for instrument in &instruments {
                    self.states.remove(instrument);
                }
                Answered::Nothing
            }
            (Ask::Subscribe, Ok(())) => {
                for instrument in &instruments {
                    self.states.insert(instrument.clone(), State::Held);
                }
                if instruments.is_empty() { Answered::Nothing } else { Answered::Held(instruments) }
            }
            (Ask::Subscribe, Err(reason)) => self.refused(instruments, reason),
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

    /// In an order that does not depend on the table's.
    fn missing(&self) -> Vec<Instrument> {
        let is_missing = |instrument: &&Instrument| !self.states.contains_key(*instrument);
        let mut missing: Vec<_> = self.wanted.values().filter(is_missing).collect();
        missing.sort();
        missing.into_iter().take(self.request_size).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
