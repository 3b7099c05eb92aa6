//! How often each search is asked, so that the calls last until the quota starts anew.
//!
//! What is worth most is kept as often as it is wanted. A search's worth is the number of alerts that wait for
//! it times the changes that they see in a day. Where the calls do not suffice, a search's interval becomes
//! `stretch / sqrt(worth / calls)`, where that is longer than wanted, with one `stretch` for all: of all ways to
//! spend the calls, this one keeps the least news waiting, weighed by worth. So those are stretched first that
//! change rarely and are wanted by few. The smallest stretch whose calls fit is found by halving.

use bellwether_model::Span;

/// Calls in a hundred that are kept for single items.
const RESERVE_PERCENT: u64 = 5;
/// The precision of the square root of a search's worth.
const ROOT_SCALE: u64 = 1_000;

/// What one search asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// How often it is to be asked: the shortest interval that one of its alerts wants.
    pub wanted: Span,
    /// How many alerts wait for it.
    pub alerts: u32,
    /// About how many times a day its results change.
    pub changes_per_day: u32,
    /// Calls that it takes to ask once: its pages.
    pub calls: u32,
}

/// How often one search is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// The interval, never shorter than wanted.
    pub interval: Span,
    /// What was wanted.
    pub wanted: Span,
    /// How many times it is asked at most until the quota starts anew. Where that is 0, there are no calls for
    /// it until then.
    pub times: u64,
}

impl Planned {
    /// Whether it is asked less often than wanted.
    #[must_use]
    pub fn is_stretched(&self) -> bool {
        self.interval > self.wanted || self.times == 0
    }

    /// The interval in hundredths of the one wanted, rounded up: 100 where nothing is stretched.
    #[must_use]
    pub fn stretch_percent(&self) -> u64 {
        (self.interval.seconds() * 100).div_ceil(self.wanted.seconds().max(1))
    }
}

/// A plan for all searches, in their order.
///
/// `calls_left` is what is left of the quota, `until_reset` how long it must last. The times of all together,
/// each with its calls, are never more than is left without the reserve.
#[must_use]
pub fn plan(searches: &[Demand], calls_left: u64, until_reset: Span) -> Vec<Planned> {
    let budget = calls_left - calls_left.saturating_mul(RESERVE_PERCENT).div_ceil(100);
    let window_s = until_reset.seconds().max(1);
    let at_stretch = |stretch: u64| -> Vec<Planned> {
        searches.iter().map(|demand| demand.stretched(stretch, window_s)).collect()
    };
    let fits = |planned: &[Planned]| spent(searches, planned) <= budget;
    let wanted = at_stretch(0);
    if fits(&wanted) {
        return wanted;
    }
    // At this stretch each is asked once.
    let mut fitting = window_s.saturating_mul(searches.iter().map(Demand::root).max().unwrap_or(1));
    if !fits(&at_stretch(fitting)) {
        return once_each(searches, budget, window_s);
    }
    let mut failing = 0;
    while fitting - failing > 1 {
        let middle = failing + (fitting - failing) / 2;
        if fits(&at_stretch(middle)) {
            fitting = middle;
        } else {
            failing = middle;
        }
    }
    at_stretch(fitting)
}

impl Demand {
    /// The square root of the worth of a call, scaled; at least 1.
    fn root(&self) -> u64 {
        let worth = u128::from(self.alerts.max(1)) * (u128::from(self.changes_per_day) + 1);
        let scaled = worth * u128::from(ROOT_SCALE * ROOT_SCALE) / u128::from(self.calls.max(1));
        u64::try_from(scaled.isqrt()).unwrap_or(u64::MAX).max(1)
    }

    fn stretched(&self, stretch: u64, window_s: u64) -> Planned {
        let interval_s = stretch.div_ceil(self.root()).min(window_s).max(self.wanted.seconds()).max(1);
        let interval = Span::from_seconds(interval_s).unwrap_or(self.wanted);
        // Wherever in its interval the search stands now.
        Planned { interval, wanted: self.wanted, times: window_s.div_ceil(interval_s) }
    }
}

/// Where there are fewer calls than searches: those of the most worth are asked once, the others not at all.
fn once_each(searches: &[Demand], budget: u64, window_s: u64) -> Vec<Planned> {
    let once = Span::from_seconds(window_s).unwrap_or_default();
    let mut planned: Vec<Planned> = searches
        .iter()
        .map(|demand| Planned { interval: demand.wanted.max(once), wanted: demand.wanted, times: 0 })
        .collect();
    let mut order: Vec<usize> = (0..searches.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(searches[at].root()));
    let mut left = budget;
    for at in order {
        if let Some(rest) = left.checked_sub(u64::from(searches[at].calls.max(1))) {
            left = rest;
            planned[at].times = 1;
        }
    }
    planned
}

fn spent(searches: &[Demand], planned: &[Planned]) -> u64 {
    searches
        .iter()
        .zip(planned)
        .map(|(demand, planned)| planned.times.saturating_mul(u64::from(demand.calls.max(1))))
        .fold(0, u64::saturating_add)
}
