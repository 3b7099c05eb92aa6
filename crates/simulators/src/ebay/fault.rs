//! What can go wrong on command, where, and how often.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// One fault: `{"at": "search", "action": "status", "code": 503, "retry_after": "30", "times": 2}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where it strikes; everywhere, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
    /// Strikes only requests whose decoded query holds this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
    /// How often it still strikes; until it is cleared, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// A part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Where tokens are sold.
    Token,
    /// The search.
    Search,
    /// Items by their ids.
    Item,
    /// The calls of the day.
    RateLimit,
    /// The keys that events are signed with.
    PublicKey,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Answers with this instead.
    Status {
        /// From 400 to 599. A 429 says that the day's calls are used up.
        code: u16,
        /// The header `Retry-After`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// Answers as usual, this much later.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Never answers.
    Hang,
    /// Ends the connection in the middle of the body.
    Truncate,
    /// Answers 200 with something else.
    Garbage {
        /// With what.
        kind: Garbage,
    },
    /// Answers 200 with so many bytes more than usual.
    Huge {
        /// How many.
        bytes: usize,
    },
    /// Says that the token is worth nothing, whatever it is.
    DeadToken,
    /// Leads elsewhere with a 302.
    Redirect {
        /// The header `Location`.
        to: String,
    },
}

/// What stands in an answer that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Garbage {
    /// A page for people.
    Html,
    /// Nothing.
    Empty,
    /// JSON that ends too early.
    CutJson,
    /// JSON of another shape.
    OtherShape,
    /// JSON that is a thousand lists deep.
    Deep,
    /// Bytes that are not UTF-8.
    Binary,
}

/// Why a fault makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No error has such a status.
    #[error("a status is from 400 to 599")]
    Code,
    /// The text would break the protocol.
    #[error("a header's value is one line of ASCII")]
    Header,
    /// More than anyone needs.
    #[error("at most a hundred million bytes")]
    Bytes,
}

impl Fault {
    fn check(&self) -> Result<(), FaultError> {
        let plain = |value: &str| value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match &self.action {
            Action::Status { code, .. } if !(400..600).contains(code) => Err(FaultError::Code),
            Action::Status { retry_after: Some(value), .. } | Action::Redirect { to: value }
                if !plain(value) =>
            {
                Err(FaultError::Header)
            }
            Action::Huge { bytes } if *bytes > 100_000_000 => Err(FaultError::Bytes),
            _ => Ok(()),
        }
    }

    fn strikes(&self, place: Place, query: &str) -> bool {
        self.at.is_none_or(|own| own == place)
            && self.query.as_ref().is_none_or(|part| query.contains(part.as_str()))
    }
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct FaultList(Mutex<Vec<Fault>>);

impl FaultList {
    /// Adds a fault behind those in force.
    pub(super) fn add(&self, fault: Fault) -> Result<(), FaultError> {
        fault.check()?;
        self.lock().push(fault);
        Ok(())
    }

    /// Ends all faults.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// Those that will strike again.
    pub(super) fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// What happens to a request: the oldest fault counts, and one time of it is used up.
    pub(super) fn judge(&self, place: Place, query: &str) -> Option<Action> {
        let mut faults = self.lock();
        let at = faults.iter().position(|fault| fault.strikes(place, query))?;
        let fault = &mut faults[at];
        let action = fault.action.clone();
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        if fault.times == Some(0) {
            faults.remove(at);
        }
        Some(action)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_strike_in_order_where_and_as_often_as_was_said() {
        let list = FaultList::default();
        let fault = |at, query: Option<&str>, action, times| {
            let query = query.map(str::to_owned);
            list.add(Fault { at, query, action, times }).unwrap();
        };
        fault(Some(Place::Search), Some("leica"), Action::Hang, Some(1));
        fault(Some(Place::Search), None, Action::Truncate, Some(1));
        fault(None, None, Action::DeadToken, None);
        assert_eq!(list.judge(Place::Item, "leica"), Some(Action::DeadToken));
        assert_eq!(list.judge(Place::Search, "q=bike"), Some(Action::Truncate));
        assert_eq!(list.judge(Place::Search, "q=leica"), Some(Action::Hang));
        assert_eq!(list.judge(Place::Search, "q=leica"), Some(Action::DeadToken));
        list.clear();
        assert_eq!(list.judge(Place::Search, "q=leica"), None);
    }

    #[test]
    fn faults_that_make_no_sense_are_refused() {
        let list = FaultList::default();
        let check = |text: &str, expected| {
            let fault = serde_json::from_str(text).unwrap();
            assert_eq!(list.add(fault), expected, "{text}");
        };
        check(r#"{"action":"status","code":200}"#, Err(FaultError::Code));
        check(r#"{"action":"status","code":503,"retry_after":"a\nb"}"#, Err(FaultError::Header));
        check(r#"{"action":"huge","bytes":1000000000}"#, Err(FaultError::Bytes));
        check(r#"{"action":"garbage","kind":"html","at":"search","times":1}"#, Ok(()));
        assert_eq!(list.list().len(), 1);
    }
}
