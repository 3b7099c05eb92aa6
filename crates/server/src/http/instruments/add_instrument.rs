//! `POST /api/admin/instruments`: adds an instrument that its venue has, though it is in no list of it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bellwether_feeds::coingecko::Coingecko;
use bellwether_feeds::uphold::Uphold;
use bellwether_model::{Instrument, Venue};
use bellwether_store::instrument::InstrumentInfo;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{InstrumentView, may_be_switched};
use crate::http::auth::Administrator;
use crate::http::catalogue::canonical;
use crate::http::error::ApiError;
use crate::http::idempotency;
use crate::http::input::JsonBody;
use crate::http::{ApiState, schema};

/// This call, among those whose requests may be sent again.
const CALL: &str = "POST /api/admin/instruments";
/// What is kept of a request that added an instrument, which has no id of its own.
const ADDED: Uuid = Uuid::max();

/// What is to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
pub(in crate::http) struct NewInstrument {
    /// Which. Venues that stream name all that they have; Uphold and CoinGecko have more than they list.
    #[schema(value_type = schema::Instrument)]
    instrument: String,
}

/// Add an instrument. One that is known already is as it was, but switched on.
#[utoipa::path(post, path = "/api/admin/instruments", tag = "operation",
    request_body = NewInstrument,
    params(("Idempotency-Key" = Option<String>, Header, description = idempotency::DESCRIPTION)),
    responses(
        (status = 201, body = InstrumentView, description = "Added, or added before under the same key"),
        (status = 200, body = InstrumentView, description = "It was known"),
        (status = 403, description = "You are no administrator"),
        (status = 422, description = "The idempotency key was used for another body"),
    ))]
pub(in crate::http) async fn add_instrument(
    State(api): State<ApiState>,
    administrator: Administrator,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<(StatusCode, HeaderMap, Json<InstrumentView>), ApiError> {
    let idempotency = idempotency::key_of_call(&headers, CALL, body.bytes())?;
    let asked = body.read(|fields, faults| {
        if !fields.has("instrument") {
            faults.add("instrument", "required", "is required");
        }
        fields.parsed::<Instrument>(faults, "instrument").filter(|asked| may_be_switched(asked, faults))
    })?;
    let instrument = canonical(&asked).unwrap_or(asked);
    let now = api.now();
    let mut headers = HeaderMap::new();
    if let Some(before) = idempotency::before(&api, administrator.user, idempotency.as_ref()).await? {
        let known = api.store().instrument(&instrument).await?.ok_or(ApiError::NotFound("instrument"))?;
        idempotency::mark_replayed(&mut headers);
        let status = if before.made == ADDED { StatusCode::CREATED } else { StatusCode::OK };
        return Ok((status, headers, Json(InstrumentView::of(known, api.positions()))));
    }
    let mut status = StatusCode::OK;
    if api.store().instrument(&instrument).await?.is_none() {
        let Some(info) = beyond_the_list(&instrument) else {
            // Reported as any other fault of a field is.
            return body.read(|fields, faults| {
                fields.take("instrument");
                faults.add(
                    "instrument",
                    "unknown_instrument",
                    "is not known to its venue; see /api/instruments",
                );
                None
            });
        };
        api.store().save_instruments(instrument.venue(), vec![info], now).await?;
        status = StatusCode::CREATED;
    }
    let added = api.store().enable_instrument(&instrument, true, now).await?;
    api.catalogue().forget(&instrument);
    let added = added.ok_or(ApiError::NotFound("instrument"))?;
    if let Some(asked) = idempotency {
        let made = if status == StatusCode::CREATED { ADDED } else { Uuid::nil() };
        api.store().keep_request(administrator.user, asked, made, now).await?;
    }
    Ok((status, headers, Json(InstrumentView::of(added, api.positions()))))
}

/// What is to be known of an instrument of a venue whose list is not all that it has.
fn beyond_the_list(instrument: &Instrument) -> Option<InstrumentInfo> {
    let (base, quote) = match instrument.venue() {
        Venue::Uphold => Uphold::parts(instrument.symbol()),
        Venue::Coingecko => Coingecko::parts(instrument.symbol()),
        Venue::Binance | Venue::Coinbase | Venue::Kraken | Venue::Ebay | Venue::Push => None,
    }?;
    let (base, quote) = (base.to_uppercase(), quote.to_uppercase());
    Some(InstrumentInfo {
        instrument: instrument.clone(),
        base,
        quote,
        trading: true,
        tick_size: None,
        enabled: true,
    })
}
