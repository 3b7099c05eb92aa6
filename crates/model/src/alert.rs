//! Alerts: what a user asked for, its status, and how it is read from JSON.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::input::{Fault, Faults, Fields, Node};
use crate::{ChannelId, Condition, Instrument, Placeholder, Repeat, Timestamp, limits, wording};

/// What a user asked for, without what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertSpec {
    /// What the user calls it; empty where they gave no name.
    #[serde(default)]
    pub name: String,
    /// What is watched.
    pub instrument: Instrument,
    /// What must happen.
    pub condition: Condition,
    /// How often it may fire.
    #[serde(default)]
    pub repeat: Repeat,
    /// No tick at or after this instant fires it.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// A note of the user to themselves, shown in the message.
    #[serde(default)]
    pub note: String,
    /// The user's own words for the message, with placeholders ([`crate::wording`]); empty for the usual ones.
    #[serde(default)]
    pub message: String,
    /// Where its messages go.
    #[serde(default = "by_email")]
    pub channels: Vec<Channel>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
}

pub(crate) fn by_email() -> Vec<Channel> {
    vec![Channel::Email]
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The account's own address: the word `email`.
    Email,
    /// A channel that the user made.
    Made(ChannelId),
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Channel::Email => f.write_str("email"),
            Channel::Made(id) => id.fmt(f),
        }
    }
}

impl FromStr for Channel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "email" => Ok(Channel::Email),
            _ => text.parse().map(Channel::Made).map_err(|_| "must be 'email' or the id of a channel"),
        }
    }
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Channel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It watches.
    Active,
    /// It fired as often as it may.
    Triggered,
    /// Its owner stopped it for now.
    Paused,
    /// Its time is over.
    Expired,
    /// Its owner deleted it.
    Deleted,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 5] =
        [Status::Active, Status::Triggered, Status::Paused, Status::Expired, Status::Deleted];

    /// The status as it stands in JSON and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Triggered => "triggered",
            Status::Paused => "paused",
            Status::Expired => "expired",
            Status::Deleted => "deleted",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Status {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Status::ALL
            .into_iter()
            .find(|status| status.name() == text)
            .ok_or("must be one of active, triggered, paused, expired, deleted")
    }
}

/// What a request says of an alert: every field optional, as a change needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertDraft {
    /// A new name.
    pub name: Option<String>,
    /// Another instrument.
    pub instrument: Option<Instrument>,
    /// Another condition.
    pub condition: Option<Condition>,
    /// Another repeat rule.
    pub repeat: Option<Repeat>,
    /// Another expiry; `Some(None)` takes it away.
    pub expires_at: Option<Option<Timestamp>>,
    /// Another note.
    pub note: Option<String>,
    /// Other words for the message.
    pub message: Option<String>,
    /// Other channels.
    pub channels: Option<Vec<Channel>>,
    /// Other tags.
    pub tags: Option<Vec<String>>,
}

impl AlertSpec {
    /// Reads a whole alert.
    ///
    /// # Errors
    /// Every fault of the document, each with the path of its field.
    pub fn from_input(node: &Node) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let spec = faults.object(node).and_then(|mut fields| {
            let spec = Self::from_fields(&mut fields, &mut faults);
            fields.finish(&mut faults);
            spec
        });
        faults.finish(spec)
    }

    /// Reads a whole alert from an object that may have further fields, which the caller takes.
    pub fn from_fields(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Self> {
        for field in ["instrument", "condition"] {
            if !fields.has(field) {
                faults.add(field, "required", "is required");
            }
        }
        let draft = AlertDraft::from_fields(fields, faults);
        Some(Self {
            name: draft.name.unwrap_or_default(),
            instrument: draft.instrument?,
            condition: draft.condition?,
            repeat: draft.repeat.unwrap_or_default(),
            expires_at: draft.expires_at.flatten(),
            note: draft.note.unwrap_or_default(),
            message: draft.message.unwrap_or_default(),
            channels: draft.channels.unwrap_or_else(by_email),
            tags: draft.tags.unwrap_or_default(),
        })
    }

    /// Every instrument that decides about this alert, its own first, none twice.
    #[must_use]
    pub fn instruments(&self) -> Vec<&Instrument> {
        let mut all = vec![&self.instrument];
        for other in self.condition.other_instruments() {
            if !all.contains(&other) {
                all.push(other);
            }
        }
        all
    }
}

impl AlertDraft {
    /// Reads a change of an alert.
    ///
    /// # Errors
    /// Every fault of the document, each with the path of its field.
    pub fn from_input(node: &Node) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let draft = faults.object(node).map(|mut fields| {
            for required in ["name", "instrument", "condition", "repeat", "channels"] {
                if fields.take(required) == Some(&Node::Null) {
                    faults.add(required, "required", "cannot be null; leave it out to keep it as it is");
                }
            }
            let draft = Self::from_fields(&mut fields, &mut faults);
            fields.finish(&mut faults);
            draft
        });
        faults.finish(draft)
    }

    /// The spec with this change made to it.
    #[must_use]
    pub fn applied_to(&self, spec: &AlertSpec) -> AlertSpec {
        let draft = self.clone();
        AlertSpec {
            name: draft.name.unwrap_or_else(|| spec.name.clone()),
            instrument: draft.instrument.unwrap_or_else(|| spec.instrument.clone()),
            condition: draft.condition.unwrap_or_else(|| spec.condition.clone()),
            repeat: draft.repeat.unwrap_or(spec.repeat),
            expires_at: draft.expires_at.unwrap_or(spec.expires_at),
            note: draft.note.unwrap_or_else(|| spec.note.clone()),
            message: draft.message.unwrap_or_else(|| spec.message.clone()),
            channels: draft.channels.unwrap_or_else(|| spec.channels.clone()),
            tags: draft.tags.unwrap_or_else(|| spec.tags.clone()),
        }
    }

    fn from_fields(fields: &mut Fields<'_>, faults: &mut Faults) -> Self {
        // Null says as little as nothing at all.
        fields.take("kind");
        if fields.has("kind") {
            fields.word(faults, "kind", &["price"]);
        }
        let instrument = fields.parsed(faults, "instrument");
        let condition = fields
            .given("condition")
            .and_then(|node| faults.within("condition", |faults| Condition::from_input(node, faults)));
        let repeat = fields
            .given("repeat")
            .and_then(|node| faults.within("repeat", |faults| Repeat::from_input(node, faults)));
        let Common { name, expires_at, note, message, channels, tags } =
            Common::from_fields(fields, faults, &Placeholder::OF_PRICES);
        Self { name, instrument, condition, repeat, expires_at, note, message, channels, tags }
    }
}

/// What alerts of every kind have, as a request says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Common {
    pub(crate) name: Option<String>,
    pub(crate) expires_at: Option<Option<Timestamp>>,
    pub(crate) note: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) channels: Option<Vec<Channel>>,
    pub(crate) tags: Option<Vec<String>>,
}

impl Common {
    /// `placeholders` are those that the words for its message may have.
    pub(crate) fn from_fields(
        fields: &mut Fields<'_>,
        faults: &mut Faults,
        placeholders: &[Placeholder],
    ) -> Self {
        Self {
            name: read_name(fields, faults),
            expires_at: match fields.take("expires_at") {
                None => None,
                Some(Node::Null) => Some(None),
                Some(_) => fields.parsed(faults, "expires_at").map(Some),
            },
            note: match fields.take("note") {
                Some(Node::Null) => Some(String::new()),
                _ => fields.bounded_text(faults, "note", limits::NOTE_CHARS).map(str::to_owned),
            },
            message: match fields.take("message") {
                Some(Node::Null) => Some(String::new()),
                _ => fields
                    .bounded_text(faults, "message", limits::MESSAGE_CHARS)
                    .and_then(|text| wording::checked(text, placeholders, "message", faults)),
            },
            channels: read_list(fields, faults, "channels", limits::CHANNELS, str::parse),
            tags: read_list(fields, faults, "tags", limits::TAGS, read_tag),
        }
    }
}

fn read_name(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    let name = fields.bounded_text(faults, "name", limits::NAME_CHARS)?.trim();
    if name.contains(char::is_control) {
        faults.add("name", "character", "must stand on one line");
        return None;
    }
    Some(name.to_owned())
}

pub(crate) fn read_tag(text: &str) -> Result<String, &'static str> {
    let tag = text.trim();
    let fits = !tag.is_empty() && tag.chars().count() <= limits::TAG_CHARS && !tag.contains(char::is_control);
    if fits { Ok(tag.to_owned()) } else { Err("must have from 1 to 50 characters on one line") }
}

/// A list of strings, each read by `read`; one that stands twice is kept once.
pub(crate) fn read_list<T: PartialEq>(
    fields: &mut Fields<'_>,
    faults: &mut Faults,
    name: &str,
    most: usize,
    read: impl Fn(&str) -> Result<T, &'static str>,
) -> Option<Vec<T>> {
    let Node::List(nodes) = fields.given(name)? else {
        faults.add(name, "type", "must be a list of strings");
        return None;
    };
    if nodes.len() > most {
        faults.add(name, "too_long", format!("must have at most {most} entries"));
        return None;
    }
    let mut items = Vec::with_capacity(nodes.len());
    faults.within(name, |faults| {
        for (index, node) in nodes.iter().enumerate() {
            let item = match node {
                Node::Text(text) => read(text),
                _ => Err("must be a string"),
            };
            match item {
                Ok(item) if items.contains(&item) => {}
                Ok(item) => items.push(item),
                Err(message) => faults.within_index(index, |faults| faults.add("", "invalid", message)),
            }
        }
    });
    Some(items)
}
