//! Whether the fires in the store are those that the twin says, of what was truly traded.
//!
//! Each arming is judged by itself, by a twin that sees everything that the venue traded. While it lasts, its fires
//! must be the twin's. Where its owner ended it, a fire and the change may have raced, and one of the two won: then
//! the fires must be the twin's first ones, none of those missing that were evaluated before.
//!
//! A trade that happened before the alert was accepted but came after it fires it where it comes live, and not where
//! it is fetched afterwards. The world knows how it came; where it came both ways, in different processes, either may
//! count.

use std::collections::BTreeMap;

use bellwether_model::{
    AlertId, Evidence, Instrument, Measure, Observation, Origin, Price, Status, Tick, Timestamp, Venue,
};
use bellwether_store::fire::{Cause, Fire};
use bellwether_twin::{ArmAt, Twin, TwinFire};

use crate::exchange::Trade;
use crate::ledger::{Arming, Ledger, Record};
use crate::surroundings::Surroundings;

/// Trades whose way is unknown, of which every combination is tried.
const UNKNOWN_MAX: usize = 10;

/// What is compared of a fire, but its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    instrument: Instrument,
    time: Timestamp,
    id: Option<u64>,
    price: Price,
    previous: Option<Price>,
    measure: Measure,
}

impl From<&TwinFire> for Line {
    fn from(fire: &TwinFire) -> Self {
        Self {
            instrument: fire.instrument.clone(),
            time: fire.time,
            id: fire.id,
            price: fire.price,
            previous: fire.previous_price,
            measure: fire.measure.clone(),
        }
    }
}

impl From<&Evidence> for Line {
    fn from(evidence: &Evidence) -> Self {
        Self {
            instrument: evidence.instrument.clone(),
            time: evidence.time,
            id: evidence.id,
            price: evidence.price,
            previous: evidence.previous_price,
            measure: evidence.measure.clone(),
        }
    }
}

/// Compares every alert's fires and status with the twin's.
pub(crate) fn compare(around: &Surroundings, ledger: &Ledger, fires: &[Fire]) {
    let mut by_alert: BTreeMap<AlertId, Vec<&Fire>> = BTreeMap::new();
    fires.iter().for_each(|fire| by_alert.entry(fire.alert).or_default().push(fire));
    for (id, record) in &ledger.records {
        let mut told = by_alert.remove(id).unwrap_or_default();
        told.sort_by_key(|fire| fire.number);
        let numbers: Vec<_> = told.iter().map(|fire| fire.number).collect();
        assert!(
            numbers.iter().copied().eq(1..=numbers.len() as u64),
            "fires of {id:?} are numbered {numbers:?}"
        );
        let lines: Vec<Line> = told.iter().map(|fire| line_of(fire)).collect();
        compare_alert(around, *id, record, &lines);
    }
    assert!(by_alert.is_empty(), "fires of alerts that nobody made: {:?}", by_alert.keys());
}

pub(crate) fn line_of(fire: &Fire) -> Line {
    match &fire.cause {
        Cause::Tick { evidence, .. } => Line::from(&**evidence),
        Cause::Listing(_) => panic!("no listing fires here"),
    }
}

fn compare_alert(around: &Surroundings, id: AlertId, record: &Record, told: &[Line]) {
    let mut before = 0;
    for arming in &record.armings {
        let upto = arming.ended.map_or(told.len(), |ended| usize::try_from(ended.fires).unwrap());
        let told = &told[before.min(told.len())..upto.min(told.len())];
        before = upto;
        let lives = lives(around, arming);
        let status = arming.ended.is_none().then_some(record.status);
        let fits = lives.iter().any(|life| fits(arming, life, told, status));
        assert!(
            fits,
            "{id:?} of {:?}, armed at {:?}, ended {:?}, now {:?}\nin the store: {told:#?}\nthe twin's: {:#?}",
            arming.spec.condition,
            arming.state,
            arming.ended,
            record.status,
            lives.first().map(|life| &life.fires),
        );
    }
    assert_eq!(before, told.len(), "{id:?} has fires of no arming");
}

/// What the twin says of an arming.
struct Life {
    fires: Vec<Line>,
    /// Whether the last one was the last allowed.
    ended: bool,
}

fn fits(arming: &Arming, twin: &Life, told: &[Line], status: Option<Status>) -> bool {
    let Some(ended) = arming.ended else {
        let expected = if twin.ended { Status::Triggered } else { Status::Active };
        return twin.fires == told && status == Some(expected);
    };
    // Everything up to there was stored with its fires before the change was.
    let owed = twin.fires.iter().take_while(|fire| fire.id <= ended.stored.map(|stored| stored.0)).count();
    told.len() >= owed && twin.fires.starts_with(told)
}

/// All that an arming may have come to.
fn lives(around: &Surroundings, arming: &Arming) -> Vec<Life> {
    let trades = around.exchange.trades(arming.spec.instrument.symbol());
    let origins = around.origins.lock().unwrap();
    let (position, accepted_at) = (arming.state.position, arming.state.accepted_at.unwrap());
    // Whether each came live; `None` where it came both ways and that makes a difference.
    let mut live = Vec::new();
    for trade in &trades {
        let is_doubtful = Some(trade.id) > position.map(|position| position.0)
            && Timestamp::from_micros(trade.time_us) <= accepted_at;
        let ways = origins.get(&(arming.spec.instrument.symbol().to_owned(), trade.id));
        live.push(match ways.filter(|_| is_doubtful).map(|ways| ways.iter().copied().collect::<Vec<_>>()) {
            None => Some(true),
            Some(ways) => <[bool; 1]>::try_from(ways).ok().map(|[way]| way),
        });
    }
    let unknown = live.iter().filter(|way| way.is_none()).count();
    let lives = combinations(unknown).into_iter().map(|combination| {
        let mut drawn = combination.into_iter();
        let ways = live.iter().map(|way| way.unwrap_or_else(|| drawn.next().unwrap()));
        live_through(arming, &trades, ways.collect())
    });
    lives.collect()
}

/// Ways in which so many trades may have come: all, or where that would be very many, those in which the ones before
/// some trade came in one way and the others in the other, as one crash leaves it.
fn combinations(unknown: usize) -> Vec<Vec<bool>> {
    if unknown <= UNKNOWN_MAX {
        let bits = 0..1_usize << unknown;
        return bits.map(|bits| (0..unknown).map(|place| bits >> place & 1 == 0).collect()).collect();
    }
    let cuts = (0..=unknown).flat_map(|cut| [(cut, true), (cut, false)]);
    cuts.map(|(cut, first)| (0..unknown).map(|place| (place < cut) == first).collect()).collect()
}

fn live_through(arming: &Arming, trades: &[Trade], live: Vec<bool>) -> Life {
    let (mut twin, instrument) = (Twin::new(), &arming.spec.instrument);
    assert_eq!(instrument.venue(), Venue::Binance);
    let at = ArmAt::Positions(vec![(instrument.clone(), arming.state.position)]);
    twin.arm(0, &arming.spec, &at, arming.state.accepted_at, 0);
    let mut life = Life { fires: Vec::new(), ended: false };
    for (trade, is_live) in trades.iter().zip(live) {
        let price = trade.price.to_string().parse().unwrap();
        let tick = Tick::numbered(price, Timestamp::from_micros(trade.time_us), trade.id);
        let origin = if is_live { Origin::Live } else { Origin::Refilled };
        let (_, fires) = twin.apply(instrument, &Observation { tick, trades: None, origin });
        for fire in &fires {
            life.fires.push(Line::from(fire));
            life.ended |= fire.ended;
        }
    }
    life
}
