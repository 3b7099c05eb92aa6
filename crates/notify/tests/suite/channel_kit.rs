//! What every channel over HTTP must do, whatever its service: one list of checks, run for each by
//! [`passes_the_kit`].
//!
//! The services are the simulated ones, which share no code with us. What differs between channels stands
//! in [`Channel`]; a new channel implements it and is named in `channels.rs`.

use bellwether_model::{Measure, PartTruth, Status, Timestamp, limits};
use bellwether_notify::http::{HttpClient, HttpPatience};
use bellwether_notify::{AlertFired, Message, Outcome};
use bellwether_simulators::receivers::{Action, Fault, Post, Receivers, ReceiversConfig, Running, Service};

use super::outgoing::{LITTLE, PATIENCE, client};
use super::samples::{SENT, fired, test, time, verify};

/// A channel, as far as the kit must know it.
pub(super) trait Channel: Sized {
    /// The simulated service at its other end.
    const SERVICE: Service;
    /// What an answer with a status and a body comes to, beyond what is the same for all.
    const ANSWERS: &'static [(u16, &'static str, &'static str)];
    /// What must show neither in `Debug` nor in any outcome.
    const SECRETS: &'static [&'static str];

    /// A sender, and a target at a service below this address.
    fn at(client: HttpClient, base: &str) -> Self;
    /// Sends.
    async fn send(&self, message: &Message, now: Timestamp) -> Outcome;
    /// `Debug` of the sender and of the target.
    fn debug(&self) -> String;

    /// What an answer comes to that refuses the request. Chats will refuse it again; who receives webhooks
    /// may be mending their side.
    fn refused() -> &'static str {
        match Self::SERVICE {
            Service::Webhook => "retry",
            _ => "rejected",
        }
    }
}

/// The secret that simulated webhooks are signed with.
pub(super) const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The token of the simulated bot.
pub(super) const BOT_TOKEN: &str = "123456:abcdefghijklmnopqrstuvwxyz012345678";
/// The token of the simulated ntfy server.
pub(super) const NTFY_TOKEN: &str = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2";

/// The services, and a channel to one of them.
pub(super) struct Rig<C> {
    pub(super) services: Running,
    pub(super) channel: C,
}

impl<C: Channel> Rig<C> {
    pub(super) async fn new() -> Self {
        Self::with(&["127.0.0.1"], PATIENCE).await
    }

    async fn with(allow: &[&str], patience: HttpPatience) -> Self {
        let now_us = time(SENT).micros();
        let mut config = ReceiversConfig::new(move || now_us);
        config.webhook_secrets = vec![WEBHOOK_SECRET.to_owned()];
        config.telegram_token = Some(BOT_TOKEN.to_owned());
        config.ntfy_token = Some(NTFY_TOKEN.to_owned());
        let services = Receivers::start(config).await.unwrap();
        let channel = C::at(client(allow, patience), &services.url());
        Self { services, channel }
    }

    fn order(&self, action: Action) {
        self.services.clear_faults();
        self.services.add_fault(Fault { service: Some(C::SERVICE), action, times: None }).unwrap();
    }

    /// Answers the next request, and no other, with this status and body.
    pub(super) fn answer_once(&self, code: u16, body: &str) {
        let action = Action::Status { code, retry_after: None, body: body.to_owned() };
        self.services.add_fault(Fault { service: Some(C::SERVICE), action, times: Some(1) }).unwrap();
    }

    /// Answers from now on with this status and body.
    pub(super) fn answer_always(&self, code: u16, body: &str) {
        self.answer(code, None, body);
    }

    fn answer(&self, code: u16, retry_after: Option<&str>, body: &str) {
        let retry_after = retry_after.map(str::to_owned);
        self.order(Action::Status { code, retry_after, body: body.to_owned() });
    }

    pub(super) async fn send(&self, message: &Message) -> Outcome {
        self.channel.send(message, time(SENT)).await
    }

    async fn send_fire(&self) -> Outcome {
        self.send(&fire(fired())).await
    }

    /// The newest post, which must be to this channel's service.
    pub(super) fn post(&self) -> Post {
        let post = self.services.postbox().posts().into_iter().next().unwrap();
        assert_eq!(post.service, C::SERVICE);
        post
    }
}

pub(super) fn fire(fired: AlertFired) -> Message {
    Message::AlertFired(Box::new(fired))
}

/// Names the checks as tests, for one channel.
macro_rules! passes_the_kit {
    ($channel:ty: $($check:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $check() {
                super::super::channel_kit::$check::<$channel>().await;
            }
        )+
    };
    ($channel:ty) => {
        super::super::channel_kit::passes_the_kit!($channel:
            a_fire_is_delivered,
            an_address_is_verified_by_a_link,
            a_test_is_delivered,
            what_people_write_stays_text,
            the_longest_alert_is_taken,
            answers_are_sorted,
            a_wait_that_is_asked_for_is_kept,
            silence_and_broken_connections_are_ambiguous,
            without_a_connection_nothing_is_ambiguous,
            a_huge_answer_is_not_read,
            a_redirect_is_not_followed,
            a_private_address_is_refused,
            no_secret_shows,
        );
    };
}
pub(super) use passes_the_kit;

pub(super) async fn a_fire_is_delivered<C: Channel>() {
    let rig = Rig::<C>::new().await;
    for _ in 0..2 {
        let outcome = rig.send_fire().await;
        assert_eq!(outcome.name(), "delivered", "{outcome:?}");
    }
    let post = rig.post();
    assert!(post.taken && post.shown.contains("BTCUSDT reached 33,000 (now 33,004.5)"), "{post:?}");
}

pub(super) async fn an_address_is_verified_by_a_link<C: Channel>() {
    let rig = Rig::<C>::new().await;
    let outcome = rig.send(&Message::VerifyAddress(verify())).await;
    assert_eq!(outcome.name(), "delivered", "{outcome:?}");
    let (post, link) = (rig.post(), "https://alerts.example.org/verify?token=abc&x=1");
    let body = post.body.replace("&amp;", "&");
    assert!(body.contains(link), "{body}");
}

pub(super) async fn a_test_is_delivered<C: Channel>() {
    let rig = Rig::<C>::new().await;
    let outcome = rig.send(&test("desk @everyone <!channel>")).await;
    assert_eq!(outcome.name(), "delivered", "{outcome:?}");
    let post = rig.post();
    assert!(post.taken && post.shown.contains("works: price alerts come here"), "{post:?}");
    assert!(!post.remarks.iter().any(|remark| remark.starts_with("mentions")), "{post:?}");
}

/// Text that means something to some service or other.
const HOSTILE: &str =
    "</b><script>&lt; \"'*_~`|[x](https://evil.example) <!channel> <@U1> @everyone {{7*7}} -1.5\\";

pub(super) async fn what_people_write_stays_text<C: Channel>() {
    let rig = Rig::<C>::new().await;
    let mut attack = fired();
    attack.alert_name = format!("{HOSTILE}\r\nX-Evil: 1");
    attack.note = format!("{HOSTILE}\u{202e}\u{0}");
    attack.message = format!("{} {{symbol}}\u{202e}\u{0}", HOSTILE.replace("{{7*7}}", "{{{{7*7}}}}"));
    attack.instrument = "push:a/<b>&{{7*7}}".parse().unwrap();
    attack.evidence.instrument = attack.instrument.clone();
    let outcome = rig.send(&fire(attack)).await;
    assert_eq!(outcome.name(), "delivered", "{outcome:?}");
    let post = rig.post();
    assert!(post.shown.contains("a/<b>&{{7*7}}"), "{}", post.shown);
    // A webhook shows its summary; its body is JSON, where everything is text.
    assert!(C::SERVICE == Service::Webhook || post.shown.matches(HOSTILE).count() == 3, "{}", post.shown);
    assert!(!post.remarks.iter().any(|remark| remark.starts_with("mentions")), "{:?}", post.remarks);
    assert!(post.header("x-evil").is_none());
}

/// An alert at every limit, with the characters that take the most room.
pub(super) fn longest() -> AlertFired {
    let mut longest = fired();
    longest.alert_name = "<&\"*😀".repeat(limits::NAME_CHARS / 5);
    longest.note = "<&\"*😀".repeat(limits::NOTE_CHARS / 5);
    longest.message = "{note}\n".repeat(limits::MESSAGE_CHARS / 7);
    longest.instrument = format!("push:{}", "<&*_x".repeat(24)).parse().unwrap();
    let part = format!(r#"{{"type":"above","price":"33000","instrument":"{}"}}"#, longest.instrument);
    let parts = vec![part; limits::PARTS_MAX].join(",");
    longest.condition = serde_json::from_str(&format!(r#"{{"type":"any","of":[{parts}]}}"#)).unwrap();
    let truth = PartTruth { instrument: longest.instrument.clone(), kind: "above".into(), holds: true };
    longest.evidence.measure = Measure::Parts(vec![truth; limits::PARTS_MAX]);
    longest.late = true;
    longest.evaluated_at = time("2026-11-21T08:00:00Z");
    longest.status_after = Status::Active;
    longest
}

pub(super) async fn the_longest_alert_is_taken<C: Channel>() {
    let rig = Rig::<C>::new().await;
    let outcome = rig.send(&fire(longest())).await;
    assert_eq!(outcome.name(), "delivered", "{outcome:?}");
    let post = rig.post();
    assert!(!post.remarks.iter().any(|remark| remark == "attachment"), "{post:?}");
}

pub(super) async fn answers_are_sorted<C: Channel>() {
    let rig = Rig::<C>::new().await;
    let usual = [
        (200, "", "delivered"),
        (202, "", "delivered"),
        (301, "", "rejected"),
        (302, "", "rejected"),
        (400, "", C::refused()),
        (405, "", C::refused()),
        (408, "", "retry"),
        (413, "", C::refused()),
        (422, "", C::refused()),
        (425, "", "retry"),
        (429, "", "retry"),
        (500, "", "retry"),
        (502, "<html>", "retry"),
        (503, "", "retry"),
        (504, "", "retry"),
        (507, "", "retry"),
        (599, "", "retry"),
    ];
    for &(status, body, expected) in usual.iter().chain(C::ANSWERS) {
        rig.answer(status, None, body);
        let outcome = rig.send_fire().await;
        assert_eq!(outcome.name(), expected, "{status} {body}: {outcome:?}");
        let certain = !matches!(outcome, Outcome::Retry { ambiguous: true, .. });
        assert!(certain, "an answer is certain: {outcome:?}");
    }
}

pub(super) async fn a_wait_that_is_asked_for_is_kept<C: Channel>() {
    let rig = Rig::<C>::new().await;
    for status in [429, 503] {
        for (header, expected) in [
            (None, None),
            (Some("17"), Some(17)),
            (Some("0"), None),
            (Some("soon"), None),
            (Some("Sat, 21 Nov 2026 10:01:30 GMT"), Some(89)),
            (Some("Sat, 21 Nov 2026 09:00:00 GMT"), None),
        ] {
            rig.answer(status, header, "");
            let Outcome::Retry { wait, .. } = rig.send_fire().await else { panic!("{status} is not final") };
            assert_eq!(wait.map(|wait| wait.as_secs()), expected, "{status} {header:?}");
        }
    }
}

pub(super) async fn silence_and_broken_connections_are_ambiguous<C: Channel>() {
    let rig = Rig::<C>::with(&["127.0.0.1"], LITTLE).await;
    for action in [Action::Hang, Action::Close, Action::TakeThenClose] {
        rig.order(action.clone());
        let before = rig.services.postbox().total();
        let outcome = rig.send_fire().await;
        let Outcome::Retry { ambiguous: true, wait: None, .. } = outcome else {
            panic!("{action:?}: {outcome:?}");
        };
        assert_eq!(rig.services.postbox().total(), before + 1, "{action:?}: sent once");
    }
}

pub(super) async fn without_a_connection_nothing_is_ambiguous<C: Channel>() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let channel = C::at(client(&["127.0.0.1"], PATIENCE), &format!("http://{closed}"));
    let outcome = channel.send(&fire(fired()), time(SENT)).await;
    assert!(matches!(outcome, Outcome::Retry { ambiguous: false, .. }), "{outcome:?}");
}

pub(super) async fn a_huge_answer_is_not_read<C: Channel>() {
    let rig = Rig::<C>::new().await;
    rig.order(Action::HugeBody { bytes: 64 * 1_024 * 1_024 });
    let outcome = rig.send_fire().await;
    assert_eq!(outcome.name(), "delivered", "{outcome:?}");
    rig.answer(400, None, &"no ".repeat(1_000_000));
    let (Outcome::Rejected { reason } | Outcome::Retry { reason, .. }) = rig.send_fire().await else {
        panic!("400 is no success");
    };
    assert!(reason.chars().count() <= bellwether_notify::outcome::REASON_CHARS, "{reason}");
}

pub(super) async fn a_redirect_is_not_followed<C: Channel>() {
    let (rig, elsewhere) = (Rig::<C>::new().await, Rig::<C>::new().await);
    rig.order(Action::Redirect { to: elsewhere.services.url() });
    let outcome = rig.send_fire().await;
    assert_eq!(outcome.name(), "rejected", "{outcome:?}");
    assert_eq!(elsewhere.services.postbox().total(), 0);
}

pub(super) async fn a_private_address_is_refused<C: Channel>() {
    let rig = Rig::<C>::with(&["10.0.0.0/8"], PATIENCE).await;
    let Outcome::Rejected { reason } = rig.send_fire().await else { panic!("it may not be called") };
    assert!(reason.contains("loopback") && !reason.contains("127.0"), "{reason}");
    assert_eq!(rig.services.postbox().total(), 0);
}

pub(super) async fn no_secret_shows<C: Channel>() {
    let rig = Rig::<C>::with(&["127.0.0.1"], LITTLE).await;
    let check = |text: &str| {
        for secret in C::SECRETS {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    };
    check(&rig.channel.debug());
    // A careless service repeats the whole request, as text or in the place where its errors stand.
    let secrets = C::SECRETS.join(" ");
    for code in [200, 301, 400, 401, 403, 404, 410, 429, 500] {
        rig.order(Action::Echo { code });
        check(&format!("{:?}", rig.send_fire().await));
        let said = format!("bad {secrets}: /{}", C::SECRETS.join("/"));
        for key in ["description", "message", "error"] {
            rig.answer(code, None, &serde_json::json!({ key: said }).to_string());
            check(&format!("{:?}", rig.send_fire().await));
        }
        rig.answer(code, None, &said);
        check(&format!("{:?}", rig.send_fire().await));
    }
    rig.order(Action::Hang);
    check(&format!("{:?}", rig.send_fire().await));
    rig.services.set_shut(true);
    check(&format!("{:?}", rig.send_fire().await));
    let nowhere = C::at(client(&["127.0.0.1"], LITTLE), "http://10.1.2.3");
    check(&format!("{:?}", nowhere.send(&fire(fired()), time(SENT)).await));
}
