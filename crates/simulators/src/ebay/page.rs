//! The pages for people: the listings, and one of them with buttons that change it. Each button is a form;
//! there is no script.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::control::{Control, ItemView};
use super::item::Item;
use super::money;
use super::picture::{self, escaped};

/// Items on the page of all.
const SHOWN: usize = 60;
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
const STYLE: &str = "body{font:16px/1.45 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
    color:#1d1d1f}ul{list-style:none;padding:0;display:grid;gap:1rem;\
    grid-template-columns:repeat(auto-fill,minmax(13rem,1fr))}li img{width:100%;border-radius:.6rem}\
    a{color:inherit}.price{font-weight:bold}form{display:inline-block;margin:.2rem .4rem .2rem 0}\
    input,button{font:inherit;padding:.35rem .7rem}.ended{color:#a00}";

/// The routes.
pub(super) fn routes(control: Control) -> Router {
    Router::new()
        .route("/", get(show_all))
        .route("/itm/{id}", get(show_item))
        .route("/itm/{id}/change", post(change_item))
        .route("/pictures/{id}", get(show_picture))
        .with_state(control)
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    q: String,
}

async fn show_all(State(control): State<Control>, Query(part): Query<Part>) -> Response {
    let sought = part.q.to_lowercase();
    let mut items = control.items();
    items.retain(|item| sought.split_whitespace().all(|word| item.title.to_lowercase().contains(word)));
    let count = items.len();
    let mut body = format!(
        r#"<h1>Simulated marketplace</h1><form action="/"><input name="q" value="{}" aria-label="Search" placeholder="leica m6"> <button>Search</button></form><p>{count} listings. Open one to change its price.</p><ul>"#,
        escaped(&part.q)
    );
    for item in items.iter().take(SHOWN) {
        let ItemView { id, title, price, currency, .. } = item;
        let (id, title) = (id.replace('|', "%7C"), escaped(title));
        let _ = write!(
            body,
            r#"<li><a href="/itm/{id}"><img src="/pictures/{id}" alt="" loading="lazy">{title}</a><br><span class="price">{price} {currency}</span></li>"#
        );
    }
    body.push_str("</ul>");
    document("Simulated marketplace", &body)
}

async fn show_item(State(control): State<Control>, Path(id): Path<String>) -> Result<Response, StatusCode> {
    let goods = control.desk.goods();
    let item = goods.shelf.get(&id).ok_or(StatusCode::NOT_FOUND)?;
    Ok(document(&item.title, &told(item)))
}

fn told(item: &Item) -> String {
    let (id, title) = (item.id.replace('|', "%7C"), escaped(&item.title));
    let state = match (item.ended, item.stock) {
        (Some(_), _) => r#"<p class="ended">This listing has ended.</p>"#.to_owned(),
        (None, 0) => r#"<p class="ended">Out of stock.</p>"#.to_owned(),
        (None, stock) => format!("<p>{stock} available, {}.</p>", escaped(&item.condition.1)),
    };
    let (price, currency) = (money::text(item.price), escaped(&item.currency));
    let button = |name: &str, value: &str, label: &str| {
        format!(
            r#"<form method="post" action="/itm/{id}/change"><button name="{name}" value="{value}">{label}</button></form>"#
        )
    };
    let buttons = [
        button("percent", "-5", "Drop the price by 5 %"),
        button("percent", "-20", "Drop it by 20 %"),
        button("percent", "10", "Raise it by 10 %"),
        if item.stock == 0 { button("stock", "3", "Restock") } else { button("stock", "0", "Sell out") },
        match item.ended {
            None => button("ended", "true", "End the listing"),
            Some(_) => button("ended", "false", "List it again"),
        },
    ]
    .concat();
    format!(
        r#"<p><a href="/">All listings</a></p><h1>{title}</h1><img src="/pictures/{id}" alt="" width="300"><p class="price">{price} {currency}</p>{state}<h2>As its seller</h2>{buttons}<form method="post" action="/itm/{id}/change"><input name="price" value="{price}" aria-label="Price" size="9"> <button>Set the price</button></form>"#
    )
}

#[derive(Deserialize)]
struct Change {
    price: Option<String>,
    percent: Option<i32>,
    stock: Option<u32>,
    ended: Option<bool>,
}

async fn change_item(
    State(control): State<Control>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(change): Form<Change>,
) -> Response {
    // A page elsewhere in the same browser is not to change anything here.
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if !matches!(site, None | Some("same-origin" | "none")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let changed = match change {
        Change { price: Some(price), .. } => control.set_price(&id, &price),
        Change { percent: Some(percent), .. } => control.move_price(&id, percent).map(drop),
        Change { stock: Some(stock), .. } => control.restock(&id, stock),
        Change { ended: Some(true), .. } => control.expire(&id),
        Change { ended: Some(false), .. } => control.relist(&id),
        Change { .. } => Ok(()),
    };
    match changed {
        Ok(()) => Redirect::to(&format!("/itm/{}", id.replace('|', "%7C"))).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn show_picture(
    State(control): State<Control>,
    Path(id): Path<String>,
) -> Result<Response, StatusCode> {
    let item = control.desk.goods().shelf.get(&id).cloned().ok_or(StatusCode::NOT_FOUND)?;
    Ok((page_headers("image/png"), picture::png(&item)).into_response())
}

fn document(title: &str, body: &str) -> Response {
    let title = escaped(title);
    let page = format!(
        r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style></head><body>{body}</body></html>"#
    );
    (page_headers("text/html; charset=utf-8"), page).into_response()
}

fn page_headers(content_type: &'static str) -> [(HeaderName, &'static str); 4] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ]
}
