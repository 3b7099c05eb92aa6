//! Symbols: a pair such as `BTC-USD`, which is the mid, or one of its sides, `BTC-USD@bid`, `BTC-USD@ask`.

use std::collections::BTreeSet;

use crate::Question;

/// The two currencies of a symbol; nothing where it is none of this venue's.
pub(super) fn currencies(symbol: &str) -> Option<(&str, &str)> {
    let pair = match symbol.split_once('@') {
        None => symbol,
        Some((pair, "bid" | "ask")) => pair,
        Some(_) => return None,
    };
    // Codes may have a dot in them, as `BRK.B` has.
    let is_code = |code: &str| {
        !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    };
    pair.split_once('-').filter(|(base, quote)| is_code(base) && is_code(quote))
}

/// One question for each of a few currencies that together are in every pair: again and again the one that is
/// in most of those left; of several the one that most prices are in, and the first by name.
pub(super) fn questions(symbols: &[&str]) -> Vec<Question> {
    let mut left: Vec<(&str, (&str, &str))> =
        symbols.iter().filter_map(|symbol| Some((*symbol, currencies(symbol)?))).collect();
    let all: BTreeSet<&str> = left.iter().flat_map(|(_, (base, quote))| [*base, *quote]).collect();
    let mut questions = Vec::new();
    while !left.is_empty() {
        let covers = |code: &str| {
            let pairs = left.iter().map(|(_, pair)| pair);
            let quoted = pairs.clone().filter(|(_, quote)| *quote == code).count();
            (pairs.filter(|(base, quote)| *base == code || *quote == code).count(), quoted)
        };
        // Of equals the last is taken: so they are gone through from the end.
        let Some(best) = all.iter().rev().copied().max_by_key(|code| covers(code)) else { break };
        let (covered, rest) = left.into_iter().partition(|(_, (a, b))| *a == best || *b == best);
        left = rest;
        let covered: Vec<(&str, (&str, &str))> = covered;
        let symbols = covered.into_iter().map(|(symbol, _)| symbol.to_owned()).collect();
        questions.push(Question { text: best.to_owned(), symbols });
    }
    questions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_a_pair_or_a_side_of_one() {
        assert_eq!(currencies("BTC-USD"), Some(("BTC", "USD")));
        assert_eq!(currencies("BRK.B-USD@ask"), Some(("BRK.B", "USD")));
        for symbol in
            ["BTCUSD", "BTC-", "-USD", "BTC-USD@mid", "BTC-USD@", "BTC/USD", "BTC-USD-EUR", "B?C-USD"]
        {
            assert_eq!(currencies(symbol), None, "{symbol}");
        }
    }

    #[test]
    fn one_question_serves_every_pair_of_a_currency() {
        let check = |symbols: &[&str], expected: &[(&str, &[&str])]| {
            let asked: Vec<_> = questions(symbols)
                .into_iter()
                .map(|question| (question.text, question.symbols.join(" ")))
                .collect();
            let expected: Vec<_> =
                expected.iter().map(|(text, symbols)| ((*text).to_owned(), symbols.join(" "))).collect();
            assert_eq!(asked, expected);
        };
        check(&[], &[]);
        check(&["nonsense"], &[]);
        check(&["BTC-USD"], &[("USD", &["BTC-USD"])]);
        check(&["BTC-USD", "BTC-USD@bid", "USD-ETH"], &[("USD", &["BTC-USD", "BTC-USD@bid", "USD-ETH"])]);
        check(
            &["BTC-USD", "ETH-USD", "ETH-EUR", "GBP-EUR", "XAU-JPY"],
            &[("EUR", &["ETH-EUR", "GBP-EUR"]), ("USD", &["BTC-USD", "ETH-USD"]), ("JPY", &["XAU-JPY"])],
        );
    }
}
