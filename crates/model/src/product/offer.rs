//! Listings, as a marketplace tells of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Money, Site};
use crate::Timestamp;

/// Bytes of a listing's id at most.
const ID_BYTES: usize = 100;

/// Why a text is not the id of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a listing: from 1 to {ID_BYTES} visible characters")]
pub struct ListingIdError;

/// A listing's id as its marketplace writes it, such as `v1|110553|0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ListingId(String);

impl ListingId {
    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ListingId {
    type Err = ListingIdError;

    fn from_str(text: &str) -> Result<Self, ListingIdError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for ListingId {
    type Error = ListingIdError;

    fn try_from(text: String) -> Result<Self, ListingIdError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=ID_BYTES).contains(&text.len()) { Ok(Self(text)) } else { Err(ListingIdError) }
    }
}

impl From<ListingId> for String {
    fn from(id: ListingId) -> Self {
        id.0
    }
}

impl fmt::Display for ListingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a listing can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// It can.
    Available,
    /// Not now; it is still listed.
    OutOfStock,
    /// The marketplace says that it is gone.
    Ended,
}

/// What is shown of a listing besides its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Which.
    pub id: ListingId,
    /// What its seller calls it. A stranger's text: to be escaped wherever it is shown.
    pub title: String,
    /// Its page, `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its picture, `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its condition in the marketplace's words, such as `Used`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// What a marketplace said of a listing at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What is shown of it.
    pub card: Card,
    /// Where it is offered.
    pub site: Site,
    /// What it costs without shipping; nothing where the marketplace names no price.
    pub price: Option<Money>,
    /// The cheapest shipping, where it is told and not free.
    pub shipping: Option<Money>,
    /// Whether it can be bought.
    pub availability: Availability,
    /// Since when it is listed.
    pub listed_at: Option<Timestamp>,
    /// When it ends, where that is known.
    pub ends_at: Option<Timestamp>,
}
