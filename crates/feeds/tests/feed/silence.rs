//! One symbol that falls silent while its connection goes on.

use std::time::Duration;

use bellwether_feeds::Coverage;

use crate::exchange::Exchange;
use crate::rig::Rig;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn one_silent_symbol_is_noticed_by_its_own_rhythm_and_subscribed_to_anew() {
    let exchange = Exchange::with_markets(&["FAST", "SLOW"]);
    let mut rig = Rig::start(&exchange, 7, &[("FAST", Some(0)), ("SLOW", Some(0))]);
    rig.run_for(SECOND).await;
    let trade = async |rig: &mut Rig, seconds: u64| {
        for second in 0..seconds {
            exchange.trade("FAST", 2);
            if second % 20 == 0 {
                exchange.trade("SLOW", 1);
            }
            rig.run_for(SECOND).await;
        }
    };
    trade(&mut rig, 1_200).await;
    assert_eq!(exchange.state().asks_for("FAST"), 1);
    assert_eq!(exchange.state().asks_for("SLOW"), 1);
    // The socket goes on with the other, and nobody says anything.
    exchange.state().muted.insert("FAST".to_owned());
    let before = rig.ids("FAST").len();
    trade(&mut rig, 10).await;
    assert_eq!(rig.ids("FAST").len(), before, "it is not long enough yet");
    trade(&mut rig, 30).await;
    assert_eq!(exchange.state().asks_for("FAST"), 3, "off the line, and on it again: once");
    rig.assert_complete("FAST", 0);
    rig.assert_complete("SLOW", 0);
    assert!(rig.interruptions.is_empty() && exchange.open_sockets() == 1);
    assert_eq!(exchange.state().asks_for("SLOW"), 1, "half a minute is usual there");
    assert_eq!(rig.coverage("FAST"), Some(&Coverage::Watched));

    // Where a market sleeps, it is asked for anew once, and then let sleep.
    let asked = exchange.state().asks_for("FAST");
    for _ in 0..180 {
        exchange.ping();
        rig.run_for(20 * SECOND).await;
    }
    assert_eq!(exchange.state().asks_for("FAST"), asked + 2);
    exchange.trade("FAST", 3);
    rig.run_for(SECOND).await;
    rig.assert_complete("FAST", 0);
}

#[tokio::test(start_paused = true)]
async fn a_mute_symbol_that_is_alone_on_its_connection_gets_another() {
    let exchange = Exchange::with_markets(&["FAST"]);
    let mut rig = Rig::start(&exchange, 8, &[("FAST", Some(0))]);
    rig.run_for(SECOND).await;
    for _ in 0..100 {
        exchange.trade("FAST", 1);
        rig.run_for(SECOND).await;
    }
    exchange.state().muted.insert("FAST".to_owned());
    for _ in 0..60 {
        exchange.trade("FAST", 1);
        rig.run_for(SECOND).await;
    }
    rig.assert_complete("FAST", 0);
    assert_eq!((exchange.open_sockets(), rig.coverage("FAST")), (1, Some(&Coverage::Watched)));
}
