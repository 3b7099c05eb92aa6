//! When an instrument was watched within a stretch of time, and when not: from what the evaluator stored.

use bellwether_feeds::Coverage as Watched;
use bellwether_model::{Instrument, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::error::ApiError;

/// The evaluator stores a stretch that grows every ten seconds. One that is watched now, and was when it was
/// stored last, goes on.
const GOES_ON_US: i64 = 30_000_000;
/// What is shorter is no stretch in which anybody was blind: a connection takes that long.
const NOTED_US: i64 = 1_000_000;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Stretch)]
pub(super) struct StretchView {
    #[schema(value_type = String, format = DateTime)]
    pub(super) from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(super) to: Timestamp,
    /// Its length, in seconds.
    pub(super) seconds: i64,
}

/// What is known of one instrument between two instants.
#[derive(Debug)]
pub(super) struct Coverage {
    from: Timestamp,
    to: Timestamp,
    /// Within the two instants, the oldest first, none touching another.
    stretches: Vec<(Timestamp, Timestamp)>,
}

impl Coverage {
    pub(super) async fn read(
        api: &ApiState,
        instrument: &Instrument,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Self, ApiError> {
        let stored = api.store().coverage(instrument, from, to).await?;
        let mut stretches: Vec<_> = stored.into_iter().map(|one| (one.from, one.to)).collect();
        if let (Some((_, end)), Some(watching)) = (stretches.last_mut(), api.positions().watching(instrument))
            && watching.coverage == Watched::Watched
            && watching.since.micros_since(*end) < GOES_ON_US
        {
            *end = api.now().max(*end);
        }
        Ok(Self::of(stretches, from, to))
    }

    fn of(stretches: Vec<(Timestamp, Timestamp)>, from: Timestamp, to: Timestamp) -> Self {
        let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (begin, end) in stretches {
            let (begin, end) = (begin.max(from), end.min(to));
            match merged.last_mut() {
                Some((_, last)) if begin.micros_since(*last) < NOTED_US => *last = end.max(*last),
                _ if begin <= end => merged.push((begin, end)),
                _ => {}
            }
        }
        Self { from, to, stretches: merged }
    }

    /// Whether anything is known.
    pub(super) fn is_known(&self) -> bool {
        !self.stretches.is_empty()
    }

    /// The stretches that were watched.
    pub(super) fn covered(&self) -> Vec<StretchView> {
        self.stretches.iter().map(|(from, to)| view(*from, *to)).collect()
    }

    /// What lies between them, and before and after.
    pub(super) fn blind(&self) -> Vec<StretchView> {
        let ends = self.stretches.iter().map(|(_, end)| *end);
        let begins = self.stretches.iter().map(|(begin, _)| *begin);
        let from = std::iter::once(self.from).chain(ends);
        let to = begins.chain(std::iter::once(self.to));
        from.zip(to)
            .filter(|(from, to)| to.micros_since(*from) >= NOTED_US)
            .map(|(from, to)| view(from, to))
            .collect()
    }
}

fn view(from: Timestamp, to: Timestamp) -> StretchView {
    StretchView { from, to, seconds: to.micros_since(from) / 1_000_000 }
}

/// How long nobody knew what a price did, in a sentence; nothing where there is nothing to say.
pub(super) fn in_words(blind: &[StretchView]) -> Option<String> {
    let last = blind.last()?;
    let seconds = blind.iter().map(|one| one.seconds).sum::<i64>();
    Some(match blind.len() {
        1 => format!("It was blind for {seconds} s at {}.", last.from),
        times => {
            format!("It was blind {times} times, for {seconds} s in all, the last time at {}.", last.from)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    #[test]
    fn what_is_not_covered_is_blind() {
        let check = |stretches: &[(i64, i64)], covered: &[(i64, i64)], blind: &[(i64, i64)]| {
            let stretches = stretches.iter().map(|(from, to)| (at(*from), at(*to))).collect();
            let coverage = Coverage::of(stretches, at(10), at(100));
            let seconds = |found: Vec<StretchView>| -> Vec<(i64, i64)> {
                found.iter().map(|one| (one.from.micros() / 1_000_000, one.to.micros() / 1_000_000)).collect()
            };
            assert_eq!(seconds(coverage.covered()), covered);
            assert_eq!(seconds(coverage.blind()), blind);
        };
        check(&[], &[], &[(10, 100)]);
        check(&[(0, 200)], &[(10, 100)], &[]);
        check(&[(5, 20), (30, 40)], &[(10, 20), (30, 40)], &[(20, 30), (40, 100)]);
        check(&[(20, 30), (30, 100)], &[(20, 100)], &[(10, 20)]);
    }

    #[test]
    fn a_sentence_says_how_long_and_when() {
        assert_eq!(in_words(&[]), None);
        let one = view(at(0), at(38));
        assert_eq!(in_words(&[one]).unwrap(), "It was blind for 38 s at 1970-01-01T00:00:00Z.");
        let two = in_words(&[one, view(at(60), at(62))]).unwrap();
        assert_eq!(two, "It was blind 2 times, for 40 s in all, the last time at 1970-01-01T00:01:00Z.");
    }
}
