//! How fast messages may go to one receiver.

use std::fmt;
use std::str::FromStr;

use bellwether_model::Span;
use serde::Serialize;

use super::reader::Reader;

/// So many messages within so long: as many at once, and then as fast as makes that on the average.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Messages.
    pub messages: u32,
    /// Within this long.
    pub within: Span,
}

/// Why a text is no pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of messages and a time, such as \"5/2s\", or \"0/1s\" for no limit")]
pub struct PaceError;

impl FromStr for Pace {
    type Err = PaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (messages, within) = text.split_once('/').ok_or(PaceError)?;
        let messages = messages.trim().parse().map_err(|_| PaceError)?;
        let within: Span = within.trim().parse().map_err(|_| PaceError)?;
        if within == Span::ZERO || messages > 10_000 {
            return Err(PaceError);
        }
        Ok(Self { messages, within })
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.messages, self.within)
    }
}

impl Serialize for Pace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How fast messages may go to one receiver, by what it is.
#[derive(Debug, Clone, Serialize)]
pub struct Paces {
    /// To a mailbox.
    pub email: Pace,
    /// To a webhook; what is beyond waits.
    pub webhook: Pace,
    /// To a chat of Telegram.
    pub telegram: Pace,
    /// To a channel of Slack.
    pub slack: Pace,
    /// To a channel of Discord.
    pub discord: Pace,
    /// To a topic of ntfy.
    pub ntfy: Pace,
    /// Of one alert, to people.
    pub alert: Pace,
    /// Messages to people that are later than this are combined.
    pub useful_for: Span,
}

impl Paces {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let email = r.parsed::<Pace>("pace.email");
        let webhook = r.parsed::<Pace>("pace.webhook");
        let telegram = r.parsed::<Pace>("pace.telegram");
        let slack = r.parsed::<Pace>("pace.slack");
        let discord = r.parsed::<Pace>("pace.discord");
        let ntfy = r.parsed::<Pace>("pace.ntfy");
        let alert = r.parsed::<Pace>("pace.alert");
        let useful_for = r.span("pace.useful_for");
        Some(Self {
            email: email?,
            webhook: webhook?,
            telegram: telegram?,
            slack: slack?,
            discord: discord?,
            ntfy: ntfy?,
            alert: alert?,
            useful_for: useful_for?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_a_number_and_a_time() {
        assert_eq!("5/2s".parse::<Pace>().unwrap().to_string(), "5/2s");
        for wrong in ["", "5", "5/", "/2s", "-1/2s", "5/0s", "1.5/1s", "5/2"] {
            assert_eq!(wrong.parse::<Pace>(), Err(PaceError), "{wrong}");
        }
    }
}
