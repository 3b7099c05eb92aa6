//! Searches: a query with filters. Equal ones are one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Currency;
use crate::input::{Faults, Node};
use crate::words::number;
use crate::{Price, limits};

/// A site of a marketplace: it decides what is found and in which currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Site {
    /// ebay.com
    #[default]
    #[serde(rename = "EBAY_US")]
    EbayUs,
    /// ebay.co.uk
    #[serde(rename = "EBAY_GB")]
    EbayGb,
    /// ebay.de
    #[serde(rename = "EBAY_DE")]
    EbayDe,
    /// ebay.fr
    #[serde(rename = "EBAY_FR")]
    EbayFr,
    /// ebay.it
    #[serde(rename = "EBAY_IT")]
    EbayIt,
    /// ebay.es
    #[serde(rename = "EBAY_ES")]
    EbayEs,
    /// ebay.ca
    #[serde(rename = "EBAY_CA")]
    EbayCa,
    /// ebay.com.au
    #[serde(rename = "EBAY_AU")]
    EbayAu,
}

impl Site {
    /// Every site.
    pub const ALL: [Site; 8] = [
        Site::EbayUs,
        Site::EbayGb,
        Site::EbayDe,
        Site::EbayFr,
        Site::EbayIt,
        Site::EbayEs,
        Site::EbayCa,
        Site::EbayAu,
    ];
    const NAMES: &'static str = "EBAY_US, EBAY_GB, EBAY_DE, EBAY_FR, EBAY_IT, EBAY_ES, EBAY_CA, EBAY_AU";

    /// Its name in the marketplace's interface, the API and the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Site::EbayUs => "EBAY_US",
            Site::EbayGb => "EBAY_GB",
            Site::EbayDe => "EBAY_DE",
            Site::EbayFr => "EBAY_FR",
            Site::EbayIt => "EBAY_IT",
            Site::EbayEs => "EBAY_ES",
            Site::EbayCa => "EBAY_CA",
            Site::EbayAu => "EBAY_AU",
        }
    }

    /// Its name as people write it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Site::EbayUs => "eBay",
            Site::EbayGb => "eBay UK",
            Site::EbayDe => "eBay Germany",
            Site::EbayFr => "eBay France",
            Site::EbayIt => "eBay Italy",
            Site::EbayEs => "eBay Spain",
            Site::EbayCa => "eBay Canada",
            Site::EbayAu => "eBay Australia",
        }
    }

    /// The currency that its prices are in.
    #[must_use]
    pub fn currency(self) -> Currency {
        let code = match self {
            Site::EbayUs => return Currency::USD,
            Site::EbayGb => return Currency::GBP,
            Site::EbayDe | Site::EbayFr | Site::EbayIt | Site::EbayEs => return Currency::EUR,
            Site::EbayCa => "CAD",
            Site::EbayAu => "AUD",
        };
        code.parse().unwrap_or(Currency::USD)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Site {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Site::ALL.into_iter().find(|site| site.name() == name);
        known.ok_or_else(|| format!("must be one of {}", Site::NAMES))
    }
}

/// In which condition an item may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemCondition {
    /// New.
    New,
    /// Used, refurbished ones among them.
    Used,
}

impl ItemCondition {
    /// The words of the API.
    const NAMES: [&'static str; 2] = ["new", "used"];

    /// Its name in the API and the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ItemCondition::New => "new",
            ItemCondition::Used => "used",
        }
    }
}

/// A search of a marketplace.
///
/// The query is kept trimmed, with single spaces, as its user wrote it otherwise; [`key`](Search::key) is what
/// equal searches share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Search {
    /// What is searched for: words that must all be there.
    pub query: String,
    /// Where.
    #[serde(rename = "marketplace", default)]
    pub site: Site,
    /// The lowest price wanted, in the site's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_price: Option<Price>,
    /// The highest price wanted, in the site's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_price: Option<Price>,
    /// Only in this condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ItemCondition>,
    /// Only in this category, by the marketplace's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

impl Search {
    /// The currency of its prices.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.site.currency()
    }

    /// A text that is the same for equal searches, and for no others: the query without regard to case, and
    /// every filter.
    #[must_use]
    pub fn key(&self) -> String {
        let price = |price: Option<Price>| price.map_or_else(String::new, |price| price.to_string());
        format!(
            "{}|{}|{}|{}|{}|{}",
            self.site,
            price(self.min_price),
            price(self.max_price),
            self.condition.map_or("", ItemCondition::name),
            self.category.as_deref().unwrap_or_default(),
            self.query.to_lowercase(),
        )
    }

    /// The search in words: `"gravel bike 56" on eBay up to 900 USD`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = format!("\"{}\" on {}", self.query, self.site.title());
        let currency = self.currency();
        match (self.min_price, self.max_price) {
            (Some(low), Some(high)) => {
                words.push_str(&format!(" from {} to {} {currency}", number(low), number(high)));
            }
            (Some(low), None) => words.push_str(&format!(" from {} {currency}", number(low))),
            (None, Some(high)) => words.push_str(&format!(" up to {} {currency}", number(high))),
            (None, None) => {}
        }
        if let Some(condition) = self.condition {
            words.push_str(", ");
            words.push_str(condition.name());
        }
        words
    }

    /// Reads `{"query", "marketplace", "min_price", "max_price", "currency", "condition", "category"}`; faults
    /// go to `faults`. A currency other than the site's is refused: prices of two are never compared.
    pub fn from_input(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut fields = faults.object(node)?;
        if !fields.has("query") {
            faults.add("query", "required", "is required: the words to search for");
        }
        let query = fields.bounded_text(faults, "query", limits::QUERY_CHARS).map(single_spaced);
        if query.as_deref() == Some("") {
            faults.add("query", "empty", "must have at least one word");
        }
        let site = fields.parsed::<Site>(faults, "marketplace");
        let site_given = fields.has("marketplace");
        let (min_price, max_price) = (fields.price(faults, "min_price"), fields.price(faults, "max_price"));
        if let (Some(low), Some(high)) = (min_price, max_price)
            && low > high
        {
            faults.add("min_price", "range", "must not be above max_price");
        }
        let currency = fields.parsed::<Currency>(faults, "currency");
        let site = if site_given { site? } else { Site::default() };
        if let Some(currency) = currency
            && currency != site.currency()
        {
            let message = format!("must be {}, the currency of {site}", site.currency());
            faults.add("currency", "not_applicable", message);
        }
        let condition = if fields.has("condition") {
            match fields.word(faults, "condition", &ItemCondition::NAMES) {
                Some("new") => Some(ItemCondition::New),
                Some(_) => Some(ItemCondition::Used),
                None => None,
            }
        } else {
            fields.take("condition");
            None
        };
        let category = fields.text(faults, "category").map(str::to_owned);
        if let Some(category) = &category
            && (category.is_empty() || category.len() > 20 || !category.bytes().all(|b| b.is_ascii_digit()))
        {
            faults.add("category", "invalid", "must be the marketplace's number of a category");
        }
        fields.finish(faults);
        let query = query?;
        Some(Self { query, site, min_price, max_price, condition, category })
    }
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entries: &[(&str, &str)]) -> Result<Search, Vec<String>> {
        let entries =
            entries.iter().map(|(name, text)| ((*name).to_owned(), Node::Text((*text).to_owned()))).collect();
        let mut faults = Faults::new();
        let search = Search::from_input(&Node::Object(entries), &mut faults);
        faults.finish(search).map_err(|faults| faults.into_iter().map(|fault| fault.field).collect())
    }

    #[test]
    fn equal_searches_have_one_key() {
        let one = read(&[("query", "  Gravel   bike 56 "), ("max_price", "900.00")]).unwrap();
        let two =
            read(&[("query", "gravel BIKE 56"), ("marketplace", "EBAY_US"), ("max_price", "900")]).unwrap();
        assert_eq!(one.key(), two.key());
        assert_eq!(one.words(), "\"Gravel bike 56\" on eBay up to 900 USD");
        let other = read(&[("query", "gravel bike 56"), ("marketplace", "EBAY_DE"), ("max_price", "900")]);
        assert_ne!(one.key(), other.unwrap().key());
        // What stands in a query is never taken for a filter: it comes last.
        let query = read(&[("query", "900||used|x")]).unwrap();
        assert_ne!(query.key(), read(&[("query", "x"), ("max_price", "900")]).unwrap().key());
    }

    #[test]
    fn every_fault_is_named_by_its_field() {
        assert_eq!(read(&[("query", "   ")]), Err(vec!["query".to_owned()]));
        assert_eq!(
            read(&[
                ("query", &"x".repeat(201)),
                ("min_price", "10"),
                ("max_price", "9"),
                ("currency", "EUR"),
                ("condition", "broken"),
                ("category", "bikes"),
                ("colour", "red"),
            ]),
            Err(["query", "min_price", "currency", "condition", "category", "colour"]
                .map(str::to_owned)
                .to_vec())
        );
        assert_eq!(read(&[("query", "x"), ("marketplace", "AMAZON")]), Err(vec!["marketplace".to_owned()]));
    }
}
