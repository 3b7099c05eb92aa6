//! The weight that a client has used in the running minute, and what comes of too much.

use std::sync::{Mutex, PoisonError};

use super::error::ApiError;
use crate::binance::limits::Limits;
use crate::market::interval::{MINUTE_US, SECOND_US};

/// The scale of the one address that there is on loopback.
#[derive(Debug)]
pub(in crate::binance) struct Scale {
    limits: Limits,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    minute: i64,
    weight: u32,
    refusals: u32,
    banned_until_us: i64,
}

impl Scale {
    pub(in crate::binance) fn new(limits: Limits) -> Self {
        Self { limits, used: Mutex::default() }
    }

    /// Adds a request's weight, and says what the minute has come to.
    ///
    /// # Errors
    /// 429 beyond the limit, 418 for going on all the same.
    pub(super) fn weigh(&self, weight: u32, now_us: i64) -> Result<u32, ApiError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if now_us < used.banned_until_us {
            return Err(ApiError::banned(used.banned_until_us, seconds_until(used.banned_until_us, now_us)));
        }
        let minute = now_us.div_euclid(MINUTE_US);
        if minute != used.minute {
            *used = Used { minute, ..Used::default() };
        }
        used.weight = used.weight.saturating_add(weight);
        if used.weight <= self.limits.weight_per_minute {
            return Ok(used.weight);
        }
        used.refusals += 1;
        if used.refusals > self.limits.refusals_until_ban {
            let ban_us = i64::try_from(self.limits.ban.as_micros()).unwrap_or(MINUTE_US);
            used.banned_until_us = now_us + ban_us;
            return Err(ApiError::banned(used.banned_until_us, seconds_until(used.banned_until_us, now_us)));
        }
        let next_us = (minute + 1) * MINUTE_US;
        Err(ApiError::too_much_weight(self.limits.weight_per_minute, seconds_until(next_us, now_us)))
    }
}

fn seconds_until(then_us: i64, now_us: i64) -> u32 {
    u32::try_from((then_us - now_us + SECOND_US - 1) / SECOND_US).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_429_then_418_then_forgiven() {
        let limits = Limits { weight_per_minute: 10, refusals_until_ban: 2, ..Limits::default() };
        let scale = Scale::new(limits);
        let status = |now_us| scale.weigh(5, now_us).map_err(|error| error.status().as_u16());
        let codes: Vec<_> = (0..6).map(status).collect();
        assert_eq!(codes, [Ok(5), Ok(10), Err(429), Err(429), Err(418), Err(418)]);
        assert_eq!(status(3 * MINUTE_US), Ok(5));
    }
}
