//! A slow reader is felt at the socket, and loses nothing.

use std::time::Duration;

use crate::exchange::Exchange;
use crate::rig::{Rig, config};

#[tokio::test(start_paused = true)]
async fn a_reader_that_stalls_holds_up_the_socket_and_loses_nothing() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let wanted = [("AAA", Some(0)), ("BBB", Some(0))];
    let mut rig = Rig::start_with(&exchange, 1, &wanted, config(), 1);
    rig.run_for(Duration::from_secs(1)).await;
    for _ in 0..25_000 {
        exchange.trade("AAA", 1);
        exchange.trade("BBB", 1);
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (sent, taken) = {
        let state = exchange.state();
        (state.sockets[0].frames_sent, state.sockets[0].frames_taken)
    };
    // One batch at the reader, those that may wait for the loop, one in its hands, one in the connection's.
    let bound = 256 * (32 + 3);
    assert!(sent > 50_000 && taken <= bound, "{taken} of {sent} frames taken, {bound} at most");
    rig.run_for(Duration::from_secs(30)).await;
    rig.assert_complete("AAA", 0);
    rig.assert_complete("BBB", 0);
    // One request per instrument when the feed began: nothing was lost on the way and fetched later.
    assert_eq!(exchange.state().requests.len(), 2);
}
