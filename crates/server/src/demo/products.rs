//! The first user's alerts on products, and a listing among them whose price waits to be dropped by hand.

use anyhow::Context as _;
use bellwether_model::product::ProductSpec;
use bellwether_model::{AlertId, AlertState, UserId};
use bellwether_simulators::ebay::{Control, ItemInput};
use bellwether_store::Store;
use bellwether_store::alert::{Creation, NewAlert};
use serde_json::{Value, json};
use uuid::Uuid;

/// The listing that is offered by hand.
const TITLE: &str = "Leica M6 TTL 0.72 black, from a collection";

/// What there is to be seen of products.
pub(super) struct Offered {
    /// Each alert in a sentence.
    pub(super) sentences: Vec<String>,
    /// The path of the listing whose price can be dropped by hand.
    pub(super) listing: String,
}

/// Makes the alerts, and offers the listing.
pub(super) async fn make(store: &Store, user: UserId, market: &Control) -> anyhow::Result<Offered> {
    let id = market.list(&ItemInput::new(TITLE, "2890.00")).context("a listing of the demo")?;
    let mut sentences = Vec::new();
    for alert in alerts() {
        let spec: ProductSpec = serde_json::from_value(alert).context("a demo alert")?;
        let now = crate::clock::system().now();
        let next_at = spec.watch.schedule().and_then(|schedule| schedule.next_after(now, now));
        let told =
            spec.watch.schedule().map_or_else(String::new, |schedule| format!(", {}", schedule.words()));
        let sentence = format!("{:<22} {}{told}", spec.name, spec.words());
        let new = NewAlert {
            id: AlertId(Uuid::now_v7()),
            user,
            spec: spec.into(),
            state: AlertState::default(),
            next_at,
            idempotency: None,
        };
        match store.create_alert(new, u64::MAX, now).await? {
            Creation::Created(_) => sentences.push(sentence),
            other => anyhow::bail!("a demo alert was not made: {other:?}"),
        }
    }
    Ok(Offered { sentences, listing: format!("/itm/{}", id.replace('|', "%7C")) })
}

fn alerts() -> [Value; 3] {
    [
        json!({"kind": "digest", "name": "Gravel bikes", "search": {"query": "gravel bike"},
               "schedule": {"every": "2m"}, "top": 20}),
        json!({"kind": "search", "name": "A Leica for less", "search": {"query": "leica m6"},
               "conditions": [{"type": "price_drop", "percent": "2"}, {"type": "listed"}],
               "note": "Drop a price by hand, and see the mail come."}),
        json!({"kind": "insights", "name": "How Leicas go", "search": {"query": "leica"},
               "schedule": {"every": "5m"}, "look_back": "1h", "drop_percent": "2"}),
    ]
}
