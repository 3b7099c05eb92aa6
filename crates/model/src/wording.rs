//! An alert's own words: a text with placeholders, `{symbol} reached {price}, sell!`.
//!
//! The set of placeholders is closed, so a text is checked when it is written and cannot fail when it is told.
//! What each of them stands for is put in by whoever renders a message; nothing is escaped here.

use crate::input::Faults;

/// Something that a message says in the place of `{its_name}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// What happened, as the message says it without words of one's own.
    Summary,
    /// What the alert is called.
    Name,
    /// The alert's note.
    Note,
    /// The symbol of the instrument.
    Symbol,
    /// The instrument with its venue.
    Instrument,
    /// Where it is traded; of products, the marketplace.
    Venue,
    /// What the alert waits for.
    Condition,
    /// The price.
    Price,
    /// The price before.
    PreviousPrice,
    /// By how much the price moved.
    Change,
    /// What the price was measured against.
    Threshold,
    /// The number of the fire in the alert's life.
    Fire,
    /// What is searched for.
    Search,
    /// How many listings it is about.
    Count,
    /// The title of the first listing.
    Title,
    /// When it happened, in the reader's zone.
    Time,
    /// The reader's zone.
    Zone,
    /// When it happened, in UTC.
    TimeUtc,
}

impl Placeholder {
    /// Those that an alert on a price may have.
    pub const OF_PRICES: [Self; 15] = [
        Self::Summary,
        Self::Symbol,
        Self::Price,
        Self::PreviousPrice,
        Self::Change,
        Self::Threshold,
        Self::Condition,
        Self::Instrument,
        Self::Venue,
        Self::Name,
        Self::Note,
        Self::Fire,
        Self::Time,
        Self::Zone,
        Self::TimeUtc,
    ];

    /// Those that an alert on products may have.
    pub const OF_PRODUCTS: [Self; 13] = [
        Self::Summary,
        Self::Search,
        Self::Count,
        Self::Title,
        Self::Price,
        Self::PreviousPrice,
        Self::Change,
        Self::Venue,
        Self::Name,
        Self::Note,
        Self::Time,
        Self::Zone,
        Self::TimeUtc,
    ];

    /// The word between the braces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Name => "name",
            Self::Note => "note",
            Self::Symbol => "symbol",
            Self::Instrument => "instrument",
            Self::Venue => "venue",
            Self::Condition => "condition",
            Self::Price => "price",
            Self::PreviousPrice => "previous_price",
            Self::Change => "change",
            Self::Threshold => "threshold",
            Self::Fire => "fire",
            Self::Search => "search",
            Self::Count => "count",
            Self::Title => "title",
            Self::Time => "time",
            Self::Zone => "zone",
            Self::TimeUtc => "time_utc",
        }
    }

    /// What it stands for, in words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Summary => "what happened, in one line",
            Self::Name => "the alert's name",
            Self::Note => "the alert's note",
            Self::Symbol => "the instrument's symbol",
            Self::Instrument => "the instrument with its venue",
            Self::Venue => "the venue or marketplace",
            Self::Condition => "what the alert waits for",
            Self::Price => "the price; of products, of the first listing",
            Self::PreviousPrice => "the price before",
            Self::Change => {
                "the change in percent: from the reference where there is one, else from the price before"
            }
            Self::Threshold => "the threshold or reference",
            Self::Fire => "the number of the fire in the alert's life",
            Self::Search => "what is searched for",
            Self::Count => "how many listings",
            Self::Title => "the title of the first listing",
            Self::Time => "when it happened, in your time zone",
            Self::Zone => "your time zone",
            Self::TimeUtc => "when it happened, in UTC",
        }
    }

    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        let only_of_products = Self::OF_PRODUCTS.into_iter().filter(|one| !Self::OF_PRICES.contains(one));
        Self::OF_PRICES.into_iter().chain(only_of_products)
    }

    fn named(name: &str) -> Option<Self> {
        Self::all().find(|one| one.name() == name)
    }
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Told as it is.
    Text(&'a str),
    /// Told as what it stands for.
    Value(Placeholder),
}

/// What is wrong with a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong<'a> {
    /// No placeholder has this name.
    Unknown(&'a str),
    /// A brace that is opened and never closed.
    Unclosed,
    /// A brace that closes nothing.
    Unopened,
}

/// A part of a text as it is written, from which byte on, and what it means.
struct Part<'a> {
    at: usize,
    written: &'a str,
    meant: Result<Piece<'a>, Wrong<'a>>,
}

/// Characters of an unknown name that are told.
const NAME_TOLD_CHARS: usize = 30;
/// How much that is wrong with one text is told.
const FAULTS_TOLD: usize = 10;

/// The parts of a text, in their order; `{{` and `}}` stand for the braces themselves. What means nothing stays as
/// it is written: no text with such a part is accepted from people.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let parts = split(text).into_iter();
    parts.map(|part| part.meant.unwrap_or(Piece::Text(part.written))).collect()
}

/// The text where nothing is wrong with it; what is wrong is told under `field`, by its place.
pub(crate) fn checked(text: &str, known: &[Placeholder], field: &str, faults: &mut Faults) -> Option<String> {
    let text = text.trim();
    let names = known.iter().map(|one| format!("{{{}}}", one.name())).collect::<Vec<_>>().join(", ");
    let mut found = 0;
    for Part { at, meant, .. } in split(text) {
        let wrong = match meant {
            Ok(Piece::Value(one)) if !known.contains(&one) => Wrong::Unknown(one.name()),
            Ok(_) => continue,
            Err(wrong) => wrong,
        };
        found += 1;
        let place = text[..at].chars().count() + 1;
        let (code, message) = match wrong {
            Wrong::Unknown(name) => {
                let name: String = name.chars().take(NAME_TOLD_CHARS).collect();
                ("unknown_placeholder", format!("{{{name}}} is no placeholder here; known are {names}"))
            }
            Wrong::Unclosed => (
                "unbalanced",
                format!(
                    "this {{ is never closed; a brace itself is written {{{{, and placeholders are {names}"
                ),
            ),
            Wrong::Unopened => {
                ("unbalanced", "this } closes nothing; a brace itself is written }}".to_owned())
            }
        };
        faults.add(field, code, format!("character {place}: {message}"));
        if found == FAULTS_TOLD {
            break;
        }
    }
    (found == 0).then(|| text.to_owned())
}

fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['{', '}']) {
        let brace = at + offset;
        if offset > 0 {
            parts.push(plain(text, at, brace));
        }
        let part = at_brace(text, brace);
        at = brace + part.written.len();
        parts.push(part);
    }
    if at < text.len() {
        parts.push(plain(text, at, text.len()));
    }
    parts
}

fn plain(text: &str, at: usize, end: usize) -> Part<'_> {
    let written = &text[at..end];
    Part { at, written, meant: Ok(Piece::Text(written)) }
}

/// The part that begins with the brace at `at`.
fn at_brace(text: &str, at: usize) -> Part<'_> {
    let rest = &text[at..];
    if rest.starts_with("{{") || rest.starts_with("}}") {
        return Part { at, written: &rest[..2], meant: Ok(Piece::Text(&rest[..1])) };
    }
    let Some(inner) = rest.strip_prefix('{') else {
        return Part { at, written: &rest[..1], meant: Err(Wrong::Unopened) };
    };
    match inner.find(['{', '}']) {
        Some(end) if inner[end..].starts_with('}') => {
            let name = inner[..end].trim();
            let meant = Placeholder::named(name).map(Piece::Value).ok_or(Wrong::Unknown(name));
            Part { at, written: &rest[..end + 2], meant }
        }
        Some(_) | None => Part { at, written: &rest[..1], meant: Err(Wrong::Unclosed) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, known: &[Placeholder]) -> Vec<String> {
        let mut faults = Faults::new();
        let read = checked(text, known, "message", &mut faults);
        match faults.finish(read) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_text_falls_into_its_pieces() {
        use Piece::{Text, Value};
        let check = |text: &str, expected: &[Piece<'_>]| assert_eq!(pieces(text), expected, "{text}");
        check("", &[]);
        check("sell!", &[Text("sell!")]);
        check(
            "{symbol} reached { price }, sell!",
            &[Value(Placeholder::Symbol), Text(" reached "), Value(Placeholder::Price), Text(", sell!")],
        );
        check("{{price}}", &[Text("{"), Text("price"), Text("}")]);
        check("{price}}}", &[Value(Placeholder::Price), Text("}")]);
        check("{nothing} {", &[Text("{nothing}"), Text(" "), Text("{")]);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let prices = &Placeholder::OF_PRICES;
        assert!(faults("{symbol} {{reached}} {price}", prices).is_empty());
        for (text, expected) in [
            (
                "ä {prise}",
                "character 3: {prise} is no placeholder here; known are {summary}, {symbol}, {price}",
            ),
            ("{}", "character 1: {} is no placeholder here"),
            ("{PRICE}", "character 1: {PRICE} is no placeholder here"),
            ("at {price", "character 4: this { is never closed"),
            ("{price {symbol}", "character 1: this { is never closed"),
            ("a } b", "character 3: this } closes nothing"),
            ("{count} left", "character 1: {count} is no placeholder here"),
        ] {
            let faults = faults(text, prices);
            assert!(faults.len() == 1 && faults[0].contains(expected), "{text}: {faults:?}");
        }
        assert_eq!(faults("{a} {b} }", prices).len(), 3, "all of them together");
        assert_eq!(faults(&"{x}".repeat(300), prices).len(), FAULTS_TOLD, "but not without end");
        assert!(faults(&format!("{{{}}}", "y".repeat(900)), prices)[0].len() < 500);
        assert!(faults("{count} of {search}", &Placeholder::OF_PRODUCTS).is_empty());
        assert_eq!(faults("{threshold}", &Placeholder::OF_PRODUCTS).len(), 1);
    }

    #[test]
    fn every_placeholder_is_found_by_its_name() {
        for one in Placeholder::OF_PRICES.into_iter().chain(Placeholder::OF_PRODUCTS) {
            assert_eq!(Placeholder::named(one.name()), Some(one));
        }
    }
}
