//! Symbols: the venue's id of a coin and a currency, such as `bitcoin-usd` or `avalanche-2-eur`.

use std::collections::BTreeMap;

use super::limits;
use crate::Question;

/// The coin and the currency of a symbol; nothing where it is none of this venue's. Ids of coins have hyphens in them,
/// currencies have none.
pub(super) fn parts(symbol: &str) -> Option<(&str, &str)> {
    symbol.rsplit_once('-').filter(|(coin, currency)| is_coin(coin) && is_currency(currency))
}

/// The symbol of a coin in a currency.
pub(super) fn symbol(coin: &str, currency: &str) -> Option<String> {
    (is_coin(coin) && is_currency(currency)).then(|| format!("{coin}-{currency}"))
}

fn is_coin(text: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.bytes().all(is_part)
}

fn is_currency(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// A question for each currency, `usd:bitcoin,ethereum`, or several where it has more coins than one request takes.
pub(super) fn questions(symbols: &[&str]) -> Vec<Question> {
    let mut by_currency: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for symbol in symbols {
        if let Some((coin, currency)) = parts(symbol) {
            by_currency.entry(currency).or_default().push(coin);
        }
    }
    let chunks = by_currency
        .iter()
        .flat_map(|(currency, coins)| coins.chunks(limits::COINS).map(move |coins| (currency, coins)));
    let question = |(currency, coins): (&&str, &[&str])| Question {
        text: format!("{currency}:{}", coins.join(",")),
        symbols: coins.iter().map(|coin| format!("{coin}-{currency}")).collect(),
    };
    chunks.map(question).collect()
}

/// The currency and the coins of a question.
pub(super) fn asked(question: &str) -> Option<(&str, &str)> {
    question.split_once(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_a_coin_and_a_currency() {
        assert_eq!(parts("bitcoin-usd"), Some(("bitcoin", "usd")));
        assert_eq!(parts("avalanche-2-eur"), Some(("avalanche-2", "eur")));
        assert_eq!(parts("usd-coin-btc"), Some(("usd-coin", "btc")));
        for symbol in
            ["bitcoin", "bitcoin-", "-usd", "BTC-USD", "bit coin-usd", "a&b-usd", "bitcoin-u_d", "a,b-usd"]
        {
            assert_eq!(parts(symbol), None, "{symbol}");
        }
        assert_eq!(symbol("usd-coin", "btc").as_deref(), Some("usd-coin-btc"));
        assert_eq!(symbol("Bitcoin", "usd"), None);
    }

    #[test]
    fn one_question_serves_a_hundred_coins_in_a_currency() {
        let asked: Vec<_> = questions(&["bitcoin-usd", "nonsense", "ethereum-usd", "bitcoin-eur"])
            .into_iter()
            .map(|question| (question.text, question.symbols.join(" ")))
            .collect();
        let expected = [("eur:bitcoin", "bitcoin-eur"), ("usd:bitcoin,ethereum", "bitcoin-usd ethereum-usd")];
        assert_eq!(asked, expected.map(|(text, symbols)| (text.to_owned(), symbols.to_owned())));
        let many: Vec<String> = (0..201).map(|n| format!("coin{n}-usd")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let sizes: Vec<_> = questions(&many).iter().map(|question| question.symbols.len()).collect();
        assert_eq!(sizes, [100, 100, 1]);
        assert!(questions(&[]).is_empty());
    }
}
