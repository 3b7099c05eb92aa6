//! What can go wrong on command, at which service, and how often.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::post::Service;

/// One fault: `{"service": "slack", "action": "status", "code": 503, "retry_after": "30", "times": 2}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where it strikes; everywhere, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
    /// How often it still strikes; until it is cleared, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// What a fault does. But for the last two, the service does not see the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Answers with this instead.
    Status {
        /// From 200 to 599.
        code: u16,
        /// The header `Retry-After`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
        /// What stands in the answer.
        #[serde(default)]
        body: String,
    },
    /// Leads elsewhere with a 307.
    Redirect {
        /// The header `Location`.
        to: String,
    },
    /// Says what came in full, as careless services and proxies do in their error pages.
    Echo {
        /// The answer's status.
        code: u16,
    },
    /// Never answers.
    Hang,
    /// Ends the connection without an answer.
    Close,
    /// Takes the message and ends the connection without an answer.
    TakeThenClose,
    /// Takes the message and answers with so many bytes more than usual.
    HugeBody {
        /// How many.
        bytes: usize,
    },
}

/// Why a fault makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No answer has such a status.
    #[error("a status is from 200 to 599")]
    Code,
    /// The text would break the protocol.
    #[error("a header's value is one line of ASCII")]
    Header,
}

impl Fault {
    fn check(&self) -> Result<(), FaultError> {
        let plain = |value: &str| value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match &self.action {
            Action::Status { code, .. } | Action::Echo { code } if !(200..600).contains(code) => {
                Err(FaultError::Code)
            }
            Action::Status { retry_after: Some(value), .. } | Action::Redirect { to: value }
                if !plain(value) =>
            {
                Err(FaultError::Header)
            }
            _ => Ok(()),
        }
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

    /// What happens at a service: the oldest fault counts, and one time of it is used up.
    pub(super) fn judge(&self, service: Service) -> Option<Action> {
        let mut faults = self.lock();
        let place = faults.iter().position(|fault| fault.service.is_none_or(|own| own == service))?;
        let fault = &mut faults[place];
        let action = fault.action.clone();
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        if fault.times == Some(0) {
            faults.remove(place);
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
        let fault = |service, action, times| Fault { service, action, times };
        list.add(fault(Some(Service::Slack), Action::Close, Some(2))).unwrap();
        list.add(fault(None, Action::Hang, None)).unwrap();
        assert_eq!(list.judge(Service::Ntfy), Some(Action::Hang));
        assert_eq!(list.judge(Service::Slack), Some(Action::Close));
        assert_eq!(list.judge(Service::Slack), Some(Action::Close));
        assert_eq!(list.judge(Service::Slack), Some(Action::Hang));
        list.clear();
        assert_eq!(list.judge(Service::Slack), None);
    }

    #[test]
    fn faults_that_make_no_sense_are_refused() {
        let list = FaultList::default();
        let check = |text: &str, expected| {
            let fault = serde_json::from_str(text).unwrap();
            assert_eq!(list.add(fault), expected, "{text}");
        };
        check(r#"{"action":"status","code":99}"#, Err(FaultError::Code));
        check(r#"{"action":"echo","code":600}"#, Err(FaultError::Code));
        check(r#"{"action":"status","code":503,"retry_after":"a\nb"}"#, Err(FaultError::Header));
        check(r#"{"action":"redirect","to":"http://x/ä"}"#, Err(FaultError::Header));
        check(r#"{"action":"status","code":503,"retry_after":"30","service":"slack","times":1}"#, Ok(()));
    }
}
