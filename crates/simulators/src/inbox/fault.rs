//! What can go wrong on command, at which point of the conversation, for whom, and how often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::door::Gate;

/// One fault: `{"stage": "recipient", "action": "reply", "code": 450, "text": "busy", "times": 3}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// When it strikes.
    pub stage: Stage,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
    /// Only for recipients whose address contains this. From `recipient` on; earlier nobody is named yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// How often it still strikes; until it is cleared, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// A point of the conversation, before the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The connect itself. It can only be dropped: that is a refused connection.
    Connect,
    /// Before the greeting.
    Greeting,
    /// `EHLO` or `HELO` was said.
    Hello,
    /// `STARTTLS` was said.
    StartTls,
    /// Credentials were given.
    Auth,
    /// `MAIL` was said.
    Mail,
    /// `RCPT` was said.
    Recipient,
    /// `DATA` was said.
    Data,
    /// The final dot has come, and the answer has not gone yet.
    Accept,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Answers with this instead.
    Reply {
        /// From 400 to 599.
        code: u16,
        /// What stands behind it.
        #[serde(default)]
        text: String,
    },
    /// Ends the connection without an answer.
    Drop,
    /// Keeps the mail and ends the connection without an answer. Only at `accept`.
    AcceptThenDrop,
    /// Answers as usual, but so much later.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
}

/// Why a fault makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// A refusal has a code from 400 to 599.
    #[error("a reply needs a code from 400 to 599")]
    Code,
    /// The text would break the protocol.
    #[error("a reply's text is one line")]
    Text,
    /// A connect has no answer that could be changed.
    #[error("at connect there is only drop, without a recipient or a count")]
    Connect,
    /// There is no mail to keep before it has come.
    #[error("accept_then_drop belongs to the stage accept")]
    Keep,
    /// The recipient is not known yet.
    #[error("before the stage recipient no recipient is known")]
    Recipient,
}

/// What a stage's faults come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) delay: Duration,
    /// What happens instead of the usual answer.
    pub(super) instead: Option<Instead>,
}

/// What happens instead of the usual answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    Reply(u16, String),
    Drop,
    KeepAndDrop,
}

impl Fault {
    fn check(&self) -> Result<(), FaultError> {
        match &self.action {
            Action::Reply { code, .. } if !(400..600).contains(code) => return Err(FaultError::Code),
            Action::Reply { text, .. } if text.contains(['\r', '\n']) => return Err(FaultError::Text),
            Action::AcceptThenDrop if self.stage != Stage::Accept => return Err(FaultError::Keep),
            Action::Reply { .. } | Action::Drop | Action::AcceptThenDrop | Action::Delay { .. } => {}
        }
        let plain = self.action == Action::Drop && self.recipient.is_none() && self.times.is_none();
        match self.stage {
            Stage::Connect if !plain => Err(FaultError::Connect),
            Stage::Greeting | Stage::Hello | Stage::StartTls | Stage::Auth | Stage::Mail
                if self.recipient.is_some() =>
            {
                Err(FaultError::Recipient)
            }
            _ => Ok(()),
        }
    }

    fn concerns(&self, stage: Stage, recipients: &[String]) -> bool {
        let for_them = |part: &String| recipients.iter().any(|recipient| recipient.contains(part.as_str()));
        self.stage == stage && self.times != Some(0) && self.recipient.as_ref().is_none_or(for_them)
    }
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct FaultList {
    faults: Mutex<Vec<Fault>>,
    pub(super) gate: Gate,
}

impl FaultList {
    /// Adds a fault behind those in force.
    pub(super) fn add(&self, fault: Fault) -> Result<(), FaultError> {
        fault.check()?;
        if fault.stage == Stage::Connect {
            self.gate.set_shut(true);
        }
        self.lock().push(fault);
        Ok(())
    }

    /// Ends all faults.
    pub(super) fn clear(&self) {
        self.gate.set_shut(false);
        self.lock().clear();
    }

    /// Those that will strike again.
    pub(super) fn list(&self) -> Vec<Fault> {
        self.lock().iter().filter(|fault| fault.times != Some(0)).cloned().collect()
    }

    /// What happens at `stage`. Delays add up; of the others, the oldest counts. Uses up one time of each.
    pub(super) fn judge(&self, stage: Stage, recipients: &[String]) -> Verdict {
        let mut verdict = Verdict::default();
        let mut faults = self.lock();
        for fault in faults.iter_mut().filter(|fault| fault.concerns(stage, recipients)) {
            let instead = match &fault.action {
                Action::Delay { ms } => {
                    verdict.delay += Duration::from_millis(*ms);
                    None
                }
                _ if verdict.instead.is_some() => continue,
                Action::Reply { code, text } => Some(Instead::Reply(*code, text.clone())),
                Action::Drop => Some(Instead::Drop),
                Action::AcceptThenDrop => Some(Instead::KeepAndDrop),
            };
            verdict.instead = verdict.instead.or(instead);
            fault.times = fault.times.map(|times| times - 1);
        }
        faults.retain(|fault| fault.times != Some(0));
        verdict
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(stage: Stage, code: u16) -> Fault {
        Fault { stage, action: Action::Reply { code, text: "no".to_owned() }, recipient: None, times: None }
    }

    #[test]
    fn faults_strike_as_often_as_was_said_and_for_whom() {
        let list = FaultList::default();
        list.add(Fault { times: Some(1), ..reply(Stage::Recipient, 450) }).unwrap();
        list.add(Fault { recipient: Some("@bad".to_owned()), ..reply(Stage::Recipient, 550) }).unwrap();
        let judge = |recipient: &str| list.judge(Stage::Recipient, &[recipient.to_owned()]).instead;
        assert_eq!(judge("a@good.test"), Some(Instead::Reply(450, "no".to_owned())));
        assert_eq!(judge("a@good.test"), None);
        assert_eq!(judge("a@bad.test"), Some(Instead::Reply(550, "no".to_owned())));
        assert_eq!(list.judge(Stage::Data, &[]), Verdict::default());
        list.clear();
        assert_eq!(judge("a@bad.test"), None);
    }

    #[test]
    fn delays_add_to_what_else_happens() {
        let list = FaultList::default();
        let delay = Action::Delay { ms: 5 };
        list.add(Fault { action: delay.clone(), ..reply(Stage::Mail, 450) }).unwrap();
        list.add(Fault { action: Action::Drop, ..reply(Stage::Mail, 450) }).unwrap();
        list.add(Fault { action: delay, ..reply(Stage::Mail, 450) }).unwrap();
        let verdict = Verdict { delay: Duration::from_millis(10), instead: Some(Instead::Drop) };
        assert_eq!(list.judge(Stage::Mail, &[]), verdict);
    }

    #[test]
    fn faults_that_make_no_sense_are_refused() {
        let list = FaultList::default();
        let check = |fault, error| assert_eq!(list.add(fault), Err(error));
        check(reply(Stage::Mail, 250), FaultError::Code);
        check(reply(Stage::Connect, 450), FaultError::Connect);
        let two_lines = Action::Reply { code: 450, text: "a\r\nb".to_owned() };
        check(Fault { action: two_lines, ..reply(Stage::Mail, 450) }, FaultError::Text);
        check(Fault { action: Action::AcceptThenDrop, ..reply(Stage::Data, 450) }, FaultError::Keep);
        check(Fault { recipient: Some("a".to_owned()), ..reply(Stage::Mail, 450) }, FaultError::Recipient);
    }
}
