//! A listing, and how it is told as JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::money;
use super::site::Site;
use crate::rfc3339::rfc3339_ms;

/// A listing of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// `v1|…|…`
    pub(super) id: String,
    pub(super) title: String,
    pub(super) site: Site,
    /// Hundredths of `currency`: to buy it now, or the highest bid of an auction.
    pub(super) price: i64,
    pub(super) currency: String,
    /// What it was before, where the seller says so.
    pub(super) original: Option<i64>,
    /// The cheapest shipping, in hundredths.
    pub(super) shipping: i64,
    /// eBay's number of the condition, and its name on this site.
    pub(super) condition: (u16, String),
    /// The leaf category first.
    pub(super) categories: Vec<(String, String)>,
    pub(super) seller: Seller,
    pub(super) country: String,
    pub(super) postal_code: String,
    pub(super) selling: Selling,
    pub(super) created_us: i64,
    /// When it was listed first; relisting keeps it.
    pub(super) origin_us: i64,
    /// When it will end or has ended, where it ends by itself.
    pub(super) end_us: Option<i64>,
    /// How many there are; none: it is in no search.
    pub(super) stock: u32,
    pub(super) sold: u32,
    /// Grows with each change by its seller.
    pub(super) revision: u32,
    pub(super) ended: Option<Ended>,
    /// Items out of order in a Best Match search.
    pub(super) rank: u64,
    /// Where the seed's steps leave it alone.
    pub(super) by_hand: bool,
    pub(super) oddity: Option<Oddity>,
    /// The summary as it was recorded, where it was.
    pub(super) recorded: Option<Value>,
    /// What is to be told of it to those who listen.
    pub(super) news: News,
}

/// What became of an item since that was told last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    pub(super) price: bool,
    pub(super) availability: bool,
}

/// Who sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seller {
    pub(super) name: String,
    /// Tenths of a percent.
    pub(super) feedback: u32,
    pub(super) score: u32,
}

/// How it is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selling {
    Fixed { best_offer: bool },
    Auction { bids: u32 },
}

/// How an ended item answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nobody knows it any more.
    Gone,
    /// It is told still, with an end in the past.
    Past,
}

/// What is wrong with an item that harms careless readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// It has no price.
    NoPrice,
    /// Its price is in a currency that the site does not use.
    OtherCurrency,
    /// Its title holds tags and entities.
    Markup,
    /// Its title holds control characters, and some that change the direction of writing.
    ControlCharacters,
    /// Its title holds characters beyond the first plane.
    Emoji,
    /// It stands twice in every page that it is in.
    Duplicate,
    /// Its price is a number and not a text.
    NumberPrice,
    /// Its price is a word.
    WordPrice,
    /// It has no id.
    NoId,
    /// It is no object.
    NoObject,
    /// Its title is hundreds of thousands of characters long.
    HugeTitle,
}

/// Fields of a summary that the item by itself does not have, or has with another meaning.
const SUMMARY_ALONE: [&str; 8] = [
    "availableCoupons",
    "categories",
    "itemGroupHref",
    "itemGroupType",
    "itemHref",
    "itemOriginDate",
    "leafCategoryIds",
    "thumbnailImages",
];

impl Item {
    /// The middle part of the id.
    pub(super) fn legacy_id(&self) -> &str {
        self.id.split('|').nth(1).unwrap_or(&self.id)
    }

    /// Whether it can be bought, in the words of eBay's events.
    pub(super) fn availability_word(&self) -> &'static str {
        match (self.ended, self.stock) {
            (Some(_), _) => "UNAVAILABLE",
            (None, 0) => "TEMPORARILY_UNAVAILABLE",
            (None, _) => "AVAILABLE",
        }
    }

    /// Whether searches may find it.
    pub(super) fn is_found(&self, now_us: i64) -> bool {
        self.ended.is_none() && self.stock > 0 && self.end_us.is_none_or(|end_us| end_us > now_us)
    }

    /// The price on `site`, in hundredths of its currency.
    pub(super) fn price_on(&self, site: Site) -> i64 {
        money::converted(self.price, &self.currency, site.currency()).unwrap_or(self.price)
    }

    /// The buying options in eBay's words.
    pub(super) fn buying_options(&self) -> Vec<&'static str> {
        match self.selling {
            Selling::Fixed { best_offer: false } => vec!["FIXED_PRICE"],
            Selling::Fixed { best_offer: true } => vec!["FIXED_PRICE", "BEST_OFFER"],
            Selling::Auction { .. } => vec!["AUCTION"],
        }
    }

    /// How it stands in a search on `site`; `base` is the simulator's own address.
    pub(super) fn summary(&self, site: Site, base: &str) -> Value {
        let mut summary = match &self.recorded {
            Some(recorded) => recorded.clone(),
            None => self.told(base),
        };
        self.tell_price(&mut summary, site);
        self.spoil(summary)
    }

    /// How it is told by itself.
    pub(super) fn detail(&self, site: Site, base: &str) -> Value {
        let mut detail = self.summary(site, base);
        if let Some(fields) = detail.as_object_mut() {
            // What stands in summaries alone, or means something else there.
            for name in SUMMARY_ALONE {
                fields.remove(name);
            }
            if let Some((id, _)) = self.categories.first() {
                let path: Vec<_> = self.categories.iter().rev().map(|(_, name)| name.as_str()).collect();
                fields.insert("categoryId".to_owned(), json!(id));
                fields.insert("categoryPath".to_owned(), json!(path.join("|")));
            }
            fields.insert("sellerItemRevision".to_owned(), json!(self.revision.to_string()));
            fields.insert("estimatedAvailabilities".to_owned(), json!([self.availability()]));
        }
        detail
    }

    /// What is told where only changes are looked for.
    pub(super) fn compact(&self, site: Site, base: &str) -> Value {
        let kept = [
            "itemId",
            "legacyItemId",
            "itemWebUrl",
            "itemEndDate",
            "price",
            "currentBidPrice",
            "sellerItemRevision",
            "estimatedAvailabilities",
            "topRatedBuyingExperience",
        ];
        let mut detail = self.detail(site, base);
        if let Some(fields) = detail.as_object_mut() {
            fields.retain(|name, _| kept.contains(&name.as_str()));
        }
        detail
    }

    fn told(&self, base: &str) -> Value {
        let (condition_id, condition) = &self.condition;
        let category = |(id, name): &(String, String)| json!({"categoryId": id, "categoryName": name});
        let encoded = self.id.replace('|', "%7C");
        let leaf = self.categories.first().map(|(id, _)| id.as_str()).unwrap_or_default();
        let mut told = json!({
            "itemId": self.id,
            "legacyItemId": self.legacy_id(),
            "title": self.title,
            "leafCategoryIds": [leaf],
            "categories": self.categories.iter().map(category).collect::<Value>(),
            "image": {"imageUrl": format!("{base}/pictures/{encoded}")},
            "thumbnailImages": [{"imageUrl": format!("{base}/pictures/{encoded}")}],
            "itemHref": format!("{base}/buy/browse/v1/item/{encoded}"),
            "itemWebUrl": format!("{base}/itm/{encoded}"),
            "seller": {
                "username": self.seller.name,
                "feedbackPercentage": format!("{}.{}", self.seller.feedback / 10, self.seller.feedback % 10),
                "feedbackScore": self.seller.score,
            },
            "condition": condition,
            "conditionId": condition_id.to_string(),
            "shippingOptions": [{
                "shippingCostType": "FIXED",
                "shippingCost": {"value": money::text(self.shipping), "currency": self.currency},
            }],
            "buyingOptions": self.buying_options(),
            "itemLocation": {"postalCode": self.postal_code, "country": self.country},
            "adultOnly": false,
            "availableCoupons": false,
            "topRatedBuyingExperience": self.seller.feedback >= 995,
            "priorityListing": false,
            "itemCreationDate": rfc3339_ms(self.created_us),
            "itemOriginDate": rfc3339_ms(self.origin_us),
            "listingMarketplaceId": self.site.name(),
        });
        if let Some(end_us) = self.end_us {
            told["itemEndDate"] = json!(rfc3339_ms(end_us));
        }
        told
    }

    fn tell_price(&self, summary: &mut Value, site: Site) {
        match self.selling {
            Selling::Fixed { .. } => {
                summary["price"] = self.amount(self.price, site);
                if let Some(original) = self.original.filter(|original| *original > self.price) {
                    summary["marketingPrice"] = json!({
                        "originalPrice": self.amount(original, site),
                        "discountPercentage": (100 * (original - self.price) / original).to_string(),
                        "discountAmount": self.amount(original - self.price, site),
                        "priceTreatment": "STRIKETHROUGH",
                    });
                }
            }
            Selling::Auction { bids } => {
                summary["currentBidPrice"] = self.amount(self.price, site);
                summary["bidCount"] = json!(bids);
            }
        }
    }

    /// An amount as `site` tells it: in its own currency, with the seller's where that is another.
    fn amount(&self, cents: i64, site: Site) -> Value {
        let own = site.currency();
        match money::converted(cents, &self.currency, own) {
            Some(told) if self.currency != own => json!({
                "value": money::text(told),
                "currency": own,
                "convertedFromValue": money::text(cents),
                "convertedFromCurrency": self.currency,
            }),
            _ => json!({"value": money::text(cents), "currency": self.currency}),
        }
    }

    fn availability(&self) -> Value {
        let status = match self.stock {
            0 => "OUT_OF_STOCK",
            1..=3 => "LIMITED_STOCK",
            _ => "IN_STOCK",
        };
        let mut told = json!({
            "estimatedAvailabilityStatus": status,
            "estimatedSoldQuantity": self.sold,
            "deliveryOptions": ["SHIP_TO_HOME"],
        });
        if self.stock > 10 {
            told["availabilityThreshold"] = json!(10);
            told["availabilityThresholdType"] = json!("MORE_THAN");
        } else {
            told["estimatedAvailableQuantity"] = json!(self.stock);
        }
        told
    }

    fn spoil(&self, mut summary: Value) -> Value {
        match self.oddity {
            None | Some(Oddity::Duplicate) => {}
            Some(Oddity::NoPrice) => {
                if let Some(fields) = summary.as_object_mut() {
                    fields.remove("price");
                }
            }
            Some(Oddity::OtherCurrency) => {
                summary["price"] = json!({"value": money::text(self.price), "currency": "JPY"});
            }
            Some(Oddity::Markup) => {
                summary["title"] = json!(format!(
                    "<script>alert(1)</script><img src=x onerror=alert(2)> &lt;b&gt;{}</title>",
                    self.title
                ));
            }
            Some(Oddity::ControlCharacters) => {
                let title = &self.title;
                summary["title"] =
                    json!(format!("a\u{0}b\u{7}\r\nBcc: x@example.org\u{202e}{title}\u{200b}"));
            }
            Some(Oddity::Emoji) => {
                summary["title"] =
                    json!(format!("\u{1f6b2}\u{1f525} {} \u{1f468}\u{200d}\u{1f680}", self.title));
            }
            Some(Oddity::NumberPrice) => summary["price"]["value"] = json!(12.5),
            Some(Oddity::WordPrice) => summary["price"]["value"] = json!("free"),
            Some(Oddity::NoId) => {
                if let Some(fields) = summary.as_object_mut() {
                    fields.remove("itemId");
                }
            }
            Some(Oddity::NoObject) => summary = json!(["nothing", null]),
            Some(Oddity::HugeTitle) => summary["title"] = json!("long ".repeat(60_000)),
        }
        summary
    }
}
