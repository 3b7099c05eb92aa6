//! Everybody to whom messages go: each message waits here until the life says how its receiver behaves.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bellwether_model::{AlertId, DeliveryId, Timestamp};
use bellwether_notify::{Message, Outcome, Target};
use bellwether_server::deliver::Carrier;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

/// How a receiver behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It takes the message and says so.
    Takes,
    /// It takes the message, and its answer is lost.
    TakesInSilence,
    /// It fails for now.
    Fails,
    /// It refuses the message for good.
    Refuses,
}

/// What a message says of one fire, as its receiver knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The id that the receiver knows the message by.
    pub(crate) message: DeliveryId,
    pub(crate) delivery: DeliveryId,
    /// Which fire it tells of: alert and number.
    pub(crate) fire: (AlertId, u64),
    /// The channel's kind, and the address of a mail.
    pub(crate) to: (&'static str, String),
}

/// A message that waits for its receiver.
struct Waiting {
    letters: Vec<Letter>,
    answer: oneshot::Sender<Outcome>,
}

/// All receivers.
#[derive(Default)]
pub(crate) struct Post(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    taken: Vec<Letter>,
}

impl Post {
    /// How many messages wait for their receivers.
    pub(crate) fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Takes out those whose sender is gone; a receiver may have them all the same, as `has_it` says.
    pub(crate) fn forget_the_dead(&self, mut has_it: impl FnMut() -> bool) {
        let mut state = self.state();
        let gone: Vec<_> = state.waiting.extract_if(.., |one| one.answer.is_closed()).collect();
        state.taken.extend(gone.into_iter().filter(|_| has_it()).flat_map(|one| one.letters));
    }

    /// Has the receiver of the message at this place answer.
    pub(crate) fn answer(&self, place: usize, behaviour: Behaviour) {
        let mut state = self.state();
        let Waiting { letters, answer } = state.waiting.remove(place);
        if matches!(behaviour, Behaviour::Takes | Behaviour::TakesInSilence) {
            state.taken.extend(letters);
        }
        let retry = |ambiguous| Outcome::Retry { reason: "not now".to_owned(), wait: None, ambiguous };
        let outcome = match behaviour {
            Behaviour::Takes => Outcome::Delivered { reply: "ok".to_owned() },
            Behaviour::TakesInSilence => retry(true),
            Behaviour::Fails => retry(false),
            Behaviour::Refuses => Outcome::Rejected { reason: "never".to_owned() },
        };
        // A sender that is gone hears nothing.
        let _ = answer.send(outcome);
    }

    /// Everything that receivers took, in order.
    pub(crate) fn taken(&self) -> Vec<Letter> {
        self.state().taken.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carrier for Post {
    fn carry<'a>(&'a self, to: &'a Target, message: &'a Message, _: Timestamp) -> BoxFuture<'a, Outcome> {
        let fires = match message {
            Message::AlertFired(fired) => std::slice::from_ref(&**fired),
            Message::Combined(combined) => &combined.fires,
            other => panic!("nothing but fires is told here: {other:?}"),
        };
        let letters = fires.iter().map(|fired| Letter {
            message: message.delivery(),
            delivery: fired.delivery,
            fire: (fired.alert, fired.fire_number),
            to: (to.channel(), message.address().to_owned()),
        });
        let letters: Vec<_> = letters.collect();
        let (answer, answered) = oneshot::channel();
        let mut state = self.state();
        state.waiting.push(Waiting { letters, answer });
        // Workers that are woken together send in any order.
        state.waiting.sort_by_key(|one| one.letters[0].delivery);
        drop(state);
        Box::pin(async move { answered.await.unwrap() })
    }

    fn mail_connections(&self) -> Option<usize> {
        Some(4)
    }
}
