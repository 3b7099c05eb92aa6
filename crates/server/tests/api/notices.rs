//! eBay's notices of deleted accounts, told by the simulated eBay over HTTP: taken once, refused where they are
//! forged, replayed or old.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bellwether_simulators::ebay::{
    Config, ControlError, EbaySimulator, EventFlaw, Receiver, ReceiverError, Running,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::rig::{Answer, Rig, START};

const TOKEN: &str = "a-verification-token-of-40-letters-00001";

/// A service that eBay knows, and what it counts.
struct Told {
    rig: Rig,
    ebay: Running,
    receiver: Receiver,
    counts: PrometheusHandle,
}

/// What was posted last, so that it can be posted again: the header and the body.
type Posted = Arc<Mutex<Vec<(String, String)>>>;

impl Told {
    async fn start() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let counts = recorder.handle();
        // For this thread, which is the test's own.
        std::mem::forget(metrics::set_default_local_recorder(Box::leak(Box::new(recorder))));
        let config = Config { event_again: Duration::from_millis(20), ..Config::scripted(|| START.micros()) };
        let ebay = EbaySimulator::start(config).await.unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/api/ebay/notices", socket.local_addr().unwrap());
        let rig = Rig::with(&[
            ("ebay.client_id", "Bellwether-simulator"),
            ("ebay.client_secret", "SBX-simulated-secret"),
            ("ebay.rest_url", &ebay.url()),
            ("ebay.verification_token", TOKEN),
            ("ebay.notification_url", &endpoint),
        ])
        .await;
        rig.serve(socket);
        let receiver = Receiver {
            endpoint,
            verification_token: TOKEN.to_owned(),
            topics: ["MARKETPLACE_ACCOUNT_DELETION".to_owned()].into(),
        };
        Self { rig, ebay, receiver, counts }
    }

    /// Has an account be deleted, and waits until it was told or given up.
    async fn delete(&self, flaw: Option<EventFlaw>) -> (u64, u64) {
        let control = self.ebay.control();
        let done = || {
            let counters = control.counters();
            (counters.events, counters.events_lost)
        };
        let before = done();
        control.spoil_events(flaw);
        control.delete_account("somebody");
        let told = async {
            while done() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
        let after = done();
        (after.0 - before.0, after.1 - before.1)
    }

    /// How many notices ended so.
    fn counted(&self, outcome: &str) -> u64 {
        let text = self.counts.render();
        let line = text.lines().find(|line| {
            line.starts_with("bellwether_market_notices_total") && line.contains(&format!("\"{outcome}\""))
        });
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }

    async fn post(&self, signature: Option<&str>, body: &str) -> Answer {
        let mut request = Request::post("/api/ebay/notices").header("content-type", "application/json");
        if let Some(signature) = signature {
            request = request.header("x-ebay-signature", signature);
        }
        self.rig.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Has the notices of an account posted to somebody who writes them down, and says what they were.
    async fn overhear(&self) -> (String, String) {
        let posted = Posted::default();
        let heard = Arc::clone(&posted);
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/x", socket.local_addr().unwrap());
        let known = endpoint.clone();
        let challenge = move |query: axum::extract::RawQuery| {
            let code = query.0.unwrap().replace("challenge_code=", "");
            let answer = bellwether_feeds::ebay::challenge_response(&code, TOKEN, &known);
            async move { axum::Json(serde_json::json!({"challengeResponse": answer})) }
        };
        let take = move |headers: axum::http::HeaderMap, body: String| {
            let signature = headers["x-ebay-signature"].to_str().unwrap().to_owned();
            heard.lock().unwrap().push((signature, body));
            async { axum::http::StatusCode::NO_CONTENT }
        };
        let routes = axum::Router::new().route("/x", axum::routing::get(challenge).post(take));
        tokio::spawn(async move { axum::serve(socket, routes).await.unwrap() });
        let control = self.ebay.control();
        control.tell_events_to(Receiver { endpoint, ..self.receiver.clone() }).await.unwrap();
        self.delete(None).await;
        posted.lock().unwrap().pop().unwrap()
    }
}

#[tokio::test]
async fn ebay_is_answered_and_a_deleted_account_is_acknowledged_and_counted() {
    let told = Told::start().await;
    let control = told.ebay.control();
    control.tell_events_to(told.receiver.clone()).await.unwrap();
    // The answer is of this token and this address alone.
    let other = Receiver { verification_token: TOKEN.replace("00001", "00002"), ..told.receiver.clone() };
    assert_eq!(control.tell_events_to(other).await, Err(ControlError::Receiver(ReceiverError::Wrong)));
    assert_eq!(told.delete(None).await, (1, 0));
    assert_eq!(told.delete(None).await, (1, 0));
    assert_eq!(told.counted("deleted_account"), 2);
    assert_eq!(control.counters().events_failed, 0);
}

#[tokio::test]
async fn what_ebay_did_not_sign_is_refused() {
    let told = Told::start().await;
    told.ebay.control().tell_events_to(told.receiver.clone()).await.unwrap();
    for flaw in [EventFlaw::Tampered, EventFlaw::UnknownKey, EventFlaw::Unsigned] {
        assert_eq!(told.delete(Some(flaw)).await, (0, 1), "{flaw:?}");
    }
    assert_eq!((told.counted("deleted_account"), told.counted("forged")), (0, 12));
    for signature in [None, Some("AAAA"), Some("not base64 at all")] {
        told.post(signature, "{}").await.refused(412, "not_genuine");
    }
}

#[tokio::test]
async fn a_notice_that_comes_again_as_it_was_is_refused_and_one_that_ebay_repeats_is_acknowledged() {
    let told = Told::start().await;
    let (signature, body) = told.overhear().await;
    told.post(Some(&signature), &body).await.expect(204);
    told.post(Some(&signature), &body).await.refused(412, "not_genuine");
    // Spaces do not matter to eBay's own client; the same notice it is nevertheless.
    let spaced = body.replace("\":", "\" : ");
    told.post(Some(&signature), &spaced).await.expect(204);
    assert_eq!((told.counted("deleted_account"), told.counted("repeated")), (1, 1));
    assert_eq!(told.counted("replayed"), 1);
    // The first of two is taken, the second refused; so eBay tells it again, with another count of attempts.
    told.ebay.control().tell_events_to(told.receiver.clone()).await.unwrap();
    told.delete(Some(EventFlaw::Twice)).await;
    assert_eq!(told.counted("deleted_account"), 2);
    assert!(told.counted("repeated") > 1);

    let (signature, body) = told.overhear().await;
    told.rig.clock.advance("8d");
    told.post(Some(&signature), &body).await.refused(412, "not_genuine");
    assert_eq!(told.counted("old"), 1);
}

#[tokio::test]
async fn where_none_are_taken_nothing_answers() {
    let rig = Rig::with(&[("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")]).await;
    let get = Request::get("/api/ebay/notices?challenge_code=abc").body(Body::empty()).unwrap();
    rig.send(get).await.refused(404, "not_found");
    let post = Request::post("/api/ebay/notices").body(Body::empty()).unwrap();
    rig.send(post).await.refused(404, "not_found");

    let told = Told::start().await;
    for path in ["/api/ebay/notices", "/api/ebay/notices?challenge_code=", "/api/ebay/notices?code=abc"] {
        let refused = told.rig.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(refused.refused(400, "invalid_input").faults(), ["challenge_code required"]);
    }
}
