//! `POST /api/ticks`: ticks of a feed of one's own, one JSON object a line.
//!
//! An answer of 2xx means that every line that it does not name as refused is kept, and will be evaluated even
//! where the process dies now.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Request, State};
use bellwether_model::{Fault, Instrument, UserId, Venue};
use bellwether_store::instrument::InstrumentInfo;
use bellwether_store::push_feed::Claim;
use serde::Serialize;
use utoipa::ToSchema;

use super::feeds::parts;
use super::line;
use super::lines::{LINE_BYTES, Line, Lines};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::users::gone;
use crate::journal::{Entered, Entry};

/// Lines that are one write.
const LINES_AT_ONCE: usize = 1_000;
/// Lines that an answer names at most.
const NAMED_MAX: usize = 1_000;

/// What became of pushed ticks.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::http) struct Pushed {
    /// Ticks that are kept, and will be evaluated whatever happens.
    kept: u64,
    /// Ticks that are no newer than one that was kept before: repetitions, and what comes out of order.
    stale: u64,
    /// Lines that changed nothing.
    refused: u64,
    /// The refused lines, the first 1,000 of them.
    lines: Vec<RefusedLine>,
}

/// A line that changed nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct RefusedLine {
    /// Its number, from 1.
    line: u64,
    /// The field that is wrong; empty for the whole line.
    #[schema(example = "price")]
    field: String,
    /// A word for programs.
    #[schema(example = "invalid")]
    code: &'static str,
    /// What is wrong, for people.
    message: String,
}

/// Push ticks.
///
/// The body is JSON lines, each `{"instrument": "push:my-feed/GOLD", "price": "2411.30", "time":
/// "2026-11-21T10:00:00Z", "id": 17}`. The feed belongs to the account that first pushes to it, and is private
/// until it is published. With `id`, a number that grows, a line may be sent again without harm; an
/// instrument's ticks either all have one or all have none. A line has at most 1,024 bytes.
#[utoipa::path(post, path = "/api/ticks", tag = "markets",
    request_body(content = Option<String>, content_type = "application/x-ndjson",
        example = json!("{\"instrument\": \"push:my-feed/GOLD\", \"price\": \"2411.30\", \"id\": 17}\n")),
    responses(
        (status = 200, body = Pushed, description = "What is kept will be evaluated"),
        (status = 413, description = "The body is larger than allowed. What came before may be kept"),
        (status = 400, description = "No line could be taken"),
        (status = 429, description = "Too many ticks within a minute. None of these was kept"),
        (status = 503, description = "The ticks could not be kept. Send them again, with their ids"),
    ))]
pub(in crate::http) async fn push_ticks(
    State(api): State<ApiState>,
    caller: Caller,
    request: Request,
) -> Result<Json<Pushed>, ApiError> {
    let mut push = Push {
        api: &api,
        user: caller.user,
        feeds: HashMap::new(),
        pushed: Pushed::default(),
        batch: Vec::new(),
    };
    let mut lines = Lines::of(request.into_body(), api.limits().ticks_body);
    let mut number = 0;
    while let Some(line) = lines.next().await? {
        number += 1;
        push.take(number, line).await?;
        if push.batch.len() >= LINES_AT_ONCE {
            push.keep().await?;
        }
    }
    push.keep().await?;
    let pushed = push.pushed;
    if pushed.kept + pushed.stale == 0 && pushed.refused > 0 {
        return Err(ApiError::Input(pushed.lines.into_iter().take(100).map(as_fault).collect()));
    }
    Ok(Json(pushed))
}

fn as_fault(refused: RefusedLine) -> Fault {
    let RefusedLine { line, field, code, message } = refused;
    let field = if field.is_empty() { format!("lines[{line}]") } else { format!("lines[{line}].{field}") };
    Fault { field, code, message }
}

/// One request's ticks on their way.
struct Push<'a> {
    api: &'a ApiState,
    user: UserId,
    /// What is known of the feeds that the lines name.
    feeds: HashMap<String, Claim>,
    pushed: Pushed,
    /// Lines that were read and are not kept yet.
    batch: Vec<(u64, Entry)>,
}

impl Push<'_> {
    async fn take(&mut self, number: u64, line: Line) -> Result<(), ApiError> {
        let line = match line {
            Line::Whole(line) if line.trim_ascii().is_empty() => return Ok(()),
            Line::Whole(line) => line,
            Line::TooLong => {
                let message = format!("is longer than {LINE_BYTES} bytes");
                self.refuse(number, Fault { field: String::new(), code: "too_long", message });
                return Ok(());
            }
        };
        let now = self.api.now();
        if let Err(wait) = self.api.throttles().ticks.take(&self.user, now) {
            if self.pushed.kept + self.pushed.stale == 0 && self.batch.is_empty() {
                return Err(ApiError::TooMany { retry_after: wait });
            }
            let message =
                format!("is one too many within a minute; send it again in {} s", wait.as_secs() + 1);
            self.refuse(number, Fault { field: String::new(), code: "too_many", message });
            return Ok(());
        }
        match line::read(&line, now) {
            Err(fault) => self.refuse(number, fault),
            Ok(entry) => match self.admit(&entry.instrument).await? {
                Ok(()) => self.batch.push((number, entry)),
                Err((code, message)) => self.refuse(
                    number,
                    Fault { field: "instrument".to_owned(), code, message: message.to_owned() },
                ),
            },
        }
        Ok(())
    }

    /// Whether the user may push to an instrument, which is made known where it is new.
    async fn admit(
        &mut self,
        instrument: &Instrument,
    ) -> Result<Result<(), (&'static str, &'static str)>, ApiError> {
        let Some((feed, symbol)) = parts(instrument) else {
            return Ok(Err(("invalid", "is not written as an instrument of a feed")));
        };
        let (store, limits) = (self.api.store(), self.api.limits());
        let claim = match self.feeds.get(feed) {
            Some(known) => *known,
            None => {
                let claim = store.claim_feed(self.user, feed, limits.feeds_per_user, self.api.now()).await?;
                self.feeds.insert(feed.to_owned(), claim);
                claim
            }
        };
        match claim {
            Claim::Own => {}
            Claim::Taken => return Ok(Err(("unknown_instrument", "is of no feed of yours"))),
            Claim::NoUser => return Err(gone()),
            Claim::TooMany => return Ok(Err(("too_many_feeds", "is of one more feed than you may have"))),
        }
        if self.api.pushed().contains_key(instrument) {
            return Ok(Ok(()));
        }
        if store.instrument(instrument).await?.is_none() {
            if store.feed_instruments(feed).await? >= u64::from(limits.instruments_per_feed) {
                return Ok(Err(("too_many_instruments", "is one more than a feed may have")));
            }
            let info = InstrumentInfo {
                instrument: instrument.clone(),
                base: symbol.to_owned(),
                quote: feed.to_owned(),
                trading: true,
                tick_size: None,
                enabled: true,
            };
            store.save_instruments(Venue::Push, vec![info], self.api.now()).await?;
        }
        self.api.pushed().insert(instrument.clone(), ());
        Ok(Ok(()))
    }

    async fn keep(&mut self) -> Result<(), ApiError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let (numbers, entries): (Vec<u64>, Vec<Entry>) = self.batch.drain(..).unzip();
        let entered = self.api.journal().enter(entries).await?;
        for (number, entered) in numbers.into_iter().zip(entered) {
            match entered {
                Entered::Kept => self.pushed.kept += 1,
                Entered::Stale => self.pushed.stale += 1,
                Entered::Mixed => {
                    let message = "must be given for all ticks of an instrument, or for none".to_owned();
                    self.refuse(number, Fault { field: "id".to_owned(), code: "mixed", message });
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, line: u64, fault: Fault) {
        self.pushed.refused += 1;
        if self.pushed.lines.len() < NAMED_MAX {
            let Fault { field, code, message } = fault;
            self.pushed.lines.push(RefusedLine { line, field, code, message });
        }
    }
}
