//! Over webhooks and chats: each fire once to each channel, the same message again after a failure, and
//! nothing to whom it no longer concerns.

use bellwether_simulators::receivers::{Action, Fault, Post, Service};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::until;
use crate::kill::deliveries;
use crate::spine::{Stage, on_both};
use crate::stores::TestStore;

impl Stage {
    /// Makes a webhook of the receivers', whose signatures they check from now on.
    async fn webhook(&self, name: &str) -> String {
        let path = format!("/hooks/{name}");
        let url = format!("{}{path}", self.world.receivers.url());
        let wish = json!({"kind": "webhook", "name": name, "url": url});
        let made = self.user.ok(Method::POST, "/api/channels", Some(wish)).await;
        self.world.receivers.add_webhook_secret(&path, made["secret"].as_str().unwrap());
        made["id"].as_str().unwrap().to_owned()
    }

    async fn ntfy(&self, topic: &str) -> String {
        let wish = json!({"kind": "ntfy", "url": self.world.receivers.url(), "topic": topic});
        let made = self.user.ok(Method::POST, "/api/channels", Some(wish)).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// An alert that fires whenever the price crosses 110.
    async fn alert_over(&self, channels: &[&str]) -> String {
        let alert = json!({"name": "over channels", "instrument": "binance:BTCUSDT", "channels": channels,
                           "repeat": {"mode": "every"}, "condition": {"type": "crossing", "price": "110"}});
        self.user.alert(alert).await
    }

    fn posts(&self, service: Service) -> Vec<Post> {
        self.world.receivers.postbox().posts_to(service)
    }

    fn fault(&self, code: u16, times: Option<u32>) {
        let action = Action::Status { code, retry_after: None, body: String::new() };
        let fault = Fault { service: Some(Service::Webhook), action, times };
        self.world.receivers.add_fault(fault).unwrap();
    }

    /// The delivery over a channel, once it satisfies; the newest where there are several.
    async fn delivery(&self, channel: &str, satisfies: impl Fn(&Value) -> bool) -> Value {
        until(&format!("the delivery over {channel}"), async || {
            let all = deliveries(&self.user).await;
            let over = all.iter().find(|delivery| delivery["channel"] == channel);
            over.filter(|delivery| satisfies(delivery)).cloned().ok_or_else(|| format!("{all:?}"))
        })
        .await
    }
}

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |delivery| delivery["status"] == status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fire_reaches_each_of_its_channels_once() {
    on_both(async |stage| {
        stage.price("BTCUSDT", "100").await;
        let (webhook, ntfy) = (stage.webhook("desk").await, stage.ntfy("prices").await);
        stage.alert_over(&[&webhook, &ntfy, "email"]).await;
        stage.trade("BTCUSDT", "111").await;
        let sent = stage.delivery(&webhook, is("delivered")).await;
        stage.delivery(&ntfy, is("delivered")).await;
        stage.delivery("email", is("delivered")).await;

        let [post] = &stage.posts(Service::Webhook)[..] else {
            panic!("{:?}", stage.posts(Service::Webhook))
        };
        assert_eq!(post.remarks, ["verified", "alert.fired"], "{post:?}");
        assert_eq!(post.header("webhook-id"), sent["id"].as_str());
        assert_eq!(post.path, "/hooks/desk");
        let body: Value = serde_json::from_str(&post.body).unwrap();
        assert_eq!(body["data"]["fire"]["evidence"]["price"], "111");
        let [push] = &stage.posts(Service::Ntfy)[..] else { panic!("{:?}", stage.posts(Service::Ntfy)) };
        assert!(push.shown.contains("BTCUSDT reached 110"), "{push:?}");
        assert!(push.body.contains("\"prices\""), "{push:?}");
        let channel = stage.user.get(&format!("/api/channels/{webhook}")).await;
        assert_eq!((&channel["failures"], channel["last_delivered_at"].is_string()), (&json!(0), true));
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_the_same_message_comes_again() {
    on_both(async |stage| {
        stage.price("BTCUSDT", "100").await;
        let webhook = stage.webhook("desk").await;
        stage.fault(500, Some(2));
        stage.alert_over(&[&webhook]).await;
        stage.trade("BTCUSDT", "111").await;
        for attempts in 1..=2 {
            let failed = |delivery: &Value| delivery["attempt_count"] == attempts && is("pending")(delivery);
            let waiting = stage.delivery(&webhook, failed).await;
            let retry = format!("/api/deliveries/{}/retry", waiting["id"].as_str().unwrap());
            stage.user.ok(Method::POST, &retry, None).await;
        }
        let sent = stage.delivery(&webhook, is("delivered")).await;
        let posts = stage.posts(Service::Webhook);
        let statuses: Vec<_> = posts.iter().rev().map(|post| post.status).collect();
        assert_eq!(statuses, [500, 500, 200]);
        assert!(posts.iter().all(|post| post.header("webhook-id") == sent["id"].as_str()), "{posts:?}");
        assert_eq!(posts.iter().filter(|post| post.taken).count(), 1);
        assert_eq!(posts[0].remarks, ["verified", "alert.fired"]);
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_switches_its_channel_off_and_the_owner_is_told() {
    on_both(async |stage| {
        stage.price("BTCUSDT", "100").await;
        let webhook = stage.webhook("desk").await;
        stage.fault(410, Some(1));
        stage.alert_over(&[&webhook]).await;
        stage.trade("BTCUSDT", "111").await;
        // It is told by mail instead, under the same id.
        let by_mail = |attempts: u64| {
            move |delivery: &Value| {
                is("delivered")(delivery)
                    && delivery["about"] == "fire"
                    && delivery["attempt_count"] == attempts
            }
        };
        stage.delivery("email", by_mail(3)).await;
        let channel = stage.user.get(&format!("/api/channels/{webhook}")).await;
        assert_eq!(channel["status"], "disabled");
        assert!(channel["reason"].as_str().unwrap().contains("410"), "{channel}");
        let mail = until("the owner is told", async || {
            let mails = stage.world.inbox.mailbox().mails_for("reader@example.org");
            let letters = mails.iter().map(|mail| mail.letter());
            letters
                .into_iter()
                .find(|letter| letter.subject == "A channel of yours is switched off")
                .ok_or_else(|| "no mail".to_owned())
        })
        .await;
        let text = mail.text.as_deref().unwrap();
        assert!(text.contains("\"desk\"") && text.contains("410"), "{text}");

        // What fires from now on goes there at once, the receiver is not asked, and the ledger says why.
        stage.trade("BTCUSDT", "109").await;
        let later = stage.delivery("email", by_mail(2)).await;
        let ledger = stage.user.get(&format!("/api/deliveries/{}", later["id"].as_str().unwrap())).await;
        let said = ledger["attempts"][0]["detail"].as_str().unwrap();
        assert!(
            said.starts_with("the channel is disabled: ")
                && said.ends_with("your own e-mail address instead")
        );
        assert_eq!(stage.posts(Service::Webhook).len(), 1);

        // Switched on again, it gets what fires then.
        stage.user.ok(Method::POST, &format!("/api/channels/{webhook}/verify"), None).await;
        stage.trade("BTCUSDT", "111").await;
        stage.delivery(&webhook, is("delivered")).await;
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_channel_gets_nothing() {
    on_both(async |stage| {
        stage.price("BTCUSDT", "100").await;
        let (deleted, kept) = (stage.webhook("deleted").await, stage.webhook("kept").await);
        stage.fault(503, Some(2));
        stage.alert_over(&[&deleted, &kept]).await;
        stage.trade("BTCUSDT", "111").await;
        let tried = |delivery: &Value| delivery["attempt_count"] == 1 && is("pending")(delivery);
        for channel in [&deleted, &kept] {
            stage.delivery(channel, tried).await;
        }
        for _ in 0..2 {
            stage.user.ok(Method::DELETE, &format!("/api/channels/{deleted}"), None).await;
        }
        assert_eq!(stage.delivery(&deleted, |_| true).await["status"], "cancelled");
        stage.trade("BTCUSDT", "109").await;
        stage.delivery(&kept, is("delivered")).await;
        assert_eq!(stage.delivery(&deleted, |_| true).await["status"], "cancelled");
        let posts = stage.posts(Service::Webhook);
        assert_eq!(posts.iter().filter(|post| post.path == "/hooks/deleted").count(), 1, "{posts:?}");
        stage.process.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_out_and_a_replaced_secret_signs_along() {
    let stage = Stage::set(TestStore::sqlite()).await;
    let webhook = stage.webhook("desk").await;
    let test = async || {
        let path = format!("/api/channels/{webhook}/test");
        let queued = stage.user.ok(Method::POST, &path, None).await["delivery_id"].clone();
        let path = format!("/api/deliveries/{}", queued.as_str().unwrap());
        until("the test is delivered", async || {
            let delivery = stage.user.get(&path).await;
            if is("delivered")(&delivery) { Ok(()) } else { Err(delivery.to_string()) }
        })
        .await;
        stage.posts(Service::Webhook).remove(0)
    };
    let post = test().await;
    assert_eq!(post.remarks, ["verified", "channel.test"]);
    assert_eq!(post.header("webhook-signature").unwrap().split(' ').count(), 1);
    let path = format!("/api/channels/{webhook}/rotate-secret");
    stage.user.ok(Method::POST, &path, None).await;
    // The receiver knows the former secret only.
    let post = test().await;
    assert_eq!(post.remarks, ["verified", "channel.test"]);
    assert_eq!(post.header("webhook-signature").unwrap().split(' ').count(), 2);
    stage.process.stop().await;
}
