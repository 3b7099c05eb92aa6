//! What people do to their alerts, as the API does it for them: read, decide, write if nobody was faster. A request
//! whose answer is lost is made again, under the same key where it makes something.

use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{AlertId, AlertSpec, Spec, Status, Timestamp};
use bellwether_store::alert::{Action, AlertChange, Changed, Creation, Idempotency, NewAlert};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::json;
use uuid::Uuid;

use crate::process::Parts;
use crate::surroundings::{Person, SYMBOLS, Surroundings};

/// How often somebody tries, and how long they wait in between.
const ATTEMPTS: usize = 6;
const AGAIN_AFTER: Duration = Duration::from_millis(25);

/// What somebody does.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Create(Box<AlertSpec>),
    /// Gives it another name, of which evaluation need not know.
    Rename,
    /// Lets it end in the far future, which changes nothing but that evaluation must know of it.
    SetEnd,
    /// Has it watch for something else.
    Change(Box<AlertSpec>),
    Pause,
    Resume,
    Rearm,
    Delete,
}

impl Act {
    /// Its name, for the story.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Act::Create(_) => "create",
            Act::Rename => "rename",
            Act::SetEnd => "set the end of",
            Act::Change(_) => "change",
            Act::Pause => "pause",
            Act::Resume => "resume",
            Act::Rearm => "rearm",
            Act::Delete => "delete",
        }
    }

    pub(crate) fn drawn(rng: &mut StdRng, person: &Person) -> Self {
        match rng.random_range(0..14) {
            0..5 => Act::Create(Box::new(some_spec(rng, person))),
            5 => Act::Rename,
            6 | 7 => Act::SetEnd,
            8 | 9 => Act::Change(Box::new(some_spec(rng, person))),
            10 => Act::Pause,
            11 => Act::Resume,
            12 => Act::Rearm,
            _ => Act::Delete,
        }
    }
}

/// Does it to an alert of theirs; to none, where it makes one.
pub(crate) async fn act(
    around: Arc<Surroundings>,
    parts: Arc<Parts>,
    person: Person,
    alert: Option<AlertId>,
    act: Act,
    number: u64,
) {
    for _ in 0..ATTEMPTS {
        let is_done = match (&act, alert) {
            (Act::Create(spec), _) => create(&around, &parts, &person, spec, number).await,
            (_, None) => return,
            (Act::Delete, Some(id)) => {
                around.store.delete_alert(person.id, id, parts.clock.now()).await.is_ok()
            }
            (_, Some(id)) => change(&around, &parts, &person, id, &act, number).await,
        };
        if is_done {
            return;
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

async fn create(
    around: &Surroundings,
    parts: &Parts,
    person: &Person,
    spec: &AlertSpec,
    number: u64,
) -> bool {
    let now = parts.clock.now();
    let idempotency = Idempotency { key: number.to_string(), body_hash: [0; 32] };
    let new = NewAlert {
        id: AlertId(Uuid::now_v7()),
        user: person.id,
        spec: spec.clone().into(),
        state: parts.positions.arming_state(spec, now),
        next_at: None,
        idempotency: Some(idempotency),
    };
    let made = around.store.create_alert(new, 1_000, now).await;
    matches!(made, Ok(Creation::Created(_) | Creation::Repeated(_)))
}

async fn change(
    around: &Surroundings,
    parts: &Parts,
    person: &Person,
    id: AlertId,
    act: &Act,
    number: u64,
) -> bool {
    let Ok(Some(alert)) = around.store.alert(person.id, id).await else { return false };
    let now = parts.clock.now();
    let Spec::Price(mut spec) = alert.spec else { return true };
    let (action, status, arms) = match (act, alert.status) {
        (Act::Rename, status) => {
            spec.name = format!("name {number}");
            (Action::Updated, status, false)
        }
        (Act::SetEnd, status) => {
            let after_us = 1_000_000_000_000_000 + i64::try_from(number).unwrap();
            spec.expires_at = Some(Timestamp::from_micros(now.micros() + after_us));
            (Action::Updated, status, false)
        }
        (Act::Change(wanted), status) => {
            spec.condition = wanted.condition.clone();
            let status = if status == Status::Triggered { Status::Active } else { status };
            (Action::Updated, status, true)
        }
        (Act::Pause, Status::Active) => (Action::Paused, Status::Paused, false),
        (Act::Resume, Status::Paused) => (Action::Resumed, Status::Active, true),
        (Act::Rearm, _) => (Action::Rearmed, Status::Active, true),
        _ => return true,
    };
    let change = AlertChange {
        action,
        status,
        snoozed_until: None,
        rearm: arms.then(|| parts.positions.arming_state(&spec, now)),
        spec: spec.into(),
        next_at: None,
        from_version: alert.version,
    };
    let changed = around.store.change_alert(person.id, id, change, now).await;
    matches!(changed, Ok(Changed::Done(_) | Changed::NotFound))
}

/// An alert near the prices at which a life trades.
fn some_spec(rng: &mut StdRng, person: &Person) -> AlertSpec {
    let level: i64 = rng.random_range(9_985..=10_015);
    let (low, high) = (level.to_string(), (level + rng.random_range(0..8)).to_string());
    let kind = KINDS[rng.random_range(0..KINDS.len())];
    let condition = match kind {
        "entering_channel" | "exiting_channel" | "inside_channel" | "outside_channel" => {
            json!({"type": kind, "low": low, "high": high})
        }
        "change" => json!({"type": kind, "amount": "7", "direction": "either"}),
        "trailing" => json!({"type": kind, "amount": "6", "direction": "down"}),
        "moving" => json!({"type": kind, "amount": "9", "direction": "up", "window": "10s"}),
        "new_high" => json!({"type": kind, "window": "10s"}),
        _ => json!({"type": kind, "price": low}),
    };
    let repeat = match rng.random_range(0..4) {
        0 => json!({"mode": "once"}),
        1 => json!({"mode": "every", "max_fires": rng.random_range(1..5)}),
        2 => json!({"mode": "every", "cooldown": "5s"}),
        _ => json!({"mode": "every"}),
    };
    let symbol = SYMBOLS[rng.random_range(0..SYMBOLS.len())];
    let input = json!({"instrument": format!("binance:{symbol}"), "condition": condition, "repeat": repeat});
    let spec: AlertSpec = serde_json::from_value(input).unwrap();
    let channels = person.channels.iter().filter(|_| rng.random_bool(0.5)).copied().collect();
    AlertSpec { channels, ..spec }
}

const KINDS: [&str; 13] = [
    "crossing",
    "crossing_up",
    "crossing_down",
    "above",
    "below",
    "entering_channel",
    "exiting_channel",
    "inside_channel",
    "outside_channel",
    "change",
    "trailing",
    "moving",
    "new_high",
];
