//! Each channel over HTTP: the kit, and what is its own.

use bellwether_model::Timestamp;
use bellwether_notify::{
    DiscordSender, DiscordTarget, HttpClient, Message, NtfySender, NtfyTarget, Outcome, SlackSender,
    SlackTarget, TelegramSender, TelegramTarget, WebhookSender, WebhookTarget,
};
use bellwether_simulators::receivers::Service;
use serde_json::Value;

use super::channel_kit::{BOT_TOKEN, Channel, NTFY_TOKEN, Rig, WEBHOOK_SECRET, fire, passes_the_kit};
use super::samples::fired;

/// A sender and a target.
struct Pair<S, T>(S, T);

macro_rules! channel {
    ($name:ident, $sender:ty, $target:ty, $service:expr, $answers:expr, $secrets:expr, $at:expr) => {
        type $name = Pair<$sender, $target>;

        impl Channel for $name {
            const SERVICE: Service = $service;
            const ANSWERS: &'static [(u16, &'static str, &'static str)] = $answers;
            const SECRETS: &'static [&'static str] = $secrets;

            fn at(client: HttpClient, base: &str) -> Self {
                let (sender, target) = $at(client, base);
                Pair(sender, target)
            }

            async fn send(&self, message: &Message, now: Timestamp) -> Outcome {
                self.0.send(&self.1, message, now).await
            }

            fn debug(&self) -> String {
                format!("{:?} {:?} {:#?}", self.0, self.1, self.1)
            }
        }
    };
}

channel!(
    Webhook,
    WebhookSender,
    WebhookTarget,
    Service::Webhook,
    &[(400, "", "retry"), (401, "", "retry"), (404, "", "retry"), (410, "", "dead_target")],
    &["t0ken-of-ada", "key-in-query", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    |client, base: &str| {
        let endpoint = format!("{base}/hooks/t0ken-of-ada?key=key-in-query").parse().unwrap();
        let secret = WEBHOOK_SECRET.parse().unwrap();
        (WebhookSender::new(client), WebhookTarget { endpoint, secret, former_secrets: Vec::new() })
    }
);

channel!(
    Telegram,
    TelegramSender,
    TelegramTarget,
    Service::Telegram,
    &[
        (400, r#"{"ok":false,"description":"Bad Request: chat not found"}"#, "dead_target"),
        (400, r#"{"ok":false,"description":"Bad Request: message is too long"}"#, "rejected"),
        (401, r#"{"ok":false,"description":"Unauthorized"}"#, "dead_target"),
        (403, r#"{"ok":false,"description":"Forbidden: bot was blocked by the user"}"#, "dead_target"),
        (404, r#"{"ok":false,"description":"Not Found"}"#, "dead_target"),
    ],
    &[BOT_TOKEN, "abcdefghijklmnopqrstuvwxyz012345678"],
    |client, base: &str| {
        let target =
            TelegramTarget { token: BOT_TOKEN.parse().unwrap(), chat: "-100200300".into(), topic: None };
        (TelegramSender::new(client, base.parse().unwrap()), target)
    }
);

channel!(
    Slack,
    SlackSender,
    SlackTarget,
    Service::Slack,
    &[
        (400, "invalid_payload", "rejected"),
        (403, "invalid_token", "dead_target"),
        (404, "no_service", "dead_target"),
        (410, "channel_is_archived", "dead_target"),
        (500, "rollup_error", "retry"),
    ],
    &["/services/T000TEAM/B000HOOK", "B000HOOK", "s3cret0fSlackXYZ"],
    |client, base: &str| {
        let webhook = format!("{base}/services/T000TEAM/B000HOOK/s3cret0fSlackXYZ").parse().unwrap();
        (SlackSender::new(client), SlackTarget { webhook })
    }
);

channel!(
    Discord,
    DiscordSender,
    DiscordTarget,
    Service::Discord,
    &[
        (204, "", "delivered"),
        (400, r#"{"message":"Invalid Form Body","code":50035}"#, "rejected"),
        (401, r#"{"message":"Invalid Webhook Token","code":50027}"#, "dead_target"),
        (403, r#"{"message":"Missing Permissions","code":50013}"#, "dead_target"),
        (404, r#"{"message":"Unknown Webhook","code":10015}"#, "dead_target"),
    ],
    &["1234567890123", "s3cret0fDiscord_XYZ"],
    |client, base: &str| {
        let webhook = format!("{base}/api/webhooks/1234567890123/s3cret0fDiscord_XYZ").parse().unwrap();
        (DiscordSender::new(client), DiscordTarget { webhook })
    }
);

channel!(
    Ntfy,
    NtfySender,
    NtfyTarget,
    Service::Ntfy,
    &[
        (401, r#"{"code":40101,"http":401,"error":"unauthorized"}"#, "dead_target"),
        (403, r#"{"code":40301,"http":403,"error":"forbidden"}"#, "dead_target"),
        (429, r#"{"code":42901,"http":429,"error":"limit reached: too many requests"}"#, "retry"),
    ],
    &["ada-s3cret-topic", NTFY_TOKEN],
    |client, base: &str| {
        let target = NtfyTarget {
            server: base.parse().unwrap(),
            topic: "ada-s3cret-topic".parse().unwrap(),
            token: Some(NTFY_TOKEN.to_owned()),
        };
        (NtfySender::new(client), target)
    }
);

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

mod webhook {
    use super::*;

    passes_the_kit!(Webhook);

    #[tokio::test]
    async fn the_receiver_finds_the_signature_right_and_knows_a_repetition() {
        let rig = Rig::<Webhook>::new().await;
        for expected in ["verified alert.fired", "verified alert.fired duplicate"] {
            assert_eq!(rig.send(&fire(fired())).await.name(), "delivered");
            assert_eq!(rig.post().remarks.join(" "), expected);
        }
    }

    #[tokio::test]
    async fn while_a_secret_changes_both_fit() {
        let mut rig = Rig::<Webhook>::new().await;
        let new = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse().unwrap();
        let former = std::mem::replace(&mut rig.channel.1.secret, new);
        let refused = rig.send(&fire(fired())).await;
        let reason = "401: no signature fits".to_owned();
        assert_eq!(refused, Outcome::Retry { reason, wait: None, ambiguous: false });
        rig.channel.1.former_secrets = vec![former];
        assert_eq!(rig.send(&fire(fired())).await.name(), "delivered");
    }
}

mod telegram {
    use std::time::Duration;

    use super::*;

    passes_the_kit!(Telegram);

    #[tokio::test]
    async fn a_message_has_links_and_no_preview() {
        let mut rig = Rig::<Telegram>::new().await;
        rig.channel.1.topic = Some(42);
        let Outcome::Delivered { reply } = rig.send(&fire(fired())).await else { panic!("not delivered") };
        assert!(reply.starts_with("message "), "{reply}");
        let body = json(&rig.post().body);
        assert_eq!(body["chat_id"], "-100200300");
        assert_eq!(body["message_thread_id"], 42);
        assert_eq!(body["link_preview_options"]["is_disabled"], true);
        let text = body["text"].as_str().unwrap();
        let link = "<a href=\"https://alerts.example.org/app/alerts/1\">Open or change it</a>";
        assert!(text.contains(link), "{text}");
    }

    #[tokio::test]
    async fn a_chat_that_moved_is_followed_once() {
        let mut rig = Rig::<Telegram>::new().await;
        rig.channel.1.chat = "400".into();
        let Outcome::Delivered { reply } = rig.send(&fire(fired())).await else { panic!("not delivered") };
        assert!(reply.ends_with("; the chat has moved to -1001234567890"), "{reply}");
        assert_eq!(rig.services.postbox().total(), 2);
        assert_eq!(json(&rig.post().body)["chat_id"], "-1001234567890");
    }

    #[tokio::test]
    async fn markup_that_cannot_be_read_is_left_out_once() {
        let rig = Rig::<Telegram>::new().await;
        let body = r#"{"ok":false,"description":"Bad Request: can't parse entities: nonsense"}"#;
        rig.answer_once(400, body);
        let Outcome::Delivered { reply } = rig.send(&fire(fired())).await else { panic!("not delivered") };
        assert!(reply.ends_with("; sent without markup"), "{reply}");
        let body = json(&rig.post().body);
        assert!(body.get("parse_mode").is_none());
        assert!(body["text"].as_str().unwrap().starts_with("BTCUSDT reached 33,000"), "{body}");
        rig.answer_always(400, r#"{"ok":false,"description":"Bad Request: can't parse entities: nonsense"}"#);
        assert_eq!(rig.send(&fire(fired())).await.name(), "rejected");
    }

    #[tokio::test]
    async fn a_wait_stands_in_the_answer_too() {
        let rig = Rig::<Telegram>::new().await;
        rig.answer_always(429, r#"{"ok":false,"description":"x","parameters":{"retry_after":35}}"#);
        let Outcome::Retry { wait, .. } = rig.send(&fire(fired())).await else { panic!("429 is not final") };
        assert_eq!(wait, Some(Duration::from_secs(35)));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        use bellwether_notify::TelegramToken;
        for text in [
            "",
            "123456",
            "x:abcdefghijklmnopqrstuvwxyz012345678",
            "1:short",
            "1:abcdefghijklmnopqrstuvwxyz01234/../x",
        ] {
            assert!(text.parse::<TelegramToken>().is_err(), "{text}");
        }
        assert_eq!(format!("{:?}", BOT_TOKEN.parse::<TelegramToken>().unwrap()), "TelegramToken(…)");
    }
}

mod slack {
    use super::*;

    passes_the_kit!(Slack);

    #[tokio::test]
    async fn a_message_has_a_notification_and_a_section() {
        let rig = Rig::<Slack>::new().await;
        assert_eq!(rig.send(&fire(fired())).await, Outcome::Delivered { reply: "200: ok".into() });
        let body = json(&rig.post().body);
        assert_eq!(body["text"], "BTCUSDT reached 33,000 (now 33,004.5) · Binance");
        assert_eq!(body["blocks"][0]["text"]["verbatim"], true);
        let text = body["blocks"][0]["text"]["text"].as_str().unwrap();
        assert!(text.contains("<https://alerts.example.org/app/alerts/1|Open or change it>"), "{text}");
    }
}

mod discord {
    use std::time::Duration;

    use super::*;

    passes_the_kit!(Discord);

    #[tokio::test]
    async fn a_message_is_waited_for_and_calls_nobody() {
        let rig = Rig::<Discord>::new().await;
        assert_eq!(rig.send(&fire(fired())).await, Outcome::Delivered { reply: "200".into() });
        let post = rig.post();
        assert!(post.path.ends_with("?wait=true"), "{}", post.path);
        assert_eq!(json(&post.body)["allowed_mentions"], json(r#"{"parse":[]}"#));
    }

    #[tokio::test]
    async fn a_wait_in_the_answer_is_exact() {
        let rig = Rig::<Discord>::new().await;
        rig.answer_always(429, r#"{"message":"slow","retry_after":0.65,"global":false}"#);
        let Outcome::Retry { wait, .. } = rig.send(&fire(fired())).await else { panic!("429 is not final") };
        assert_eq!(wait, Some(Duration::from_millis(650)));
    }
}

mod ntfy {
    use std::time::Duration;

    use super::*;

    passes_the_kit!(Ntfy);

    #[tokio::test]
    async fn a_push_has_a_title_buttons_and_a_priority() {
        let rig = Rig::<Ntfy>::new().await;
        assert_eq!(rig.send(&fire(fired())).await, Outcome::Delivered { reply: "200".into() });
        let post = rig.post();
        assert_eq!(post.path, "/");
        let body = json(&post.body);
        assert_eq!(body["title"], "BTCUSDT reached 33,000 (now 33,004.5) · Binance");
        assert_eq!(body["priority"], 4);
        assert_eq!(body["tags"], json(r#"["chart_with_upwards_trend"]"#));
        assert_eq!(body["click"], "https://alerts.example.org/app/alerts/1");
        assert_eq!(body["actions"].as_array().unwrap().len(), 1, "an alert that is done cannot be stopped");
        assert!(!body["message"].as_str().unwrap().contains("https://"), "{body}");
    }

    #[tokio::test]
    async fn a_used_up_day_is_waited_for() {
        let rig = Rig::<Ntfy>::new().await;
        rig.answer_always(429, r#"{"code":42908,"http":429,"error":"limit reached: daily quota"}"#);
        let Outcome::Retry { wait, .. } = rig.send(&fire(fired())).await else { panic!("429 is not final") };
        assert_eq!(wait.map(|wait| wait.as_secs()), Some(Duration::from_hours(14).as_secs() - 1));
    }

    #[tokio::test]
    async fn a_server_without_access_control_gets_no_token() {
        let mut rig = Rig::<Ntfy>::new().await;
        rig.channel.1.token = None;
        assert_eq!(rig.send(&fire(fired())).await.name(), "dead_target");
        assert_eq!(rig.post().header("authorization"), None);
        rig.channel.1.token = Some("tk_with\r\nnewline".into());
        assert_eq!(rig.send(&fire(fired())).await.name(), "dead_target");
    }
}
