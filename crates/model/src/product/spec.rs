//! What a user asks of a search.

mod reading;

use serde::{Deserialize, Serialize};

use self::reading::{read_repeat, read_watch};
use super::{ListingCondition, Schedule, Search};
use crate::alert::{self, Common};
use crate::input::{Fault, Faults, Fields, Node};
use crate::{Channel, Percent, Placeholder, Repeat, Span, Timestamp};

/// Tells of what happens to listings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchWatch {
    /// Of which search.
    pub search: Search,
    /// Any of these; at least one, none twice.
    pub conditions: Vec<ListingCondition>,
    /// Only listings whose title has one of these words, where there are any.
    #[serde(default)]
    pub include: Vec<String>,
    /// No listing whose title has one of these words.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Tells of the cheapest offers by schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestWatch {
    /// Of which search.
    pub search: Search,
    /// When.
    pub schedule: Schedule,
    /// How many.
    pub top: u32,
    /// As in [`SearchWatch`].
    #[serde(default)]
    pub include: Vec<String>,
    /// As in [`SearchWatch`].
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Tells how prices moved, by schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsightsWatch {
    /// Of which search.
    pub search: Search,
    /// When.
    pub schedule: Schedule,
    /// How far back.
    pub look_back: Span,
    /// From how many percent on a fall is told.
    pub drop_percent: Percent,
}

/// What a product alert does, by its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProductWatch {
    /// Events of listings.
    Search(SearchWatch),
    /// The cheapest, by schedule.
    Digest(DigestWatch),
    /// Moves of prices, by schedule.
    Insights(InsightsWatch),
}

/// The words of `kind` that a product alert may have.
const KINDS: [&str; 3] = ["search", "digest", "insights"];
/// How many offers a digest tells of where its user does not say.
const TOP: u64 = 20;

impl ProductWatch {
    /// The kind in the API: `search`, `digest` or `insights`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            ProductWatch::Search(_) => "search",
            ProductWatch::Digest(_) => "digest",
            ProductWatch::Insights(_) => "insights",
        }
    }

    /// What it searches for.
    #[must_use]
    pub const fn search(&self) -> &Search {
        match self {
            ProductWatch::Search(watch) => &watch.search,
            ProductWatch::Digest(watch) => &watch.search,
            ProductWatch::Insights(watch) => &watch.search,
        }
    }

    /// When it is told, where it goes by time.
    #[must_use]
    pub const fn schedule(&self) -> Option<&Schedule> {
        match self {
            ProductWatch::Search(_) => None,
            ProductWatch::Digest(watch) => Some(&watch.schedule),
            ProductWatch::Insights(watch) => Some(&watch.schedule),
        }
    }
}

/// A product alert: what a user asked for, without what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSpec {
    /// What the user calls it; empty where they gave no name.
    #[serde(default)]
    pub name: String,
    /// What it watches, and what it tells of that.
    #[serde(flatten)]
    pub watch: ProductWatch,
    /// How often it may fire; `every` where its user does not say. Digests and insights go by their schedule.
    #[serde(default = "every", skip_serializing_if = "is_every")]
    pub repeat: Repeat,
    /// Nothing at or after this instant fires it.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// A note of the user to themselves, shown in the message.
    #[serde(default)]
    pub note: String,
    /// The user's own words for the message, with placeholders ([`crate::wording`]); empty for the usual ones.
    #[serde(default)]
    pub message: String,
    /// Where its messages go.
    #[serde(default = "alert::by_email")]
    pub channels: Vec<Channel>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl ProductSpec {
    /// Whether a document is meant as a product alert: its `kind` is one of theirs.
    #[must_use]
    pub fn is_meant(node: &Node) -> bool {
        let Node::Object(entries) = node else { return false };
        entries.iter().any(|(name, node)| {
            name == "kind" && matches!(node, Node::Text(kind) if KINDS.contains(&kind.as_str()))
        })
    }

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
        let kind = fields.word(faults, "kind", &KINDS);
        let watch = kind.and_then(|kind| read_watch(kind, fields, faults, None));
        let repeat = read_repeat(kind, fields, faults);
        let common = Common::from_fields(fields, faults, &Placeholder::OF_PRODUCTS);
        Some(Self {
            name: common.name.unwrap_or_default(),
            watch: watch?,
            repeat: repeat.unwrap_or(EVERY),
            expires_at: common.expires_at.flatten(),
            note: common.note.unwrap_or_default(),
            message: common.message.unwrap_or_default(),
            channels: common.channels.unwrap_or_else(alert::by_email),
            tags: common.tags.unwrap_or_default(),
        })
    }

    /// What it does, in words: `price drops of 5 % and more: "leica m6" on eBay`.
    #[must_use]
    pub fn words(&self) -> String {
        let what = match &self.watch {
            ProductWatch::Search(watch) => {
                watch.conditions.iter().map(|condition| condition.words()).collect::<Vec<_>>().join(" or ")
            }
            ProductWatch::Digest(watch) => format!("the {} cheapest", watch.top),
            ProductWatch::Insights(_) => "how prices move".to_owned(),
        };
        format!("{what}: {}", self.watch.search().words())
    }
}

/// As often as there is something to tell.
const EVERY: Repeat = Repeat::Every { cooldown: Span::ZERO, max_fires: None };

fn every() -> Repeat {
    EVERY
}

fn is_every(repeat: &Repeat) -> bool {
    *repeat == EVERY
}

/// A change of a product alert: every field optional. Its kind stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductDraft {
    common: Common,
    repeat: Option<Repeat>,
    watch: ProductWatch,
}

impl ProductDraft {
    /// Reads a change of an alert.
    ///
    /// # Errors
    /// Every fault of the document, each with the path of its field.
    pub fn from_input(node: &Node, spec: &ProductSpec) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let draft = faults.object(node).and_then(|mut fields| {
            for required in ["name", "search", "schedule", "condition", "conditions", "repeat", "channels"] {
                if fields.take(required) == Some(&Node::Null) {
                    faults.add(required, "required", "cannot be null; leave it out to keep it as it is");
                }
            }
            let kind = spec.watch.kind();
            fields.take("kind");
            if fields.has("kind")
                && fields.word(&mut faults, "kind", &KINDS).is_some_and(|given| given != kind)
            {
                faults.add("kind", "not_applicable", "cannot be changed; make another alert");
            }
            let watch = read_watch(kind, &mut fields, &mut faults, Some(&spec.watch));
            let repeat = read_repeat(Some(kind), &mut fields, &mut faults);
            let common = Common::from_fields(&mut fields, &mut faults, &Placeholder::OF_PRODUCTS);
            fields.finish(&mut faults);
            Some(Self { common, repeat, watch: watch? })
        });
        faults.finish(draft)
    }

    /// The spec with this change made to it.
    #[must_use]
    pub fn applied_to(&self, spec: &ProductSpec) -> ProductSpec {
        let Common { name, expires_at, note, message, channels, tags } = self.common.clone();
        ProductSpec {
            name: name.unwrap_or_else(|| spec.name.clone()),
            watch: self.watch.clone(),
            repeat: self.repeat.unwrap_or(spec.repeat),
            expires_at: expires_at.unwrap_or(spec.expires_at),
            note: note.unwrap_or_else(|| spec.note.clone()),
            message: message.unwrap_or_else(|| spec.message.clone()),
            channels: channels.unwrap_or_else(|| spec.channels.clone()),
            tags: tags.unwrap_or_else(|| spec.tags.clone()),
        }
    }
}
