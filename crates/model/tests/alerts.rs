//! Alerts as JSON: what is read, what is refused and where the fault lies, and that what is printed
//! is read back the same.

#![expect(clippy::unwrap_used, reason = "what does not parse here is a failure of the test")]

use bellwether_model::{AlertDraft, AlertSpec, Condition, Node};
use serde_json::Value;

fn node(value: &Value) -> Node {
    match value {
        Value::Null => Node::Null,
        Value::Bool(flag) => Node::Bool(*flag),
        Value::Number(number) => Node::Number(number.to_string()),
        Value::String(text) => Node::Text(text.clone()),
        Value::Array(items) => Node::List(items.iter().map(node).collect()),
        Value::Object(fields) => {
            Node::Object(fields.iter().map(|(name, value)| (name.clone(), node(value))).collect())
        }
    }
}

fn read(json: &str) -> Result<AlertSpec, Vec<String>> {
    let node = node(&serde_json::from_str(json).unwrap());
    AlertSpec::from_input(&node).map_err(|faults| {
        faults.into_iter().map(|fault| format!("{}: {}", fault.field, fault.code)).collect()
    })
}

#[track_caller]
fn refused(json: &str, expected: &[&str]) {
    assert_eq!(read(json).unwrap_err(), expected, "reading {json}");
}

/// A condition that must be read, and be printed as it was.
#[track_caller]
fn same(json: &str) {
    let alert = read(&format!(r#"{{"instrument":"binance:BTCUSDT","condition":{json}}}"#)).unwrap();
    assert_eq!(serde_json::to_string(&alert.condition).unwrap(), json);
    assert_eq!(serde_json::from_str::<Condition>(json).unwrap(), alert.condition);
}

/// A condition that must be refused with these faults by both readers.
#[track_caller]
fn bad(json: &str, expected: &[&str]) {
    refused(&format!(r#"{{"instrument":"binance:BTCUSDT","condition":{json}}}"#), expected);
    assert!(serde_json::from_str::<Condition>(json).is_err(), "the store would read {json}");
}

#[test]
fn the_documented_alert_is_read_whole() {
    let alert = read(
        r#"{"name": "BTC reaches 33k", "instrument": "binance:BTCUSDT",
            "condition": {"type": "crossing", "price": "33000"}, "repeat": {"mode": "once"},
            "expires_at": "2027-01-01T00:00:00Z", "note": "sell a third", "message": " {symbol} reached {price}, sell! ",
            "channels": ["email"]}"#,
    )
    .unwrap();
    assert_eq!(
        serde_json::to_string(&alert).unwrap(),
        r#"{"name":"BTC reaches 33k","instrument":"binance:BTCUSDT","condition":{"type":"crossing","price":"33000"},"repeat":{"mode":"once"},"expires_at":"2027-01-01T00:00:00Z","note":"sell a third","message":"{symbol} reached {price}, sell!","channels":["email"],"tags":[]}"#
    );
    assert_eq!(serde_json::from_str::<AlertSpec>(&serde_json::to_string(&alert).unwrap()).unwrap(), alert);
}

#[test]
fn every_condition_is_read_and_printed_the_same() {
    same(r#"{"type":"crossing","price":"33000"}"#);
    same(r#"{"type":"crossing_up","price":"0.00001234"}"#);
    same(r#"{"type":"crossing_down","price":"1"}"#);
    same(r#"{"type":"entering_channel","low":"1","high":"2"}"#);
    same(r#"{"type":"exiting_channel","low":"1","high":"1"}"#);
    same(r#"{"type":"above","price":"102","reset":"98","for":"30s"}"#);
    same(r#"{"type":"below","price":"102","reset":"110"}"#);
    same(r#"{"type":"inside_channel","low":"1","high":"2","for":"1h"}"#);
    same(r#"{"type":"outside_channel","low":"1","high":"2"}"#);
    same(r#"{"type":"change","percent":"0.01","direction":"either"}"#);
    same(r#"{"type":"change","amount":"5","direction":"down","rebase":false}"#);
    same(r#"{"type":"change","percent":"10000","direction":"up"}"#);
    same(r#"{"type":"moving","percent":"5","direction":"up","window":"1h"}"#);
    same(r#"{"type":"new_high","window":"10s"}"#);
    same(r#"{"type":"new_low","window":"7d"}"#);
    same(r#"{"type":"trailing","percent":"99.9999","direction":"down"}"#);
    same(
        r#"{"type":"all","of":[{"type":"above","price":"1"},{"type":"moving","instrument":"kraken:BTC/USD","amount":"5","direction":"up","window":"1h"}],"for":"1m"}"#,
    );
    same(r#"{"type":"any","of":[{"type":"below","price":"1"},{"type":"new_high","window":"1d"}]}"#);
    same(r#"{"type":"silent","for":"10s"}"#);
    same(r#"{"type":"silent","for":"30d"}"#);
}

#[test]
fn conditions_out_of_bounds_are_refused_by_field() {
    bad(r#"{"type":"crossing"}"#, &["condition.price: required"]);
    bad(r#"{"type":"crossing","price":"-1"}"#, &["condition.price: invalid"]);
    bad(r#"{"type":"crossing","price":"0"}"#, &["condition.price: invalid"]);
    bad(r#"{"type":"crossing","price":true}"#, &["condition.price: type"]);
    bad(r#"{"type":"crossing","price":"1","low":"1"}"#, &["condition.low: unknown_field"]);
    bad(r#"{"type":"crossing","price":"1","for":"1s"}"#, &["condition.for: unknown_field"]);
    bad(r#"{"type":"sideways"}"#, &["condition.type: unknown_value"]);
    bad(r#"{"price":"1"}"#, &["condition.type: required"]);
    bad(r#"{"type":"inside_channel","low":"2","high":"1"}"#, &["condition.low: range"]);
    bad(r#"{"type":"inside_channel"}"#, &["condition.low: required", "condition.high: required"]);
    bad(r#"{"type":"above","price":"1","reset":"2"}"#, &["condition.reset: range"]);
    bad(r#"{"type":"below","price":"2","reset":"1"}"#, &["condition.reset: range"]);
    bad(r#"{"type":"above","price":"1","for":"0s"}"#, &["condition.for: range"]);
    bad(r#"{"type":"change","percent":"100","direction":"either"}"#, &["condition.percent: range"]);
    bad(r#"{"type":"change","percent":"0.00001","direction":"up"}"#, &["condition.percent: invalid"]);
    bad(
        r#"{"type":"change","percent":"1","amount":"1","direction":"up"}"#,
        &["condition.amount: not_applicable"],
    );
    bad(r#"{"type":"change"}"#, &["condition.direction: required"]);
    bad(r#"{"type":"moving","percent":"1","direction":"up","window":"9s"}"#, &["condition.window: range"]);
    bad(r#"{"type":"moving","percent":"1","direction":"up","window":"8d"}"#, &["condition.window: range"]);
    bad(r#"{"type":"trailing","percent":"1","direction":"either"}"#, &["condition.direction: unknown_value"]);
    bad(r#"{"type":"all","of":[{"type":"above","price":"1"}]}"#, &["condition.of: range"]);
    bad(
        r#"{"type":"all","of":[{"type":"above","price":"1"},{"type":"crossing","price":"1"}]}"#,
        &["condition.of[1].type: not_applicable"],
    );
    bad(r#"{"type":"silent"}"#, &["condition.for: required"]);
    bad(r#"{"type":"silent","for":"9s"}"#, &["condition.for: range"]);
    bad(r#"{"type":"silent","for":"31d"}"#, &["condition.for: range"]);
    bad(r#"{"type":"silent","for":"1m","window":"1m"}"#, &["condition.window: unknown_field"]);
    bad(
        r#"{"type":"any","of":[{"type":"above","price":"1"},{"type":"silent","for":"1m"}]}"#,
        &["condition.of[1].type: not_applicable"],
    );
    bad(
        r#"{"type":"all","of":[{"type":"above","price":"1","reset":"1"},{"type":"below","price":"x"}]}"#,
        &["condition.of[0].reset: unknown_field", "condition.of[1].price: invalid"],
    );
}

#[test]
fn all_faults_of_an_alert_are_told_together() {
    refused(
        r#"{"instrument": "mtgox:BTC", "condition": {"type": "crossing", "price": "1e3"}, "repeat": {"mode": "once",
            "cooldown": "1m"}, "expires_at": "tomorrow", "channels": ["pigeon"], "colour": "red"}"#,
        &[
            "instrument: invalid",
            "condition.price: invalid",
            "repeat.cooldown: not_applicable",
            "expires_at: invalid",
            "channels[0]: invalid",
            "colour: unknown_field",
        ],
    );
    refused("{}", &["instrument: required", "condition: required"]);
    refused("[]", &[": type"]);
}

#[test]
fn a_change_leaves_alone_what_it_does_not_name() {
    let alert = read(
        r#"{"name":"a","instrument":"push:a/b","condition":{"type":"above","price":"1"},"note":"n","message":"{price}",
            "expires_at":"2027-01-01T00:00:00Z"}"#,
    )
    .unwrap();
    let change = |json: &str| AlertDraft::from_input(&node(&serde_json::from_str(json).unwrap()));
    assert_eq!(change("{}").unwrap().applied_to(&alert), alert);
    let changed = change(r#"{"expires_at":null,"note":null,"name":"b"}"#).unwrap().applied_to(&alert);
    assert_eq!(
        changed,
        AlertSpec { expires_at: None, note: String::new(), name: "b".into(), ..alert.clone() }
    );
    for wordless in [r#"{"message":null}"#, r#"{"message":" "}"#] {
        assert_eq!(change(wordless).unwrap().applied_to(&alert).message, "");
    }
    assert_eq!(change(r#"{"condition":null}"#).unwrap_err()[0].field, "condition");
}

#[test]
fn words_for_the_message_are_checked_as_they_are_written() {
    let with = |message: &str| {
        let spec = serde_json::json!({
            "instrument": "push:a/b", "condition": {"type": "above", "price": "1"}, "message": message,
        });
        spec.to_string()
    };
    refused(&with("{prise} {"), &["message: unknown_placeholder", "message: unbalanced"]);
    refused(&with(&"x".repeat(1_001)), &["message: too_long"]);
    refused(&with("a\u{0}b"), &["message: character"]);
    refused(&with("{count}"), &["message: unknown_placeholder"]);
    assert_eq!(read(&with(&"x".repeat(1_000))).unwrap().message.len(), 1_000);
    let old = r#"{"instrument":"push:a/b","condition":{"type":"above","price":"1"}}"#;
    assert_eq!(serde_json::from_str::<AlertSpec>(old).unwrap().message, "", "as it was stored before");
}
