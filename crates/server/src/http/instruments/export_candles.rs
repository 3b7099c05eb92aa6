//! `GET /api/instruments/{id}/candles/export`: a price history as a file.

use axum::extract::State;
use axum::response::Response;
use bellwether_model::{Candle, Instrument, Interval, Timestamp};
use serde::Serialize;

use super::find;
use super::list_candles::CandleView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::export::{Format, PORTION, Portions, Row, file};
use crate::http::input::InPath;
use crate::http::query::Query;

/// What the price of an instrument did, as a file.
///
/// All candles that are kept and that the filters leave, the oldest first, the running one last; `format` is `csv`
/// (where absent) or `jsonl`. The file is read and sent a portion at a time; one that breaks off is not whole.
#[utoipa::path(get, path = "/api/instruments/{id}/candles/export", tag = "markets",
    params(
        ("id" = String, Path, example = "binance:BTCUSDT"),
        ("format" = Option<String>, Query, example = "csv", description = "`csv` (where absent) or `jsonl`"),
        ("interval" = Option<String>, Query, example = "1h", description = "`1m`, `1h` (where absent) or `1d`"),
        ("from" = Option<String>, Query, format = DateTime, description = "The first instant; all that is kept where absent"),
        ("to" = Option<String>, Query, format = DateTime,
            description = "The instant before which the last one begins; now where absent"),
    ),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/csv"),
        (status = 404, description = "Its venue has no such instrument, or is not watched here"),
    ))]
pub(in crate::http) async fn export_candles(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(asked): InPath<Instrument>,
    mut query: Query,
) -> Result<Response, ApiError> {
    let format = query.one("format").unwrap_or(Format::Csv);
    let interval: Interval = query.one("interval").unwrap_or(Interval::Hour);
    let (from, to) = (query.one::<Timestamp>("from"), query.one::<Timestamp>("to"));
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        query.refuse("to", "must lie after from");
    }
    query.finish()?;
    let instrument = find(&api, caller.user, &asked).await?.instrument;
    let place = api.exports().take(caller.user)?;
    let words: String = instrument
        .to_string()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let name = format!("{words}-{interval}");
    let history = History {
        instrument,
        interval,
        from: from.unwrap_or(Timestamp::from_micros(0)),
        // The running candle begins at or before now.
        to: to.unwrap_or_else(|| interval.end_of(interval.open_of(api.now()))),
        ended: false,
        api,
    };
    file(history, format, &name, place).await
}

/// The candles of an instrument, a portion at a time.
struct History {
    api: ApiState,
    instrument: Instrument,
    interval: Interval,
    from: Timestamp,
    to: Timestamp,
    ended: bool,
}

/// A candle, and whether it still runs.
struct Line {
    candle: Candle,
    running: bool,
}

impl Portions for History {
    type Item = Line;

    async fn next(&mut self) -> Result<Vec<Line>, ApiError> {
        if self.ended {
            return Ok(Vec::new());
        }
        let (store, interval) = (self.api.store(), self.interval);
        let (finished, running) =
            store.history(&self.instrument, interval, self.from, self.to, PORTION).await?;
        self.ended = finished.len() < usize::try_from(PORTION).unwrap_or(usize::MAX);
        self.from = finished.last().map_or(self.from, |last| interval.end_of(last.open_time));
        let finished = finished.into_iter().map(|candle| Line { candle, running: false });
        Ok(finished.chain(running.map(|candle| Line { candle, running: true })).collect())
    }

    const COLUMNS: &'static [&'static str] = &["time", "open", "high", "low", "close", "partial", "running"];

    fn row(Line { candle, running }: &Line, row: &mut Row) {
        row.plain(candle.open_time);
        for price in [candle.open, candle.high, candle.low, candle.close] {
            row.plain(price);
        }
        row.plain(candle.partial);
        row.plain(running);
    }

    fn json(Line { candle, running }: Line) -> impl Serialize {
        CandleView::of(candle, running)
    }
}
