//! Fires and candles as files, and fires counted.

use bellwether_model::{Candle, Instrument, Interval, Timestamp};
use bellwether_store::candle::{NewCandle, RunningCandles};
use bellwether_store::evaluation::{Commit, MarketPosition};
use serde_json::{Value, json};

use crate::rig::{Person, Rig, crossing};

/// An alert that fires every time, by another name and so many times, a minute apart.
async fn fired(rig: &Rig, person: &Person, name: &str, times: u32) -> String {
    let mut wish = crossing("33000");
    wish["repeat"] = json!({"mode": "every"});
    wish["name"] = json!(name);
    let alert = rig.post(person, "/api/alerts", &wish).await.expect(201).id();
    for _ in 0..times {
        rig.clock.advance("1m");
        rig.fire(&alert, false).await;
    }
    alert
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[tokio::test]
async fn fires_come_as_a_file_with_the_lists_filters_and_to_their_owner_alone() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    let one = fired(&rig, &ada, "=1+1, \"first\"", 3).await;
    fired(&rig, &ada, "second", 2).await;
    fired(&rig, &eve, "eve's", 1).await;

    let csv = rig.get(&ada, "/api/fires/export").await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"fires.csv\"");
    let rows = lines(&csv.text);
    assert_eq!(rows.len(), 6, "{}", csv.text);
    assert!(rows[0].starts_with("id,alert_id,alert,fire,kind,time,instrument,price,"), "{}", rows[0]);
    // The newest first, as in the list; a name that would be a formula is none.
    assert!(
        rows[1]
            .contains(",\"second\",2,price,2027-01-15T08:05:00Z,\"binance:BTCUSDT\",33000.5,32999,33000,,")
    );
    assert!(rows[5].contains(",\"'=1+1, \"\"first\"\"\",1,price,2027-01-15T08:01:00Z,"), "{}", rows[5]);
    assert!(rows.iter().all(|row| !row.contains("eve's")));

    let listed = rig.get(&ada, &format!("/api/fires?alert={one}")).await.expect(200).body;
    let filtered = rig.get(&ada, &format!("/api/fires/export?format=jsonl&alert={one}")).await.expect(200);
    assert_eq!(filtered.header("content-type"), "application/x-ndjson");
    let read: Vec<Value> =
        lines(&filtered.text).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(read), listed["items"], "a line is what the list has");
    let between = "from=2027-01-15T08:02:00Z&to=2027-01-15T08:04:00Z&instrument=binance:btcusdt";
    let some = rig.get(&ada, &format!("/api/fires/export?format=jsonl&{between}")).await.expect(200);
    assert_eq!(lines(&some.text).len(), 2);
    let none = rig.get(&eve, &format!("/api/fires/export?alert={one}")).await.expect(200);
    assert_eq!(lines(&none.text).len(), 1, "only the names of the columns");

    for (query, fault) in [
        ("format=xls", "format unknown_value"),
        ("from=2027-01-15T08:04:00Z&to=2027-01-15T08:02:00Z", "to invalid"),
        ("page_size=5", "page_size unknown_parameter"),
    ] {
        let refused =
            rig.get(&ada, &format!("/api/fires/export?{query}")).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), [fault]);
    }
}

#[tokio::test]
async fn a_file_of_many_portions_is_whole_and_in_order() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let bitcoin: Instrument = "binance:BTCUSDT".parse().unwrap();
    let minute = Interval::Minute.micros();
    let candle = |number: i64| Candle {
        open_time: Timestamp::from_micros(rig.now().micros() - (2_300 - number) * minute),
        open: (1 + number % 7).to_string().parse().unwrap(),
        high: "9".parse().unwrap(),
        low: "0.5".parse().unwrap(),
        close: "2.25".parse().unwrap(),
        partial: number == 0,
    };
    let new = (0..2_300).map(|number| NewCandle {
        instrument: bitcoin.clone(),
        interval: Interval::Minute,
        candle: candle(number),
    });
    let running = RunningCandles { minute: Some(candle(2_300)), ..RunningCandles::default() };
    let position = MarketPosition {
        instrument: bitcoin.clone(),
        position: bellwether_model::Position(1),
        numbered: true,
        price: "1".parse().unwrap(),
        time: rig.now(),
        memory: vec![],
        running,
        in_force: true,
    };
    let commit = Commit { candles: new.collect(), positions: vec![position], ..Commit::default() };
    rig.store.commit(commit, rig.now()).await.unwrap();

    let path = "/api/instruments/binance:btcusdt/candles/export?interval=1m";
    let csv = rig.get(&ada, path).await.expect(200);
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"binance-BTCUSDT-1m.csv\"");
    let rows = lines(&csv.text);
    assert_eq!(rows.len(), 1 + 2_301);
    assert_eq!(rows[0], "time,open,high,low,close,partial,running");
    assert_eq!(rows[1], "2027-01-13T17:40:00Z,1,9,0.5,2.25,true,false");
    assert_eq!(rows[2_301], "2027-01-15T08:00:00Z,5,9,0.5,2.25,false,true");
    assert!(rows[1..].is_sorted());

    let stretch = format!("{path}&format=jsonl&from=2027-01-15T07:00:00Z&to=2027-01-15T08:00:00Z");
    let json = rig.get(&ada, &stretch).await.expect(200);
    let read: Vec<Value> = lines(&json.text).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let listed = "/api/instruments/binance:BTCUSDT/candles?interval=1m&from=2027-01-15T07:00:00Z&to=2027-01-15T08:00:00Z";
    assert_eq!(json!(read), rig.get(&ada, listed).await.expect(200).body["items"]);
    assert_eq!(read.len(), 60);
    rig.get(&ada, &format!("{path}&interval=2m")).await.refused(400, "invalid_input");
    rig.get(&ada, "/api/instruments/binance:NOSUCH/candles/export").await.refused(404, "not_found");
}

#[tokio::test]
async fn fires_are_counted_by_instrument_alert_and_day() {
    let rig = Rig::new().await;
    let (mut ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    let one = fired(&rig, &ada, "first", 1).await;
    fired(&rig, &eve, "eve's", 4).await;
    rig.clock.advance("24h");
    (ada.access, _) = rig.log_in("ada@example.org").await;
    let two = fired(&rig, &ada, "second", 3).await;

    let counted =
        async |query: &str| rig.get(&ada, &format!("/api/fires/counts?{query}")).await.expect(200).body;
    assert_eq!(
        counted("by=instrument").await,
        json!({"total": 4, "capped": false, "items": [
            {"instrument": "binance:BTCUSDT", "fires": 4, "last_fired_at": "2027-01-16T08:08:00Z"}]})
    );
    let sentence = "BTCUSDT reaches 33,000";
    assert_eq!(
        counted("by=alert").await["items"],
        json!([
            {"alert_id": two, "sentence": sentence, "fires": 3, "last_fired_at": "2027-01-16T08:08:00Z"},
            {"alert_id": one, "sentence": sentence, "fires": 1, "last_fired_at": "2027-01-15T08:01:00Z"},
        ])
    );
    assert_eq!(
        counted("by=day").await["items"],
        json!([
            {"day": "2027-01-16T00:00:00Z", "fires": 3, "last_fired_at": "2027-01-16T08:08:00Z"},
            {"day": "2027-01-15T00:00:00Z", "fires": 1, "last_fired_at": "2027-01-15T08:01:00Z"},
        ])
    );
    let newest = counted("by=alert&limit=1").await;
    assert_eq!((newest["items"].as_array().unwrap().len(), &newest["total"]), (1, &json!(4)));
    assert_eq!(counted(&format!("by=day&alert={one}")).await["total"], 1);
    assert_eq!(counted("by=day&from=2027-01-16T08:07:00Z").await["total"], 2);
    assert_eq!(counted("by=day&instrument=binance:ETHUSDT").await["items"], json!([]));
    let refused = rig.get(&ada, "/api/fires/counts").await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["by required"]);
    rig.get(&ada, "/api/fires/counts?by=colour").await.refused(400, "invalid_input");
}
