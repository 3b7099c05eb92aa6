//! What is somebody else's is not there: every call with an id in its path, for another's id and for one that
//! nobody has.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use bellwether_model::product::{
    Availability, Card, ListingEvent, ListingEvidence, ListingsReport, Money, Offer, Report, Site,
};
use bellwether_model::{DeliveryId, FireId, ReportId, SearchId};
use bellwether_server::http::openapi;
use bellwether_store::search::{ListingsFired, Observation, ObservationOutcome};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{Person, Rig};

/// What an id in a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Alert,
    Channel,
    Delivery,
    Feed,
    Fire,
    Key,
    /// An instrument of a feed that its owner has not published.
    Pushed,
    /// Everybody's: what a marketplace offers is no secret of whoever searched for it.
    Listing,
    /// Of a listing that a search of one's own found.
    Picture,
    Report,
    Search,
}

/// Every call with an id in its path, and a body that it takes. What deletes comes last of its thing.
const CALLS: &[(&str, Thing, &str)] = &[
    ("GET /api/alerts/{id}", Thing::Alert, ""),
    ("GET /api/alerts/{id}/explain", Thing::Alert, ""),
    ("GET /api/alerts/{id}/fires", Thing::Alert, ""),
    ("GET /api/alerts/{id}/history", Thing::Alert, ""),
    ("GET /api/alerts/{id}/reports", Thing::Alert, ""),
    ("PATCH /api/alerts/{id}", Thing::Alert, r#"{"note": "mine now"}"#),
    ("POST /api/alerts/{id}/pause", Thing::Alert, ""),
    ("POST /api/alerts/{id}/resume", Thing::Alert, ""),
    ("POST /api/alerts/{id}/rearm", Thing::Alert, ""),
    ("POST /api/alerts/{id}/snooze", Thing::Alert, r#"{"for": "1h"}"#),
    ("DELETE /api/alerts/{id}", Thing::Alert, ""),
    ("DELETE /alerts/delete/{id}", Thing::Alert, ""),
    ("GET /api/channels/{id}", Thing::Channel, ""),
    ("PATCH /api/channels/{id}", Thing::Channel, r#"{"name": "mine now"}"#),
    ("POST /api/channels/{id}/rotate-secret", Thing::Channel, ""),
    ("POST /api/channels/{id}/test", Thing::Channel, ""),
    ("POST /api/channels/{id}/verify", Thing::Channel, ""),
    ("DELETE /api/channels/{id}", Thing::Channel, ""),
    ("GET /api/deliveries/{id}", Thing::Delivery, ""),
    ("POST /api/deliveries/{id}/retry", Thing::Delivery, ""),
    ("PATCH /api/feeds/{id}", Thing::Feed, r#"{"published": false}"#),
    ("GET /api/fires/{id}", Thing::Fire, ""),
    ("DELETE /api/keys/{id}", Thing::Key, ""),
    ("GET /api/instruments/{id}", Thing::Pushed, ""),
    ("GET /api/instruments/{id}/candles", Thing::Pushed, ""),
    ("GET /api/instruments/{id}/candles/export", Thing::Pushed, ""),
    ("GET /api/instruments/{id}/coverage", Thing::Pushed, ""),
    ("GET /api/instruments/{id}/quarantine", Thing::Pushed, ""),
    ("GET /api/instruments/{id}/figures", Thing::Pushed, ""),
    ("GET /api/listings/{id}", Thing::Listing, ""),
    ("GET /api/listings/{id}/picture", Thing::Picture, ""),
    ("GET /api/listings/{id}/prices", Thing::Listing, ""),
    ("GET /api/reports/{id}", Thing::Report, ""),
    ("GET /api/searches/{id}", Thing::Search, ""),
    ("GET /api/searches/{id}/days", Thing::Search, ""),
    ("GET /api/searches/{id}/listings", Thing::Search, ""),
];

#[test]
fn every_call_with_an_id_stands_in_the_table() {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut listed = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        if path.contains('{') {
            let methods = methods.as_object().unwrap().keys();
            listed.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
    }
    let known: BTreeSet<String> = CALLS.iter().map(|(call, ..)| (*call).to_owned()).collect();
    assert_eq!(known, listed, "a new call takes a line in the table");
}

#[tokio::test]
async fn what_is_another_s_or_nobody_s_is_not_found() {
    let rig = Rig::with(&[
        ("ebay.client_id", "an-application"),
        ("ebay.client_secret", "its secret"),
        ("outgoing.allow", "127.0.0.1"),
    ])
    .await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    // Whoever looks after the service does not look into what is others'.
    rig.promote("bob@example.org").await;
    let things = things_of(&rig, &ada).await;
    let before = view(&rig, &ada, &things).await;
    for (call, thing, body) in CALLS {
        let of_nobody = send(&rig, &ada, call, unknown(*thing), body).await;
        assert_eq!(of_nobody, 404, "{call} of nobody's");
        let of_ada = send(&rig, &bob, call, &things[thing], body).await;
        let expected = if *thing == Thing::Listing { 200 } else { 404 };
        assert_eq!(of_ada, expected, "{call} of another's");
    }
    assert_eq!(view(&rig, &ada, &things).await, before, "nothing has changed");
    // The ids were right: their owner is answered.
    for (call, thing, body) in CALLS {
        let of_ada = send(&rig, &ada, call, &things[thing], body).await;
        assert!(of_ada < 300 || of_ada == 409, "{call} of one's own: {of_ada}");
    }
}

async fn send(rig: &Rig, person: &Person, call: &str, id: &str, body: &str) -> u16 {
    let (method, path) = call.split_once(' ').unwrap();
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let request = Request::builder()
        .method(method)
        .uri(path.replace("{id}", &id))
        .header("authorization", format!("Bearer {}", person.access))
        .header("content-type", "application/json");
    rig.send(request.body(Body::from(body.to_owned())).unwrap()).await.status.as_u16()
}

/// What an owner sees of all of it.
async fn view(rig: &Rig, person: &Person, things: &BTreeMap<Thing, String>) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in ["/api/alerts", "/api/channels", "/api/deliveries", "/api/feeds", "/api/fires", "/api/keys"] {
        seen.push(rig.get(person, path).await.expect(200).body);
    }
    let history = format!("/api/alerts/{}/history", things[&Thing::Alert]);
    seen.push(rig.get(person, &history).await.expect(200).body);
    seen
}

/// An id that nobody has.
fn unknown(thing: Thing) -> &'static str {
    match thing {
        Thing::Feed => "nobodys-feed",
        Thing::Pushed => "push:nobodys-feed/X",
        Thing::Listing | Thing::Picture => "v1|404|0",
        Thing::Alert
        | Thing::Channel
        | Thing::Delivery
        | Thing::Fire
        | Thing::Key
        | Thing::Report
        | Thing::Search => "0198c0de-0000-7000-8000-000000000000",
    }
}

/// One of each, with its id.
async fn things_of(rig: &Rig, person: &Person) -> BTreeMap<Thing, String> {
    rig.push(person, "push:adas-feed/X", "1").await;
    let alert = rig.alert(person, "33000").await;
    let fire = rig.fire(&alert, false).await.to_string();
    let deliveries = rig.get(person, "/api/deliveries?status=held").await.expect(200).body;
    let webhook = json!({"kind": "webhook", "url": "https://example.org/hook"});
    let key = json!({"name": "a program", "scopes": ["read"]});
    let drops = json!({"kind": "search", "search": {"query": "leica m6"}, "condition": {"type": "price_drop", "percent": "5"}});
    rig.post(person, "/api/alerts", &drops).await.expect(201);
    let searches = rig.get(person, "/api/searches").await.expect(200).body;
    let search = searches["items"][0]["id"].as_str().unwrap().to_owned();
    let (listing, report) = observe(rig, SearchId(search.parse().unwrap())).await;
    BTreeMap::from([
        (Thing::Alert, alert),
        (Thing::Channel, rig.post(person, "/api/channels", &webhook).await.expect(201).id()),
        (Thing::Delivery, deliveries["items"][0]["id"].as_str().unwrap().to_owned()),
        (Thing::Feed, "adas-feed".to_owned()),
        (Thing::Fire, fire),
        (Thing::Key, rig.post(person, "/api/keys", &key).await.expect(201).id()),
        (Thing::Pushed, "push:adas-feed/X".to_owned()),
        (Thing::Picture, listing.clone()),
        (Thing::Listing, listing),
        (Thing::Report, report.to_string()),
        (Thing::Search, search),
    ])
}

/// A listing of a search, and the report of its fall to the search's alert.
async fn observe(rig: &Rig, search: SearchId) -> (String, ReportId) {
    let state = rig.store.search_state(search, &[]).await.unwrap().unwrap();
    let alert = &state.alerts[0];
    let price = Some(Money { value: "90".parse().unwrap(), currency: "USD".parse().unwrap() });
    let picture = crate::pictures::gallery().await;
    let card = Card {
        id: "v1|1|0".parse().unwrap(),
        title: "Leica M6".to_owned(),
        url: None,
        image: Some(format!("{picture}/1.png")),
        condition: None,
    };
    let offer = Offer {
        card: card.clone(),
        site: Site::EbayUs,
        price,
        shipping: None,
        availability: Availability::Available,
        listed_at: None,
        ends_at: None,
    };
    let evidence = ListingEvidence {
        event: ListingEvent::PriceDrop,
        listing: card,
        time: rig.now(),
        price,
        previous_price: None,
        reference: Some("100".parse().unwrap()),
        percent: Some("5".parse().unwrap()),
        threshold: None,
    };
    let report = ReportId(Uuid::now_v7());
    let told = ListingsReport {
        search: alert.spec.watch.search().clone(),
        time: rig.now(),
        events: vec![evidence.clone()],
    };
    let fired = ListingsFired {
        alert: alert.id,
        revision: alert.revision,
        fires: vec![(FireId(Uuid::now_v7()), evidence)],
        ends: false,
        report: (report, Report::Listings(told)),
        deliveries: vec![DeliveryId(Uuid::now_v7())],
    };
    let observation = Observation {
        search,
        version: state.version,
        time: rig.now(),
        poll: None,
        offers: vec![offer],
        gone: Vec::new(),
        baselines: Vec::new(),
        fired: vec![fired],
    };
    let outcome = rig.store.commit_observation(observation, rig.now()).await.unwrap();
    assert!(matches!(outcome, ObservationOutcome::Committed { .. }), "{outcome:?}");
    ("v1|1|0".to_owned(), report)
}
