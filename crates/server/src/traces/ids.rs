//! The ids of traces and spans, and which fires are sampled: all of it follows from ids that are stored anyhow.

use bellwether_model::FireId;
use opentelemetry::{SpanId, TraceId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::config::Sample;

/// A fire's trace: its own id, so that one is found by the other. It is never nil, and enough of it is random.
pub(super) fn trace_of(fire: FireId) -> TraceId {
    TraceId::from_bytes(*fire.0.as_bytes())
}

/// The span of that name which a fire, a delivery or an attempt has.
pub(super) fn span_of(name: &'static str, owner: Uuid) -> SpanId {
    let [a, b, c, d, e, f, g, h, ..] = digest(name, owner);
    SpanId::from_bytes([a, b, c, d, e, f, g, h])
}

/// Whether a fire is sampled. Ids of one millisecond are near each other, so the choice goes by a hash of them.
pub(super) fn is_sampled(fire: FireId, sample: Sample) -> bool {
    let [a, b, c, d, ..] = digest("sample", fire.0);
    sample.takes(u32::from_be_bytes([a, b, c, d]))
}

fn digest(name: &'static str, owner: Uuid) -> [u8; 32] {
    Sha256::new().chain_update(owner.as_bytes()).chain_update(name).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fire(text: &str) -> FireId {
        FireId(text.parse().unwrap())
    }

    fn sample(text: &str) -> Sample {
        text.parse().unwrap()
    }

    /// Another process, or this one after a restart, must come to the same: the values are part of the contract.
    #[test]
    fn ids_and_the_choice_follow_from_the_fire_alone() {
        let one = fire("0198c0de-0000-7000-8000-00000000002a");
        assert_eq!(trace_of(one).to_string(), "0198c0de00007000800000000000002a");
        assert_eq!(span_of("fire", one.0).to_string(), "11bc192dc2c14b37");
        assert_eq!(span_of("commit", one.0).to_string(), "439ccd4d645905b5");
        let other = fire("0198c0de-0000-7000-8000-00000000002b");
        assert_ne!(span_of("fire", other.0), span_of("fire", one.0));
        assert_eq!(
            ["0", "0.2", "0.5", "1"].map(|share| is_sampled(one, sample(share))),
            [false, false, true, true]
        );
    }

    #[test]
    fn the_share_of_fires_that_is_sampled_is_the_one_asked_for_also_within_a_millisecond() {
        let fires: Vec<FireId> = (0..20_000).map(|_| FireId(Uuid::now_v7())).collect();
        let tenth: Vec<bool> = fires.iter().map(|fire| is_sampled(*fire, sample("0.1"))).collect();
        let count = tenth.iter().filter(|is_sampled| **is_sampled).count();
        // Six standard deviations around 2,000.
        assert!((1_750..2_250).contains(&count), "{count} of 20000");
        // They were made within a few milliseconds, and are not chosen in runs.
        let turns = tenth.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!((3_150..4_050).contains(&turns), "{turns} turns");
        // Whoever samples more has all that others have.
        let is_monotonous =
            |fire: &FireId| !is_sampled(*fire, sample("0.1")) || is_sampled(*fire, sample("0.2"));
        assert!(fires.iter().all(is_monotonous));
    }
}
