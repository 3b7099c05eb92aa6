//! The alerts of an account, over the API of a running service.

use anyhow::{Context as _, bail};
use bellwether_model::{Node, Spec};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::plan::Change;
use crate::json::read_node;
use crate::remote::Remote;

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

impl Remote {
    /// Every alert that is not deleted.
    pub(super) async fn alerts(&self) -> anyhow::Result<Vec<Held>> {
        let mut held = Vec::new();
        for page in 1.. {
            let path = format!("/api/alerts?page_size={PAGE}&page={page}");
            let page: Page = self.ask(Method::GET, &path, None).await?;
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
