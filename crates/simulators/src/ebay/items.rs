//! Items by their ids.

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderMap};
use serde_json::{Value, json};

use super::error::Complaint;
use super::item::Ended;
use super::serving::{self, Bulk, Desk};
use super::site::Site;

/// Ids that may be asked for at once.
const MOST_IDS: usize = 20;

/// Tells one item.
pub(super) async fn get_item(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    desk.tally.note(|counters| counters.items += 1);
    let told = serving::site(&headers).and_then(|site| {
        let parameters = serving::parameters(request.uri().query());
        let group = parameters.iter().find(|(name, _)| name == "fieldgroups");
        tell(&desk, &id, site, group.is_some_and(|(_, group)| group == "COMPACT"))
    });
    match told {
        Ok(item) => Json(item).into_response(),
        Err(complaint) => complaint.into_response(),
    }
}

/// Tells up to twenty items; those that are gone are warned of.
pub(super) async fn get_items(
    State(desk): State<Arc<Desk>>,
    Extension(Bulk(bulk)): Extension<Bulk>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    desk.tally.note(|counters| counters.items += 1);
    if !bulk {
        return Complaint::scope().into_response();
    }
    match serving::site(&headers).and_then(|site| tell_all(&desk, request.uri().query(), site)) {
        Ok(items) => Json(items).into_response(),
        Err(complaint) => complaint.into_response(),
    }
}

fn tell_all(desk: &Desk, query: Option<&str>, site: Site) -> Result<Value, Complaint> {
    let parameters = serving::parameters(query);
    let ids = parameters.iter().find(|(name, _)| name == "item_ids").map(|(_, ids)| ids.as_str());
    let ids: Vec<_> = ids.unwrap_or_default().split(',').filter(|id| !id.is_empty()).collect();
    if ids.is_empty() || ids.len() > MOST_IDS {
        return Err(Complaint::request(11_012, "Between 1 and 20 item ids are needed."));
    }
    let (mut items, mut warnings) = (Vec::new(), Vec::new());
    for id in ids {
        match tell(desk, id, site, true) {
            Ok(item) => items.push(item),
            Err(complaint) => warnings.push(complaint.told()),
        }
    }
    let mut told = json!({"items": items, "total": items.len()});
    if !warnings.is_empty() {
        told["warnings"] = Value::Array(warnings);
    }
    Ok(told)
}

fn tell(desk: &Desk, id: &str, site: Site, compact: bool) -> Result<Value, Complaint> {
    let mut parts = id.split('|');
    let digits = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let well_formed =
        parts.next() == Some("v1") && digits(parts.next()) && digits(parts.next()) && parts.next().is_none();
    if !well_formed {
        return Err(Complaint::request(11_012, "The item id is malformed.").with("itemId", id));
    }
    let goods = desk.goods();
    let item = goods.shelf.get(id).filter(|item| item.ended != Some(Ended::Gone));
    let gone = || Complaint::missing(11_001, "The specified item Id was not found.").with("itemId", id);
    let item = item.ok_or_else(gone)?;
    Ok(if compact { item.compact(site, &desk.base) } else { item.detail(site, &desk.base) })
}
