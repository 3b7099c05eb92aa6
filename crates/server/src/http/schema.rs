//! The model's types as the API's document describes them.
//!
//! The model knows nothing of OpenAPI, so its JSON is described here a second time. Nothing is ever read
//! or written through these types; the tests of the API compare them with what is really sent.
#![expect(dead_code, reason = "these types only describe")]

pub(super) mod choices;
mod words;

use utoipa::ToSchema;

pub(super) use self::words::{Placeholder, Status};

/// An exact decimal as text. A request may also hold a JSON number; it is read as exactly.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = r"^[0-9]+(\.[0-9]+)?$", example = "33000")]
pub(super) struct Decimal(String);

/// One whole number and its unit: `s`, `m`, `h` or `d`.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]+[smhd]$", example = "15m")]
pub(super) struct Duration(String);

/// `venue:symbol`.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^[^:]+:.+$", example = "binance:BTCUSDT")]
pub(super) struct Instrument(String);

/// Where messages go: `email`, the account's own address, or the id of a channel.
#[derive(ToSchema)]
#[schema(value_type = String, example = "email")]
pub(super) struct Channel(String);

/// How often an alert may fire.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[serde(tag = "mode")]
pub(super) enum Repeat {
    /// The first fire ends it.
    Once,
    /// It fires again and again.
    Every {
        /// After a fire, how long no tick fires it; none where absent.
        cooldown: Option<Duration>,
        /// Fires since arming that end it; any number where absent.
        #[schema(minimum = 1)]
        max_fires: Option<u64>,
    },
}

/// Which way a price moves.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum Direction {
    Up,
    Down,
    Either,
}

/// What must happen for an alert to fire. What each kind means, to the tick, is told in `docs/semantics.md`.
#[derive(ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Condition {
    /// The price reaches or passes a level from either side.
    Crossing { price: Decimal },
    /// The price comes from below a level to it or above.
    CrossingUp { price: Decimal },
    /// The price comes from above a level to it or below.
    CrossingDown { price: Decimal },
    /// The price comes from outside into a channel.
    EnteringChannel { low: Decimal, high: Decimal },
    /// The price leaves a channel.
    ExitingChannel { low: Decimal, high: Decimal },
    /// The price is at or above a level. `reset`: ready again only below it.
    Above {
        price: Decimal,
        reset: Option<Decimal>,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price is at or below a level. `reset`: ready again only above it.
    Below {
        price: Decimal,
        reset: Option<Decimal>,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price is within a channel.
    InsideChannel {
        low: Decimal,
        high: Decimal,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price is outside a channel.
    OutsideChannel {
        low: Decimal,
        high: Decimal,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price has moved from the reference by `percent` or `amount`.
    Change {
        percent: Option<Decimal>,
        amount: Option<Decimal>,
        direction: Direction,
        rebase: Option<bool>,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price has moved by `percent` or `amount` within a window.
    Moving {
        percent: Option<Decimal>,
        amount: Option<Decimal>,
        direction: Direction,
        window: Duration,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price is above every price of the window before it.
    NewHigh {
        window: Duration,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price is below every price of the window before it.
    NewLow {
        window: Duration,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// The price has come back from its extreme since arming by `percent` or `amount`.
    Trailing {
        percent: Option<Decimal>,
        amount: Option<Decimal>,
        direction: Direction,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// All parts hold.
    All {
        of: Vec<Part>,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// At least one part holds.
    Any {
        of: Vec<Part>,
        #[serde(rename = "for")]
        hold: Option<Duration>,
    },
    /// No trade comes for so long, from `10s` to `30d`. Not of polled venues.
    Silent {
        #[serde(rename = "for")]
        span: Duration,
    },
}

/// What a part of a composite condition may be.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum PartKind {
    Above,
    Below,
    InsideChannel,
    OutsideChannel,
    Moving,
    NewHigh,
    NewLow,
}

/// One part of a composite condition: the fields of `above`, `below`, `inside_channel`,
/// `outside_channel`, `moving`, `new_high` or `new_low`, and an instrument of its own.
#[derive(ToSchema)]
pub(super) struct Part {
    #[serde(rename = "type")]
    kind: PartKind,
    instrument: Option<Instrument>,
    price: Option<Decimal>,
    low: Option<Decimal>,
    high: Option<Decimal>,
    percent: Option<Decimal>,
    amount: Option<Decimal>,
    direction: Option<Direction>,
    window: Option<Duration>,
}

/// An alert as it is asked for: on a price, or on products.
#[derive(ToSchema)]
#[serde(untagged)]
pub(super) enum NewAlert {
    Price(Box<NewPriceAlert>),
    Product(Box<NewProductAlert>),
}

/// An alert on a price, as it is asked for.
#[derive(ToSchema)]
#[schema(example = json!({
    "name": "BTC reaches 33k",
    "instrument": "binance:BTCUSDT",
    "condition": {"type": "crossing", "price": "33000"}
}))]
pub(super) struct NewPriceAlert {
    /// `price`, which is also the default.
    #[schema(pattern = "^price$")]
    kind: Option<String>,
    /// At most 200 characters.
    name: Option<String>,
    instrument: Instrument,
    condition: Condition,
    /// Once, where absent.
    repeat: Option<Repeat>,
    /// No tick at or after this instant fires it.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
    /// A note to oneself, shown in the message; at most 2,000 characters.
    note: Option<String>,
    /// Words of one's own for the message, at most 1,000 characters. `{price}` and the like stand for what a fire has;
    /// `POST /api/alerts/preview-message` tells all of them. The first line is the subject.
    #[schema(example = "{symbol} reached {price}, sell!")]
    message: Option<String>,
    /// `["email"]`, where absent.
    channels: Option<Vec<Channel>>,
    /// At most 20 words to find it by.
    tags: Option<Vec<String>>,
}

/// What a product alert does.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ProductKind {
    /// Tells of what happens to listings.
    Search,
    /// Tells of the cheapest, by schedule.
    Digest,
    /// Tells how prices move, by schedule.
    Insights,
}

/// An alert on products, as it is asked for.
#[derive(ToSchema)]
#[schema(example = json!({
    "kind": "search",
    "search": {"query": "leica m6"},
    "condition": {"type": "price_drop", "percent": "5"}
}))]
pub(super) struct NewProductAlert {
    kind: ProductKind,
    /// At most 200 characters.
    name: Option<String>,
    search: NewSearch,
    /// `search`: what is told; this or `conditions`.
    condition: Option<ListingCondition>,
    /// `search`: several of them, each type once.
    conditions: Option<Vec<ListingCondition>>,
    /// `search` and `digest`: only listings with one of these words in their titles.
    include: Option<Vec<String>>,
    /// `search` and `digest`: no listings with one of these.
    exclude: Option<Vec<String>>,
    /// `digest` and `insights`: when.
    schedule: Option<Schedule>,
    /// `digest`: how many; 20 where absent, at most 100.
    top: Option<u32>,
    /// `insights`: how far back prices are compared; `2d` where absent.
    look_back: Option<Duration>,
    /// `insights`: from how many percent on a fall is told; 2 where absent.
    drop_percent: Option<Decimal>,
    /// `search`: how often; as often as there is something to tell, where absent.
    repeat: Option<Repeat>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
    note: Option<String>,
    /// Words of one's own for the message, as in an alert on a price.
    #[schema(example = "{count} for {search}, from {price}")]
    message: Option<String>,
    /// `["email"]`, where absent.
    channels: Option<Vec<Channel>>,
    tags: Option<Vec<String>>,
}

/// A search as it is asked for. Equal ones are one for everybody.
#[derive(ToSchema)]
pub(super) struct NewSearch {
    /// Words that must all be there; at most 200 characters.
    #[schema(example = "gravel bike 56")]
    query: String,
    /// `EBAY_US` where absent.
    #[schema(example = "EBAY_US")]
    marketplace: Option<String>,
    min_price: Option<Decimal>,
    max_price: Option<Decimal>,
    /// Must be the marketplace's, where it is given.
    currency: Option<String>,
    /// `new` or `used`.
    condition: Option<String>,
    /// The marketplace's number of a category.
    category: Option<String>,
}

/// A search.
#[derive(ToSchema)]
pub(super) struct Search {
    query: String,
    marketplace: String,
    min_price: Option<Decimal>,
    max_price: Option<Decimal>,
    condition: Option<String>,
    category: Option<String>,
}

/// What must happen to a listing.
#[derive(ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ListingCondition {
    /// It was never seen for this search.
    Listed,
    /// Its price falls by at least so many percent from the price last reported to this alert, or else first
    /// seen by it.
    PriceDrop { percent: Decimal },
    /// Its price is at most this and was not, or was never seen, before.
    Below { price: Decimal },
    /// It can be bought again.
    Restocked,
    /// The marketplace says that it is gone.
    Ended,
}

/// When something is told: `every` so often since the alert was armed, `every` so many days `at` a local time,
/// or by a `cron` expression.
#[derive(ToSchema)]
#[schema(example = json!({"every": "10m"}))]
pub(super) struct Schedule {
    every: Option<Duration>,
    /// A local time: `09:00`.
    at: Option<String>,
    /// Five fields: minute, hour, day of the month, month, day of the week.
    #[schema(example = "0 9 * * *")]
    cron: Option<String>,
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
}

/// What happened to a listing.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ListingEvent {
    Listed,
    PriceDrop,
    Below,
    Restocked,
    Ended,
}

/// What is shown of a listing besides its price. The title is a stranger's text.
#[derive(ToSchema)]
pub(super) struct Card {
    #[schema(example = "v1|110553|0")]
    id: String,
    title: String,
    url: Option<String>,
    image: Option<String>,
    condition: Option<String>,
}

/// An amount of money.
#[derive(ToSchema)]
pub(super) struct Money {
    value: Decimal,
    #[schema(example = "USD")]
    currency: String,
}

/// A change of an alert. What is absent stays as it is.
#[derive(ToSchema)]
#[schema(example = json!({"name": "BTC reaches 34k", "condition": {"type": "crossing", "price": "34000"}}))]
pub(super) struct AlertChanges {
    name: Option<String>,
    /// Another instrument arms the alert anew.
    instrument: Option<Instrument>,
    /// Another condition arms the alert anew, and makes a triggered one active again.
    condition: Option<AnyCondition>,
    /// Of an alert on products: another search or schedule, and so on, arms it anew.
    search: Option<NewSearch>,
    conditions: Option<Vec<ListingCondition>>,
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    schedule: Option<Schedule>,
    top: Option<u32>,
    look_back: Option<Duration>,
    drop_percent: Option<Decimal>,
    repeat: Option<Repeat>,
    /// Null takes it away. A later one makes an expired alert active again.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
    note: Option<String>,
    /// Other words for the message; an empty text brings the usual ones back.
    message: Option<String>,
    channels: Option<Vec<Channel>>,
    tags: Option<Vec<String>>,
    /// The version that the change is made from; at another one it is refused. So does `If-Match`.
    version: Option<u64>,
}

/// A condition of a price, or of listings.
#[derive(ToSchema)]
#[serde(untagged)]
pub(super) enum AnyCondition {
    Price(Condition),
    Listing(ListingCondition),
}

/// Whether one part of a composite condition held.
#[derive(ToSchema)]
pub(super) struct PartTruth {
    instrument: Instrument,
    #[serde(rename = "type")]
    kind: String,
    holds: bool,
}
