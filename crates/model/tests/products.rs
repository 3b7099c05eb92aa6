//! Product alerts as people write them.

use bellwether_model::input::Node;
use bellwether_model::product::{ListingCondition, ProductWatch};
use bellwether_model::{Repeat, Spec};

/// A JSON document as a node, the way the server reads it.
fn node(text: &str) -> Node {
    fn of(value: &serde_json::Value) -> Node {
        match value {
            serde_json::Value::Null => Node::Null,
            serde_json::Value::Bool(flag) => Node::Bool(*flag),
            serde_json::Value::Number(number) => Node::Number(number.to_string()),
            serde_json::Value::String(text) => Node::Text(text.clone()),
            serde_json::Value::Array(list) => Node::List(list.iter().map(of).collect()),
            serde_json::Value::Object(map) => {
                Node::Object(map.iter().map(|(name, value)| (name.clone(), of(value))).collect())
            }
        }
    }
    of(&serde_json::from_str(text).expect("JSON"))
}

fn read(text: &str) -> Result<Spec, Vec<String>> {
    let faults = |faults: Vec<bellwether_model::Fault>| faults.into_iter().map(|fault| fault.field).collect();
    Spec::from_input(&node(text)).map_err(faults)
}

const DIGEST: &str = r#"{"kind": "digest",
    "search": {"query": "gravel bike 56", "marketplace": "EBAY_US", "max_price": "900"},
    "schedule": {"every": "10m"}, "top": 20}"#;
const SEARCH: &str = r#"{"kind": "search", "search": {"query": "leica m6"},
    "condition": {"type": "price_drop", "percent": "5"}}"#;
const INSIGHTS: &str = r#"{"kind": "insights", "search": {"query": "leica m6"},
    "schedule": {"cron": "0 9 * * *", "time_zone": "Europe/Berlin"}, "look_back": "2d", "drop_percent": "2"}"#;

#[test]
fn alerts_of_each_kind_are_read_and_kept_as_they_are() {
    for (text, kind, words) in [
        (DIGEST, "digest", "the 20 cheapest: \"gravel bike 56\" on eBay up to 900 USD"),
        (SEARCH, "search", "price drops of 5 % and more: \"leica m6\" on eBay"),
        (INSIGHTS, "insights", "how prices move: \"leica m6\" on eBay"),
    ] {
        let spec = read(text).unwrap();
        assert_eq!(spec.kind(), kind);
        assert_eq!(spec.product().unwrap().words(), words);
        let kept = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<Spec>(&kept).unwrap(), spec, "{kept}");
    }
    let price = r#"{"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"}}"#;
    let spec = read(price).unwrap();
    let kept = serde_json::to_string(&spec).unwrap();
    assert_eq!((spec.kind(), serde_json::from_str::<Spec>(&kept).unwrap()), ("price", spec));
}

#[test]
fn a_search_alert_repeats_where_nothing_is_said() {
    let spec = read(SEARCH).unwrap();
    assert_eq!(spec.repeat(), Repeat::Every { cooldown: bellwether_model::Span::ZERO, max_fires: None });
    let once = SEARCH.replace("\"condition\"", "\"repeat\": {\"mode\": \"once\"}, \"condition\"");
    assert_eq!(read(&once).unwrap().repeat(), Repeat::Once);
}

#[test]
fn several_conditions_may_stand_side_by_side_each_once() {
    let two = r#"{"kind": "search", "search": {"query": "x"}, "exclude": ["broken"],
        "conditions": [{"type": "listed"}, {"type": "below", "price": "300"}]}"#;
    let spec = read(two).unwrap();
    let ProductWatch::Search(watch) = &spec.product().unwrap().watch else { panic!("{spec:?}") };
    assert_eq!(watch.conditions[0], ListingCondition::Listed);
    assert_eq!(watch.exclude, ["broken"]);
    let twice = two.replace("\"listed\"", "\"below\", \"price\": \"200\"");
    assert_eq!(read(&twice), Err(vec!["conditions".to_owned()]));
}

#[test]
fn every_fault_is_named_by_its_field() {
    let wrong = r#"{"kind": "search", "search": {"query": ""}, "condition": {"type": "price_drop", "percent": "100"},
        "schedule": {"every": "10m"}, "name": 5}"#;
    assert_eq!(
        read(wrong),
        Err(["search.query", "condition.percent", "name", "schedule"].map(str::to_owned).to_vec())
    );
    let nothing = read(r#"{"kind": "digest"}"#).unwrap_err();
    assert_eq!(nothing, ["search", "schedule"]);
    let repeat = DIGEST.replace("\"top\"", "\"repeat\": {\"mode\": \"once\"}, \"top\"");
    assert_eq!(read(&repeat), Err(vec!["repeat".to_owned()]));
    let unknown = read(r#"{"kind": "lottery", "search": {"query": "x"}}"#).unwrap_err();
    assert_eq!(unknown, ["kind"], "no fault is told of fields that may belong to the kind that was meant");
    assert_eq!(read(r#"{"kind": 1, "instrument": "nonsense"}"#).unwrap_err(), ["kind"]);
    let price = r#""instrument": "binance:BTCUSDT", "condition": {"type": "above", "price": "1"}"#;
    assert_eq!(
        read(&format!(r#"{{"kind": null, {price}}}"#)),
        read(&format!("{{{price}}}")),
        "as if it were absent"
    );
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let spec = read(DIGEST).unwrap();
    let changed = spec.changed_by(&node(r#"{"top": 5, "name": "bikes"}"#)).unwrap();
    let product = changed.product().unwrap();
    let ProductWatch::Digest(watch) = &product.watch else { panic!("{changed:?}") };
    assert_eq!((watch.top, product.name.as_str()), (5, "bikes"));
    assert_eq!(watch.search, *spec.product().unwrap().watch.search());
    let refused = spec.changed_by(&node(r#"{"kind": "search", "search": null}"#)).unwrap_err();
    let fields: Vec<_> = refused.into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["search", "kind"]);
}
