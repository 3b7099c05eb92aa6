//! In which unit a client wants its times: milliseconds, unless it asks for microseconds.

/// The unit of every time in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    #[default]
    Millisecond,
    Microsecond,
}

impl TimeUnit {
    /// Binance takes the names in upper or in lower case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "MILLISECOND" | "millisecond" => Some(Self::Millisecond),
            "MICROSECOND" | "microsecond" => Some(Self::Microsecond),
            _ => None,
        }
    }

    /// A time in this unit.
    pub(crate) const fn of(self, time_us: i64) -> i64 {
        match self {
            Self::Millisecond => time_us.div_euclid(1_000),
            Self::Microsecond => time_us,
        }
    }
}
