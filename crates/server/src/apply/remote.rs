//! The alerts of an account, over the API of a running service.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bellwether_model::{Node, Spec};
use reqwest::{Client, Method, redirect};
use serde::Deserialize;
use serde_json::{Value, json};

use super::plan::Change;
use crate::config::Secret;
use crate::json::read_node;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Alerts that are read at a time: as many as the API gives.
const PAGE: u32 = 100;
/// The fields of an alert that say what was asked for, not what became of it.
const FIELDS: [&str; 18] = [
    "kind",
    "name",
    "instrument",
    "condition",
    "repeat",
    "expires_at",
    "note",
    "message",
    "channels",
    "tags",
    "search",
    "conditions",
    "include",
    "exclude",
    "schedule",
    "top",
    "look_back",
    "drop_percent",
];

/// The way to a service.
pub(super) struct Remote {
    client: Client,
    url: String,
    key: Secret,
}

/// An alert that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) id: String,
    /// The version that was read: a change of anybody else's in between stops ours.
    pub(super) version: u64,
    pub(super) spec: Spec,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

/// What the API says where it refuses.
#[derive(Deserialize)]
struct Problem {
    detail: String,
}

impl Remote {
    pub(super) fn new(url: &str, key: Secret) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/').to_owned();
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            bail!("the address of the service must begin with http:// or https://");
        }
        // The key goes where it was told to go, and nowhere else.
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .tls_backend_preconfigured(crate::tls::client_config())
            .build()
            .context("no requests can be made")?;
        Ok(Self { client, url, key })
    }

    /// Every alert that is not deleted.
    pub(super) async fn alerts(&self) -> anyhow::Result<Vec<Held>> {
        let mut held = Vec::new();
        for page in 1.. {
            let path = format!("/api/alerts?page_size={PAGE}&page={page}");
            let text = self.call(Method::GET, &path, None).await?;
            let page: Page = serde_json::from_slice(&text).context("the service answers something else")?;
            for alert in &page.items {
                held.push(read_held(alert)?);
            }
            if page.next.is_none() {
                break;
            }
        }
        Ok(held)
    }

    /// Makes alerts: all of them, or none.
    pub(super) async fn import(&self, made: &[Spec]) -> anyhow::Result<()> {
        let lines: Result<Vec<String>, _> = made.iter().map(serde_json::to_string).collect();
        let body = ("application/x-ndjson", lines?.join("\n"));
        self.call(Method::POST, "/api/alerts/import", Some(body))
            .await
            .context("nothing was changed")
            .map(drop)
    }

    pub(super) async fn change(&self, change: &Change) -> anyhow::Result<()> {
        let Change { held, wanted } = change;
        let mut fields = serde_json::to_value(wanted)?;
        fields["version"] = json!(held.version);
        if wanted.kind() == "search" && fields.get("repeat").is_none() {
            // What is left out would stay as it is.
            fields["repeat"] = json!({"mode": "every"});
        }
        let body = ("application/json", fields.to_string());
        let path = format!("/api/alerts/{}", held.id);
        let what = || format!("{} could not be changed; what stands before it is done", held.name());
        self.call(Method::PATCH, &path, Some(body)).await.with_context(what).map(drop)
    }

    pub(super) async fn delete(&self, held: &Held) -> anyhow::Result<()> {
        let path = format!("/api/alerts/{}", held.id);
        let what = || format!("{} could not be deleted; what stands before it is done", held.name());
        self.call(Method::DELETE, &path, None).await.with_context(what).map(drop)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, String)>,
    ) -> anyhow::Result<Vec<u8>> {
        let mut request =
            self.client.request(method, format!("{}{path}", self.url)).bearer_auth(self.key.reveal());
        if let Some((kind, text)) = body {
            request = request.header("content-type", kind).body(text);
        }
        let answer = request.send().await.map_err(reqwest::Error::without_url);
        let answer = answer.with_context(|| format!("{} cannot be reached", self.url))?;
        let status = answer.status();
        let text = answer.bytes().await.map_err(reqwest::Error::without_url)?.to_vec();
        if status.is_success() {
            return Ok(text);
        }
        match serde_json::from_slice::<Problem>(&text) {
            Ok(problem) => bail!("the service refuses: {}", problem.detail),
            Err(_) => bail!("{} answers with status {}", self.url, status.as_u16()),
        }
    }
}

impl Held {
    fn name(&self) -> &str {
        if self.spec.name().is_empty() { &self.id } else { self.spec.name() }
    }
}

/// An alert out of the API's list: what was asked for is read as a file's line is.
fn read_held(alert: &Value) -> anyhow::Result<Held> {
    let strange = "the service answers with what is no alert; is it of this version?";
    let id = alert["id"].as_str().context(strange)?.to_owned();
    let version = alert["version"].as_u64().context(strange)?;
    let Node::Object(mut entries) = read_node(alert.to_string().as_bytes()).context(strange)? else {
        bail!(strange);
    };
    let goes_by_schedule = matches!(alert["kind"].as_str(), Some("digest" | "insights"));
    entries.retain(|(name, _)| FIELDS.contains(&name.as_str()) && !(goes_by_schedule && name == "repeat"));
    let spec = Spec::from_input(&Node::Object(entries)).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{strange} {}", told.join("; "))
    })?;
    Ok(Held { id, version, spec })
}
