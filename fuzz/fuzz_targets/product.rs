//! An alert on products as JSON: what is refused says why; what is accepted prints as itself, has words, and
//! its schedule goes on.

#![no_main]

use bellwether_model::product::{ProductSpec, Schedule};
use bellwether_model::{Spec, Timestamp};
use bellwether_server::json::read_node;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(node) = read_node(bytes) else { return };
    let spec = match ProductSpec::from_input(&node) {
        Ok(spec) => spec,
        Err(faults) => return assert!(!faults.is_empty(), "refused without a reason"),
    };
    assert!(!spec.words().is_empty() && !spec.watch.search().key().is_empty());
    if let Some(schedule) = spec.watch.schedule() {
        keep(schedule);
    }
    let spec = Spec::Product(spec);
    let printed = serde_json::to_vec(&spec).expect("an alert prints");
    let again: Spec = serde_json::from_slice(&printed).expect("what was printed is read");
    assert_eq!(spec, again, "{}", String::from_utf8_lossy(&printed));
});

/// Each instant is later than the one before, and no other lies between.
fn keep(schedule: &Schedule) {
    assert!(!schedule.words().is_empty());
    let anchor = Timestamp::from_micros(1_795_255_200_000_000);
    let mut after = anchor;
    for _ in 0..5 {
        let next = schedule.next_after(anchor, after).expect("what was read goes on");
        assert!(next > after);
        let just_before = Timestamp::from_micros(next.micros() - 1);
        assert_eq!(schedule.next_after(anchor, just_before), Some(next));
        after = next;
    }
}
