//! Tokens: what is sold for what, how long it is good, and what is said to those without.

use super::*;

const ID: &str = "Bellwether-simulator";
const SECRET: &str = "SBX-simulated-secret";
const SCOPE: &str = "https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope";

#[tokio::test]
async fn id_and_secret_must_be_right_and_scopes_only_nearly() {
    let rig = Rig::scripted().await;
    let check = async |user: &str, secret: &str, form: &[(&str, &str)], status: u16, error: Option<&str>| {
        let reply = ask_token(&rig.running, user, secret, form).await;
        assert_eq!((reply.status, reply.body["error"].as_str()), (status, error), "{form:?}: {}", reply.body);
    };
    let grant = ("grant_type", "client_credentials");
    check(ID, SECRET, &[grant, ("scope", SCOPE)], 200, None).await;
    check(ID, SECRET, &[grant], 200, None).await;
    let two = format!("{SCOPE}%20{SCOPE}%2Fbuy.item.bulk");
    check(ID, SECRET, &[grant, ("scope", &two)], 200, None).await;
    let encoded_twice = format!("{SCOPE}%2520{SCOPE}%2Fbuy.item.bulk");
    check(ID, SECRET, &[grant, ("scope", &encoded_twice), ("client_id", ID)], 200, None).await;
    check(ID, "wrong", &[grant, ("scope", SCOPE)], 401, Some("invalid_client")).await;
    check("other", SECRET, &[grant, ("scope", SCOPE)], 401, Some("invalid_client")).await;
    check(ID, SECRET, &[("grant_type", "password")], 400, Some("unsupported_grant_type")).await;
    check(ID, SECRET, &[grant, ("scope", "everything")], 400, Some("invalid_scope")).await;
    let counters = rig.control().counters();
    assert_eq!((counters.tokens, counters.tokens_refused), (5, 4), "the rig bought one for itself");

    let reply = ask_token(&rig.running, ID, SECRET, &[grant]).await;
    assert_eq!(
        (&reply.body["expires_in"], &reply.body["token_type"]),
        (&json!(7_200), &json!("Application Access Token"))
    );
    assert!(reply.body.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_token_is_good_until_its_time_is_over_or_it_is_revoked() {
    let hand = Hand::new();
    let mut config = Config::scripted(hand.clock());
    config.token_life = Duration::from_secs(60);
    let mut rig = Rig::start(config).await;
    let path = format!("{SEARCH}?q=x");
    assert_eq!(rig.get(&path).await.status, 200);
    hand.advance(Duration::from_secs(59));
    assert_eq!(rig.get(&path).await.status, 200);
    hand.advance(Duration::from_secs(1));
    let dead = rig.get(&path).await;
    assert_eq!((dead.status, &dead.body["errors"][0]["errorId"]), (401, &json!(1_001)));
    assert_eq!(dead.body["errors"][0]["domain"], "OAuth");
    rig.token = buy(&rig.running, "https://api.ebay.com/oauth/api_scope").await;
    assert_eq!(rig.get(&path).await.status, 200);
    rig.control().revoke_tokens();
    assert_eq!(rig.get(&path).await.status, 401);
    assert_eq!(rig.control().counters().unauthorised, 2);
}

#[tokio::test]
async fn those_without_a_token_are_told_so() {
    let rig = Rig::scripted().await;
    let url = format!("{}{SEARCH}?q=x", rig.running.url());
    let none = reply(http().get(&url)).await;
    assert_eq!((none.status, &none.body["errors"][0]["errorId"]), (400, &json!(1_002)));
    let basic = reply(http().get(&url).basic_auth(ID, Some(SECRET))).await;
    assert_eq!((basic.status, &basic.body["errors"][0]["errorId"]), (400, &json!(1_003)));
}

#[tokio::test]
async fn the_tokens_of_a_day_are_counted() {
    let hand = Hand::new();
    let mut config = Config::scripted(hand.clock());
    config.tokens_per_day = 2;
    let rig = Rig::start(config).await;
    let form = [("grant_type", "client_credentials")];
    assert_eq!(ask_token(&rig.running, ID, SECRET, &form).await.status, 200);
    assert_eq!(ask_token(&rig.running, ID, SECRET, &form).await.status, 429);
    hand.advance(Duration::from_hours(24));
    assert_eq!(ask_token(&rig.running, ID, SECRET, &form).await.status, 200);
}
