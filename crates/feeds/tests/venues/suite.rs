//! What holds at every streamed venue, whatever its protocol. Each test is written once, and runs for each
//! venue that the macro names it for.

use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::world::{Clock, Promise};
use bellwether_feeds::{BackOff, Bounds, Coverage, Fate, PageError, Start, Venue, World};
use bellwether_model::{Candle, Interval, Origin, Timestamp};
use bellwether_simulators::coinbase::{Control, Counters, Fault, Malformed, Running};

use crate::rig::{Rig, after, world};

/// 2026-11-21T10:33:44.123456Z
pub(crate) const NOW_US: i64 = 1_795_257_224_123_456;

/// A venue with its box.
pub(crate) trait Case {
    /// Its feed's part.
    type Venue: Venue;
    /// Whose instruments they are.
    const NAME: bellwether_model::Venue;
    /// Pairs that it lists: bitcoin, ether and litecoin in dollars.
    const PAIRS: [&'static str; 3];
    /// A pair that it does not list, and what it says of it.
    const UNKNOWN: (&'static str, &'static str);

    /// The venue in a box, where only the test trades.
    async fn scripted() -> Running;
    /// The feed's part, against that box.
    fn venue(running: &Running, tuning: Tuning, world: &World) -> Self::Venue;
    /// The name of a pair's stream.
    fn stream(pair: &str) -> String;
}

/// What the tests shorten.
pub(crate) struct Tuning {
    pub(crate) bounds: Bounds,
    /// How long a connection may be silent, where it is not the venue's own.
    pub(crate) idle: Option<Duration>,
}

impl Tuning {
    pub(crate) fn quick() -> Self {
        let back_off = BackOff { base: Duration::from_millis(10), cap: Duration::from_millis(200) };
        Self { bounds: Bounds { back_off, ..Bounds::default() }, idle: None }
    }
}

/// Runs every test of the suite for a case.
macro_rules! suite {
    ($case:ty) => {
        $crate::suite::suite! { $case:
            nothing_is_lost_or_doubled_by_cuts_duplicates_and_disorder,
            malformed_messages_end_nothing_that_lives,
            a_pair_that_the_venue_refuses_harms_no_other,
            what_is_no_longer_wanted_is_given_up,
            a_silent_connection_is_replaced,
            garbled_prices_are_held_back_and_those_before_and_after_are_not,
            a_garbled_first_price_after_a_restart_is_held_back,
            a_venue_whose_clock_is_off_is_followed_by_number,
            a_venue_that_reads_slowly_is_followed_all_the_same,
            candles_stand_in_for_trades_that_are_refused,
        }
    };
    ($case:ty: $($name:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            $crate::suite::$name::<$case>().await;
        })*
    };
}
pub(crate) use suite;

pub(crate) fn feed<C: Case>(running: &Running, wanted: &[(&str, Start)]) -> Rig {
    let world = world();
    Rig::start(C::venue(running, Tuning::quick(), &world), world, wanted)
}

pub(crate) fn push(control: &Control, pair: &str, count: usize) {
    for nth in 0..count {
        control.push(pair, &format!("96000.{:02}", nth % 100)).unwrap();
    }
}

pub(crate) async fn nothing_is_lost_or_doubled_by_cuts_duplicates_and_disorder<C: Case>() {
    let ([bitcoin, ether, _], running) = (C::PAIRS, C::scripted().await);
    let control = running.control();
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0), after(ether, 0)]);
    rig.watched(bitcoin).await;
    rig.watched(ether).await;
    for fault in [
        Fault::Duplicate { on: true },
        Fault::Reorder { on: true },
        Fault::Cut,
        Fault::FailRest { status: 503, requests: 2, retry_after_s: None },
        Fault::Swallow { trades: 3 },
        Fault::Cut,
    ] {
        push(&control, ether, 3);
        control.inject(fault);
        push(&control, bitcoin, 20);
    }
    control.inject(Fault::Heal);
    rig.reach(bitcoin, 120).await;
    rig.reach(ether, 18).await;
    assert_eq!(rig.ids(bitcoin), (1..=120).collect::<Vec<_>>());
    assert_eq!(rig.ids(ether), (1..=18).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, []);
}

pub(crate) async fn malformed_messages_end_nothing_that_lives<C: Case>() {
    let ([bitcoin, ..], running) = (C::PAIRS, C::scripted().await);
    let control = running.control();
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0)]);
    rig.watched(bitcoin).await;
    for kind in [
        Malformed::NotJson,
        Malformed::Truncated,
        Malformed::WrongTypes,
        Malformed::MissingField,
        Malformed::UnknownEvent,
        Malformed::Huge,
        Malformed::Binary,
    ] {
        control.inject(Fault::Malformed { kind });
    }
    push(&control, bitcoin, 3);
    rig.reach(bitcoin, 3).await;
    assert_eq!(rig.ids(bitcoin), [1, 2, 3]);
    assert_eq!(control.counters().connections_made, 1);
}

pub(crate) async fn a_pair_that_the_venue_refuses_harms_no_other<C: Case>() {
    let ([bitcoin, ether, _], (unknown, reason)) = (C::PAIRS, C::UNKNOWN);
    let running = C::scripted().await;
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0), after(unknown, 0), after(ether, 0)]);
    let refused = Coverage::Refused { reason: reason.to_owned() };
    rig.until("the refusal", |rig| rig.coverage.get(unknown) == Some(&refused)).await;
    rig.watched(bitcoin).await;
    rig.watched(ether).await;
    push(&running.control(), ether, 1);
    rig.reach(ether, 1).await;
}

pub(crate) async fn what_is_no_longer_wanted_is_given_up<C: Case>() {
    let ([bitcoin, ether, litecoin], running) = (C::PAIRS, C::scripted().await);
    let control = running.control();
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0), after(ether, 0)]);
    rig.watched(bitcoin).await;
    rig.watched(ether).await;
    rig.want(C::NAME, &[after(ether, 0), after(litecoin, 0)]);
    rig.watched(litecoin).await;
    let given_up = |counters: &Counters| {
        counters.has_stream(&C::stream(litecoin)) && !counters.has_stream(&C::stream(bitcoin))
    };
    control.wait_for(Duration::from_secs(20), given_up).await.unwrap();
    push(&control, ether, 1);
    rig.reach(ether, 1).await;
    assert_eq!(control.counters().connections_made, 1);
}

pub(crate) async fn a_silent_connection_is_replaced<C: Case>() {
    let ([bitcoin, ..], running) = (C::PAIRS, C::scripted().await);
    let (control, world) = (running.control(), world());
    let tuning = Tuning { idle: Some(Duration::from_secs(2)), ..Tuning::quick() };
    let mut rig = Rig::start(C::venue(&running, tuning, &world), world, &[after(bitcoin, 0)]);
    rig.watched(bitcoin).await;
    control.inject(Fault::HalfOpen);
    push(&control, bitcoin, 2);
    rig.reach(bitcoin, 2).await;
    assert_eq!(rig.ids(bitcoin), [1, 2]);
}

/// The world of a test whose venue's clock stands still: ours stands with it.
pub(crate) fn world_at(now_us: i64) -> World {
    struct Standing(Arc<dyn Clock>, i64);
    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.1)
        }

        fn uptime(&self) -> Duration {
            self.0.uptime()
        }

        fn sleep(&self, duration: Duration) -> Promise<'static, ()> {
            self.0.sleep(duration)
        }
    }
    let world = world();
    World { clock: Arc::new(Standing(Arc::clone(&world.clock), now_us)), ..world }
}

/// Each of the last ten minutes is what its trades, as the venue tells them one by one, come to.
pub(crate) async fn candles_are_sums_of_trades<C: Case>(running: &Running, pair: &str) {
    let venue = C::venue(running, Tuning::quick(), &world_at(NOW_US));
    let minute = Interval::Minute;
    let to = minute.open_of(Timestamp::from_micros(NOW_US));
    let from = Timestamp::from_micros(to.micros() - 10 * minute.micros());
    let mut expected: Vec<Candle> = Vec::new();
    let mut page = venue.trades_since(pair, from).await.unwrap();
    loop {
        let seen = page.trades.iter().filter_map(|trade| trade.observation);
        for tick in seen.map(|seen| seen.tick).filter(|tick| (from..to).contains(&tick.time)) {
            match expected.last_mut().filter(|last| last.open_time == minute.open_of(tick.time)) {
                Some(last) => last.take_in(tick.price),
                None => expected.push(Candle::of(minute, &tick)),
            }
        }
        let Some(last) = page.trades.last().filter(|_| page.more) else { break };
        let at = last.observation.map(|seen| seen.tick.time);
        page = venue.trades_after(pair, last.id, at).await.unwrap();
    }
    let told = venue.candles(pair, minute, from, to).await.unwrap();
    assert!(expected.len() > 5, "{} minutes with trades", expected.len());
    assert_eq!((told.candles, told.until), (expected, to));
    // The minute that runs is left for later.
    let next = minute.end_of(to);
    let running = venue.candles(pair, minute, to, next).await.unwrap();
    assert_eq!((running.candles, running.until), (Vec::new(), to));
    let unknown = venue.candles(C::UNKNOWN.0, minute, from, to).await;
    assert!(matches!(unknown, Err(PageError::Refused(_))), "{unknown:?}");
}

pub(crate) async fn garbled_prices_are_held_back_and_those_before_and_after_are_not<C: Case>() {
    let ([bitcoin, ..], running) = (C::PAIRS, C::scripted().await);
    let control = running.control();
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0)]);
    rig.watched(bitcoin).await;
    push(&control, bitcoin, 3);
    rig.reach(bitcoin, 3).await;
    control.inject(Fault::GarblePrices { prices: 1 });
    push(&control, bitcoin, 3);
    rig.reach(bitcoin, 6).await;
    // The one that was garbled is in no place, and the true price of its trade is not known from the stream.
    assert_eq!(rig.ids(bitcoin), [1, 2, 3, 5, 6]);
    assert!(rig.prices(bitcoin).iter().all(|price| price.starts_with("96000")), "{:?}", rig.prices(bitcoin));
    assert_eq!(rig.interruptions, []);
}

pub(crate) async fn a_venue_whose_clock_is_off_is_followed_by_number<C: Case>() {
    let ([bitcoin, ..], running) = (C::PAIRS, C::scripted().await);
    let control = running.control();
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0)]);
    rig.watched(bitcoin).await;
    for ms in [3_600_000, -3_600_000, 0] {
        control.inject(Fault::ClockSkew { ms });
        push(&control, bitcoin, 2);
        control.inject(Fault::Swallow { trades: 2 });
        push(&control, bitcoin, 3);
    }
    rig.reach(bitcoin, 15).await;
    assert_eq!(rig.ids(bitcoin), (1..=15).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, []);
}

pub(crate) async fn candles_stand_in_for_trades_that_are_refused<C: Case>() {
    let ([bitcoin, ..], running) = (C::PAIRS, C::scripted().await);
    let control = running.control();
    let trade = |minutes_ago: i64, price: &str| {
        control.inject(Fault::ClockSkew { ms: -60_000 * minutes_ago });
        control.push(bitcoin, price).unwrap();
    };
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0)]);
    rig.watched(bitcoin).await;
    control.inject(Fault::RefuseTrades { on: true });
    // The first of the second minute is heard, so of that everything is known.
    trade(9, "96000");
    trade(8, "96001");
    rig.reach(bitcoin, 2).await;
    control.inject(Fault::Swallow { trades: 4 });
    for price in ["96002", "96009", "95991", "96003"] {
        trade(6, price);
    }
    trade(4, "96005");
    trade(4, "96006");
    rig.reach(bitcoin, 8).await;
    // The candle did not fall, so its low counts as before its high.
    assert_eq!(rig.prices(bitcoin), ["96000", "96001", "96002", "95991", "96009", "96003", "96005", "96006"]);
    assert_eq!(rig.ids(bitcoin), (1..=8).collect::<Vec<_>>());
    let candles = rig.seen[bitcoin].iter().filter(|seen| seen.origin == Origin::Candle);
    assert_eq!(candles.count(), 4);
    assert_eq!(rig.interruptions, []);
}

pub(crate) async fn a_venue_that_reads_slowly_is_followed_all_the_same<C: Case>() {
    let ([bitcoin, ether, litecoin], running) = (C::PAIRS, C::scripted().await);
    let control = running.control();
    control.inject(Fault::ReadSlowly { ms: 300 });
    let mut rig = feed::<C>(&running, &[after(bitcoin, 0)]);
    rig.watched(bitcoin).await;
    rig.want(C::NAME, &[after(bitcoin, 0), after(ether, 0)]);
    rig.want(C::NAME, &[after(bitcoin, 0), after(ether, 0), after(litecoin, 0)]);
    rig.watched(litecoin).await;
    for pair in C::PAIRS {
        push(&control, pair, 2);
        rig.reach(pair, 2).await;
        assert_eq!(rig.ids(pair), [1, 2]);
    }
    assert_eq!(control.counters().connections_made, 1);
}

pub(crate) async fn a_garbled_first_price_after_a_restart_is_held_back<C: Case>() {
    let ([bitcoin, ..], running) = (C::PAIRS, C::scripted().await);
    let (control, world) = (running.control(), world());
    let venue = C::venue(&running, Tuning::quick(), &world);
    let mut rig = Rig::start_knowing(venue, world, bitcoin, "95000");
    rig.watched(bitcoin).await;
    control.inject(Fault::GarblePrices { prices: 1 });
    push(&control, bitcoin, 3);
    rig.reach(bitcoin, 3).await;
    assert_eq!(rig.ids(bitcoin), [2, 3]);
    let told = rig.quarantined();
    let fates: Vec<_> = told.iter().map(|(symbol, _, fate)| (symbol.as_str(), *fate)).collect();
    assert_eq!(fates, [(bitcoin, Fate::Waiting), (bitcoin, Fate::Contradicted)]);
    assert_eq!(told[0].1, told[1].1, "it is the same price");
}
