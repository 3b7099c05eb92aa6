//! Events: the challenge, signatures, what is told, and what is told again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bellwether_simulators::ebay::{ControlError, EventFlaw, Receiver, ReceiverError};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::super::client::PATIENCE;
use super::*;

const TOKEN: &str = "a-verification-token-of-40-letters-00001";

/// The header with the signature, and the body.
type Posted = (Option<String>, String);

/// Somebody who listens, and everything that was posted.
#[derive(Clone)]
struct Listener {
    endpoint: String,
    token: String,
    posts: Arc<Mutex<Vec<Posted>>>,
    /// Posts that are still answered with a 500.
    refuses: Arc<Mutex<u32>>,
}

impl Listener {
    async fn start(token: &str) -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/events", socket.local_addr().unwrap());
        let listener =
            Self { endpoint, token: token.to_owned(), posts: Arc::default(), refuses: Arc::default() };
        let routes = Router::new().route("/events", get(challenge).post(take)).with_state(listener.clone());
        tokio::spawn(async move { axum::serve(socket, routes).await.unwrap() });
        listener
    }

    fn receiver(&self, topics: &[&str]) -> Receiver {
        let topics: BTreeSet<_> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        Receiver { endpoint: self.endpoint.clone(), verification_token: TOKEN.to_owned(), topics }
    }

    /// The posts, once there are so many.
    async fn heard(&self, count: usize) -> Vec<Posted> {
        let waiting = async {
            while self.posts.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
        self.posts.lock().unwrap().clone()
    }
}

async fn challenge(
    State(listener): State<Listener>,
    Query(query): Query<std::collections::HashMap<String, String>>,
) -> impl IntoResponse {
    let text = format!("{}{}{}", query["challenge_code"], listener.token, listener.endpoint);
    let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    ([(header::CONTENT_TYPE, "application/json")], json!({"challengeResponse": digest}).to_string())
}

async fn take(State(listener): State<Listener>, headers: HeaderMap, body: String) -> StatusCode {
    let signature = headers.get("x-ebay-signature").map(|value| value.to_str().unwrap().to_owned());
    listener.posts.lock().unwrap().push((signature, body));
    let mut refuses = listener.refuses.lock().unwrap();
    if *refuses > 0 {
        *refuses -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::NO_CONTENT
}

/// Whether a post is signed with the key that eBay names.
async fn is_genuine(rig: &Rig, post: &Posted) -> bool {
    let Some(signature) = &post.0 else { return false };
    let header: Value = serde_json::from_slice(&BASE64_STANDARD.decode(signature).unwrap()).unwrap();
    assert_eq!((&header["alg"], &header["digest"]), (&json!("ecdsa"), &json!("SHA1")));
    let kid = header["kid"].as_str().unwrap();
    let key = rig.get(&format!("/commerce/notification/v1/public_key/{kid}")).await;
    if key.status == 404 {
        assert_eq!(key.body["errors"][0]["errorId"], 195_001);
        return false;
    }
    assert_eq!((&key.body["algorithm"], &key.body["digest"]), (&json!("ECDSA"), &json!("SHA1")));
    let pem = key.body["key"].as_str().unwrap();
    let key =
        pem.strip_prefix("-----BEGIN PUBLIC KEY-----").unwrap().strip_suffix("-----END PUBLIC KEY-----");
    let key = BASE64_STANDARD.decode(key.unwrap()).unwrap();
    let key = VerifyingKey::from_sec1_bytes(&key[key.len() - 65..]).unwrap();
    let signature = BASE64_STANDARD.decode(header["signature"].as_str().unwrap()).unwrap();
    let signature = Signature::from_der(&signature).unwrap();
    key.verify_prehash(&Sha1::digest(&post.1), &signature).is_ok()
}

async fn start() -> Rig {
    Rig::start(Config { event_again: Duration::from_millis(20), ..Config::scripted(|| NOW_US) }).await
}

#[tokio::test]
async fn only_who_meets_the_challenge_is_told_anything() {
    let rig = start().await;
    let control = rig.control();
    let check = async |receiver: Receiver, expected: Result<(), ReceiverError>| {
        let answer = control.tell_events_to(receiver.clone()).await;
        assert_eq!(answer, expected.map_err(ControlError::Receiver), "{receiver:?}");
    };
    let listener = Listener::start(TOKEN).await;
    let with = |endpoint: &str, token: &str| Receiver {
        endpoint: endpoint.to_owned(),
        verification_token: token.to_owned(),
        topics: BTreeSet::new(),
    };
    check(with(&listener.endpoint, "short"), Err(ReceiverError::Form)).await;
    check(with(&listener.endpoint, &"!".repeat(40)), Err(ReceiverError::Form)).await;
    check(with("https://127.0.0.1:1/x", TOKEN), Err(ReceiverError::Form)).await;
    check(with("http://127.0.0.1:9/nobody", TOKEN), Err(ReceiverError::Unanswered)).await;
    check(with(&rig.running.url(), TOKEN), Err(ReceiverError::Unanswered)).await;
    check(Listener::start("another-token").await.receiver(&[]), Err(ReceiverError::Wrong)).await;
    let id = rig.list("leica", "5");
    control.set_price(&id, "4").unwrap();
    check(listener.receiver(&[]), Ok(())).await;
    control.set_price(&id, "3").unwrap();
    let posts = listener.heard(1).await;
    assert_eq!(
        serde_json::from_str::<Value>(&posts[0].1).unwrap()["notification"]["data"]["price"]["value"],
        "3.00"
    );
}

#[tokio::test]
async fn what_happens_to_an_item_is_told_and_signed() {
    let rig = start().await;
    let control = rig.control();
    let listener = Listener::start(TOKEN).await;
    control.tell_events_to(listener.receiver(&[])).await.unwrap();
    let id = rig.list("leica", "500");
    control.move_price(&id, -10).unwrap();
    control.restock(&id, 0).unwrap();
    control.restock(&id, 4).unwrap();
    control.restock(&id, 3).unwrap();
    control.end(&id).unwrap();
    control.delete_account("lens_barn");
    let posts = listener.heard(5).await;
    let mut told = Vec::new();
    let mut ids = BTreeSet::new();
    for post in &posts {
        assert!(is_genuine(&rig, post).await, "{post:?}");
        let body: Value = serde_json::from_str(&post.1).unwrap();
        let (topic, data) = (body["metadata"]["topic"].as_str().unwrap(), &body["notification"]["data"]);
        let what = data["availability"].as_str().or(data["username"].as_str()).unwrap();
        told.push(format!("{topic} {what}"));
        ids.insert(body["notification"]["notificationId"].as_str().unwrap().to_owned());
        if topic != "MARKETPLACE_ACCOUNT_DELETION" {
            assert_eq!(
                (data["itemId"].as_str(), &data["listingMarketplaceId"]),
                (Some(id.as_str()), &json!("EBAY_US"))
            );
        }
    }
    let expected = [
        "ITEM_PRICE_REVISION AVAILABLE",
        "ITEM_AVAILABILITY TEMPORARILY_UNAVAILABLE",
        "ITEM_AVAILABILITY AVAILABLE",
        "ITEM_AVAILABILITY UNAVAILABLE",
        "MARKETPLACE_ACCOUNT_DELETION lens_barn",
    ];
    assert_eq!((told.as_slice(), ids.len()), (&expected.map(str::to_owned)[..], 5));
    control.tell_no_events();
    control.relist(&id).unwrap();
    control.tell_events_to(listener.receiver(&["ITEM_AVAILABILITY"])).await.unwrap();
    control.set_price(&id, "1").unwrap();
    control.restock(&id, 0).unwrap();
    let posts = listener.heard(6).await;
    assert!(posts[5].1.contains("ITEM_AVAILABILITY"), "{posts:?}");
}

#[tokio::test]
async fn what_is_not_acknowledged_is_told_again_under_the_same_id() {
    let rig = start().await;
    let listener = Listener::start(TOKEN).await;
    rig.control().tell_events_to(listener.receiver(&[])).await.unwrap();
    let id = rig.list("leica", "5");
    *listener.refuses.lock().unwrap() = 2;
    rig.control().set_price(&id, "4").unwrap();
    let posts = listener.heard(3).await;
    let read = |post: &Posted| {
        let body: Value = serde_json::from_str(&post.1).unwrap();
        let notification = &body["notification"];
        (notification["notificationId"].clone(), notification["publishAttemptCount"].as_u64().unwrap())
    };
    let told: Vec<_> = posts.iter().map(read).collect();
    assert!(told.iter().all(|(id, _)| *id == told[0].0));
    assert_eq!(told.iter().map(|(_, attempt)| *attempt).collect::<Vec<_>>(), [1, 2, 3]);
    *listener.refuses.lock().unwrap() = 100;
    rig.control().set_price(&id, "3").unwrap();
    let given_up = async {
        while rig.control().counters().events_lost == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, given_up).await.unwrap();
    let counters = rig.control().counters();
    assert_eq!((counters.events, counters.events_failed, counters.events_lost), (1, 6, 1));
    assert_eq!(listener.heard(7).await.len(), 7);
}

#[tokio::test]
async fn wrong_events_are_wrong_as_was_asked_for() {
    let rig = start().await;
    let listener = Listener::start(TOKEN).await;
    rig.control().tell_events_to(listener.receiver(&[])).await.unwrap();
    let id = rig.list("leica", "5");
    let flaws = [EventFlaw::Tampered, EventFlaw::UnknownKey, EventFlaw::Unsigned, EventFlaw::Twice];
    for (seen, flaw) in flaws.into_iter().enumerate() {
        rig.control().spoil_events(Some(flaw));
        rig.control().move_price(&id, 10).unwrap();
        let posts = listener.heard(seen + 1 + usize::from(flaw == EventFlaw::Twice)).await;
        assert_eq!(is_genuine(&rig, &posts[seen]).await, flaw == EventFlaw::Twice, "{flaw:?}");
        assert_eq!(posts[seen].0.is_none(), flaw == EventFlaw::Unsigned);
    }
    let posts = listener.heard(5).await;
    assert_eq!(posts[3], posts[4]);
}

#[tokio::test]
async fn a_living_catalogue_tells_what_happens_in_it() {
    let rig = Rig::start(Config { step_every: None, ..Config::lively(7, || NOW_US) }).await;
    let listener = Listener::start(TOKEN).await;
    rig.control().tell_events_to(listener.receiver(&[])).await.unwrap();
    rig.control().step(3);
    let posts = listener.heard(60).await;
    let count = |topic: &str| posts.iter().filter(|post| post.1.contains(topic)).count();
    assert!(count("ITEM_PRICE_REVISION") > 40 && count("\"UNAVAILABLE\"") > 3, "{}", posts.len());
}
