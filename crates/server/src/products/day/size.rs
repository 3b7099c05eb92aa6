//! How large a day is that is tried, by the variables that say so.

/// What a day is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) digests: usize,
    /// Distinct searches, which the digests share evenly.
    pub(super) searches: usize,
    /// How often digests come, in minutes: each of these in turn.
    pub(super) every: &'static [i64],
    /// What the marketplace answers in a day.
    pub(super) calls: u64,
    /// How much of the day is tried, in minutes.
    pub(super) minutes: i64,
}

/// Digests that come now and then, each of a search of its own.
const LEISURELY: [i64; 4] = [120, 240, 480, 1_440];
/// Digests that come every ten minutes.
pub(super) const OFTEN: [i64; 1] = [10];

impl Size {
    /// So many digests, each of a search of its own.
    pub(super) fn apart(digests: usize, calls: u64) -> Self {
        Self { digests, searches: digests, every: &LEISURELY, calls, minutes: 1_440 }
    }

    /// What the variables say; `otherwise` where they say nothing.
    pub(super) fn asked_for(otherwise: Self) -> Self {
        let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
        let Some(digests) = number("BELLWETHER_DIGESTS") else { return otherwise };
        let count = usize::try_from(digests).unwrap();
        let mut size = Self::apart(count, digests * 3);
        if let Some(searches) = number("BELLWETHER_SEARCHES") {
            let searches = usize::try_from(searches).unwrap();
            size = Self { searches, every: &OFTEN, calls: 1_000_000, ..size };
        }
        size.calls = number("BELLWETHER_CALLS").unwrap_or(size.calls);
        size.minutes =
            number("BELLWETHER_DAY_MINUTES").map_or(size.minutes, |minutes| i64::try_from(minutes).unwrap());
        size
    }
}
