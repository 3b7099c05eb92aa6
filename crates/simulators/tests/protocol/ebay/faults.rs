//! The day's calls, and everything that goes wrong on command.

use super::*;

#[tokio::test]
async fn the_calls_of_a_day_are_counted_together_and_begin_anew_at_midnight() {
    let hand = Hand::new();
    let mut config = Config::scripted(hand.clock());
    config.calls_per_day = 3;
    let mut rig = Rig::start(config).await;
    let id = rig.list("a", "1");
    let search = format!("{SEARCH}?q=a");
    assert_eq!(rig.get(&search).await.status, 200);
    assert_eq!(rig.get(&format!("/buy/browse/v1/item/{}", id.replace('|', "%7C"))).await.status, 200);
    let limits = "/developer/analytics/v1_beta/rate_limit/?api_name=browse&api_context=buy";
    let rate = rig.get(limits).await.body["rateLimits"][0]["resources"][0].clone();
    assert_eq!((&rate["name"], &rate["rates"][0]["remaining"]), (&json!("buy.browse"), &json!(1)));
    assert_eq!(rate["rates"][0]["reset"], "2026-11-22T08:00:00.000Z");
    assert_eq!(rig.get(&search).await.status, 200);
    let over = rig.get(&search).await;
    assert_eq!(
        (over.status, over.retry_after, &over.body["errors"][0]["errorId"]),
        (429, None, &json!(2_001))
    );
    assert_eq!(rig.get(limits).await.body["rateLimits"][0]["resources"][0]["rates"][0]["remaining"], 0);
    assert_eq!(rig.control().counters().over_quota, 1);
    hand.advance(Duration::from_hours(22));
    rig.token = buy(&rig.running, "https://api.ebay.com/oauth/api_scope").await;
    assert_eq!(rig.get(&search).await.status, 200);
    rig.control().set_quota(None, Some(3));
    assert_eq!(rig.get(&search).await.status, 429);
    rig.control().set_quota(Some(4), None);
    assert_eq!(rig.get(&search).await.status, 200);
}

#[tokio::test]
async fn faults_strike_where_and_as_often_as_was_said() {
    let rig = Rig::scripted().await;
    rig.list("leica", "1");
    rig.list("nikon", "1");
    let control = rig.control();
    let search = format!("{SEARCH}?q=leica");
    let busy = Action::Status { code: 503, retry_after: Some("7".to_owned()) };
    control.inject(one(Place::Search, busy)).unwrap();
    let busy = rig.get(&search).await;
    assert_eq!((busy.status, busy.retry_after.as_deref()), (503, Some("7")));
    assert_eq!(rig.get(&search).await.status, 200);

    control.inject(one(Place::Search, Action::DeadToken)).unwrap();
    assert_eq!(rig.get(&search).await.status, 401);
    control.inject(one(Place::Search, Action::Huge { bytes: 3_000_000 })).unwrap();
    let url = format!("{}{search}", rig.running.url());
    let call = || http().get(&url).bearer_auth(&rig.token).send();
    assert!(call().await.unwrap().bytes().await.unwrap().len() > 3_000_000);
    control.inject(one(Place::Search, Action::Truncate)).unwrap();
    assert!(call().await.unwrap().bytes().await.is_err());
    for kind in
        [Garbage::Html, Garbage::Empty, Garbage::CutJson, Garbage::OtherShape, Garbage::Deep, Garbage::Binary]
    {
        control.inject(one(Place::Search, Action::Garbage { kind })).unwrap();
        let answer = call().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let read = answer.json::<Value>().await;
        assert!(read.is_err() || read.unwrap().is_array(), "{kind:?}");
    }

    let only = Fault { at: None, query: Some("q=leica".to_owned()), action: Action::Hang, times: None };
    control.inject(only).unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), call()).await.is_err());
    assert_eq!(rig.titles("q=nikon").await, ["nikon"]);
    control.heal();
    assert_eq!(rig.titles("q=leica").await, ["leica"]);

    rig.running.set_shut(true);
    assert!(http().get(&url).send().await.is_err());
    rig.running.set_shut(false);
    assert_eq!(rig.titles("q=leica").await, ["leica"]);
    rig.running.stop().await;
}

#[tokio::test]
async fn http_pulls_the_same_strings() {
    let rig = Rig::scripted().await;
    let base = rig.running.url();
    let send = async |method: &str, path: &str, body: Value| {
        let method = method.parse().unwrap();
        let reply = reply(http().request(method, format!("{base}/control{path}")).json(&body)).await;
        (reply.status, reply.body)
    };
    let (status, item) = send("POST", "/items", json!({"title": "Leica M6", "price": "2000"})).await;
    assert_eq!((status, &item["price"]), (201, &json!("2000.00")));
    let id = item["id"].as_str().unwrap().replace('|', "%7C");
    let (status, item) = send("PATCH", &format!("/items/{id}"), json!({"percent": -5})).await;
    assert_eq!((status, &item["price"]), (200, &json!("1900.00")));
    assert_eq!(send("PATCH", &format!("/items/{id}"), json!({"price": "no"})).await.0, 400);
    assert_eq!(send("PATCH", "/items/v1%7C7%7C0", json!({"price": "1"})).await.0, 404);
    assert_eq!(send("GET", "/items?q=leica", json!(null)).await.1[0]["title"], "Leica M6");
    assert_eq!(send("POST", "/faults", json!({"action": "hang", "at": "token"})).await.0, 204);
    assert_eq!(send("POST", "/faults", json!({"action": "status", "code": 7})).await.0, 400);
    assert_eq!(send("GET", "/faults", json!(null)).await.1.as_array().unwrap().len(), 1);
    assert_eq!(send("DELETE", "/faults", json!(null)).await.0, 204);
    assert_eq!(send("POST", "/quota", json!({"limit": 0})).await.0, 204);
    assert_eq!(rig.get(&format!("{SEARCH}?q=leica")).await.status, 429);
    assert_eq!(send("POST", "/step", json!({"steps": 3})).await.1["steps"], 3);
    assert_eq!(send("DELETE", &format!("/items/{id}"), json!(null)).await.0, 204);
    assert_eq!(send("GET", "", json!(null)).await.1["items"], 0);
    assert_eq!(send("GET", "/counters", json!(null)).await.1["over_quota"], 1);
}
