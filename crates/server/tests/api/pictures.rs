//! Pictures of listings: told as pictures and nothing else, kept by browsers, and whose they are.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use bellwether_model::SearchId;
use bellwether_model::product::{Availability, Card, Money, Offer, Site};
use bellwether_store::search::{Observation, ObservationOutcome};
use serde_json::json;

use crate::rig::{Person, Rig};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nof a camera";

/// Serves pictures on this machine until the test ends; its address.
pub(crate) async fn gallery() -> String {
    let routes = Router::new()
        .route("/1.png", get(|| async { PNG }))
        .route("/2.svg", get(|| async { "<svg xmlns='http://www.w3.org/2000/svg'/>" }))
        .route("/3.png", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

async fn rig(allow: &str) -> Rig {
    let ebay = [("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")];
    Rig::with(&[ebay[0], ebay[1], ("outgoing.allow", allow)]).await
}

/// A person's search has found a listing with this picture on each of these sites.
async fn found(rig: &Rig, person: &Person, id: &str, image: Option<String>) {
    let alert = json!({"kind": "search", "search": {"query": "camera"},
        "condition": {"type": "listed"}});
    let made = rig.post(person, "/api/alerts", &alert).await;
    let search = match made.status.as_u16() {
        201 => made.body["search_id"].as_str().unwrap().to_owned(),
        _ => rig.get(person, "/api/searches").await.expect(200).body["items"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned(),
    };
    let search = SearchId(search.parse().unwrap());
    let state = rig.store.search_state(search, &[]).await.unwrap().unwrap();
    let card =
        Card { id: id.parse().unwrap(), title: "Leica M6".to_owned(), url: None, image, condition: None };
    let price = Some(Money { value: "90".parse().unwrap(), currency: "USD".parse().unwrap() });
    let offer = Offer {
        card,
        site: Site::EbayUs,
        price,
        shipping: None,
        availability: Availability::Available,
        listed_at: None,
        ends_at: None,
    };
    let observation = Observation {
        search,
        version: state.version,
        time: rig.now(),
        poll: None,
        offers: vec![offer],
        gone: Vec::new(),
        baselines: Vec::new(),
        fired: Vec::new(),
    };
    let outcome = rig.store.commit_observation(observation, rig.now()).await.unwrap();
    assert!(matches!(outcome, ObservationOutcome::Committed { .. }), "{outcome:?}");
}

fn path(id: &str) -> String {
    format!("/api/listings/{}/picture", id.replace('|', "%7C"))
}

#[tokio::test]
async fn a_picture_is_told_as_one_and_as_nothing_else() {
    let (rig, url) = (rig("127.0.0.1").await, gallery().await);
    let ada = rig.person("ada@example.org").await;
    found(&rig, &ada, "v1|1|0", Some(format!("{url}/1.png"))).await;
    let picture = rig.get(&ada, &path("v1|1|0")).await.expect(200);
    assert_eq!(picture.text, String::from_utf8_lossy(PNG));
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert_eq!(
        picture.header("content-security-policy"),
        "default-src 'none'; sandbox; frame-ancestors 'none'"
    );
    assert_eq!(picture.header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(picture.header("cache-control"), "private, max-age=3600");
    assert_eq!(picture.header("vary"), "authorization");

    let again = Request::get(path("v1|1|0"))
        .header("authorization", format!("Bearer {}", ada.access))
        .header("if-none-match", picture.header("etag"));
    assert_eq!(rig.send(again.body(Body::empty()).unwrap()).await.expect(304).text, "");
    rig.get(&ada, &format!("{}?marketplace=EBAY_US", path("v1|1|0"))).await.expect(200);
    rig.get(&ada, &format!("{}?marketplace=EBAY_DE", path("v1|1|0"))).await.refused(404, "not_found");
    rig.get(&ada, &format!("{}?url=http://example.org/", path("v1|1|0"))).await.refused(400, "invalid_input");
    rig.get(&ada, "/api/listings/http:%2F%2Fexample.org%2F/picture").await.refused(404, "not_found");
    let anonymous = Request::get(path("v1|1|0")).body(Body::empty()).unwrap();
    rig.send(anonymous).await.refused(401, "no_token");
}

#[tokio::test]
async fn a_listing_without_a_picture_and_one_of_anothers_search_have_none() {
    let (rig, url) = (rig("127.0.0.1").await, gallery().await);
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    found(&rig, &ada, "v1|1|0", Some(format!("{url}/1.png"))).await;
    found(&rig, &ada, "v1|2|0", None).await;
    rig.get(&ada, &path("v1|2|0")).await.refused(404, "not_found");
    rig.get(&bob, &path("v1|1|0")).await.refused(404, "not_found");
    // Once the alert is deleted, the search is nobody's.
    let alerts = rig.get(&ada, "/api/alerts").await.expect(200).body;
    let alert = alerts["items"][0]["id"].as_str().unwrap();
    rig.call(&ada, "DELETE", &format!("/api/alerts/{alert}")).await.expect(204);
    rig.get(&ada, &path("v1|1|0")).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_may_not_be_passed_on_is_told_without_a_word_of_where_it_is() {
    let (rig, url) = (rig("127.0.0.1").await, gallery().await);
    let ada = rig.person("ada@example.org").await;
    found(&rig, &ada, "v1|2|0", Some(format!("{url}/2.svg"))).await;
    found(&rig, &ada, "v1|3|0", Some(format!("{url}/3.png"))).await;
    found(&rig, &ada, "v1|4|0", Some("http://10.0.0.7/1.png".to_owned())).await;
    found(&rig, &ada, "v1|5|0", Some("file:///etc/passwd".to_owned())).await;
    for id in ["v1|2|0", "v1|3|0", "v1|4|0", "v1|5|0"] {
        let refused = rig.get(&ada, &path(id)).await.refused(502, "no_picture");
        assert!(!refused.text.contains("10.0.0.7") && !refused.text.contains("passwd"), "{}", refused.text);
        assert_eq!(refused.header("cache-control"), "no-store");
    }
}
