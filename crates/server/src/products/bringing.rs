//! Brings an observation of a search into the store: what was seen, what fires, and what is told of it.

use bellwether_model::SearchId;
use bellwether_model::product::ListingId;
use bellwether_store::StoreError;
use bellwether_store::search::{Observation, ObservationOutcome, PollDone, SearchState};

use super::Products;
use super::observing::{self, Found, References};

/// How often an observation is judged anew because another one, or an alert, changed meanwhile.
pub(super) const ATTEMPTS: u32 = 8;

/// Judges what was found by the state that was read, and brings it in if that is the state still.
pub(super) async fn bring_in(
    products: &Products,
    search: SearchId,
    found: &Found,
    state: &SearchState,
    gone: Vec<ListingId>,
    poll: Option<PollDone>,
) -> Result<ObservationOutcome, StoreError> {
    let Products { store, clock, generations, .. } = products;
    let changes = found.changes(state);
    let references: References = store.references(search, observing::pairs(state, &changes)).await?;
    let observation = Observation {
        search,
        version: state.version,
        time: found.time,
        fired: observing::fires(state, &changes, &references, found.time),
        // An event tells of one listing: what else there is, only a poll can say.
        baselines: if poll.is_some() { observing::baselines(state) } else { Vec::new() },
        offers: found.offers.clone(),
        gone,
        poll,
    };
    let outcome = store.commit_observation(observation, clock.now()).await?;
    if let ObservationOutcome::Committed { users, .. } = &outcome {
        users.iter().for_each(|user| generations.bump(*user));
    }
    Ok(outcome)
}
