//! The simulated eBay as a plain HTTP client meets it: tokens, searches, items, limits, errors, faults,
//! recordings, and what its control does.

use std::time::Duration;

use bellwether_simulators::ebay::{
    Action, Catalogue, Config, Control, EbaySimulator, Fault, Garbage, ItemInput, Oddity, Place, Running,
    Site,
};
use serde_json::{Value, json};

use super::client::{Hand, NOW_US, http};

#[path = "ebay/events.rs"]
mod events;
#[path = "ebay/faults.rs"]
mod faults;
#[path = "ebay/items.rs"]
mod items;
#[path = "ebay/living.rs"]
mod living;
#[path = "ebay/searching.rs"]
mod searching;
#[path = "ebay/tokens.rs"]
mod tokens;

const SEARCH: &str = "/buy/browse/v1/item_summary/search";

/// A simulator, and a client with a token for it.
struct Rig {
    running: Running,
    token: String,
}

struct Reply {
    status: u16,
    retry_after: Option<String>,
    body: Value,
}

impl Rig {
    async fn start(config: Config) -> Self {
        let running = EbaySimulator::start(config).await.unwrap();
        let token = buy(&running, "https://api.ebay.com/oauth/api_scope").await;
        Self { running, token }
    }

    /// An empty catalogue at a standing clock.
    async fn scripted() -> Self {
        Self::start(Config::scripted(|| NOW_US)).await
    }

    fn control(&self) -> Control {
        self.running.control()
    }

    fn list(&self, title: &str, price: &str) -> String {
        self.control().list(&ItemInput::new(title, price)).unwrap()
    }

    async fn get(&self, path: &str) -> Reply {
        self.get_as(path, &[]).await
    }

    async fn get_as(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut call = http().get(format!("{}{path}", self.running.url())).bearer_auth(&self.token);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        reply(call).await
    }

    /// The answer to a search, which succeeds.
    async fn search(&self, query: &str) -> Value {
        let reply = self.get(&format!("{SEARCH}?{query}")).await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.body);
        reply.body
    }

    /// The titles that a search finds, in their order.
    async fn titles(&self, query: &str) -> Vec<String> {
        titles(&self.search(query).await)
    }
}

async fn reply(call: reqwest::RequestBuilder) -> Reply {
    let response = call.send().await.unwrap();
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let text = response.text().await.unwrap();
    Reply { status, retry_after, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

fn titles(page: &Value) -> Vec<String> {
    let items = page["itemSummaries"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item["title"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn ask_token(running: &Running, user: &str, secret: &str, form: &[(&str, &str)]) -> Reply {
    let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let call = http()
        .post(format!("{}/identity/v1/oauth2/token", running.url()))
        .basic_auth(user, Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.join("&"));
    reply(call).await
}

async fn buy(running: &Running, scope: &str) -> String {
    let scope = scope.replace(':', "%3A").replace('/', "%2F");
    let form = [("grant_type", "client_credentials"), ("scope", scope.as_str())];
    let reply = ask_token(running, "Bellwether-simulator", "SBX-simulated-secret", &form).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["access_token"].as_str().unwrap().to_owned()
}

fn one(at: Place, action: Action) -> Fault {
    Fault { at: Some(at), query: None, action, times: Some(1) }
}
