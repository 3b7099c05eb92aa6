//! What people send who mean harm: each is refused with the right status, and the service is unharmed.
//!
//! Some of it is tried where the part stands: forged tokens in `tokens.rs`, deep, broken and huge bodies in
//! `problems.rs`, eBay's notices and their replays in `notices.rs`, connections that dawdle in
//! `server/src/run/connections.rs`, addresses behind names in `notify`'s suite, who is on this machine in
//! `single_user.rs`.

use axum::body::Body;
use axum::http::Request;
use bellwether_notify::WebhookSecret;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::rig::{Person, Rig, crossing};

/// The service works, and the person has what they had: nothing.
async fn unharmed(rig: &Rig, person: &Person) {
    rig.get(person, "/healthz").await.expect(200);
    for list in ["/api/alerts", "/api/channels", "/api/deliveries"] {
        let found = rig.get(person, list).await.expect(200).body;
        let own = |item: &&serde_json::Value| item["kind"] != "email" && item["about"] != "verification";
        assert_eq!(found["items"].as_array().unwrap().iter().filter(own).count(), 0, "{list}: {found}");
    }
}

#[tokio::test]
async fn tokens_that_are_cut_or_changed_anywhere() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let key = rig.post(&ada, "/api/keys", &json!({"name": "k", "scopes": ["read"]})).await.expect(201);
    let key = key.body["secret"].as_str().unwrap().to_owned();
    for (token, code) in [(&ada.access, "invalid_token"), (&key, "invalid_key")] {
        for at in 0..token.len() {
            let cut = &token[..at];
            let answer = rig.get(&Person { access: cut.to_owned(), ..ada.clone() }, "/api/me").await;
            answer.expect(401);
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let answer = rig.get(&Person { access: changed, ..ada.clone() }, "/api/me").await.expect(401);
            // A key that does not begin like one is taken for a token.
            assert!(answer.body["code"] == code || answer.body["code"] == "invalid_token", "{}", answer.text);
        }
        for longer in [format!("{token}A"), format!("{token}."), format!("{token} x"), token.repeat(2)] {
            rig.get(&Person { access: longer, ..ada.clone() }, "/api/me").await.expect(401);
        }
    }
    for header in ["Bearer", "Bearer ", "bearer\t", "Basic YTpi", "Digest x", "é"] {
        let request = Request::get("/api/me").header("authorization", header).body(Body::empty()).unwrap();
        rig.send(request).await.expect(401);
    }
    for at in 0..ada.refresh.len() {
        let cut = json!({"refresh": &ada.refresh[..at]});
        rig.post_openly("/api/token/refresh", &cut).await.refused(401, "invalid_refresh_token");
    }
    // The login that they were made from goes on.
    rig.post_openly("/api/token/refresh", &json!({"refresh": ada.refresh})).await.expect(200);
    unharmed(&rig, &ada).await;
}

#[tokio::test]
async fn paths_that_lead_elsewhere() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let long = format!("/api/alerts/{}", "a".repeat(20_000));
    for path in [
        "/api/alerts/../me",
        "/api/alerts/%2e%2e/me",
        "/api//alerts",
        "//api/alerts",
        "/api/alerts/..%2fme",
        "/api/alerts/%00",
        "/api/alerts/%ff%fe",
        "/api/alerts/%0d%0aset-cookie:%20a=b",
        "/api/alerts/;/me",
        "/API/ALERTS",
        "/docs/..%2f..%2f..%2fetc%2fpasswd",
        "/docs/%2e%2e/%2e%2e/Cargo.toml",
        "/app/assets/..%2f..%2f..%2fCargo.toml",
        "/app/assets/../../Cargo.toml",
        "/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        &long,
    ] {
        let answer = rig.get(&ada, path).await.expect(404);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(answer.header("set-cookie"), "", "{path}");
    }
    // Every address below /app/ is the interface, whatever it is; none is a file of this machine.
    for path in ["/app/../../etc/passwd", "/app/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/app/..%5c..%5cetc"] {
        let answer = rig.get(&ada, path).await.expect(200);
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        assert!(!answer.text.contains("root:"), "{path}");
    }
    unharmed(&rig, &ada).await;
}

#[tokio::test]
async fn names_that_would_break_lines_headers_or_pages() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for name in ["a\r\nBcc: eve@example.org", "a\n2026-11-21 ERROR forged", "a\0b", "\u{1b}[2J", "a\u{85}b"] {
        let mut alert = crossing("33000");
        alert["name"] = name.into();
        let refused = rig.post(&ada, "/api/alerts", &alert).await.refused(400, "invalid_input");
        assert_eq!(refused.faults().len(), 1, "{}", refused.text);
        let account = json!({"email": format!("eve@example.org{name}"), "password": "correct horse"});
        rig.post_openly("/api/users", &account).await.refused(400, "invalid_input");
        let channel = json!({"kind": "webhook", "name": name, "url": "https://example.org/"});
        rig.post(&ada, "/api/channels", &channel).await.refused(400, "invalid_input");
    }
    // What is no token is never shown back, so no page becomes somebody's script.
    let script = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for page in ["/verify?token=", "/stop?token=", "/unsubscribe?token=", "/api/alerts?"] {
        let answer = rig.get(&ada, &format!("{page}{script}")).await;
        assert!(!answer.status.is_server_error(), "{page}");
        let is_page = answer.header("content-type").starts_with("text/html");
        assert!(!is_page || !answer.text.contains("<script"), "{page}: {}", answer.text);
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{page}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    unharmed(&rig, &ada).await;
}

#[tokio::test]
async fn targets_within_the_operators_network_in_every_spelling() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.0.0.1./",
        "http://127.0.0.1:8080/",
        "http://%31%32%37.0.0.1/",
        "http://①②⑦.0.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::a00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001::1]/",
        "http://[fe80::1]/",
        "http://[fd12:3456::1]/",
        "http://[ff02::1]/",
        "http://0.0.0.0/",
        "http://0/",
        "http://10.1.2.3/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://192.0.0.8/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://example.org@127.0.0.1/",
        "https://intranet.example/",
        "http:127.0.0.1",
        "http:/127.0.0.1/",
        "//127.0.0.1/",
        "http://",
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "unix:/run/docker.sock",
        "javascript:alert(1)",
        "data:text/plain,x",
        "",
    ] {
        let wish = json!({"kind": "webhook", "name": "x", "url": url});
        let refused = rig.post(&ada, "/api/channels", &wish).await.refused(400, "invalid_input");
        assert!(refused.faults()[0].starts_with("url "), "{url}: {}", refused.text);
    }
    unharmed(&rig, &ada).await;
}

/// `{"instrument": "binance:BTCUSDT", ...}`, a good wish, by gzip.
const COMPRESSED: &str = "1f8b0800000000000203ab56cacc2b2e292acd4dcd2b51b252504acacc4bcc4b4eb5720a710e0d760951d251504acecf\
                          4bc92cc9cccf03ca572b955416a482142617e5171767e6a583541414652683058d8d0d0c0c946a6b013a42daea5600\
                          0000";

#[tokio::test]
async fn bodies_that_would_unfold() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let digits: Vec<u8> = COMPRESSED.bytes().filter(u8::is_ascii_hexdigit).collect();
    let hex = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let gzip: Vec<u8> = digits.chunks(2).map(hex).collect();
    for path in ["/api/alerts", "/api/alerts/import", "/api/ticks"] {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", ada.access))
            .header("content-type", "application/json")
            .header("content-encoding", "gzip");
        let answer = rig.send(request.body(Body::from(gzip.clone())).unwrap()).await;
        // Nothing is unfolded, so there is nothing that could: it is read as it came.
        assert!(answer.status.is_client_error(), "{path}: {} {}", answer.status, answer.text);
    }
    // What unfolds while it is read: entities do not exist in JSON, so it is depth and repetition that are left.
    for body in [
        "[".repeat(60_000),
        r#"{"a":"#.repeat(10_000),
        format!("{{{}\"z\": 1}}", "\"a\": 1, ".repeat(5_000)),
        format!("{{\"condition\": {}1{}}}", "{\"all\": [".repeat(500), "]}".repeat(500)),
        format!("{{\"price\": {}}}", "9".repeat(60_000)),
        format!("{{\"price\": 1e{}}}", "9".repeat(60)),
        format!("{{\"name\": \"{}\"}}", "\\u0041".repeat(10_000)),
    ] {
        let request = Request::post("/api/alerts")
            .header("authorization", format!("Bearer {}", ada.access))
            .header("content-type", "application/json");
        rig.send(request.body(Body::from(body)).unwrap()).await.expect(400);
    }
    unharmed(&rig, &ada).await;
}

#[tokio::test]
async fn a_body_that_comes_a_byte_at_a_time_is_given_up_and_others_are_answered() {
    let rig = Rig::with(&[("server.request_timeout", "2s")]).await;
    let ada = rig.person("ada@example.org").await;
    let url = rig.listen().await;
    let address = url.strip_prefix("http://").unwrap();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /api/alerts HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: 1000\r\n\r\n{{",
            ada.access
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    rig.get(&ada, "/api/alerts").await.expect(200);
    for mut stream in slow {
        // The server may have answered and closed already; then there is nothing to write to.
        let _ = stream.write_all(b" ").await;
        let (mut answer, mut buffer) = (Vec::new(), [0; 1_024]);
        while !answer.ends_with(b"}") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&buffer[..count]),
            }
        }
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("timed_out"), "{answer}");
    }
    unharmed(&rig, &ada).await;
}

#[tokio::test]
async fn events_of_listings_that_are_forged_or_old() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let rig = Rig::with(&[
        ("ebay.client_id", "an-application"),
        ("ebay.client_secret", "its secret"),
        ("ebay.events_secret", SECRET),
    ])
    .await;
    let ada = rig.person("ada@example.org").await;
    let secret: WebhookSecret = SECRET.parse().unwrap();
    let other: WebhookSecret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    let body = r#"{"type": "deleted", "time": "2027-01-15T07:59:00Z", "listing": {"id": "v1|1|0", "marketplace": "EBAY_US"}}"#;
    let now = rig.now().micros() / 1_000_000;
    let send = |id: &str, time: String, signature: String, body: &str| {
        let request = Request::post("/api/listings/events")
            .header("webhook-id", id)
            .header("webhook-timestamp", time)
            .header("webhook-signature", signature);
        rig.send(request.body(Body::from(body.to_owned())).unwrap())
    };
    let genuine = secret.sign("evt_1", now, body);
    send("evt_1", now.to_string(), genuine.clone(), body).await.expect(200);
    // The same once more within its time changes nothing, since events are of listings and have times.
    send("evt_1", now.to_string(), genuine.clone(), body).await.expect(200);
    let refuse = async |id: &str, time: String, signature: String, body: &str| {
        send(id, time, signature, body).await.refused(401, "wrong_signature");
    };
    refuse("evt_2", now.to_string(), genuine.clone(), body).await;
    refuse("evt_1", (now + 1).to_string(), genuine.clone(), body).await;
    refuse("evt_1", now.to_string(), genuine.clone(), &body.replace("v1|1|0", "v1|2|0")).await;
    refuse("evt_1", now.to_string(), genuine[..genuine.len() - 1].to_owned(), body).await;
    refuse("evt_1", now.to_string(), "v1,".to_owned(), body).await;
    refuse("evt_1", now.to_string(), String::new(), body).await;
    refuse("evt_1", now.to_string(), other.sign("evt_1", now, body), body).await;
    for away in [-301, 301, -86_400, i64::MIN / 4, i64::MAX / 4] {
        let time = now.saturating_add(away);
        refuse("evt_1", time.to_string(), secret.sign("evt_1", time, body), body).await;
    }
    refuse("evt_1", "now".to_owned(), genuine.clone(), body).await;
    // What was genuine is a replay once its time is over.
    rig.clock.advance("6m");
    refuse("evt_1", now.to_string(), genuine, body).await;
    unharmed(&rig, &ada).await;
}
