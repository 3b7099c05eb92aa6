//! What an alert would have done, before it is made.

use bellwether_model::{Candle, Instrument, Interval, Timestamp};
use bellwether_store::candle::NewCandle;
use bellwether_store::evaluation::Commit;
use serde_json::{Value, json};

use crate::rig::{Person, Rig, START};

/// A minute so long before the rig's beginning.
fn candle(minutes_ago: i64, [open, high, low, close]: [&str; 4]) -> NewCandle {
    let instrument: Instrument = "binance:BTCUSDT".parse().unwrap();
    let open_time = Timestamp::from_micros(START.micros() - minutes_ago * 60_000_000);
    let price = |text: &str| text.parse().unwrap();
    let (open, high, low, close) = (price(open), price(high), price(low), price(close));
    NewCandle {
        instrument,
        interval: Interval::Minute,
        candle: Candle { open_time, open, high, low, close, partial: false },
    }
}

/// A rig with a past of BTCUSDT, and somebody.
pub(crate) async fn with_past() -> (Rig, Person) {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let candles = vec![
        candle(12_000, ["90", "120", "90", "120"]), // More than a week ago.
        candle(30, ["100", "101", "99", "100"]),
        candle(29, ["100", "104", "100", "104"]),
        candle(28, ["104", "104", "101", "101"]),
        candle(27, ["101", "103", "101", "103"]),
    ];
    let commit = Commit { candles, ..Commit::default() };
    rig.store.commit(commit, rig.now()).await.unwrap();
    (rig, ada)
}

fn wish(condition: Value, more: Value) -> Value {
    let mut wish = json!({"instrument": "binance:btcusdt", "condition": condition});
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    wish
}

async fn preview(rig: &Rig, ada: &Person, wish: &Value) -> Value {
    rig.post(ada, "/api/alerts/preview", wish).await.expect(200).body
}

#[tokio::test]
async fn the_past_goes_through_the_engine() {
    let (rig, ada) = with_past().await;
    let crossing = json!({"type": "crossing", "price": "103"});
    let told = preview(&rig, &ada, &wish(crossing.clone(), json!({"repeat": {"mode": "every"}}))).await;
    assert_eq!(
        told["sentence"],
        "It would have fired 3 times in the last 7 days. Its past is known since 2027-01-15T07:30:00Z."
    );
    assert_eq!(
        (&told["fires"], &told["fires_unlimited"], &told["ticks"]),
        (&json!(3), &json!(3), &json!(16))
    );
    assert_eq!((&told["resolution"], &told["already_true"]), (&json!("1m"), &Value::Null));
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!("2027-01-15T07:30:00Z"), &json!("2027-01-15T08:00:00Z"))
    );
    let first = json!({
        "instrument": "binance:BTCUSDT", "time": "2027-01-15T07:31:40Z", "price": "104",
        "previous_price": "100", "threshold": "103"
    });
    assert_eq!(told["items"][0], first);

    let once = preview(&rig, &ada, &wish(crossing.clone(), json!({"days": 1}))).await;
    assert_eq!(
        once["sentence"],
        "It would have fired once in the last day; without its limits, 3 times. Its past is known since 2027-01-15T07:30:00Z."
    );
    let longer = preview(&rig, &ada, &wish(crossing, json!({"days": 9, "repeat": {"mode": "every"}}))).await;
    assert_eq!((&longer["fires"], &longer["ticks"]), (&json!(5), &json!(20)));
}

#[tokio::test]
async fn what_holds_already_is_said() {
    let (rig, ada) = with_past().await;
    for (price, holds) in [("103", true), ("103.01", false)] {
        let told = preview(&rig, &ada, &wish(json!({"type": "above", "price": price}), json!({}))).await;
        assert_eq!(told["already_true"], holds, "{told}");
    }
}

#[tokio::test]
async fn of_silences_candles_tell_nothing() {
    let (rig, ada) = with_past().await;
    let told = preview(&rig, &ada, &wish(json!({"type": "silent", "for": "5m"}), json!({}))).await;
    assert_eq!(
        told["sentence"],
        "Candles do not tell when there was no trade, so nobody knows how often it would have fired."
    );
    assert_eq!((&told["ticks"], &told["items"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn nothing_is_made_by_it_and_faults_are_told_as_for_an_alert() {
    let (rig, ada) = with_past().await;
    preview(&rig, &ada, &wish(json!({"type": "crossing", "price": "103"}), json!({}))).await;
    assert_eq!(rig.get(&ada, "/api/alerts").await.expect(200).body["total"], 0);
    let wrong = json!({
        "instrument": "binance:NOPE", "condition": {"type": "crossing", "price": "-1"}, "days": 366, "colour": 1
    });
    let refused = rig.post(&ada, "/api/alerts/preview", &wrong).await.refused(400, "invalid_input");
    let mut faults = refused.faults();
    faults.sort();
    let expected =
        ["colour unknown_field", "condition.price invalid", "days range", "instrument unknown_instrument"];
    assert_eq!(faults, expected);
}

#[tokio::test]
async fn without_a_past_it_says_so() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let told = preview(&rig, &ada, &wish(json!({"type": "above", "price": "1"}), json!({}))).await;
    assert_eq!(told["sentence"], "Nothing is known of its past yet.");
    assert_eq!(
        (&told["fires"], &told["from"], &told["already_true"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
}
