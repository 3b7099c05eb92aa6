//! Whether every fire is told: to each of its channels once, with an end that says what came of it.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::{AlertId, Channel, DeliveryId, FireId, Spec, Status, UserId};
use bellwether_store::Store;
use bellwether_store::delivery::{Delivery, DeliveryFilter, DeliveryStatus};
use bellwether_store::fire::{Fire, FireFilter};
use bellwether_store::page::Stretch;

use crate::judge::{Line, line_of};
use crate::ledger::Ledger;
use crate::post::Letter;
use crate::surroundings::{Person, Surroundings};

/// More than there ever are of anything.
const ALL: u32 = 100_000;

/// Everything that a person's fires came to.
pub(crate) struct Told {
    pub(crate) fires: Vec<Fire>,
    pub(crate) deliveries: Vec<Delivery>,
}

/// What is in the store.
pub(crate) async fn read(store: &Store, people: &[Person]) -> Told {
    let mut told = Told { fires: Vec::new(), deliveries: Vec::new() };
    for person in people {
        told.fires.extend(fires(store, person.id).await);
        told.deliveries.extend(deliveries(store, person.id).await);
    }
    told
}

pub(crate) async fn fires(store: &Store, user: UserId) -> Vec<Fire> {
    let stretch = Stretch { after: None, limit: ALL };
    store.list_fires(user, &FireFilter::default(), stretch).await.unwrap().items
}

pub(crate) async fn deliveries(store: &Store, user: UserId) -> Vec<Delivery> {
    let stretch = Stretch { after: None, limit: ALL };
    store.list_deliveries(user, &DeliveryFilter::default(), stretch).await.unwrap().items
}

/// Whether nothing more becomes of a delivery.
pub(crate) fn is_over(status: DeliveryStatus) -> bool {
    !matches!(status, DeliveryStatus::Held | DeliveryStatus::Pending | DeliveryStatus::Sending)
}

/// What has come to an end never changes, and what has fired never goes away. Looked at as a life goes on.
#[derive(Debug, Default)]
pub(crate) struct Past {
    over: BTreeMap<DeliveryId, DeliveryStatus>,
    fired: BTreeMap<(AlertId, u64), (FireId, Line)>,
}

impl Past {
    pub(crate) fn hold_against(&mut self, told: &Told) {
        let now: BTreeMap<_, _> = told.deliveries.iter().map(|one| (one.id, one.status)).collect();
        for (id, was) in &self.over {
            assert_eq!(now.get(id), Some(was), "{id:?} had come to an end");
        }
        self.over.extend(now.into_iter().filter(|(_, status)| is_over(*status)));
        let fires = told.fires.iter().map(|fire| ((fire.alert, fire.number), (fire.id, line_of(fire))));
        let now: BTreeMap<_, _> = fires.collect();
        assert_eq!(now.len(), told.fires.len(), "two fires of an alert have one number");
        for (fire, was) in &self.fired {
            assert_eq!(now.get(fire), Some(was), "{fire:?} has become another");
        }
        self.fired = now;
    }
}

/// Compares what the store says of deliveries with the fires, and with what receivers took.
pub(crate) fn check(around: &Surroundings, ledger: &Ledger, told: &Told) {
    let fires: BTreeMap<FireId, &Fire> = told.fires.iter().map(|fire| (fire.id, fire)).collect();
    let mut owed: BTreeSet<(FireId, Channel)> = BTreeSet::new();
    for fire in &told.fires {
        let Spec::Price(spec) = &fire.spec else { panic!("{fire:?}") };
        owed.extend(spec.channels.iter().map(|channel| (fire.id, *channel)));
    }
    let taken = around.post.taken();
    let mut there = BTreeSet::new();
    for delivery in &told.deliveries {
        let (fire, alert) = delivery.fire.unwrap();
        assert!(there.insert((fire, delivery.channel)), "a fire is told twice: {delivery:?}");
        check_end(ledger, delivery, alert, &taken);
        let person = around.people.iter().find(|person| person.id == delivery.user).unwrap();
        let number = fires[&fire].number;
        let letters = taken.iter().filter(|letter| letter.delivery == delivery.id);
        for letter in letters {
            assert_eq!(letter.fire, (alert, number), "{delivery:?} brought something else");
            assert_eq!(letter.to, place(person, delivery.channel), "{delivery:?} went elsewhere");
        }
    }
    assert_eq!(there, owed, "each fire is owed to each of its channels");
    check_messages(&taken);
    let known: BTreeSet<_> = told.deliveries.iter().map(|delivery| delivery.id).collect();
    let unknown: Vec<_> = taken.iter().filter(|letter| !known.contains(&letter.delivery)).collect();
    assert!(unknown.is_empty(), "somebody was told what nobody owed: {unknown:?}");
}

/// A message that comes again under its id tells the same again.
fn check_messages(taken: &[Letter]) {
    let mut times: BTreeMap<DeliveryId, BTreeMap<DeliveryId, usize>> = BTreeMap::new();
    for letter in taken {
        *times.entry(letter.message).or_default().entry(letter.delivery).or_default() += 1;
    }
    for (message, times) in times {
        let first = times.values().next();
        assert!(
            times.values().all(|count| Some(count) == first),
            "{message:?} came with other fires: {times:?}"
        );
    }
}

fn check_end(ledger: &Ledger, delivery: &Delivery, alert: AlertId, taken: &[Letter]) {
    match delivery.status {
        DeliveryStatus::Delivered => {
            let is_there = taken.iter().any(|letter| letter.delivery == delivery.id);
            assert!(is_there, "nobody has {delivery:?}");
        }
        DeliveryStatus::Dead | DeliveryStatus::Expired => {
            assert!(delivery.last_error.is_some(), "nobody knows why: {delivery:?}");
        }
        DeliveryStatus::Cancelled => {
            assert_eq!(ledger.records[&alert].status, Status::Deleted, "it is wanted: {delivery:?}");
        }
        DeliveryStatus::Held | DeliveryStatus::Pending | DeliveryStatus::Sending => {
            panic!("it never came to an end: {delivery:?}");
        }
    }
}

/// Where messages over a channel come, as the post knows it.
fn place(person: &Person, channel: Channel) -> (&'static str, String) {
    match person.channels.iter().position(|one| *one == channel) {
        Some(0) => ("mail", person.email.clone()),
        Some(1) => ("webhook", String::new()),
        Some(_) => ("ntfy", String::new()),
        None => panic!("{channel:?} is nobody's"),
    }
}
