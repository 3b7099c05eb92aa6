//! An alert of any kind, as one list holds them all.

use serde::{Deserialize, Serialize};

use crate::input::{Fault, Node};
use crate::product::{ProductDraft, ProductSpec};
use crate::{AlertDraft, AlertSpec, Channel, Repeat, Timestamp, words};

/// What a user asked for: of a market, or of a search of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Spec {
    /// Of products: first, since it is known by its `kind`, which price alerts do not keep.
    Product(ProductSpec),
    /// Of the price of an instrument.
    Price(AlertSpec),
}

impl Spec {
    /// Reads a whole alert of the kind that it names; `price` where it names none.
    ///
    /// # Errors
    /// Every fault of the document, each with the path of its field.
    pub fn from_input(node: &Node) -> Result<Self, Vec<Fault>> {
        if let Some(fault) = unknown_kind(node) {
            // Which fields belong to it nobody knows, so none of them is told to be wrong.
            return Err(vec![fault]);
        }
        match ProductSpec::is_meant(node) {
            true => ProductSpec::from_input(node).map(Spec::Product),
            false => AlertSpec::from_input(node).map(Spec::Price),
        }
    }

    /// The spec with the change made to it that a document describes.
    ///
    /// # Errors
    /// Every fault of the document, each with the path of its field.
    pub fn changed_by(&self, node: &Node) -> Result<Self, Vec<Fault>> {
        match self {
            Spec::Product(spec) => {
                ProductDraft::from_input(node, spec).map(|draft| Spec::Product(draft.applied_to(spec)))
            }
            Spec::Price(spec) => {
                AlertDraft::from_input(node).map(|draft| Spec::Price(draft.applied_to(spec)))
            }
        }
    }

    /// The kind in the API: `price`, `search`, `digest` or `insights`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Spec::Product(spec) => spec.watch.kind(),
            Spec::Price(_) => "price",
        }
    }

    /// The spec of a price alert, where it is one.
    #[must_use]
    pub const fn price(&self) -> Option<&AlertSpec> {
        match self {
            Spec::Price(spec) => Some(spec),
            Spec::Product(_) => None,
        }
    }

    /// The spec of a product alert, where it is one.
    #[must_use]
    pub const fn product(&self) -> Option<&ProductSpec> {
        match self {
            Spec::Product(spec) => Some(spec),
            Spec::Price(_) => None,
        }
    }

    /// What the user calls it; empty where they gave no name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Spec::Product(spec) => &spec.name,
            Spec::Price(spec) => &spec.name,
        }
    }

    /// What it waits for, in a line: "BTCUSDT reaches 33,000", `"leica m6" on eBay`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Spec::Product(spec) => spec.watch.search().words(),
            Spec::Price(spec) => {
                format!("{} {}", spec.instrument.symbol(), words::condition(&spec.condition))
            }
        }
    }

    /// A note of the user to themselves.
    #[must_use]
    pub fn note(&self) -> &str {
        match self {
            Spec::Product(spec) => &spec.note,
            Spec::Price(spec) => &spec.note,
        }
    }

    /// Where its messages go.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        match self {
            Spec::Product(spec) => &spec.channels,
            Spec::Price(spec) => &spec.channels,
        }
    }

    /// Where its messages go, to be changed.
    pub fn channels_mut(&mut self) -> &mut Vec<Channel> {
        match self {
            Spec::Product(spec) => &mut spec.channels,
            Spec::Price(spec) => &mut spec.channels,
        }
    }

    /// Words to find it by.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        match self {
            Spec::Product(spec) => &spec.tags,
            Spec::Price(spec) => &spec.tags,
        }
    }

    /// Nothing at or after this instant fires it.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Spec::Product(spec) => spec.expires_at,
            Spec::Price(spec) => spec.expires_at,
        }
    }

    /// How often it may fire.
    #[must_use]
    pub const fn repeat(&self) -> Repeat {
        match self {
            Spec::Product(spec) => spec.repeat,
            Spec::Price(spec) => spec.repeat,
        }
    }
}

impl From<AlertSpec> for Spec {
    fn from(spec: AlertSpec) -> Self {
        Spec::Price(spec)
    }
}

/// The words of `kind`.
const KINDS: [&str; 4] = ["price", "search", "digest", "insights"];

/// The fault of a document whose kind is none. One without a kind means a price.
fn unknown_kind(node: &Node) -> Option<Fault> {
    let Node::Object(entries) = node else { return None };
    let (_, kind) = entries.iter().find(|(name, _)| name == "kind")?;
    let known = match kind {
        Node::Null => true,
        Node::Text(kind) => KINDS.contains(&kind.as_str()),
        _ => false,
    };
    let message = format!("must be one of {}", KINDS.join(", "));
    (!known).then(|| Fault { field: "kind".to_owned(), code: "unknown_value", message })
}

impl From<ProductSpec> for Spec {
    fn from(spec: ProductSpec) -> Self {
        Spec::Product(spec)
    }
}
