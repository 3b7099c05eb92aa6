//! Logging in from a browser: what its cookie is, does, and does not do.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::rig::{Answer, PASSWORD, Person, Rig};

const NAME: &str = "bellwether_refresh";

/// What a browser keeps of an answer: the cookie's value.
fn kept(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    let (name, rest) = cookie.split_once('=').unwrap();
    assert_eq!(name, NAME);
    rest.split(';').next().unwrap().to_owned()
}

async fn log_in(rig: &Rig) -> Answer {
    rig.post_openly("/api/session", &json!({"email": "ada@example.org", "password": PASSWORD})).await
}

async fn send(rig: &Rig, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::builder().method(method).uri(path), |request, header| {
        request.header(header.0, header.1)
    });
    rig.send(request.body(Body::empty()).unwrap()).await
}

async fn refresh(rig: &Rig, cookie: &str) -> Answer {
    // As a browser sends it: among others.
    let cookies = format!("theme=dark; {NAME}={cookie}; other=");
    send(rig, "POST", "/api/session/refresh", &[("cookie", &cookies)]).await
}

fn holding(person: &Person, answer: &Answer) -> Person {
    Person { access: answer.body["access"].as_str().unwrap().to_owned(), ..person.clone() }
}

#[tokio::test]
async fn the_refresh_token_is_in_the_cookie_alone() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let session = log_in(&rig).await.expect(200);
    assert_eq!(session.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["access", "expires_in"]);
    assert!(!session.text.contains(&kept(&session)));
    let cookie = session.header("set-cookie");
    for attribute in ["Path=/api/session", "HttpOnly", "SameSite=Strict", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "the interface is reached without TLS here");
    rig.get(&holding(&ada, &session), "/api/me").await.expect(200);
}

#[tokio::test]
async fn it_goes_over_tls_alone_where_the_service_is_reached_that_way() {
    let rig = Rig::with(&[("server.public_url", "https://bells.example.org")]).await;
    rig.person("ada@example.org").await;
    assert!(log_in(&rig).await.expect(200).header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn wrong_passwords_get_no_cookie() {
    let rig = Rig::new().await;
    rig.person("ada@example.org").await;
    let wrong = json!({"email": "ada@example.org", "password": "wrong horse"});
    let refused = rig.post_openly("/api/session", &wrong).await.refused(401, "wrong_credentials");
    assert_eq!(refused.header("set-cookie"), "");
}

#[tokio::test]
async fn the_cookie_brings_the_next_login_and_a_stolen_one_ends_it() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let first = log_in(&rig).await.expect(200);
    let second = refresh(&rig, &kept(&first)).await.expect(200);
    rig.get(&holding(&ada, &second), "/api/me").await.expect(200);
    assert_ne!(kept(&first), kept(&second));

    // Another tab, or a reload that lost the answer, is not a thief.
    rig.clock.advance("29s");
    let other_tab = refresh(&rig, &kept(&first)).await.expect(200);
    refresh(&rig, &kept(&second)).await.expect(200);

    rig.clock.advance("1s");
    let stolen = refresh(&rig, &kept(&first)).await.refused(401, "invalid_refresh_token");
    assert_eq!(kept(&stolen), "", "it is taken back");
    refresh(&rig, &kept(&other_tab)).await.refused(401, "invalid_refresh_token");
}

#[tokio::test]
async fn without_a_cookie_there_is_no_login() {
    let rig = Rig::new().await;
    send(&rig, "POST", "/api/session/refresh", &[]).await.refused(401, "invalid_refresh_token");
    for cookie in ["", "nonsense", "=;=;;"] {
        refresh(&rig, cookie).await.refused(401, "invalid_refresh_token");
    }
    // A token from the API's own way of logging in is a refresh token like any other.
    let ada = rig.person("ada@example.org").await;
    refresh(&rig, &ada.refresh).await.expect(200);
}

#[tokio::test]
async fn logging_out_ends_the_login_and_takes_the_cookie_back() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let session = log_in(&rig).await.expect(200);
    let bearer = format!("Bearer {}", session.body["access"].as_str().unwrap());
    let cookie = format!("{NAME}={}", kept(&session));
    let headers = [("cookie", cookie.as_str()), ("authorization", bearer.as_str())];
    let out = send(&rig, "DELETE", "/api/session", &headers).await.expect(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    refresh(&rig, &kept(&session)).await.refused(401, "invalid_refresh_token");
    rig.get(&holding(&ada, &session), "/api/me").await.refused(401, "invalid_token");
    send(&rig, "DELETE", "/api/session", &[]).await.expect(204);
}

#[tokio::test]
async fn other_sites_have_nothing_done() {
    let rig = Rig::new().await;
    rig.person("ada@example.org").await;
    let session = log_in(&rig).await.expect(200);
    let cookie = format!("{NAME}={}", kept(&session));
    for site in ["cross-site", "same-site"] {
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", site)];
        send(&rig, "POST", "/api/session/refresh", &headers).await.refused(403, "other_site");
        send(&rig, "DELETE", "/api/session", &headers).await.refused(403, "other_site");
    }
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    send(&rig, "POST", "/api/session/refresh", &headers).await.expect(200);
}
