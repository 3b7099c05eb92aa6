//! eBay's notices of deleted accounts, which every application has to take that keeps anything of eBay's users.
//!
//! Nothing of them is kept here: a listing knows neither its seller nor its buyers. So a notice is acknowledged and
//! counted, and nothing else; whom it is about is not even read. What is not signed by eBay is refused, and so are
//! a notice that is old and one that comes again as it was, byte for byte. What eBay tells again because it was not
//! acknowledged has another count of attempts in it, and is acknowledged.

use bellwether_feeds::ebay::{Ebay, NoticeError, challenge_response};
use bellwether_model::Timestamp;
use metrics::counter;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::config::Secret;

/// What eBay calls the notice of a deleted account.
const DELETED_ACCOUNT: &str = "MARKETPLACE_ACCOUNT_DELETION";
/// How old a notice may be. eBay tells one for a day before it gives the address up.
const OLDEST_US: i64 = 7 * 86_400 * 1_000_000;
/// How far ahead of ours eBay's clock may be.
const AHEAD_US: i64 = 300 * 1_000_000;
/// Notices that are remembered. A replay beyond them is counted once more, which is all that it does.
const REMEMBERED: usize = 65_536;

/// Takes eBay's notices for one address.
#[derive(Debug)]
pub struct Notices {
    verification_token: Secret,
    /// The address as eBay knows it, byte for byte.
    endpoint: String,
    /// Hashes of bodies that were taken.
    bodies: Cache<[u8; 32], ()>,
    /// Hashes of the ids of notices that were taken.
    ids: Cache<[u8; 32], ()>,
}

/// Why a notice is not acknowledged.
#[derive(Debug)]
pub enum NoticeRefusal {
    /// It is not genuine, or not for the first time.
    Refused(&'static str),
    /// Nobody can say at present.
    NoKey(NoticeError),
}

/// What became of a notice, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    DeletedAccount,
    Other,
    Repeated,
    Replayed,
    Old,
    Forged,
    Malformed,
    NoKey,
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Outcome::DeletedAccount => "deleted_account",
            Outcome::Other => "other",
            Outcome::Repeated => "repeated",
            Outcome::Replayed => "replayed",
            Outcome::Old => "old",
            Outcome::Forged => "forged",
            Outcome::Malformed => "malformed",
            Outcome::NoKey => "no_key",
        }
    }

    fn count(self) {
        counter!("bellwether_market_notices_total", "source" => "ebay", "outcome" => self.name())
            .increment(1);
    }
}

impl Notices {
    /// For the address that eBay knows with this token.
    #[must_use]
    pub fn new(verification_token: Secret, endpoint: String) -> Self {
        Self { verification_token, endpoint, bodies: Cache::new(REMEMBERED), ids: Cache::new(REMEMBERED) }
    }

    /// The answer to a challenge.
    #[must_use]
    pub fn answer(&self, code: &str) -> String {
        challenge_response(code, self.verification_token.reveal(), &self.endpoint)
    }

    /// Takes a notice, and counts what became of it.
    ///
    /// # Errors
    /// Where it is not to be acknowledged.
    pub async fn take(
        &self,
        ebay: &Ebay,
        signature: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), NoticeRefusal> {
        let notice = match ebay.notice(signature, body).await {
            Ok(notice) => notice,
            Err(NoticeError::Forged(why)) => return refuse(Outcome::Forged, why),
            Err(error @ NoticeError::Malformed(_)) => {
                tracing::warn!(%error, "eBay tells something that is not understood");
                return refuse(Outcome::Malformed, "it is signed, and cannot be read");
            }
            Err(error @ NoticeError::NoKey(_)) => {
                Outcome::NoKey.count();
                return Err(NoticeRefusal::NoKey(error));
            }
        };
        let age_us = now.micros_since(notice.published_at);
        if !(-AHEAD_US..=OLDEST_US).contains(&age_us) {
            return refuse(Outcome::Old, "it was not published lately");
        }
        if !first(&self.bodies, body) {
            return refuse(Outcome::Replayed, "it was taken already");
        }
        let outcome = match first(&self.ids, notice.id.as_bytes()) {
            false => Outcome::Repeated,
            true if notice.topic == DELETED_ACCOUNT => Outcome::DeletedAccount,
            true => Outcome::Other,
        };
        outcome.count();
        tracing::debug!(
            topic = notice.topic,
            attempt = notice.attempt,
            outcome = outcome.name(),
            "eBay tells"
        );
        Ok(())
    }
}

fn refuse(outcome: Outcome, why: &'static str) -> Result<(), NoticeRefusal> {
    outcome.count();
    Err(NoticeRefusal::Refused(why))
}

/// Whether it comes for the first time; noted at once, so that of two at the same moment one is the first.
fn first(known: &Cache<[u8; 32], ()>, text: &[u8]) -> bool {
    let hash: [u8; 32] = Sha256::digest(text).into();
    let mut is_first = false;
    let noted = known.get_or_insert_with(&hash, || {
        is_first = true;
        Ok::<(), std::convert::Infallible>(())
    });
    noted.is_ok() && is_first
}
