//! `GET /api/instruments/movers`: whose price moved most.
//!
//! What moved how far is computed once for everybody and kept for a few seconds, for each look-back there is; whoever
//! asks gets a part of that. Computing it costs one look into the index of candles for each instrument that is watched.

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use bellwether_engine::Change;
use bellwether_model::{Instrument, Interval, Price, Span, Timestamp, Venue};
use bellwether_store::StoreError;
use bellwether_store::candle::PriceMove;
use quick_cache::sync::Cache;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::query::Query;
use crate::http::ticks::parts;
use crate::http::{ApiState, schema};

/// How long what was computed is told, in microseconds.
const FRESH_US: i64 = 10_000_000;
/// Items where the request does not say, and at most.
const LIMIT: u32 = 10;
const LIMIT_MAX: u32 = 100;

/// How far is looked back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum LookBack {
    Hour,
    Day,
    Week,
    Month,
}

impl LookBack {
    /// Its text, and the candles that it is told from.
    const fn parts(self) -> (&'static str, Interval) {
        match self {
            LookBack::Hour => ("1h", Interval::Minute),
            LookBack::Day => ("1d", Interval::Minute),
            LookBack::Week => ("7d", Interval::Hour),
            LookBack::Month => ("30d", Interval::Hour),
        }
    }
}

impl FromStr for LookBack {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [LookBack::Hour, LookBack::Day, LookBack::Week, LookBack::Month];
        // 24h is a day, too.
        let text = text.parse().map_or_else(|_| text.to_owned(), |span: Span| span.to_string());
        all.into_iter().find(|known| known.parts().0 == text).ok_or("must be 1h, 1d, 7d or 30d")
    }
}

/// Which movements are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Any,
    Up,
    Down,
}

impl FromStr for Direction {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "any" => Ok(Direction::Any),
            "up" => Ok(Direction::Up),
            "down" => Ok(Direction::Down),
            _ => Err("must be any, up or down"),
        }
    }
}

/// What was computed lately.
pub(in crate::http) struct Movers {
    kept: Cache<LookBack, Kept>,
}

#[derive(Clone)]
struct Kept {
    as_of: Timestamp,
    moves: Arc<Vec<(Change, PriceMove)>>,
}

impl Default for Movers {
    fn default() -> Self {
        Self { kept: Cache::new(8) }
    }
}

/// Whose price moved most.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Movers)]
pub(in crate::http) struct MoversView {
    #[schema(example = "1d")]
    look_back: &'static str,
    /// As of when all of this stands.
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    /// The largest movement first.
    items: Vec<MoverView>,
}

/// How far a price moved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mover)]
pub(in crate::http) struct MoverView {
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    /// By how many percent, rounded to two decimals.
    #[schema(example = "-2.5")]
    change_percent: String,
    /// Since when it is known: later than asked for, where it was not watched before.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = schema::Decimal)]
    first: Price,
    #[schema(value_type = schema::Decimal)]
    last: Price,
    /// The venue's time of the last price.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
}

/// Whose price moved most.
///
/// Among all instruments that are watched here and had a price within the look-back; pushed ones only where they are
/// one's own or published. It is computed once in ten seconds for everybody, and costs one look into the candles of
/// each instrument then.
#[utoipa::path(get, path = "/api/instruments/movers", tag = "markets",
    params(
        ("look_back" = Option<String>, Query, example = "1d", description = "`1h`, `1d` (where absent), `7d` or `30d`"),
        ("venue" = Option<String>, Query, example = "binance"),
        ("direction" = Option<String>, Query, description = "`any` (where absent), `up` or `down`"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "10 where absent"),
    ),
    responses((status = 200, body = MoversView)))]
pub(in crate::http) async fn list_movers(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<MoversView>, ApiError> {
    let look_back = query.one("look_back").unwrap_or(LookBack::Day);
    let venue: Option<Venue> = query.one("venue");
    let direction = query.one("direction").unwrap_or(Direction::Any);
    let limit = usize::try_from(query.limit(LIMIT, LIMIT_MAX)).unwrap_or(usize::MAX);
    query.finish()?;
    let Kept { as_of, moves } = api.movers().of(&api, look_back).await?;
    let mut items = Vec::new();
    let feeds = api.store().feeds_seen_by(caller.user).await?;
    let is_seen = |instrument: &Instrument| {
        instrument.venue() != Venue::Push || parts(instrument).is_some_and(|(feed, _)| feeds.contains(feed))
    };
    for (change, moved) in moves.iter() {
        let fits = match direction {
            Direction::Any => true,
            Direction::Up => change.0 > 0,
            Direction::Down => change.0 < 0,
        };
        let is_wanted = fits && venue.is_none_or(|venue| moved.instrument.venue() == venue);
        if !is_wanted || !is_seen(&moved.instrument) {
            continue;
        }
        let PriceMove { instrument, from, first, last, time } = moved.clone();
        items.push(MoverView { instrument, change_percent: change.to_string(), from, first, last, time });
        if items.len() == limit {
            break;
        }
    }
    Ok(Json(MoversView { look_back: look_back.parts().0, as_of, items }))
}

impl Movers {
    async fn of(&self, api: &ApiState, look_back: LookBack) -> Result<Kept, StoreError> {
        let now = api.now();
        let is_old = |kept: &Kept| now.micros_since(kept.as_of).abs() >= FRESH_US;
        if self.kept.get(&look_back).is_some_and(|kept| is_old(&kept)) {
            self.kept.remove_if(&look_back, is_old);
        }
        // Whoever asks at the same time waits for the one who came first.
        let computed = self.kept.get_or_insert_async(&look_back, async {
            let (span, interval) = look_back.parts();
            let span: Span = span.parse().expect("it is written as a span");
            let moves = api.store().moves_since(interval, now.saturating_sub(span)).await?;
            let changed = |moved: PriceMove| Some((Change::between(moved.first, moved.last)?, moved));
            let mut moves: Vec<_> = moves.into_iter().filter_map(changed).collect();
            // Of equal ones in the order of their names, in which they come.
            moves.sort_by_key(|(change, _)| std::cmp::Reverse(change.size()));
            Ok(Kept { as_of: now, moves: Arc::new(moves) })
        });
        computed.await
    }
}
