//! An alert as JSON: what is refused says why; what is accepted prints as itself, has words, and can be
//! evaluated.

#![no_main]

use bellwether_engine::{Arming, Engine, Policy};
use bellwether_model::{AlertSpec, AlertState, Observation, Origin, Tick, Timestamp, words};
use bellwether_server::json::read_node;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(node) = read_node(bytes) else { return };
    let spec = match AlertSpec::from_input(&node) {
        Ok(spec) => spec,
        Err(faults) => return assert!(!faults.is_empty(), "refused without a reason"),
    };
    let printed = serde_json::to_vec(&spec.condition).expect("a condition prints");
    let again = serde_json::from_slice(&printed).expect("what was printed is read");
    assert_eq!(spec.condition, again, "{}", String::from_utf8_lossy(&printed));
    assert!(!words::condition(&spec.condition).is_empty());
    evaluate(&spec);
});

/// Lets the alert live through prices from the smallest to the largest and back.
fn evaluate(spec: &AlertSpec) {
    let mut engine = Engine::new();
    let keys: Vec<_> = spec.instruments().into_iter().map(|name| engine.instrument(name)).collect();
    let policy = Policy { repeat: spec.repeat, expires_at: spec.expires_at, snoozed_until: None };
    let (condition, state) = (spec.condition.clone(), AlertState::default());
    let slot = engine
        .arm(Arming { instrument: keys[0], condition, policy, state, order: 1 })
        .expect("what was read can be evaluated");
    let prices = ["0.000000000000000001", "1", "33000", "9999999999999999999999999999", "32999.5", "0.5"];
    let mut fires = Vec::new();
    for (number, price) in (0u64..).zip(prices) {
        let time =
            Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(number).unwrap_or(0) * 7_000_000);
        let tick = Tick::numbered(price.parse().expect("a price"), time, number + 1);
        for key in &keys {
            let observation = Observation { tick, trades: None, origin: Origin::Live };
            engine.apply(*key, &observation, &mut fires);
        }
        let _ = engine.outlook(slot, &spec.condition, policy, time);
    }
}
