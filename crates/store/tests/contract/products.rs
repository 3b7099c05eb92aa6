//! Product alerts, offers and observations for the tests of what is made of them.

use bellwether_model::product::{
    Availability, Card, Currency, Known, ListingEvent, ListingEvidence, ListingId, ListingsReport, Money,
    Offer, ProductSpec, Report, Site,
};
use bellwether_model::{AlertId, DeliveryId, FireId, ReportId, SearchId, Timestamp, UserId};
use bellwether_store::alert::Creation;
use bellwether_store::job::{Job, JobKind};
use bellwether_store::search::{
    ListingsFired, Observation, ObservationOutcome, PollDone, SearchAlert, SearchState,
};
use uuid::Uuid;

use crate::contract::kit::{Kit, MINUTE, at, new_alert};

pub(crate) const SEARCH: &str = r#""search":{"query":"leica m6","marketplace":"EBAY_US"}"#;

/// A spec of a kind: the fields of its watch, without the search.
pub(crate) fn product(kind: &str, fields: &str) -> ProductSpec {
    let text = format!(
        r#"{{"name":"My {kind}","kind":"{kind}",{SEARCH},{fields},
            "repeat":{{"mode":"every"}},"channels":["email"]}}"#
    );
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn drops(percent: &str) -> ProductSpec {
    product("search", &format!(r#""conditions":[{{"type":"price_drop","percent":"{percent}"}}]"#))
}

pub(crate) fn digest() -> ProductSpec {
    product("digest", r#""schedule":{"every":"10m"},"top":20"#)
}

pub(crate) fn id(n: u32) -> ListingId {
    format!("v1|{n}|0").parse().unwrap()
}

pub(crate) fn usd(price: &str) -> Money {
    Money { value: price.parse().unwrap(), currency: Currency::USD }
}

/// A listing that can be bought.
pub(crate) fn offer(n: u32, price: &str) -> Offer {
    Offer {
        card: Card {
            id: id(n),
            title: format!("Leica M6 no. {n}"),
            url: Some(format!("https://shop.example/{n}")),
            image: None,
            condition: Some("Used".to_owned()),
        },
        site: Site::EbayUs,
        price: Some(usd(price)),
        shipping: None,
        availability: Availability::Available,
        listed_at: Some(at(-1_000)),
        ends_at: None,
    }
}

pub(crate) fn known(price: &str) -> Known {
    Known { price: Some(usd(price)), availability: Availability::Available }
}

/// What an observation brings in besides its listings: nothing.
pub(crate) fn seen(search: SearchId, version: u64, time: i64, offers: Vec<Offer>) -> Observation {
    Observation {
        search,
        version,
        time: at(time),
        poll: None,
        offers,
        gone: Vec::new(),
        baselines: Vec::new(),
        fired: Vec::new(),
    }
}

/// What an alert tells of a listing that became cheaper.
pub(crate) fn fallen(alert: &SearchAlert, n: u32, to: &str, time: i64) -> ListingsFired {
    let evidence = ListingEvidence {
        event: ListingEvent::PriceDrop,
        listing: offer(n, to).card,
        time: at(time),
        price: Some(usd(to)),
        previous_price: None,
        reference: Some("100".parse().unwrap()),
        percent: Some("2".parse().unwrap()),
        threshold: None,
    };
    ListingsFired {
        alert: alert.id,
        revision: alert.revision,
        fires: vec![(FireId(Uuid::now_v7()), evidence.clone())],
        ends: false,
        report: (
            ReportId(Uuid::now_v7()),
            Report::Listings(ListingsReport {
                search: alert.spec.watch.search().clone(),
                time: at(time),
                events: vec![evidence],
            }),
        ),
        deliveries: vec![DeliveryId(Uuid::now_v7())],
    }
}

impl Kit {
    /// A product alert, and its search.
    pub(crate) async fn product_alert(&self, user: UserId, spec: ProductSpec) -> (AlertId, SearchId) {
        match self.store.create_alert(new_alert(user, spec), 1_000, at(0)).await.unwrap() {
            Creation::Created(alert) => (alert.id, alert.search.unwrap()),
            other => panic!("not created: {other:?}"),
        }
    }

    pub(crate) async fn state(&self, search: SearchId) -> SearchState {
        self.store.search_state(search, &[]).await.unwrap().unwrap()
    }

    /// Brings in what was observed, as whoever comes first.
    pub(crate) async fn observe(&self, search: SearchId, time: i64, offers: Vec<Offer>) {
        let version = self.state(search).await.version;
        let observation = seen(search, version, time, offers);
        let outcome = self.store.commit_observation(observation, at(time)).await.unwrap();
        assert!(matches!(outcome, ObservationOutcome::Committed { .. }), "{outcome:?}");
    }

    /// The same for an alert whose first observation it is.
    pub(crate) async fn begin(&self, search: SearchId, time: i64, offers: Vec<Offer>) {
        let state = self.state(search).await;
        let baselines = state.alerts.iter().map(|alert| (alert.id, alert.revision)).collect();
        let observation = Observation { baselines, ..seen(search, state.version, time, offers) };
        self.store.commit_observation(observation, at(time)).await.unwrap();
    }

    /// A job that is due, and is the caller's from now on.
    pub(crate) async fn job(&self, kind: JobKind, subject: Uuid, now: Timestamp) -> Job {
        self.store.put_job(kind, subject, at(0), now).await.unwrap();
        let claimed = self.store.claim_jobs(kind, 100, Uuid::new_v4(), MINUTE, now).await.unwrap();
        claimed.into_iter().find(|job| job.held.subject == subject).unwrap()
    }

    pub(crate) async fn poll(&self, search: SearchId, now: i64, next_at: i64) -> PollDone {
        let held = self.job(JobKind::Poll, search.0, at(now)).await.held;
        PollDone { held, next_at: at(next_at) }
    }
}
