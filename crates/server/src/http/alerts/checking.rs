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

/// The faults of a user's alert that is well formed. Instruments are put into their venue's spelling.
pub(super) async fn check(
    api: &ApiState,
    user: UserId,
    spec: &mut Spec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    match spec {
        Spec::Price(spec) => check_price(api, user, spec, now).await,
        Spec::Product(spec) => {
            let mut faults = Vec::new();
            if !api.watches_products() {
                let message = "needs eBay, which this service has no access to: see ebay.client_id";
                faults.push(fault("kind", "not_available", message));
            }
            check_channels(api, user, &spec.channels, &mut faults).await?;
            faults.extend(expiry_fault(spec.expires_at, now));
            Ok(faults)
        }
    }
}

/// The faults of an alert as it would be with a change made: only what was sent can be at fault.
pub(super) async fn check_changed(
    api: &ApiState,
    user: UserId,
    sent: &Node,
    wanted: &mut Spec,
    now: Timestamp,
) -> Result<Vec<Fault>, ApiError> {
    let is_sent = |field: &str| match sent {
        Node::Object(entries) => entries.iter().any(|(name, _)| field.starts_with(name.as_str())),
        _ => false,
    };
    // A condition that is well formed may not suit another instrument.
    let concerns =
        |fault: &Fault| is_sent(&fault.field) || (fault.field == CONDITION_TYPE && is_sent("instrument"));
    Ok(check(api, user, wanted, now).await?.into_iter().filter(concerns).collect())
}

/// The faults of an alert on a price.
pub(super) async fn check_price(
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
    check_channels(api, user, &spec.channels, &mut faults).await?;
    faults.extend(expiry_fault(spec.expires_at, now));
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
                check_channels(api, user, &channels, &mut faults).await?;
            }
            ("expires_at", Ok(AlertDraft { expires_at: Some(expires_at), .. })) => {
                faults.extend(expiry_fault(expires_at, now));
            }
            _ => {}
        }
    }
    Ok(faults)
}

async fn check_channels(
    api: &ApiState,
    user: UserId,
    channels: &[Channel],
    faults: &mut Vec<Fault>,
) -> Result<(), ApiError> {
    let made: Vec<ChannelId> = channels
        .iter()
        .filter_map(|channel| match channel {
            Channel::Email => None,
            Channel::Made(id) => Some(*id),
        })
        .collect();
    if made.is_empty() {
        return Ok(());
    }
    let own = api.store().own_channels(user, made).await?;
    for (index, channel) in channels.iter().enumerate() {
        if let Channel::Made(id) = channel
            && !own.contains(id)
        {
            faults.push(fault(&format!("channels[{index}]"), "unknown_channel", "is no channel of yours"));
        }
    }
    Ok(())
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
    past.then(|| fault("expires_at", "past", "must lie in the future"))
}

fn fault(field: &str, code: &'static str, message: &str) -> Fault {
    Fault { field: field.to_owned(), code, message: message.to_owned() }
}
