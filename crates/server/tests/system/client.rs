//! A user of the API, as a test needs one.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A user who is logged in.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    pub(crate) email: String,
    token: String,
}

/// What requests are made with.
pub(crate) fn http() -> reqwest::Client {
    // The first choice stays; every client of this process makes the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

impl Client {
    /// Signs up and logs in.
    pub(crate) async fn sign_up(base: &str, email: &str) -> Self {
        let mut client =
            Self { http: http(), base: base.to_owned(), email: email.to_owned(), token: String::new() };
        let account = json!({"email": email, "password": "correct horse battery"});
        client.ok(Method::POST, "/api/users", Some(account)).await;
        client.log_in().await;
        client
    }

    /// Logs in anew, for instance at a process that was started again elsewhere.
    pub(crate) async fn log_in_at(&mut self, base: &str) {
        self.base = base.to_owned();
        self.log_in().await;
    }

    async fn log_in(&mut self) {
        let account = json!({"email": self.email, "password": "correct horse battery"});
        let tokens = self.ok(Method::POST, "/api/token", Some(account)).await;
        self.token = tokens["access"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.try_call(method, path, body).await.unwrap()
    }

    async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value), reqwest::Error> {
        let mut request =
            self.http.request(method, format!("{}{path}", self.base)).timeout(Duration::from_secs(30));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    /// Pushes lines of ticks; the status, or nothing where there is no answer.
    pub(crate) async fn push(&self, lines: String) -> Option<(StatusCode, Value)> {
        let request = self.http.post(format!("{}/api/ticks", self.base)).timeout(Duration::from_secs(10));
        let answer = request.bearer_auth(&self.token).body(lines).send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.unwrap_or(Value::Null)))
    }

    /// Tells of a listing, signed with a secret.
    pub(crate) async fn tell(&self, secret: &str, event: &Value) -> (StatusCode, Value) {
        let body = event.to_string();
        let seconds = jiff::Timestamp::now().as_second();
        let signature =
            secret.parse::<bellwether_notify::WebhookSecret>().unwrap().sign("evt_1", seconds, &body);
        let request = self.http.post(format!("{}/api/listings/events", self.base));
        let request = request.header("webhook-id", "evt_1").header("webhook-timestamp", seconds);
        let answer = request.header("webhook-signature", signature).body(body).send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap())
    }

    /// A call that must succeed.
    pub(crate) async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method.clone(), path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ok(Method::GET, path, None).await
    }

    /// Makes an alert and gives its id. A service that has just started says that it does not know the
    /// venue's instruments yet, so it is asked again.
    pub(crate) async fn alert(&self, alert: Value) -> String {
        until("the alert is taken", async || {
            let (status, made) = self.call(Method::POST, "/api/alerts", Some(alert.clone())).await;
            match status {
                StatusCode::CREATED => Ok(made["id"].as_str().unwrap().to_owned()),
                StatusCode::SERVICE_UNAVAILABLE => Err(made.to_string()),
                refused => panic!("POST /api/alerts: {refused} {made}"),
            }
        })
        .await
    }

    /// Every item of a list that pages by cursor.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        self.try_all(path).await.unwrap()
    }

    /// The same of a service that may die meanwhile.
    pub(crate) async fn try_all(&self, path: &str) -> Result<Vec<Value>, reqwest::Error> {
        let mut items = Vec::new();
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut next = Some(format!("{path}{separator}page_size=100"));
        while let Some(path) = next {
            let (status, page) = self.try_call(Method::GET, &path, None).await?;
            assert!(status.is_success(), "GET {path}: {status} {page}");
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            next = page["next"].as_str().map(str::to_owned);
        }
        Ok(items)
    }
}

/// Asks again and again until the answer satisfies, and says what the last one was if it never does. It waits
/// for longer than a feed does between two tries after an outage.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(last) if tokio::time::Instant::now() > deadline => {
                panic!("{what}: never; the last was {last}")
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
