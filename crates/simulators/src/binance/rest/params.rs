//! Parameters of a GET request, and the answers to those that are wrong.

use percent_encoding::percent_decode_str;

use super::error::ApiError;
use crate::binance::world::World;
use crate::market::exchange::Exchange;
use crate::market::ledger::{Ledger, Window};
use crate::market::symbol::Status;

/// The decoded query, in its order.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

/// Which symbols are asked for.
pub(super) enum Asked {
    /// One; the answer is an object.
    One(usize),
    /// Several or all; the answer is an array.
    Many(Vec<usize>),
}

impl Params {
    /// Reads a query string.
    ///
    /// # Errors
    /// A parameter that stands twice.
    pub(super) fn parse(query: &str) -> Result<Self, ApiError> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (decode(name), decode(value));
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(ApiError::duplicate_parameter());
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// # Errors
    /// A parameter that the endpoint does not know.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        let read = self.0.iter().filter(|(name, _)| known.contains(&name.as_str())).count();
        if read == self.0.len() { Ok(()) } else { Err(ApiError::unread(read, self.0.len())) }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| ApiError::missing(name))
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if text.is_empty() {
            return Err(ApiError::empty(name));
        }
        let legal = || ApiError::illegal_characters(name, "^[0-9]{1,20}$");
        if text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(legal());
        }
        text.parse().map(Some).map_err(|_| legal())
    }

    /// `limit`: `standard` where it is not given, never above `most`.
    pub(super) fn limit(&self, standard: usize, most: usize) -> Result<usize, ApiError> {
        match self.number("limit")? {
            None => Ok(standard),
            Some(0) => Err(ApiError::bad_data("limit")),
            Some(limit) => Ok(usize::try_from(limit).unwrap_or(most).min(most)),
        }
    }

    /// `startTime` and `endTime`, in milliseconds or microseconds, both inclusive.
    pub(super) fn window(&self) -> Result<Window, ApiError> {
        let (from, to) = (self.number("startTime")?, self.number("endTime")?);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(ApiError::bad_combination());
        }
        Ok(Window { from_us: from.map(|time| as_us(time).0), to_us: to.map(|time| as_us(time).1) })
    }

    /// The pair that `symbol` names.
    pub(super) fn pair(&self, exchange: &Exchange) -> Result<usize, ApiError> {
        find(exchange, self.required("symbol")?, "symbol")
    }

    /// The ledger of the pair that `symbol` names.
    pub(super) fn ledger<'a>(&self, world: &'a World) -> Result<&'a Ledger, ApiError> {
        Ok(&world.stage.exchange.ledgers[self.pair(&world.stage.exchange)?])
    }

    /// What `symbol`, `symbols` and `symbolStatus` select; everything where none is given.
    pub(super) fn asked(&self, exchange: &Exchange) -> Result<Asked, ApiError> {
        let status = self.get("symbolStatus").map(parse_status).transpose()?;
        let of = |pair: &usize| exchange.ledgers[*pair].symbol.status;
        match (self.get("symbol"), self.symbols()?) {
            (Some(_), Some(_)) => Err(ApiError::bad_combination()),
            (Some(name), None) => {
                let pair = find(exchange, name, "symbol")?;
                match status {
                    Some(status) if !status.is(of(&pair)) => {
                        Err(ApiError::other_status(name, status.as_str()))
                    }
                    _ => Ok(Asked::One(pair)),
                }
            }
            (None, names) => {
                let pairs: Vec<usize> = match names {
                    Some(names) => {
                        names.iter().map(|name| find(exchange, name, "symbols")).collect::<Result<_, _>>()?
                    }
                    None => (0..exchange.ledgers.len()).collect(),
                };
                let wanted = |pair: &usize| status.as_ref().is_none_or(|status| status.is(of(pair)));
                Ok(Asked::Many(pairs.into_iter().filter(wanted).collect()))
            }
        }
    }

    /// How many symbols are named; none where all are meant.
    pub(super) fn named_symbols(&self) -> Option<usize> {
        if self.get("symbol").is_some() {
            return Some(1);
        }
        self.symbols().ok().flatten().map(|symbols| symbols.len())
    }

    fn symbols(&self) -> Result<Option<Vec<String>>, ApiError> {
        let Some(text) = self.get("symbols") else { return Ok(None) };
        let legal = r#"^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$"#;
        let names: Vec<String> =
            serde_json::from_str(text).map_err(|_| ApiError::illegal_characters("symbols", legal))?;
        let twice = |(place, name): (usize, &String)| names[..place].contains(name);
        if names.iter().enumerate().any(twice) {
            return Err(ApiError::duplicate_symbols());
        }
        Ok(Some(names))
    }
}

/// A `symbolStatus` of the documentation; others of its values match no symbol here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AskedStatus(String);

impl AskedStatus {
    fn is(&self, status: Status) -> bool {
        self.0 == status.as_str()
    }

    fn as_str(&self) -> &str {
        &self.0
    }
}

/// # Errors
/// A status that the endpoints do not take.
fn parse_status(text: &str) -> Result<AskedStatus, ApiError> {
    match text {
        "TRADING" | "HALT" | "BREAK" => Ok(AskedStatus(text.to_owned())),
        _ => Err(ApiError::bad_symbol_status()),
    }
}

fn find(exchange: &Exchange, name: &str, parameter: &str) -> Result<usize, ApiError> {
    if name.is_empty() {
        return Err(ApiError::empty(parameter));
    }
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if name.is_ascii() && (name.len() > 20 || !name.bytes().all(legal)) {
        return Err(ApiError::illegal_characters(parameter, "^[A-Z0-9-_.]{1,20}$"));
    }
    exchange.find(name).ok_or_else(ApiError::bad_symbol)
}

/// The first and the last microsecond of a time given in milliseconds or microseconds. Thirteen digits are
/// milliseconds until the year 2286, and sixteen are microseconds.
fn as_us(time: u64) -> (i64, i64) {
    let time = i64::try_from(time).unwrap_or(i64::MAX);
    if time < 100_000_000_000_000 { (time * 1_000, time * 1_000 + 999) } else { (time, time) }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_taken_in_both_units() {
        let window =
            Params::parse("startTime=1795226512735&endTime=1795226512735000").unwrap().window().unwrap();
        assert_eq!(window.from_us, Some(1_795_226_512_735_000));
        assert_eq!(window.to_us, Some(1_795_226_512_735_000));
    }

    #[test]
    fn wrong_parameters_have_codes_of_their_own() {
        let code = |result: Result<(), ApiError>| result.unwrap_err().code();
        let params = |query| Params::parse(query).unwrap();
        assert_eq!(code(Params::parse("a=1&a=2").map(drop)), -1101);
        assert_eq!(code(params("symbol=A&x=1").only(&["symbol"])), -1104);
        assert_eq!(code(params("limit=ten").limit(500, 1_000).map(drop)), -1100);
        assert_eq!(code(params("limit=0").limit(500, 1_000).map(drop)), -1130);
        assert_eq!(code(params("limit=").limit(500, 1_000).map(drop)), -1105);
        assert_eq!(code(params("startTime=2&endTime=1").window().map(drop)), -1128);
        assert_eq!(params("limit=5000").limit(500, 1_000), Ok(1_000));
    }
}
