//! Times as the younger venues write them: `2026-11-21T10:33:44.500000Z`.

use jiff::Timestamp;

/// The instant in UTC with six decimals of a second.
pub(crate) fn rfc3339(time_us: i64) -> String {
    let time = Timestamp::from_microsecond(time_us).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The same with three decimals, as eBay writes it.
pub(crate) fn rfc3339_ms(time_us: i64) -> String {
    let time = Timestamp::from_microsecond(time_us).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_always_written() {
        assert_eq!(rfc3339(1_795_257_224_500_000), "2026-11-21T10:33:44.500000Z");
        assert_eq!(rfc3339(1_795_257_224_000_001), "2026-11-21T10:33:44.000001Z");
        assert_eq!(rfc3339_ms(1_795_257_224_000_001), "2026-11-21T10:33:44.000Z");
    }
}
