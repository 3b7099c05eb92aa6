//! Why an alert has not fired, in words.

use bellwether_engine::{Hindrance, Outlook, Target};
use bellwether_feeds::Coverage;
use bellwether_model::{Condition, Price, Side, Status, Timestamp, figures, words};
use bellwether_store::evaluation::Watched;

use super::explain_alert::is_short;
use crate::evaluate::Watching;

/// What is to be said of an alert: first what stops it altogether, then what keeps it from firing, then
/// how far it is and how near it came.
pub(super) fn sentence(
    row: &Watched,
    outlook: Option<&Outlook>,
    watching: Option<&Watching>,
    now: Timestamp,
) -> String {
    let stopped = match row.status {
        Status::Paused => "It is paused, and watches nothing until it is resumed.",
        Status::Triggered => "It has fired for the last time. Re-arm it to have it watch again.",
        Status::Expired => "It has expired. Give it a later expiry and re-arm it to have it watch again.",
        Status::Deleted => "It was deleted.",
        Status::Active => "",
    };
    if !stopped.is_empty() {
        return stopped.to_owned();
    }
    let Some(outlook) = outlook else {
        return "It was just changed and is being armed; ask again in a moment.".to_owned();
    };
    let mut sentences: Vec<String> = blind(row, watching).into_iter().collect();
    sentences.extend(silent_for(row, outlook, now));
    sentences.extend(outlook.hindrances.iter().map(|hindrance| hindered(&row.spec.condition, hindrance)));
    if outlook.holds == Some(true) && outlook.hindrances.is_empty() {
        sentences.push("Its condition holds: the next tick fires it.".to_owned());
    }
    sentences.extend(distances(outlook));
    if !outlook.parts.is_empty() {
        let holding = outlook.parts.iter().filter(|part| part.holds).count();
        sentences.push(format!("{holding} of its {} parts hold.", outlook.parts.len()));
    }
    if let Some(market) = outlook.market.as_ref().filter(|market| !market.in_force) {
        let ago = words_ago(market.time, now);
        sentences.push(format!("The last price is {ago} old, and what came since is not known."));
    }
    sentences.join(" ")
}

/// That so many of an alert's channels were deleted.
pub(super) fn deleted_channels(deleted: usize, all: usize) -> Option<&'static str> {
    match deleted {
        0 => None,
        _ if deleted == all => {
            Some("Every channel that it names was deleted: when it fires, nobody is told.")
        }
        1 => Some("A channel that it names was deleted: nothing goes over it."),
        _ => Some("Channels that it names were deleted: nothing goes over them."),
    }
}

fn blind(row: &Watched, watching: Option<&Watching>) -> Option<String> {
    let instrument = &row.spec.instrument;
    match &watching?.coverage {
        Coverage::Watched => None,
        Coverage::CatchingUp => {
            Some(format!("Trades of {instrument} that were missed are being fetched and will be evaluated."))
        }
        Coverage::Dark => Some(format!(
            "There is no connection for {instrument}; trades will be fetched and evaluated when there is."
        )),
        Coverage::Disabled => Some(format!(
            "{instrument} is switched off by an administrator: nothing of it is evaluated until it is switched on \
             again."
        )),
        Coverage::Refused { reason } => {
            Some(format!("The venue does not let {instrument} be watched: {reason}."))
        }
    }
}

/// How long an instrument has been silent whose silence is waited for.
fn silent_for(row: &Watched, outlook: &Outlook, now: Timestamp) -> Option<String> {
    let Condition::Silent { span } = row.spec.condition else { return None };
    let market = outlook.market.as_ref()?;
    let (ago, without) = (words_ago(market.time, now), words::span(span));
    Some(format!("The last trade was {ago} ago; it fires after {without} without one."))
}

fn hindered(condition: &Condition, hindrance: &Hindrance) -> String {
    match hindrance {
        Hindrance::Ended => "It has fired for the last time.".to_owned(),
        Hindrance::CatchingUp => "Ticks before the one from which it goes on are still to come.".to_owned(),
        Hindrance::NoReference => {
            "No price was in force when it was armed: it goes by the first one that comes.".to_owned()
        }
        Hindrance::Expired => "It has expired.".to_owned(),
        Hindrance::Snoozed { until } => format!("It is snoozed until {until}."),
        Hindrance::CoolingDown { until } => format!("It fired, and is cooling down until {until}."),
        Hindrance::Holding { until } => {
            format!("Its condition holds, and fires it at the first tick from {until} on if it still does.")
        }
        Hindrance::Listening { until } => format!("It fires at {until}, unless a trade comes before."),
        Hindrance::NotReady { .. } if matches!(condition, Condition::Silent { .. }) => {
            "It has told of this silence, and is ready again with the next trade.".to_owned()
        }
        Hindrance::NotReady { at } if at.is_empty() => {
            "Its condition held when it fired, and must first cease to hold.".to_owned()
        }
        Hindrance::NotReady { at } => {
            let prices: Vec<_> = at.iter().map(ready_at).collect();
            format!("The price must first be {}.", prices.join(" or "))
        }
    }
}

fn ready_at(target: &Target) -> String {
    let price = words::number(target.price);
    match (target.side, target.inclusive) {
        (Side::Up, true) => format!("at or above {price}"),
        (Side::Up, false) => format!("above {price}"),
        (Side::Down, true) => format!("at or below {price}"),
        (Side::Down, false) => format!("below {price}"),
    }
}

fn distances(outlook: &Outlook) -> Option<String> {
    let last = outlook.market.as_ref()?.price;
    let target = |target: &Target| {
        let away = figures::size(last, target.price).filter(|_| is_short(target, last));
        let away = away.map_or_else(String::new, |away| format!(", {away} away"));
        let beyond = if target.inclusive { "at" } else { "beyond" };
        format!("{beyond} {}{away}", words::number(target.price))
    };
    let targets: Vec<_> = outlook.targets.iter().map(target).collect();
    if targets.is_empty() {
        return None;
    }
    let missed = outlook.targets.iter().filter(|target| target.nearest.is_some_and(|n| n.price != last));
    let near = missed.min_by_key(|target| miss(target)).and_then(nearest);
    let near = near.map_or_else(String::new, |near| format!(" {near}"));
    Some(format!("It stands at {} and fires {}.{near}", words::number(last), targets.join(", or ")))
}

/// By how much a target was missed; nothing where the price was there.
fn miss(target: &Target) -> Option<Price> {
    let nearest = target.nearest?.price;
    is_short(target, nearest).then(|| figures::difference(nearest, target.price))?
}

/// How near the price came to a target.
fn nearest(target: &Target) -> Option<String> {
    let nearest = target.nearest?;
    let (price, time) = (words::number(nearest.price), nearest.time);
    if !is_short(target, nearest.price) {
        return Some(format!("The price was {price} at {time}, when it could not fire."));
    }
    let short = figures::size(nearest.price, target.price)?;
    Some(format!("The nearest that it came was {price} at {time}, {short} short."))
}

fn words_ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.micros_since(then).max(0) / 1_000_000;
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
