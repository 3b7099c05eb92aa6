//! The API in a box: a router, a store in a temporary folder, and a clock that stands still until told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use bellwether_feeds::ebay::{ClientSecret, Ebay, EbayConfig};
use bellwether_feeds::world::{Clock, Promise};
use bellwether_feeds::{Update, World};
use bellwether_model::{
    AlertId, DeliveryId, Evidence, FireId, Instrument, Measure, Resolution, Span, Timestamp, UserId, Venue,
};
use bellwether_notify::http::{Addresses, Resolve};
use bellwether_notify::{HttpClient, HttpSettings};
use bellwether_server::channels::{Guard, Sealer};
use bellwether_server::config::{Config, EncryptionKeys, SigningKey, Sources};
use bellwether_server::evaluate::{self, Evaluation, Inquiries, Listeners, Positions};
use bellwether_server::feed_states::FeedStates;
use bellwether_server::http::{Api, ApiParts, Generations, Readiness, router};
use bellwether_server::journal::Journal;
use bellwether_server::links::LinkSigner;
use bellwether_server::pictures::{self, Pictures};
use bellwether_server::products::{Products, Rhythms, Watched};
use bellwether_server::single_user;
use bellwether_server::traces::Traces;
use bellwether_store::evaluation::{Commit, NewFire};
use bellwether_store::instrument::InstrumentInfo;
use bellwether_store::user::Role;
use bellwether_store::{Store, StoreOptions};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

/// 2027-01-15T08:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
pub(crate) const PASSWORD: &str = "correct horse";

/// A clock that stands still until told.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn advance(&self, span: &str) {
        let span: Span = span.parse().unwrap();
        self.0.fetch_add(span.micros(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Promise<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Looks up names without asking anybody: `intranet.example` is within, everything else is public.
#[derive(Debug)]
struct Names;

impl Resolve for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> Addresses<'a> {
        let address = if name == "intranet.example" { "10.0.0.7" } else { "8.8.8.8" };
        Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
    }
}

/// The API in a box.
pub(crate) struct Rig {
    router: Router,
    pub(crate) store: Store,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) generations: Generations,
    pub(crate) readiness: Readiness,
    /// What feeds say of themselves.
    pub(crate) feed_states: FeedStates,
    /// Signs links as messages hold them.
    pub(crate) links: LinkSigner,
    evaluator: Option<Evaluator>,
    folder: tempfile::TempDir,
}

/// An evaluator that is fed by hand.
struct Evaluator {
    evaluation: Evaluation,
    cancel: CancellationToken,
}

impl Evaluator {
    async fn start(store: &Store, clock: &Arc<HandClock>, positions: &Positions) -> Self {
        let cancel = CancellationToken::new();
        let listeners = Listeners {
            on_commit: Arc::new(|_| ()),
            on_feed: Arc::new(|_, _| ()),
            traces: Traces::default(),
        };
        let (store, clock) = (store.clone(), clock.clone());
        let evaluation = evaluate::start(
            store,
            clock,
            positions.clone(),
            listeners,
            evaluate::Part::default(),
            cancel.clone(),
        )
        .await
        .unwrap();
        Self { evaluation, cancel }
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// A person with an account, logged in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// The answer, which must be a problem document of this status and code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text);
        assert_eq!(answer.body["code"], code, "{}", answer.text);
        assert_eq!(answer.body["status"], status);
        assert_eq!(answer.body["type"], format!("urn:bellwether:problem:{code}"));
        assert!(answer.body["title"].is_string() && answer.body["detail"].is_string());
        answer
    }

    /// The faults of the fields, as `field code`.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faults = self.body["errors"].as_array().cloned().unwrap_or_default();
        let word = |fault: &Value, name: &str| fault[name].as_str().unwrap().to_owned();
        faults.iter().map(|fault| format!("{} {}", word(fault, "field"), word(fault, "code"))).collect()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these keys of the configuration set.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::build(settings, true, false).await
    }

    /// Before any venue's list of instruments has arrived.
    pub(crate) async fn without_catalogue() -> Self {
        Self::build(&[], false, false).await
    }

    /// With an evaluator behind it, which is fed by hand.
    pub(crate) async fn evaluating() -> Self {
        Self::build(&[], true, true).await
    }

    async fn build(settings: &[(&str, &str)], listed: bool, evaluating: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("bellwether.db").display());
        let mut flags = vec![("accounts.password_memory_kib".into(), "64".into()), ("store.url".into(), url)];
        flags.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let store = Store::open(config.store.url.reveal(), StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        if listed {
            store.save_instruments(Venue::Binance, catalogue(), START).await.unwrap();
        }
        let clock = Arc::new(HandClock(AtomicI64::new(START.micros())));
        let (generations, readiness) = (Generations::default(), Readiness::default());
        let (positions, feed_states) = (Positions::default(), FeedStates::default());
        let (inquiries, evaluator) = if evaluating {
            let evaluator = Evaluator::start(&store, &clock, &positions).await;
            (evaluator.evaluation.inquiries.clone(), Some(evaluator))
        } else {
            (Inquiries::of_nobody(), None)
        };
        let updates = match &evaluator {
            Some(evaluator) => evaluator.evaluation.updates.clone(),
            // Nobody listens: what is kept stays in the log.
            None => tokio::sync::mpsc::channel(1).0,
        };
        let (journal, _) = Journal::start(store.clone(), updates, CancellationToken::new()).await.unwrap();
        let sealer = Sealer::new(&EncryptionKeys::of(&config).unwrap());
        let system: bellwether_server::clock::Clock = clock.clone();
        let owner = single_user::owner(&config, &store, &system).await.unwrap();
        let parts = ApiParts {
            store: store.clone(),
            clock: clock.clone(),
            positions,
            inquiries,
            generations: generations.clone(),
            readiness: readiness.clone(),
            feed_states: feed_states.clone(),
            signing_key: SigningKey::of(&config).unwrap(),
            sealer,
            guard: Guard::with_resolver(config.outgoing.allow.clone(), Arc::new(Names)),
            journal,
            pictures: Pictures::new(HttpClient::new(&outgoing(&config)).unwrap()),
            products: config.ebay.is_enabled().then(|| products(&config, &store, &clock, &generations)),
            venues: [Venue::Binance]
                .into_iter()
                .chain(config.ebay.is_enabled().then_some(Venue::Ebay))
                .collect(),
            owner,
            traces: Traces::default(),
        };
        let links = LinkSigner::new(&parts.signing_key);
        let router = router(Api::new(parts, &config));
        Self { router, links, store, clock, generations, readiness, feed_states, evaluator, folder }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Has everything expire whose time is over.
    pub(crate) async fn expire(&self) {
        let over = self.store.over(self.now(), None, 100).await.unwrap();
        self.store.expire(over.into_iter().map(|one| one.id).collect(), self.now()).await.unwrap();
    }

    /// Answers on a socket too, for as long as the test lasts.
    pub(crate) fn serve(&self, socket: tokio::net::TcpListener) {
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
    }

    /// Where the database and the keys are.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Serves the API on a port of this machine until the test ends; its address.
    pub(crate) async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// Sends any request; the answer's body is not read yet.
    pub(crate) async fn respond(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.respond(request).await.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body, text }
    }

    /// Sends a request without a body.
    pub(crate) async fn call(&self, person: &Person, method: &str, path: &str) -> Answer {
        self.send(request(person, method, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self, person: &Person, path: &str) -> Answer {
        self.call(person, "GET", path).await
    }

    /// Sends a request with a JSON body.
    pub(crate) async fn call_with(&self, person: &Person, method: &str, path: &str, body: &Value) -> Answer {
        let request = request(person, method, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn post(&self, person: &Person, path: &str, body: &Value) -> Answer {
        self.call_with(person, "POST", path, body).await
    }

    /// Sends a request with a JSON body and no token.
    pub(crate) async fn post_openly(&self, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method("POST").uri(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Hands the evaluator what a feed would.
    pub(crate) async fn feed(&self, update: Update) {
        self.evaluator.as_ref().unwrap().evaluation.updates.send(update).await.unwrap();
    }

    /// Pushes the first tick of a feed of somebody's.
    pub(crate) async fn push(&self, person: &Person, instrument: &str, price: &str) {
        let tick = json!({"instrument": instrument, "price": price, "time": "2027-01-15T07:59:00Z", "id": 1});
        let push = Request::post("/api/ticks")
            .header("authorization", format!("Bearer {}", person.access))
            .header("content-type", "application/x-ndjson");
        self.send(push.body(Body::from(tick.to_string())).unwrap()).await.expect(200);
    }

    /// Signs a person up and logs them in.
    pub(crate) async fn person(&self, email: &str) -> Person {
        let credentials = json!({"email": email, "password": PASSWORD});
        let made = self.post_openly("/api/users", &credentials).await.expect(201);
        let (access, refresh) = self.log_in(email).await;
        Person { id: made.id().parse().unwrap(), access, refresh }
    }

    /// Makes somebody an administrator, as the operator would.
    pub(crate) async fn promote(&self, email: &str) {
        self.store.set_role(email, Role::Administrator, self.now()).await.unwrap().unwrap();
    }

    /// Logs in: the access and the refresh token.
    pub(crate) async fn log_in(&self, email: &str) -> (String, String) {
        let credentials = json!({"email": email, "password": PASSWORD});
        let pair = self.post_openly("/api/token", &credentials).await.expect(200).body;
        let token = |name: &str| pair[name].as_str().unwrap().to_owned();
        (token("access"), token("refresh"))
    }

    /// An alert of a person at a price.
    pub(crate) async fn alert(&self, person: &Person, price: &str) -> String {
        self.post(person, "/api/alerts", &crossing(price)).await.expect(201).id()
    }

    /// Lets an alert fire once more, as the evaluator would, and what shows it change.
    pub(crate) async fn fire(&self, alert: &str, ends: bool) -> FireId {
        let alert: AlertId = alert.parse().unwrap();
        let watched = self.store.watched(None, 1_000).await.unwrap();
        let watched = watched.into_iter().find(|watched| watched.id == alert).unwrap();
        let mut state = watched.state.clone();
        state.fires += 1;
        let fire = NewFire {
            id: FireId(Uuid::now_v7()),
            alert,
            revision: watched.revision,
            number: state.fires,
            evidence: Evidence {
                instrument: watched.spec.instrument.clone(),
                time: self.now(),
                id: Some(17),
                price: "33000.5".parse().unwrap(),
                previous_price: Some("32999".parse().unwrap()),
                measure: Measure::Threshold("33000".parse().unwrap()),
                resolution: Resolution::Tick,
            },
            trades: Some((30, 31)),
            evaluated_at: self.now(),
            late: false,
            state,
            ends,
            deliveries: vec![DeliveryId(Uuid::now_v7())],
        };
        let id = fire.id;
        let commit = Commit { fires: vec![fire], ..Commit::default() };
        let committed = self.store.commit(commit, self.now()).await.unwrap();
        assert!(committed.dropped.is_empty(), "{committed:?}");
        committed.users.iter().for_each(|user| self.generations.bump(*user));
        id
    }
}

fn request(person: &Person, method: &str, path: &str) -> axum::http::request::Builder {
    let token = format!("Bearer {}", person.access);
    Request::builder().method(method).uri(path).header("authorization", token)
}

/// How addresses that strangers name are called.
fn outgoing(config: &Config) -> HttpSettings {
    HttpSettings {
        allow: config.outgoing.allow.clone(),
        patience: pictures::PATIENCE,
        ..HttpSettings::default()
    }
}

/// What alerts on products are made of, led to the marketplace that the configuration names.
fn products(config: &Config, store: &Store, clock: &Arc<HandClock>, generations: &Generations) -> Products {
    let ebay = EbayConfig {
        base_url: config.ebay.rest_url.clone(),
        ..EbayConfig::new(&config.ebay.client_id, ClientSecret::new(config.ebay.client_secret.reveal()))
    };
    Products {
        store: store.clone(),
        clock: clock.clone(),
        market: Arc::new(Ebay::new(ebay, &World::network("bellwether-test", 1).unwrap())),
        generations: generations.clone(),
        rhythms: Rhythms::default(),
        watched: Watched::default(),
        daily_calls: 5_000,
        search_every: "5m".parse().unwrap(),
        items_max: 200,
    }
}

fn catalogue() -> Vec<InstrumentInfo> {
    vec![
        info("BTC", "USDT", true),
        info("ETH", "USDT", true),
        info("ETH", "BTC", true),
        info("LUNA", "USDT", false),
    ]
}

fn info(base: &str, quote: &str, trading: bool) -> InstrumentInfo {
    InstrumentInfo {
        instrument: Instrument::new(Venue::Binance, &format!("{base}{quote}")).unwrap(),
        base: base.to_owned(),
        quote: quote.to_owned(),
        trading,
        tick_size: Some("0.01".parse().unwrap()),
        enabled: true,
    }
}

/// The wish for an alert at a price.
pub(crate) fn crossing(price: &str) -> Value {
    json!({"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": price}})
}
