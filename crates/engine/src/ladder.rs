//! Triggers in order of their distance from the price.
//!
//! The nearest hundred or so stand sorted, keys beside slots; those further off lie in buckets, each
//! covering a stretch of keys and holding slots in no order. So a tick that reaches nothing looks at one
//! number; arming finds a bucket by its bound and appends; disarming looks through one bucket; a
//! bucket is put in order only when the price comes to it, and not even then where the price jumps over
//! it. A far trigger costs 4 bytes and the slack of its bucket, because its key is kept by its alert and
//! asked for (`keys`) only when a bucket is split or opened. No operation touches more than two buckets
//! and the list of bounds, so none stalls.
//!
//! Rungs are ordered by key and then by slot, so a round price that thousands wait for is split among
//! buckets like any other stretch.

/// Triggers that stand sorted at most, and that one bucket holds at most.
const CAPACITY: usize = 128;

/// A trigger and the slot to wake when the price reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rung {
    key: u64,
    slot: u32,
}

/// Triggers on one side of the price; the smallest key is the nearest.
#[derive(Debug)]
pub(crate) struct Ladder {
    /// The key of the nearest rung, the largest number where there is none.
    nearest: u64,
    /// The nearest rungs, nearest last.
    near: Vec<Rung>,
    /// The buckets beyond, nearest last. Empty where `near` is.
    far: Vec<Vec<u32>>,
    /// For each bucket, the nearest rung that may be in it: its key,
    bound_keys: Vec<u64>,
    /// and its slot, which decides only among rungs of one key.
    bound_slots: Vec<u32>,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            nearest: u64::MAX,
            near: Vec::new(),
            far: Vec::new(),
            bound_keys: Vec::new(),
            bound_slots: Vec::new(),
        }
    }
}

impl Ladder {
    /// The nearest trigger, or the largest number where there is none.
    #[inline]
    pub(crate) fn nearest(&self) -> u64 {
        self.nearest
    }

    fn note_nearest(&mut self) {
        self.nearest = self.near.last().map_or(u64::MAX, |rung| rung.key);
    }

    /// Moves the trigger of a slot from one key to another, where the largest number says that there is none.
    /// `keys` tells of the slot where its trigger stands from now on.
    #[inline]
    pub(crate) fn shift(&mut self, slot: u32, old: u64, new: u64, keys: impl Fn(u32) -> u64) {
        if old == new {
            return;
        }
        if old != u64::MAX {
            let found = self.remove(Rung { key: old, slot }, &keys);
            debug_assert!(found, "an alert knows where it stands");
        }
        if new != u64::MAX {
            self.insert(Rung { key: new, slot }, keys);
        }
    }

    /// Adds a trigger.
    fn insert(&mut self, rung: Rung, keys: impl Fn(u32) -> u64) {
        match self.bucket_of(rung) {
            None => self.insert_near(rung),
            Some(at) => {
                self.far[at].push(rung.slot);
                if self.far[at].len() == CAPACITY {
                    self.split(at, keys);
                }
            }
        }
    }

    /// Takes a trigger away, and says whether it was there.
    fn remove(&mut self, rung: Rung, keys: impl Fn(u32) -> u64) -> bool {
        let Some(at) = self.bucket_of(rung) else {
            let found = self.near.binary_search_by(|other| rung.cmp(other));
            if let Ok(place) = found {
                self.near.remove(place);
                self.refill(keys);
            }
            return found.is_ok();
        };
        let bucket = &mut self.far[at];
        let found = place_of(rung.slot, bucket);
        if let Some(place) = found {
            bucket.swap_remove(place);
            if bucket.is_empty() {
                self.far.remove(at);
                self.bound_keys.remove(at);
                self.bound_slots.remove(at);
            } else if bucket.len() < bucket.capacity() / 4 {
                bucket.shrink_to(bucket.capacity() / 2);
            }
        }
        found.is_some()
    }

    /// Takes every trigger up to `reach` away and hands its slot to `due`, in no particular order.
    pub(crate) fn take_due(&mut self, reach: u64, keys: impl Fn(u32) -> u64, mut due: impl FnMut(u32)) {
        while self.nearest() <= reach {
            let first = self.near.partition_point(|rung| rung.key > reach);
            self.near.drain(first..).for_each(|rung| due(rung.slot));
            // Buckets that the price jumped over need not be put in order.
            while self.near.is_empty() && self.bound_keys.iter().rev().nth(1).is_some_and(|&key| key <= reach)
            {
                self.pop_bucket().into_iter().flatten().for_each(&mut due);
            }
            self.refill(&keys);
        }
    }

    /// The bucket whose stretch holds a rung; `None` where it belongs to the sorted ones.
    #[inline]
    fn bucket_of(&self, rung: Rung) -> Option<usize> {
        let mut at = count_above(&self.bound_keys, rung.key);
        if self.bound_keys.get(at) == Some(&rung.key) {
            let same = self.bound_keys[at..].partition_point(|&key| key == rung.key);
            at += self.bound_slots[at..at + same].partition_point(|&slot| slot > rung.slot);
        }
        (at < self.bound_keys.len()).then_some(at)
    }

    /// Takes the nearest bucket away.
    fn pop_bucket(&mut self) -> Option<Vec<u32>> {
        self.bound_keys.pop();
        self.bound_slots.pop();
        self.far.pop()
    }

    fn insert_near(&mut self, rung: Rung) {
        let at = self.near.partition_point(|other| *other > rung);
        self.near.insert(at, rung);
        if self.near.len() > CAPACITY {
            let further = self.near.len() / 2;
            let Rung { key, slot } = self.near[further - 1];
            self.bound_keys.push(key);
            self.bound_slots.push(slot);
            self.far.push(self.near.drain(..further).map(|rung| rung.slot).collect());
        }
        self.note_nearest();
    }

    /// Opens the nearest bucket where no sorted rung is left.
    fn refill(&mut self, keys: impl Fn(u32) -> u64) {
        if self.near.is_empty()
            && let Some(bucket) = self.pop_bucket()
        {
            self.near = with_keys(&bucket, keys);
            self.near.sort_unstable_by(|a, b| b.cmp(a));
        }
        self.note_nearest();
    }

    fn split(&mut self, at: usize, keys: impl Fn(u32) -> u64) {
        let mut rungs = with_keys(&self.far[at], keys);
        let middle = rungs.len() / 2;
        let Rung { key, slot } = *rungs.select_nth_unstable(middle).1;
        let mut nearer = Vec::with_capacity(CAPACITY);
        nearer.extend(rungs[..middle].iter().map(|rung| rung.slot));
        let further = &mut self.far[at];
        further.clear();
        further.extend(rungs[middle..].iter().map(|rung| rung.slot));
        self.far.insert(at + 1, nearer);
        self.bound_keys.insert(at, key);
        self.bound_slots.insert(at, slot);
    }
}

/// How many of some keys, the largest first, are above one.
///
/// The last few dozen are counted instead of halved on: that waits for memory once, and not once for each half.
#[inline]
fn count_above(keys: &[u64], key: u64) -> usize {
    const COUNTED: usize = 64;
    let (mut from, mut to) = (0, keys.len());
    while to - from > COUNTED {
        let middle = usize::midpoint(from, to);
        if keys[middle] > key {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from + keys[from..to].iter().map(|&other| usize::from(other > key)).sum::<usize>()
}

/// Where a slot stands in a bucket. Sixteen at a time are compared without a branch between them.
fn place_of(slot: u32, bucket: &[u32]) -> Option<usize> {
    const STRIDE: usize = 16;
    let holds = |some: &[u32]| some.iter().fold(false, |found, &other| found | (other == slot));
    let first = STRIDE * bucket.chunks(STRIDE).position(holds)?;
    let within = bucket[first..].iter().position(|&other| other == slot)?;
    Some(first + within)
}

fn with_keys(slots: &[u32], keys: impl Fn(u32) -> u64) -> Vec<Rung> {
    let rung = |&slot: &u32| Rung { key: keys(slot), slot };
    slots.iter().map(rung).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u64),
        Remove(usize),
        Take(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => (0u64..600).prop_map(Step::Insert),
            3 => any::<usize>().prop_map(Step::Remove),
            1 => (0u64..200).prop_map(Step::Take),
        ];
        prop::collection::vec(step, 0..4_000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn a_ladder_is_an_ordered_set(steps in steps()) {
            let (mut ladder, mut set, mut keys) = (Ladder::default(), BTreeSet::new(), Vec::new());
            for step in steps {
                match step {
                    Step::Insert(key) => {
                        let slot = u32::try_from(keys.len()).unwrap();
                        keys.push(key);
                        ladder.insert(Rung { key, slot }, |slot| keys[slot as usize]);
                        set.insert((key, slot));
                    }
                    Step::Remove(which) if !set.is_empty() => {
                        let &(key, slot) = set.iter().nth(which % set.len()).unwrap();
                        let found = ladder.remove(Rung { key, slot }, |slot| keys[slot as usize]);
                        prop_assert!(found);
                        set.remove(&(key, slot));
                    }
                    Step::Remove(_) => {}
                    Step::Take(reach) => {
                        let mut due = BTreeSet::new();
                        ladder.take_due(reach, |slot| keys[slot as usize], |slot| {
                            due.insert((keys[slot as usize], slot));
                        });
                        let rest = set.split_off(&(reach + 1, 0));
                        prop_assert_eq!(due, std::mem::replace(&mut set, rest));
                    }
                }
                prop_assert_eq!(ladder.nearest(), set.first().map_or(u64::MAX, |first| first.0));
            }
        }
    }
}
