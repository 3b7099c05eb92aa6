//! What an alert must be besides well formed: of instruments that can be watched, with channels that
//! exist, and with time left.

use bellwether_model::{
    AlertDraft, AlertSpec, Channel, ChannelId, Condition, Fault, Instrument, Node, Spec, State, Timestamp,
    UserId,
};

use crate::http::ApiState;
use crate::http::catalogue::Refusal;
use crate::http::error::ApiError;

/// The field of a condition that does not suit its instrument.
const CONDITION_TYPE: &str = "condition.type";

/// The code of the fault of a time that is over.
pub(super) const PAST: &str = "past";

/// The faults of a user's alert that is well formed. Instruments are put into their venue's spelling.
pub(super) async fn check(
    api: &ApiState,
    user: UserId,
    spec: &mut Spec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    let mut faults = check_watched(api, user, spec, now).await?;
    check_channels(api, user, spec.channels(), &[], &mut faults).await?;
    faults.extend(expiry_fault(spec.expires_at(), now));
    Ok(faults)
}

/// The faults of an alert as an export holds it: its time may be over, and channels of the user's that it named may
/// be deleted since.
pub(super) async fn check_imported(
    api: &ApiState,
    user: UserId,
    spec: &mut Spec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    let mut faults = check_watched(api, user, spec, now).await?;
    let deleted = deleted_channels(api, user, spec.channels()).await?;
    check_channels(api, user, spec.channels(), &deleted, &mut faults).await?;
    Ok(faults)
}

/// The faults of an alert as it would be with a change made: only what is changed can be at fault. What was right
/// once and is sent again as it is may be over since.
pub(super) async fn check_changed(
    api: &ApiState,
    user: UserId,
    present: &Spec,
    wanted: &mut Spec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    let mut faults = check_watched(api, user, wanted, now).await?;
    // A condition that is well formed may not suit another instrument.
    faults.retain(|fault| match (fault.field.as_str(), present, &*wanted) {
        ("instrument", Spec::Price(old), Spec::Price(new)) => old.instrument != new.instrument,
        (CONDITION_TYPE, Spec::Price(old), Spec::Price(new)) => {
            (&old.instrument, &old.condition) != (&new.instrument, &new.condition)
        }
        (_, Spec::Price(old), Spec::Price(new)) => old.condition != new.condition,
        (_, Spec::Product(old), Spec::Product(new)) => old.watch != new.watch,
        _ => true,
    });
    if wanted.channels() != present.channels() {
        check_channels(api, user, wanted.channels(), &[], &mut faults).await?;
    }
    if wanted.expires_at() != present.expires_at() {
        faults.extend(expiry_fault(wanted.expires_at(), now));
    }
    Ok(faults)
}

/// The faults of an alert on a price.
pub(super) async fn check_price(
    api: &ApiState,
    user: UserId,
    spec: &mut AlertSpec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    let mut faults = check_condition(api, user, spec, now).await?;
    check_channels(api, user, &spec.channels, &[], &mut faults).await?;
    faults.extend(expiry_fault(spec.expires_at, now));
    Ok(faults)
}

/// The faults of what an alert watches, and for what.
async fn check_watched(
    api: &ApiState,
    user: UserId,
    spec: &mut Spec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    match spec {
        Spec::Price(spec) => check_condition(api, user, spec, now).await,
        Spec::Product(_) if api.watches_products() => Ok(Vec::new()),
        Spec::Product(_) => {
            let message = "needs eBay, which this service has no access to: see ebay.client_id";
            Ok(vec![fault("kind", "not_available", message)])
        }
    }
}

async fn check_condition(
    api: &ApiState,
    user: UserId,
    spec: &mut AlertSpec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    let mut faults = Vec::new();
    check_instrument(api, user, &mut spec.instrument, "instrument", now, &mut faults).await?;
    for (index, instrument) in parts_with_instruments(&mut spec.condition) {
        let field = format!("condition.of[{index}].instrument");
        check_instrument(api, user, instrument, &field, now, &mut faults).await?;
    }
    let venue = spec.instrument.venue();
    if venue.is_polled() && matches!(spec.condition, Condition::Silent { .. }) {
        let message = format!(
            "is for instruments of which every trade comes; {} is only asked now and then, and nobody knows what \
             happened in between",
            venue.title()
        );
        faults.push(fault(CONDITION_TYPE, "not_applicable", &message));
    }
    Ok(faults)
}

/// What else is wrong with an alert that is not well formed, so that everything is told at once.
pub(super) async fn check_malformed(
    api: &ApiState,
    user: UserId,
    node: &Node,
    mut faults: Vec<Fault>,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    let Node::Object(entries) = node else { return Ok(faults) };
    // Whatever can be read on its own is checked on its own.
    for (name, value) in entries {
        let alone = Node::Object(vec![(name.clone(), value.clone())]);
        match (name.as_str(), AlertDraft::from_input(&alone)) {
            ("instrument", Ok(AlertDraft { instrument: Some(mut instrument), .. })) => {
                check_instrument(api, user, &mut instrument, "instrument", now, &mut faults).await?;
            }
            ("channels", Ok(AlertDraft { channels: Some(channels), .. })) => {
                check_channels(api, user, &channels, &[], &mut faults).await?;
            }
            ("expires_at", Ok(AlertDraft { expires_at: Some(expires_at), .. })) => {
                faults.extend(expiry_fault(expires_at, now));
            }
            _ => {}
        }
    }
    Ok(faults)
}

/// Whether the user has the channels; `kept` are those that may be named although they do not.
async fn check_channels(
    api: &ApiState,
    user: UserId,
    channels: &[Channel],
    kept: &[ChannelId],
    faults: &mut Vec<Fault>,
) -> Result<(), ApiError> {
    let made = made(channels);
    if made.is_empty() {
        return Ok(());
    }
    let own = api.store().own_channels(user, made).await?;
    for (index, channel) in channels.iter().enumerate() {
        if let Channel::Made(id) = channel
            && !own.contains(id)
            && !kept.contains(id)
        {
            faults.push(fault(&format!("channels[{index}]"), "unknown_channel", "is no channel of yours"));
        }
    }
    Ok(())
}

/// Which of these channels the user has deleted.
pub(super) async fn deleted_channels(
    api: &ApiState,
    user: UserId,
    channels: &[Channel],
) -> Result<Vec<ChannelId>, ApiError> {
    let made = made(channels);
    Ok(if made.is_empty() { made } else { api.store().deleted_channels(user, made).await? })
}

/// Those channels that people make.
fn made(channels: &[Channel]) -> Vec<ChannelId> {
    let made = channels.iter().filter_map(|channel| match channel {
        Channel::Email => None,
        Channel::Made(id) => Some(*id),
    });
    made.collect()
}

async fn check_instrument(
    api: &ApiState,
    user: UserId,
    instrument: &mut Instrument,
    field: &str,
    now: Timestamp,
    faults: &mut Vec<Fault>,
) -> Result<(), ApiError> {
    match api.catalogue().find(api.store(), instrument, user, now).await? {
        Ok(found) => *instrument = found,
        Err(Refusal::NotLoaded) => {
            let detail = "The venue's list of instruments has not arrived yet.";
            return Err(ApiError::Unavailable { detail, cause: None });
        }
        Err(refusal) => {
            let (code, message) = refusal.text();
            faults.push(fault(field, code, message));
        }
    }
    Ok(())
}

fn parts_with_instruments(condition: &mut Condition) -> Vec<(usize, &mut Instrument)> {
    match condition {
        Condition::State { state: State::All { of } | State::Any { of }, .. } => {
            let parts = of.iter_mut().enumerate();
            parts.filter_map(|(index, part)| Some((index, part.instrument.as_mut()?))).collect()
        }
        Condition::State { .. } | Condition::Event(_) | Condition::Silent { .. } => Vec::new(),
    }
}

fn expiry_fault(expires_at: Option<Timestamp>, now: Timestamp) -> Option<Fault> {
    let past = expires_at.is_some_and(|expires_at| expires_at <= now);
    past.then(|| fault("expires_at", PAST, "must lie in the future"))
}

fn fault(field: &str, code: &'static str, message: &str) -> Fault {
    Fault { field: field.to_owned(), code, message: message.to_owned() }
}
