//! Traces as a collector gets them: one of each sampled fire, whatever happens to the process in between; and a
//! service that does not care whether anybody collects them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::until;
use crate::kill::deliveries;
use crate::process::Process;
use crate::spine::Stage;
use crate::stores::TestStore;

/// What the collector asks for.
const PASSWORD: &str = "a-password-of-this-test";

/// A collector, in a box.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Told>>>,
}

/// A span, and which process told of it.
#[derive(Debug, Clone)]
struct Told {
    span: Span,
    resource: BTreeMap<String, String>,
}

impl Told {
    fn name(&self) -> &str {
        &self.span.name
    }

    fn about(&self, key: &str) -> String {
        texts(&self.span.attributes).remove(key).unwrap_or_default()
    }
}

fn texts(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.clone()?.value? {
        Any::StringValue(text) => Some(text),
        Any::BoolValue(flag) => Some(flag.to_string()),
        Any::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    };
    pairs.iter().map(|pair| (pair.key.clone(), text(pair).unwrap())).collect()
}

impl Collector {
    /// A collector that works.
    async fn start() -> (Self, SocketAddr) {
        let (collector, address, up) = Self::start_down().await;
        up.send(()).unwrap();
        (collector, address)
    }

    /// A collector that ends every connection at once, until it is told to work.
    async fn start_down() -> (Self, SocketAddr, oneshot::Sender<()>) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        let (up, mut is_up) = oneshot::channel();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = &mut is_up => break,
                    connection = listener.accept() => drop(connection),
                }
            }
            axum::serve(listener, routes).await
        });
        (collector, address, up)
    }

    fn all(&self) -> Vec<Told> {
        self.spans.lock().unwrap().clone()
    }
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if headers.get("authorization").is_none_or(|value| value != &format!("Bearer {PASSWORD}")) {
        return StatusCode::UNAUTHORIZED;
    }
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let mut spans = collector.spans.lock().unwrap();
    for of_process in request.resource_spans {
        let resource = texts(&of_process.resource.unwrap().attributes);
        let scopes = of_process.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(scopes.map(|span| Told { span, resource: resource.clone() }));
    }
    StatusCode::OK
}

fn settings(collector: SocketAddr, sample: &str) -> Vec<(&'static str, String)> {
    vec![
        ("BELLWETHER_PACE__EMAIL", "0/1s".to_owned()),
        ("BELLWETHER_PACE__ALERT", "0/1s".to_owned()),
        ("BELLWETHER_TRACES__ENDPOINT", format!("http://{collector}")),
        ("BELLWETHER_TRACES__SAMPLE", sample.to_owned()),
        ("BELLWETHER_TRACES__HEADERS", format!("Authorization=Bearer {PASSWORD}")),
    ]
}

fn borrowed<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

impl Stage {
    /// Has an alert fire that nobody has fired yet.
    async fn fire_at(&self, price: &str) {
        let alert = json!({"name": "a name of mine", "instrument": "binance:BTCUSDT",
                           "condition": {"type": "crossing", "price": price}});
        self.user.alert(alert).await;
        self.trade("BTCUSDT", price).await;
    }

    /// The delivery, of so many, that satisfies.
    async fn told(&self, satisfies: impl Fn(&Value) -> bool) -> Value {
        until("a delivery", async || {
            let all = deliveries(&self.user).await;
            all.iter().find(|delivery| satisfies(delivery)).cloned().ok_or_else(|| format!("{all:?}"))
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fire_is_one_trace_from_its_tick_to_its_delivery_over_a_restart() {
    let (collector, address) = Collector::start().await;
    let settings = settings(address, "1");
    let stage = Stage::set_with(TestStore::sqlite(), &borrowed(&settings)).await;
    stage.price("BTCUSDT", "32000").await;
    stage.world.mail_is_refused(true);
    stage.fire_at("33000").await;
    let waiting = stage.told(|delivery| delivery["attempt_count"].as_u64() > Some(0)).await;
    assert_eq!(stage.process.said(PASSWORD), 0);

    // Another process brings it to its end.
    let Stage { store, world, process, mut user } = stage;
    process.stop().await;
    let found: Vec<String> = collector.all().iter().map(|told| told.name().to_owned()).collect();
    // The next attempt may have come soon.
    assert_eq!(
        found[..5],
        ["fire", "evaluate", "commit", "claim", "send"],
        "everything is sent before the end"
    );
    world.mail_is_refused(false);
    let process = Process::start_with(&world, &store, None, &borrowed(&settings)).await;
    user.log_in_at(process.base()).await;
    let stage = Stage { store, world, process, user };
    let id = waiting["id"].as_str().unwrap();
    // It may be on its way already.
    stage.user.call(Method::POST, &format!("/api/deliveries/{id}/retry"), None).await;
    stage.told(|delivery| delivery["status"] == "delivered").await;
    stage.process.stop().await;

    let all = collector.all();
    let fire = waiting["fire_id"].as_str().unwrap().replace('-', "");
    for told in &all {
        let trace: String = told.span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(trace, fire, "the trace is found by the fire's id");
        assert!(told.span.start_time_unix_nano <= told.span.end_time_unix_nano, "{told:?}");
        assert_eq!(told.resource["service.name"], "bellwether");
    }
    let processes: BTreeSet<_> = all.iter().map(|told| &told.resource["service.instance.id"]).collect();
    assert_eq!(processes.len(), 2);
    let ids: BTreeSet<_> = all.iter().map(|told| &told.span.span_id).collect();
    assert_eq!(ids.len(), all.len(), "each span has an id of its own");

    let one = |name: &str| {
        let mut named = all.iter().filter(|told| told.name() == name);
        let told = named.next().unwrap_or_else(|| panic!("{name} is not in {all:?}"));
        assert!(named.next().is_none(), "{name} is there once");
        told
    };
    let (root, evaluate, commit, deliver) = (one("fire"), one("evaluate"), one("commit"), one("deliver"));
    assert!(root.span.parent_span_id.is_empty());
    [evaluate, commit, deliver]
        .iter()
        .for_each(|child| assert_eq!(child.span.parent_span_id, root.span.span_id, "{child:?}"));
    assert_eq!(
        (root.about("bellwether.venue"), root.about("bellwether.late")),
        ("binance".to_owned(), "false".to_owned())
    );
    assert_eq!(root.span.start_time_unix_nano, evaluate.span.start_time_unix_nano);
    assert_eq!(evaluate.span.end_time_unix_nano, commit.span.start_time_unix_nano);
    assert_eq!(root.span.end_time_unix_nano, commit.span.end_time_unix_nano);
    assert!(deliver.span.start_time_unix_nano >= commit.span.start_time_unix_nano);

    let parts: Vec<&Told> = all.iter().filter(|told| ["claim", "send"].contains(&told.name())).collect();
    let mut last = deliver.span.start_time_unix_nano;
    for part in &parts {
        assert_eq!(part.span.parent_span_id, deliver.span.span_id, "{part:?}");
        assert!(part.span.start_time_unix_nano >= last, "{part:?} began before {last}");
        last = part.span.end_time_unix_nano;
    }
    assert_eq!(deliver.span.end_time_unix_nano, last);
    let sends: Vec<&Told> = parts.iter().copied().filter(|part| part.name() == "send").collect();
    let (delivered, failed) = sends.split_last().unwrap();
    assert_eq!(parts.len(), 2 * sends.len(), "each attempt was claimed");
    assert_eq!(delivered.about("bellwether.outcome"), "delivered");
    assert!(!failed.is_empty() && failed.iter().all(|send| send.about("bellwether.outcome") == "retry"));
    let told = ["bellwether.channel", "bellwether.lane", "bellwether.outcome", "bellwether.attempts"];
    let expected = ["email", "urgent", "delivered", &sends.len().to_string()].map(str::to_owned);
    assert_eq!(told.map(|key| deliver.about(key)), expected);

    // Whose it was, what it was about, where it went and what was answered there is nobody's business.
    let said: BTreeSet<String> =
        all.iter().flat_map(|told| texts(&told.span.attributes).into_keys()).collect();
    let of_fire = ["deliveries", "late", "venue", "venue_time"];
    let of_delivery =
        ["ambiguous", "attempt", "attempts", "channel", "combined", "delivery", "lane", "outcome"];
    let may_be_said = of_fire.iter().chain(&of_delivery).map(|key| format!("bellwether.{key}"));
    assert_eq!(said, may_be_said.collect());
    let messages: BTreeSet<_> = all.iter().map(|told| &*told.span.status.as_ref().unwrap().message).collect();
    assert_eq!(messages, BTreeSet::from(["", "retry"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_no_fire_that_is_not_sampled_anything_is_told() {
    let (collector, address) = Collector::start().await;
    let settings = settings(address, "0");
    let stage = Stage::set_with(TestStore::sqlite(), &borrowed(&settings)).await;
    stage.price("BTCUSDT", "32000").await;
    stage.fire_at("33000").await;
    stage.told(|delivery| delivery["status"] == "delivered").await;
    stage.process.stop().await;
    assert!(collector.all().is_empty(), "{:?}", collector.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_collector_the_service_goes_on_and_counts_what_is_lost() {
    let (collector, address, up) = Collector::start_down().await;
    let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut settings = settings(address, "1");
    settings.push(("BELLWETHER_SERVER__METRICS_LISTEN", metrics.to_string()));
    let stage = Stage::set_with(TestStore::sqlite(), &borrowed(&settings)).await;
    let lost = async || {
        let text = reqwest::get(format!("http://{metrics}/metrics")).await.unwrap().text().await.unwrap();
        let line = r#"bellwether_trace_spans_total{outcome="refused"} "#;
        text.lines().find_map(|each| each.strip_prefix(line)?.parse::<u64>().ok()).unwrap_or(0)
    };
    let lost_of = async |count: u64| {
        until("the spans are lost", async || match lost().await {
            lost if lost == count => Ok(()),
            lost => Err(lost.to_string()),
        })
        .await;
    };
    stage.price("BTCUSDT", "32000").await;
    // A fire has three spans, and its delivery as many.
    for (number, price) in [(1, "33000"), (2, "34000")] {
        stage.fire_at(price).await;
        let is_told = |all: &[Value]| all.iter().filter(|delivery| delivery["status"] == "delivered").count();
        until("it is delivered", async || match is_told(&deliveries(&stage.user).await) {
            told if told == number => Ok(()),
            told => Err(told.to_string()),
        })
        .await;
        lost_of(6 * u64::try_from(number).unwrap()).await;
    }
    assert_eq!(stage.process.said("does not take traces"), 1, "it is said once");

    up.send(()).unwrap();
    stage.fire_at("35000").await;
    until("it takes them again", async || match collector.all().len() {
        6 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    until("that is said", async || match stage.process.said("takes traces again") {
        1 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    stage.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_a_span_in_its_callers_trace_where_that_is_sampled_and_wanted() {
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
    for wanted in [false, true] {
        let (collector, address) = Collector::start().await;
        let mut settings = settings(address, "0");
        settings.push(("BELLWETHER_TRACES__REQUESTS", wanted.to_string()));
        let stage = Stage::set_with(TestStore::sqlite(), &borrowed(&settings)).await;
        let http = reqwest::Client::new();
        for header in [format!("{PARENT}-01"), format!("{PARENT}-00"), "nonsense".to_owned(), String::new()] {
            let url = format!("{}/api/alerts/0198c0de-0000-7000-8000-00000000002a", stage.process.base());
            let answer = http.get(url).header("traceparent", header).send().await.unwrap();
            assert_eq!(answer.status(), 401);
        }
        stage.process.stop().await;
        let all = collector.all();
        if !wanted {
            assert!(all.is_empty(), "{all:?}");
            continue;
        }
        let [told] = &all[..] else { panic!("{all:?}") };
        assert_eq!(told.name(), "GET /api/alerts/{id}");
        assert_eq!(told.about("http.response.status_code"), "401");
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let parent = format!("00-{}-{}", hex(&told.span.trace_id), hex(&told.span.parent_span_id));
        assert_eq!(parent, PARENT);
        assert!(!told.span.span_id.iter().all(|byte| *byte == 0));
    }
}
