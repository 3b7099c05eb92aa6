//! Who stands at the store's gate: every call of the service waits here until the life says what becomes of it.

use std::cell::Cell;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bellwether_store::StoreError;
use bellwether_store::testing::Gatekeeper;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

thread_local! {
    /// Whether it is the life itself that calls now, to look.
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done and answered.
    Done,
    /// It fails, and nothing was done.
    Failed,
    /// It is done, and its answer is lost.
    AnswerLost,
}

/// A call that waits.
#[derive(Debug)]
pub(crate) struct Call {
    /// The method.
    pub(crate) name: &'static str,
    /// The number of the task that calls.
    caller: u64,
    fate: oneshot::Sender<Fate>,
}

/// The keeper of the gate.
#[derive(Debug, Default)]
pub(crate) struct Keeper(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Call>,
    /// Those whose answers are lost on their way.
    lost: HashSet<u64>,
    last: u64,
}

impl Keeper {
    /// How many calls wait. Those whose callers are gone do not count.
    pub(crate) fn waiting(&self) -> usize {
        let mut state = self.state();
        state.waiting.retain(|call| !call.fate.is_closed());
        state.waiting.len()
    }

    /// Where a call of one of these names waits.
    pub(crate) fn place_of(&self, names: &[&str]) -> Option<usize> {
        self.state().waiting.iter().position(|call| names.contains(&call.name))
    }

    /// Lets the call at this place go; its name.
    pub(crate) fn decide(&self, place: usize, fate: Fate) -> &'static str {
        let call = self.state().waiting.remove(place);
        // A caller that is gone will not call.
        let _ = call.fate.send(fate);
        call.name
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gatekeeper for Keeper {
    fn enter(&self, name: &'static str) -> BoxFuture<'_, Result<u64, StoreError>> {
        // Asked here, where it is still known who calls.
        let looks = LOOKING.get();
        let caller = tokio::task::try_id().map_or(0, |id| id.to_string().parse().unwrap());
        Box::pin(async move {
            if looks {
                return Ok(0);
            }
            let (number, fate) = {
                let mut state = self.state();
                state.last += 1;
                let (sender, fate) = oneshot::channel();
                state.waiting.push(Call { name, caller, fate: sender });
                // Tasks that are woken together go on in any order; they are numbered as they were begun.
                state.waiting.sort_by_key(|call| call.caller);
                (state.last, fate)
            };
            match fate.await {
                Ok(Fate::Done) => Ok(number),
                Ok(Fate::AnswerLost) => {
                    self.state().lost.insert(number);
                    Ok(number)
                }
                Ok(Fate::Failed) | Err(_) => {
                    Err(StoreError::Unavailable { source: "cut before the call".into() })
                }
            }
        })
    }

    fn leave(&self, number: u64) -> Result<(), StoreError> {
        match self.state().lost.remove(&number) {
            true => Err(StoreError::Unavailable { source: "cut before the answer".into() }),
            false => Ok(()),
        }
    }
}

/// A future of the life's own, whose calls of the store nobody stops.
pub(crate) struct Looking<F>(Pin<Box<F>>);

impl<F: Future> Looking<F> {
    pub(crate) fn new(future: F) -> Self {
        Self(Box::pin(future))
    }
}

impl<F: Future> Future for Looking<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        LOOKING.set(true);
        let polled = self.0.as_mut().poll(cx);
        LOOKING.set(false);
        polled
    }
}
