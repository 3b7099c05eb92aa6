//! Single-user mode, as the process that is started: an alert and its mail without a login, on both stores.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::until;
use crate::process::Process;
use crate::stores::TestStore;
use crate::world::World;

const SETTINGS: [(&str, &str); 2] =
    [("BELLWETHER_ACCOUNTS__SINGLE_USER", "true"), ("BELLWETHER_ACCOUNTS__OWNER", "me@example.org")];

async fn ask(process: &Process, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().request(method, format!("{}{path}", process.base()));
    let request = body.iter().fold(request, |request, body| request.json(body));
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

#[tokio::test]
async fn an_alert_is_made_and_told_without_a_login_and_a_restart_knows_its_owner() {
    for store in TestStore::all().await {
        let world = World::start().await;
        let process = Process::start_with(&world, &store, None, &SETTINGS).await;
        let (status, me) = ask(&process, Method::GET, "/api/me", None).await;
        assert_eq!((status, &me["single_user"]), (StatusCode::OK, &json!(true)), "{}", store.name());
        assert_eq!((&me["email"], &me["verified"]), (&json!("me@example.org"), &json!(true)));
        let alert =
            json!({"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"}});
        until("the alert is taken", async || {
            match ask(&process, Method::POST, "/api/alerts", Some(alert.clone())).await {
                (StatusCode::CREATED, _) => Ok(()),
                (StatusCode::SERVICE_UNAVAILABLE, told) => Err(told.to_string()),
                refused => panic!("{refused:?}"),
            }
        })
        .await;
        world.watched("BTCUSDT").await;
        world.trade("BTCUSDT", "32000");
        world.trade("BTCUSDT", "33000");
        until("the mail", async || {
            let mails = world.alert_mails_to("me@example.org").len();
            if mails == 1 { Ok(()) } else { Err(format!("{mails} mails")) }
        })
        .await;
        process.stop().await;

        let again = Process::start_with(&world, &store, None, &SETTINGS[..1]).await;
        let (_, same) = ask(&again, Method::GET, "/api/me", None).await;
        assert_eq!(same["id"], me["id"], "the only account is the owner's");
        let (_, fires) = ask(&again, Method::GET, "/api/fires", None).await;
        assert_eq!(fires["items"].as_array().unwrap().len(), 1);
        again.stop().await;

        // Without the mode it is an account like any other, whose password nobody knows yet.
        let closed = Process::start(&world, &store, None).await;
        assert_eq!(ask(&closed, Method::GET, "/api/me", None).await.0, StatusCode::UNAUTHORIZED);
        let link = json!({"email": "me@example.org"});
        let (status, _) = ask(&closed, Method::POST, "/api/password/reset", Some(link)).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        until("the link for a password", async || {
            let mails = world.inbox.mailbox().mails_for("me@example.org").len();
            if mails == 2 { Ok(()) } else { Err(format!("{mails} mails")) }
        })
        .await;
        closed.stop().await;
    }
}

#[tokio::test]
async fn an_owner_who_says_later_where_mail_reaches_them_keeps_what_is_theirs() {
    for store in TestStore::all().await {
        let world = World::start().await;
        let process = Process::start_with(&world, &store, None, &SETTINGS[..1]).await;
        let (_, me) = ask(&process, Method::GET, "/api/me", None).await;
        assert_eq!(me["email"], "owner@localhost", "{}", store.name());
        process.stop().await;
        let again = Process::start_with(&world, &store, None, &SETTINGS).await;
        let (_, named) = ask(&again, Method::GET, "/api/me", None).await;
        assert_eq!((&named["id"], &named["email"]), (&me["id"], &json!("me@example.org")));
        again.stop().await;
    }
}
