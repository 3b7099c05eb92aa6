//! Somebody, an alert of theirs, and a fire of it, where it hardly matters what they are like. What does matter is
//! said where they are used: `NewUser { verified: false, ..person("ada@example.org") }`.

use bellwether_model::{
    AlertId, AlertState, DeliveryId, Evidence, FireId, Measure, Resolution, Spec, Timestamp, UserId,
};
use uuid::Uuid;

use crate::alert::NewAlert;
use crate::evaluation::{NewFire, Watched};
use crate::user::{NewUser, Role};

/// A user with a verified address, whose password nobody knows.
#[must_use]
pub fn person(email: &str) -> NewUser {
    NewUser {
        id: UserId(Uuid::now_v7()),
        email: email.to_owned(),
        username: None,
        password_hash: "$argon2id$test".to_owned(),
        verified: true,
        time_zone: "Europe/Berlin".to_owned(),
        role: Role::User,
    }
}

/// An alert that was just made, and has no schedule.
pub fn alert(user: UserId, spec: impl Into<Spec>) -> NewAlert {
    NewAlert {
        id: AlertId(Uuid::now_v7()),
        user,
        spec: spec.into(),
        state: AlertState::default(),
        next_at: None,
        idempotency: None,
    }
}

/// The next fire of an alert, as the evaluator would commit it: 33,000 was crossed, and the alert goes on.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "the prices that stand here are valid")]
pub fn fire(watched: &Watched, at: Timestamp) -> NewFire {
    let price = |text: &str| text.parse().expect("a price");
    let number = watched.state.fires + 1;
    NewFire {
        id: FireId(Uuid::now_v7()),
        alert: watched.id,
        revision: watched.revision,
        number,
        evidence: Evidence {
            instrument: watched.spec.instrument.clone(),
            time: at,
            id: Some(17),
            price: price("33000.5"),
            previous_price: Some(price("32999")),
            measure: Measure::Threshold(price("33000")),
            resolution: Resolution::Tick,
        },
        trades: None,
        evaluated_at: at,
        late: false,
        state: AlertState { fires: number, has_reference: true, ..watched.state.clone() },
        ends: false,
        deliveries: watched.spec.channels.iter().map(|_| DeliveryId(Uuid::now_v7())).collect(),
    }
}
