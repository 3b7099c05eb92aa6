//! Lets steps happen as time goes by.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::serving::Desk;
use crate::tasks::Tasks;

/// Steps that are made up for at once, where the clock leapt.
const MOST_AT_ONCE: i64 = 1_000;
/// How often the clock is looked at, at most.
const LOOK: Duration = Duration::from_millis(200);

/// Starts the driver, where steps are to happen by themselves.
pub(super) fn start(desk: Arc<Desk>, tasks: &Tasks) {
    let Some(every) = desk.config.step_every else { return };
    let every_us = i64::try_from(every.as_micros()).unwrap_or(i64::MAX).max(1);
    let cancelled = tasks.cancelled();
    tasks.tracker().spawn(async move {
        let mut last_us = desk.now_us();
        while cancelled.run_until_cancelled(tokio::time::sleep(every.min(LOOK))).await.is_some() {
            let now_us = desk.now_us();
            let due = (now_us - last_us).max(0) / every_us;
            last_us += due * every_us;
            // What a pause swallowed is not made up for.
            if desk.paused.load(Ordering::SeqCst) {
                continue;
            }
            for _ in 0..due.min(MOST_AT_ONCE) {
                desk.step();
            }
        }
    });
}
