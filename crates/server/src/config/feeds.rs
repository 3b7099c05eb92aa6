//! How prices are watched, whatever their venue.

use bellwether_feeds::Factor;
use serde::Serialize;

use super::reader::Reader;

/// How prices are watched, whatever their venue.
#[derive(Debug, Clone, Serialize)]
pub struct Feeds {
    /// How many times the price before, or the other way round, a price must be to wait for its confirmation; none:
    /// every price is believed.
    #[serde(serialize_with = "times")]
    pub glitch_factor: Option<Factor>,
}

impl Feeds {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        const KEY: &str = "feeds.glitch_factor";
        let glitch_factor = match r.whole(KEY, 0, Factor::MAX)? {
            0 => None,
            times => match Factor::new(times) {
                Some(factor) => Some(factor),
                None => {
                    return r
                        .refuse(KEY, "must be 2 or more, or 0 for none: a price is always once the other");
                }
            },
        };
        Some(Self { glitch_factor })
    }
}

#[expect(clippy::ref_option, reason = "this is how serde calls it")]
fn times<S: serde::Serializer>(factor: &Option<Factor>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u32(factor.map_or(0, Factor::times))
}
