//! The search.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::error::Complaint;
use super::item::{Item, Oddity};
use super::serving::{self, Desk};
use super::site::Site;
use super::wanted::{Sort, Wanted};

/// Answers a search.
pub(super) async fn search(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    match result(&desk, &request) {
        Ok(page) => {
            desk.tally.note(|counters| counters.searches += 1);
            Json(page).into_response()
        }
        Err(complaint) => {
            desk.tally.note(|counters| counters.refused += 1);
            complaint.into_response()
        }
    }
}

fn result(desk: &Desk, request: &Request) -> Result<Value, Complaint> {
    let site = serving::site(request.headers())?;
    let parameters = serving::parameters(request.uri().query());
    let wanted = Wanted::read(&parameters)?;
    let now_us = desk.now_us();
    let goods = desk.goods();
    let mut found: Vec<&Item> =
        goods.shelf.all().iter().filter(|item| wanted.admits(item, site, now_us)).collect();
    sort(&mut found, wanted.sort, site);
    let mut summaries = Vec::new();
    for item in found.iter().skip(wanted.offset).take(wanted.limit) {
        let summary = item.summary(site, &desk.base);
        if item.oddity == Some(Oddity::Duplicate) {
            summaries.push(summary.clone());
        }
        summaries.push(summary);
    }
    let (total, Wanted { limit, offset, warnings, .. }) = (found.len(), wanted);
    let address = |offset: usize| address(&desk.base, &parameters, limit, offset);
    let mut page = json!({"href": address(offset), "total": total, "limit": limit, "offset": offset});
    if offset + limit < total {
        page["next"] = json!(address(offset + limit));
    }
    if offset > 0 {
        page["prev"] = json!(address(offset.saturating_sub(limit)));
    }
    if !summaries.is_empty() {
        page["itemSummaries"] = Value::Array(summaries);
    }
    if !warnings.is_empty() {
        page["warnings"] = warnings.iter().map(Complaint::told).collect();
    }
    Ok(page)
}

fn sort(found: &mut [&Item], sort: Sort, site: Site) {
    // Equal ones keep the order of Best Match.
    found.sort_by_key(|item| item.rank);
    match sort {
        Sort::BestMatch => {}
        Sort::Price => found.sort_by_key(|item| item.price_on(site)),
        Sort::PriceDown => found.sort_by_key(|item| Reverse(item.price_on(site))),
        Sort::NewlyListed => found.sort_by_key(|item| Reverse(item.origin_us)),
        Sort::EndingSoonest => found.sort_by_key(|item| item.end_us.unwrap_or(i64::MAX)),
    }
}

/// The address of a page of the same search.
fn address(base: &str, parameters: &[(String, String)], limit: usize, offset: usize) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let others = parameters.iter().filter(|(name, _)| name != "limit" && name != "offset");
    let mut pairs: Vec<_> = others.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.extend([format!("limit={limit}"), format!("offset={offset}")]);
    format!("{base}/buy/browse/v1/item_summary/search?{}", pairs.join("&"))
}
