//! Signed webhooks per second to a sink on this machine, over four connections, body and signature included.
//!
//! Target: at least 0.6 of the rate of a bare hyper client in the same run, which posts ready-made bytes of
//! the same length over as many connections. The difference to it is the cost of writing the body, signing
//! it, the pool, and reading the answer; it should be at most 20 µs of one core.
//!
//! `cargo bench -p bellwether-notify --bench webhooks`

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

#[path = "common/message.rs"]
mod message;
#[path = "common/posts.rs"]
mod posts;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_model::Timestamp;
use bellwether_notify::webhook::body;
use bellwether_notify::{
    AllowedNetworks, HttpClient, HttpSettings, Message, Outcome, WebhookSender, WebhookTarget,
};
use tokio::task::JoinSet;

use crate::message::fire;

const CONNECTIONS: u32 = 4;
const WEBHOOKS: u32 = 40_000;
const BODIES: u32 = 20_000;
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let message = Arc::new(fire());
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
    let writing = measure_writing(&message, &secret);
    println!("write and sign one body           {:>8.1} µs", writing.as_secs_f64() * 1e6 / f64::from(BODIES));

    let sink = posts::sink().await;
    let target = Arc::new(WebhookTarget {
        endpoint: format!("http://{sink}/hooks/a").parse().unwrap(),
        secret,
        former_secrets: Vec::new(),
    });
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let bare = per_second(posts::bare_client(sink, body(&message).into(), WEBHOOKS, CONNECTIONS).await);
        let ours = per_second(measure_sender(&target, &message).await);
        println!("webhooks per second               {ours:>8.0}");
        println!("  yardstick, a bare hyper client  {bare:>8.0}   ratio {:.2}", ours / bare);
        ratios.push(ours / bare);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}, target 0.60", ratios[ROUNDS / 2]);
}

fn per_second(time: Duration) -> f64 {
    f64::from(WEBHOOKS) / time.as_secs_f64()
}

fn measure_writing(message: &Message, secret: &bellwether_notify::WebhookSecret) -> Duration {
    let started = Instant::now();
    for _ in 0..BODIES {
        let body = body(std::hint::black_box(message));
        std::hint::black_box(secret.sign("01940000-0000-7000-8000-00000000000d", 1_795_255_200, &body));
    }
    started.elapsed()
}

async fn measure_sender(target: &Arc<WebhookTarget>, message: &Arc<Message>) -> Duration {
    let allow = AllowedNetworks::parse(["127.0.0.1"]).unwrap();
    let client = HttpClient::new(&HttpSettings { allow, ..HttpSettings::default() }).unwrap();
    let sender = WebhookSender::new(client);
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (sender, target, message) = (sender.clone(), Arc::clone(target), Arc::clone(message));
        senders.spawn(async move {
            for _ in 0..WEBHOOKS / CONNECTIONS {
                let outcome = sender.send(&target, &message, Timestamp::EPOCH).await;
                assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
            }
        });
    }
    senders.join_all().await;
    started.elapsed()
}
