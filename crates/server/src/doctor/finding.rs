//! What was found of one thing.

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Good,
    /// Not in the way, but worth a look.
    Odd,
    /// In the way.
    Bad,
}

/// What was found of one thing. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) state: State,
    what: String,
    said: String,
    /// What to do about it.
    advice: Option<String>,
}

impl Finding {
    pub(super) fn good(what: impl Into<String>, said: impl Into<String>) -> Self {
        Self { state: State::Good, what: what.into(), said: said.into(), advice: None }
    }

    pub(super) fn odd(what: impl Into<String>, said: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Odd, what: what.into(), said: said.into(), advice: Some(advice.into()) }
    }

    pub(super) fn bad(what: impl Into<String>, said: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Bad, what: what.into(), said: said.into(), advice: Some(advice.into()) }
    }

    /// As it is printed.
    pub(super) fn lines(&self) -> Vec<String> {
        let mark = match self.state {
            State::Good => "ok  ",
            State::Odd => "look",
            State::Bad => "BAD ",
        };
        let found = format!("{mark}  {}: {}", self.what, self.said);
        let advice = self.advice.as_ref().map(|advice| format!("      -> {advice}"));
        std::iter::once(found).chain(advice).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_stands_below_what_was_found() {
        assert_eq!(Finding::good("disk", "has room").lines(), ["ok    disk: has room"]);
        let bad = Finding::bad("disk", "is full", "Make room.");
        assert_eq!(bad.lines(), ["BAD   disk: is full", "      -> Make room."]);
    }
}
