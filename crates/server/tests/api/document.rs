//! The OpenAPI document is true: it lists what answers, and what answers looks as it says.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use bellwether_server::http::openapi;
use serde_json::{Value, json};

use crate::rig::{Rig, crossing};

/// Every call, from the design. A new one is added here with its documentation.
const CALLS: &[&str] = &[
    "DELETE /alerts/delete/{id}",
    "DELETE /api/alerts/{id}",
    "DELETE /api/channels/{id}",
    "DELETE /api/keys/{id}",
    "DELETE /api/me",
    "DELETE /api/session",
    "GET /alerts",
    "GET /api/admin/feeds",
    "GET /api/admin/instruments",
    "GET /api/admin/quarantine",
    "GET /api/admin/queues",
    "GET /api/admin/users",
    "GET /api/alerts",
    "GET /api/alerts/advice",
    "GET /api/alerts/export",
    "GET /api/alerts/{id}",
    "GET /api/alerts/{id}/explain",
    "GET /api/alerts/{id}/fires",
    "GET /api/alerts/{id}/history",
    "GET /api/alerts/{id}/reports",
    "GET /api/changes",
    "GET /api/channels",
    "GET /api/channels/{id}",
    "GET /api/deliveries",
    "GET /api/deliveries/{id}",
    "GET /api/fires",
    "GET /api/fires/counts",
    "GET /api/fires/export",
    "GET /api/fires/{id}",
    "GET /api/instruments",
    "GET /api/instruments/movers",
    "GET /api/instruments/{id}",
    "GET /api/instruments/{id}/candles",
    "GET /api/instruments/{id}/candles/export",
    "GET /api/instruments/{id}/coverage",
    "GET /api/instruments/{id}/quarantine",
    "GET /api/instruments/{id}/figures",
    "POST /api/ticks",
    "GET /api/ebay/notices",
    "GET /api/feeds",
    "PATCH /api/feeds/{id}",
    "GET /api/keys",
    "GET /api/listings/{id}",
    "GET /api/listings/{id}/picture",
    "GET /api/listings/{id}/prices",
    "GET /api/me",
    "GET /api/reports/{id}",
    "GET /api/searches",
    "GET /api/searches/{id}",
    "GET /api/searches/{id}/days",
    "GET /api/searches/{id}/listings",
    "GET /api/stream",
    "GET /healthz",
    "GET /readyz",
    "PATCH /api/alerts/{id}",
    "PATCH /api/admin/instruments",
    "PATCH /api/channels/{id}",
    "PATCH /api/me",
    "POST /alerts/create",
    "POST /api/admin/instruments",
    "POST /api/alerts",
    "POST /api/alerts/bulk",
    "POST /api/alerts/import",
    "POST /api/alerts/preview",
    "POST /api/alerts/preview-message",
    "POST /api/alerts/{id}/pause",
    "POST /api/alerts/{id}/rearm",
    "POST /api/alerts/{id}/resume",
    "POST /api/alerts/{id}/snooze",
    "POST /api/bounces",
    "POST /api/channels",
    "POST /api/channels/{id}/rotate-secret",
    "POST /api/channels/{id}/test",
    "POST /api/channels/{id}/verify",
    "POST /api/deliveries/retry",
    "POST /api/deliveries/{id}/retry",
    "POST /api/ebay/notices",
    "POST /api/keys",
    "POST /api/listings/events",
    "POST /api/me/verification",
    "POST /api/password",
    "POST /api/password/reset",
    "POST /api/session",
    "POST /api/session/refresh",
    "POST /api/token",
    "POST /api/token/refresh",
    "POST /api/token/revoke",
    "POST /api/users",
];

fn document() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().clone();
        let path = path.clone();
        methods.into_iter().map(move |(method, op)| (format!("{} {path}", method.to_uppercase()), op))
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn it_lists_every_call() {
    let listed: BTreeSet<String> = operations(&document()).into_iter().map(|(call, _)| call).collect();
    let expected: BTreeSet<String> = CALLS.iter().map(|call| (*call).to_owned()).collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(node: &Value, document: &Value, found: &mut usize) {
        match node {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    let pointer = target.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
                    *found += 1;
                }
                fields.values().for_each(|inner| walk(inner, document, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| walk(inner, document, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = 0;
    walk(&document, &document, &mut found);
    assert!(found > 100, "{found}");
}

#[test]
fn every_call_is_described_with_its_own_name_and_its_refusals() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut ids = BTreeSet::new();
    for (call, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} stands twice");
        assert!(operation["summary"].is_string(), "{call}");
        assert!(operation["responses"]["default"].is_object(), "{call}");
        let in_path = call.matches('{').count();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let declared = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(declared, in_path, "{call}");
    }
}

#[tokio::test]
async fn whatever_it_lists_answers_and_takes_no_other_method() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let paths: BTreeSet<&str> = CALLS.iter().map(|call| call.split_once(' ').unwrap().1).collect();
    for path in paths {
        let real = path.replace("{id}", "0198c0de-0000-7000-8000-000000000000");
        for method in ["GET", "POST", "PATCH", "DELETE", "PUT"] {
            let listed = CALLS.contains(&format!("{method} {path}").as_str());
            if listed && [("/api/me", "DELETE"), ("/api/stream", "GET")].contains(&(real.as_str(), method)) {
                continue; // It would work, and the stream would last.
            }
            let answer = rig.call(&ada, method, &real).await;
            assert_eq!(answer.status != 405, listed, "{method} {path}: {}", answer.text);
            assert_ne!(answer.body["code"], "no_such_address", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn it_is_served() {
    let rig = Rig::new().await;
    let served = rig.send(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.expect(200);
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.body, document());
}

/// Whether a value has the shape that a schema describes: its required fields, and no unknown ones.
fn check(value: &Value, schema: &Value, document: &Value, path: &str) {
    let schema = resolved(schema, document);
    if let Some(options) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let fits = options.iter().any(|option| is_of(value, option, document));
        assert!(fits, "{path}: {value} is none of {options:?}");
        return;
    }
    assert!(is_of(value, &schema, document), "{path}: {value} is no {schema}");
    let (fields, properties) = (value.as_object(), properties(value, &schema, document));
    if let Some(fields) = fields.filter(|_| !properties.0.is_empty()) {
        for name in &properties.1 {
            assert!(fields.contains_key(name), "{path}.{name} is missing");
        }
        for (name, inner) in fields {
            let described = properties.0.iter().find(|(known, _)| known == name);
            let (_, schema) = described.unwrap_or_else(|| panic!("{path}.{name} is not described"));
            check(inner, schema, document, &format!("{path}.{name}"));
        }
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        items.iter().for_each(|item| check(item, schema, document, &format!("{path}[]")));
    }
}

fn resolved(schema: &Value, document: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(target) => resolved(document.pointer(&target[1..]).unwrap(), document),
        None => schema.clone(),
    }
}

/// The fields that a schema describes, those of its parts included, and which it requires.
fn properties(value: &Value, schema: &Value, document: &Value) -> (Vec<(String, Value)>, Vec<String>) {
    let (mut known, mut required) = (Vec::new(), Vec::new());
    // Of several shapes the one counts that the value has.
    let shapes = schema["oneOf"].as_array().into_iter().flatten();
    let shape = shapes.filter(|shape| is_of(value, shape, document)).take(1);
    for part in schema["allOf"].as_array().into_iter().flatten().chain(shape) {
        let (more, needed) = properties(value, &resolved(part, document), document);
        known.extend(more);
        required.extend(needed);
    }
    let own = schema["properties"].as_object().cloned().unwrap_or_default();
    known.extend(own);
    let needed = schema["required"].as_array().cloned().unwrap_or_default();
    required.extend(needed.iter().map(|name| name.as_str().unwrap().to_owned()));
    (known, required)
}

fn is_of(value: &Value, schema: &Value, document: &Value) -> bool {
    let schema = resolved(schema, document);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let constant = |properties: &Value| {
        let fields = properties.as_object().cloned().unwrap_or_default();
        fields.iter().all(|(name, schema)| {
            let allowed = schema["enum"].as_array();
            allowed.is_none_or(|allowed| value.get(name).is_none_or(|field| allowed.contains(field)))
        })
    };
    match &schema["type"] {
        Value::String(only) => only == kind && constant(&schema["properties"]),
        Value::Array(any) => any.contains(&json!(kind)),
        _ => true,
    }
}

#[tokio::test]
async fn answers_look_as_it_says() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.promote("ada@example.org").await;
    let mut wish = crossing("33000");
    wish["repeat"] = json!({"mode": "every", "cooldown": "1m", "max_fires": 3});
    let made = rig.post(&ada, "/api/alerts", &wish).await.expect(201);
    let state = json!({"instrument": "binance:ETHUSDT", "condition": {"type": "above", "price": "2", "reset": "1", "for": "30s"}});
    rig.post(&ada, "/api/alerts", &state).await.expect(201);
    let fire = rig.fire(&made.id(), false).await;
    let channel = json!({"kind": "webhook", "url": "https://example.org/hook"});
    let channel = rig.post(&ada, "/api/channels", &channel).await.expect(201);
    let test = rig.call(&ada, "POST", &format!("/api/channels/{}/test", channel.id())).await.expect(202);
    let deliveries = rig.get(&ada, "/api/deliveries?status=held").await.expect(200).body;
    let delivery = deliveries["items"][0]["id"].as_str().unwrap();
    let document = document();
    let look = |call: &str, status: &str, body: &Value| {
        let (method, path) = call.split_once(' ').unwrap();
        let response = &document["paths"][path][method.to_lowercase()]["responses"][status];
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{call} describes no answer: {response}");
        check(body, schema, &document, call);
    };
    look("POST /api/alerts", "201", &made.body);
    look("POST /api/channels", "201", &channel.body);
    look("POST /api/channels/{id}/test", "202", &test.body);
    for (call, path) in [
        ("GET /api/alerts", "/api/alerts".to_owned()),
        ("GET /api/alerts/{id}", format!("/api/alerts/{}", made.id())),
        ("GET /api/alerts/{id}/history", format!("/api/alerts/{}/history", made.id())),
        ("GET /api/alerts/{id}/fires", format!("/api/alerts/{}/fires", made.id())),
        ("GET /api/fires", "/api/fires".to_owned()),
        ("GET /api/fires/counts", "/api/fires/counts?by=alert".to_owned()),
        ("GET /api/fires/{id}", format!("/api/fires/{fire}")),
        ("GET /api/changes", "/api/changes".to_owned()),
        ("GET /api/channels", "/api/channels".to_owned()),
        ("GET /api/channels/{id}", format!("/api/channels/{}", channel.id())),
        ("GET /api/deliveries", "/api/deliveries".to_owned()),
        ("GET /api/deliveries/{id}", format!("/api/deliveries/{delivery}")),
        ("GET /api/instruments", "/api/instruments".to_owned()),
        ("GET /api/instruments/{id}", "/api/instruments/binance:BTCUSDT".to_owned()),
        ("GET /api/instruments/{id}/figures", "/api/instruments/binance:BTCUSDT/figures".to_owned()),
        ("GET /api/instruments/movers", "/api/instruments/movers".to_owned()),
        ("GET /api/instruments/{id}/candles", "/api/instruments/binance:BTCUSDT/candles".to_owned()),
        ("GET /api/alerts/advice", "/api/alerts/advice?instrument=binance:BTCUSDT&price=1".to_owned()),
        ("GET /api/admin/feeds", "/api/admin/feeds".to_owned()),
        ("GET /api/admin/quarantine", "/api/admin/quarantine".to_owned()),
        ("GET /api/instruments/{id}/quarantine", "/api/instruments/binance:BTCUSDT/quarantine".to_owned()),
        ("GET /api/admin/queues", "/api/admin/queues".to_owned()),
        ("GET /api/admin/users", "/api/admin/users".to_owned()),
        ("GET /api/me", "/api/me".to_owned()),
        ("GET /healthz", "/healthz".to_owned()),
        ("GET /readyz", "/readyz".to_owned()),
        ("GET /alerts", "/alerts/".to_owned()),
    ] {
        look(call, "200", &rig.get(&ada, &path).await.expect(200).body);
    }
    let problem = rig.get(&ada, "/api/alerts?page=0").await.body;
    check(&problem, &document["components"]["schemas"]["Problem"], &document, "problem");
}
