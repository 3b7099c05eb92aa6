//! Tokens: sold for id and secret, good for a while, and worthless when the control says so.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::market::noise::Noise;

/// The tokens that were sold. Locked for one look or one change.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<Sold>);

#[derive(Debug, Default)]
struct Sold {
    good_until_us: HashMap<String, Token>,
    count: i64,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    until_us: i64,
    /// Whether it may ask for many items at once.
    bulk: bool,
}

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Good { bulk: bool },
    Nothing,
}

impl Tokens {
    /// A new token that is good until then.
    pub(super) fn sell(&self, now_us: i64, until_us: i64, bulk: bool) -> String {
        let mut sold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sold.good_until_us.retain(|_, token| token.until_us > now_us);
        sold.count += 1;
        let mut draws = Noise::new(0).part("token").at(sold.count ^ now_us);
        let token = format!("v^1.1#i^1#I^3#p^1#{:016x}{:016x}", draws.bits(), draws.bits());
        sold.good_until_us.insert(token.clone(), Token { until_us, bulk });
        token
    }

    /// What a token is worth now.
    pub(super) fn worth(&self, token: &str, now_us: i64) -> Worth {
        let sold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match sold.good_until_us.get(token) {
            Some(token) if token.until_us > now_us => Worth::Good { bulk: token.bulk },
            _ => Worth::Nothing,
        }
    }

    /// Makes all tokens sold so far worthless.
    pub(super) fn revoke_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).good_until_us.clear();
    }
}
