//! The alerts behind what is watched, and the user whose they are.

use anyhow::{Context as _, bail};
use bellwether_model::{AlertId, AlertSpec, Status, UserId};
use bellwether_store::Store;
use bellwether_store::alert::{Alert, AlertFilter, Creation, NewAlert};
use bellwether_store::page::Page;
use bellwether_store::user::{NewUser, Role};
use serde_json::json;
use uuid::Uuid;

use super::Wish;
use crate::accounts::{self, Passwords};
use crate::config::Config;
use crate::evaluate::Patience;
use crate::run::{Service, open_store};

/// Whose the alerts are. Nobody knows the password.
const EMAIL: &str = "watch@localhost.localdomain";
/// Alerts read at a time.
const PAGE: u32 = 100;

/// The user of its own, made where there is none.
pub(super) async fn user(config: &Config, store: &Store) -> anyhow::Result<UserId> {
    if let Some((user, _)) = store.credentials(EMAIL).await? {
        return Ok(user.id);
    }
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        email: EMAIL.to_owned(),
        username: None,
        password_hash: Passwords::new(&config.accounts).hash(accounts::generate()).await?,
        verified: true,
        time_zone: "UTC".to_owned(),
        role: Role::User,
    };
    match store.create_user(new, crate::clock::system().now()).await? {
        Ok(user) => Ok(user.id),
        // Another process that began at the same moment was first. Which of the two has the database shows later.
        Err(_) => Ok(store.credentials(EMAIL).await?.context("the user is there, and is not")?.0.id),
    }
}

/// What a database has of what is wished for.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Alerts that are wished for.
    pub(super) wished: usize,
    /// Others.
    pub(super) others: usize,
}

/// Looks what alerts a database has, which may be in use.
pub(super) async fn found(config: &Config, wishes: &[Wish]) -> anyhow::Result<Found> {
    let store = open_store(config).await?;
    let there = match store.credentials(EMAIL).await? {
        Some((user, _)) => all(&store, user.id).await?,
        None => Vec::new(),
    };
    store.close().await;
    let mut found = Found { wished: 0, others: there.len() };
    for wish in wishes {
        let spec = spec(wish)?;
        if there.iter().any(|alert| is_of(alert, &spec)) {
            found = Found { wished: found.wished + 1, others: found.others.saturating_sub(1) };
        }
    }
    Ok(found)
}

/// Whether an alert watches for this.
fn is_of(alert: &Alert, spec: &AlertSpec) -> bool {
    alert.status == Status::Active
        && alert
            .spec
            .price()
            .is_some_and(|made| made.instrument == spec.instrument && made.condition == spec.condition)
}

/// Makes the alerts that are wished for and not there, and lets go those that are there and not wished for.
/// One that is there goes on from what it was compared with.
pub(super) async fn make(service: &Service, user: UserId, wishes: &[Wish]) -> anyhow::Result<()> {
    let (store, now) = (service.store(), crate::clock::system().now());
    let mut there = all(store, user).await?;
    for wish in wishes {
        let spec = spec(wish)?;
        if let Some(found) = there.iter().position(|alert| is_of(alert, &spec)) {
            there.swap_remove(found);
            continue;
        }
        let mut patience = Patience::new();
        loop {
            let new = NewAlert {
                id: AlertId(Uuid::now_v7()),
                user,
                spec: spec.clone().into(),
                state: service.positions().arming_state(&spec, now),
                next_at: None,
                idempotency: None,
            };
            match store.create_alert(new, u64::MAX, now).await? {
                Creation::Created(_) => break,
                Creation::Passed => patience.wait().await?,
                other => bail!("the alert on {} was not made: {other:?}", wish.instrument),
            }
        }
    }
    for alert in there {
        store.delete_alert(user, alert.id, now).await?;
    }
    Ok(())
}

async fn all(store: &Store, user: UserId) -> anyhow::Result<Vec<Alert>> {
    let mut all = Vec::new();
    for number in 1.. {
        let page = store.list_alerts(user, &AlertFilter::default(), Page { number, size: PAGE }).await?;
        let is_last = page.items.is_empty();
        all.extend(page.items);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// `change` by a percentage in either direction, again and again, told by no message: the terminal is where it
/// is told.
fn spec(wish: &Wish) -> anyhow::Result<AlertSpec> {
    let alert = json!({
        "name": "watched from the terminal",
        "instrument": wish.instrument,
        "condition": {"type": "change", "percent": wish.percent, "direction": "either",
                      "rebase": !wish.from_first},
        "repeat": {"mode": "every"},
        "channels": [],
    });
    serde_json::from_value(alert).context("the alert")
}
