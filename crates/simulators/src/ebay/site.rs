//! eBay's sites: each with its currency, its country and its tongue.

use serde::{Deserialize, Serialize};

/// A site, as `X-EBAY-C-MARKETPLACE-ID` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Site {
    /// ebay.com
    EbayUs,
    /// ebay.co.uk
    EbayGb,
    /// ebay.de
    EbayDe,
    /// ebay.fr
    EbayFr,
    /// ebay.it
    EbayIt,
    /// ebay.es
    EbayEs,
    /// ebay.ie
    EbayIe,
    /// ebay.ca
    EbayCa,
    /// ebay.com.au
    EbayAu,
}

impl Site {
    /// All of them; those with a lively catalogue first.
    pub(super) const ALL: [Self; 9] = [
        Self::EbayUs,
        Self::EbayGb,
        Self::EbayDe,
        Self::EbayFr,
        Self::EbayIt,
        Self::EbayEs,
        Self::EbayIe,
        Self::EbayCa,
        Self::EbayAu,
    ];

    /// The site of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|site| site.name() == name)
    }

    /// Its name in headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EbayUs => "EBAY_US",
            Self::EbayGb => "EBAY_GB",
            Self::EbayDe => "EBAY_DE",
            Self::EbayFr => "EBAY_FR",
            Self::EbayIt => "EBAY_IT",
            Self::EbayEs => "EBAY_ES",
            Self::EbayIe => "EBAY_IE",
            Self::EbayCa => "EBAY_CA",
            Self::EbayAu => "EBAY_AU",
        }
    }

    /// What prices are told in.
    #[must_use]
    pub const fn currency(self) -> &'static str {
        match self {
            Self::EbayUs => "USD",
            Self::EbayGb => "GBP",
            Self::EbayDe | Self::EbayFr | Self::EbayIt | Self::EbayEs | Self::EbayIe => "EUR",
            Self::EbayCa => "CAD",
            Self::EbayAu => "AUD",
        }
    }

    /// The country that most of its items are in.
    pub(super) fn country(self) -> &'static str {
        &self.name()["EBAY_".len()..]
    }

    pub(super) const fn is_german(self) -> bool {
        matches!(self, Self::EbayDe)
    }
}
