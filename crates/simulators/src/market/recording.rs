//! Reads recorded trades from CSV files, plain or compressed with zstd.
//!
//! Two forms are known: Binance's own daily `aggTrades` file (no header, no symbol), and a file of several
//! symbols that begins `symbol,timestamp,local_timestamp,id,side,price,amount`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::fixed::Fixed;
use super::symbol::Symbol;
use super::trade::Trade;

/// Trades of one file in its order, each with the index of its symbol.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) trades: Vec<(usize, Trade)>,
}

/// Why a recording cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened or read, or is no zstd where its name says so.
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    /// A line is not in the form that the first line promises.
    #[error("line {line} of {path} is no trade")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The file names no symbol; it must be given beside it, or begin the file's name: `BTCUSDC-aggTrades-…`.
    #[error("{0} does not say which symbol it is of")]
    NoSymbol(PathBuf),
    /// There is not one trade in it.
    #[error("{0} holds no trade")]
    Empty(PathBuf),
}

#[derive(Clone, Copy)]
enum Form {
    /// `id,price,quantity,first id,last id,time,buyer is maker,best match`
    Aggregates(usize),
    /// `symbol,timestamp,local_timestamp,id,side,price,amount`
    Trades,
}

impl Recording {
    /// Reads a whole file. `symbol` names the one pair of a file that does not name it.
    ///
    /// # Errors
    /// [`RecordingError`], for the first thing that is wrong.
    pub(crate) fn read(path: &Path, symbol: Option<&str>) -> Result<Self, RecordingError> {
        let unreadable = |error| RecordingError::Read(path.to_owned(), error);
        let file = File::open(path).map_err(unreadable)?;
        let bytes: Box<dyn Read> = if path.extension().is_some_and(|ending| ending == "zst") {
            Box::new(zstd::Decoder::new(file).map_err(unreadable)?)
        } else {
            Box::new(file)
        };
        let mut reader = Reader::default();
        let mut form = None;
        for (index, line) in BufReader::with_capacity(1 << 16, bytes).lines().enumerate() {
            let line = line.map_err(unreadable)?;
            if index == 0 && line.starts_with("symbol,") {
                form = Some(Form::Trades);
                continue;
            }
            let known = match form {
                Some(known) => known,
                None => Form::Aggregates(reader.symbol(&sole_symbol(path, symbol)?)),
            };
            form = Some(known);
            let bad = || RecordingError::Line { path: path.to_owned(), line: index + 1 };
            reader.add(&line, known).ok_or_else(bad)?;
        }
        reader.finish().ok_or_else(|| RecordingError::Empty(path.to_owned()))
    }
}

fn sole_symbol(path: &Path, given: Option<&str>) -> Result<String, RecordingError> {
    let from_name =
        || path.file_name()?.to_str()?.split_once("-aggTrades").map(|(symbol, _)| symbol.to_owned());
    given.map(str::to_owned).or_else(from_name).ok_or_else(|| RecordingError::NoSymbol(path.to_owned()))
}

#[derive(Default)]
struct Reader {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    /// Per symbol the most decimals that a price and a quantity had.
    decimals: Vec<(u32, u32)>,
    trades: Vec<(usize, Trade)>,
}

impl Reader {
    fn symbol(&mut self, name: &str) -> usize {
        if let Some(index) = self.by_name.get(name) {
            return *index;
        }
        let index = self.names.len();
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), index);
        self.decimals.push((0, 0));
        index
    }

    fn add(&mut self, line: &str, form: Form) -> Option<()> {
        let mut fields = line.split(',');
        let mut next = || fields.next();
        let (symbol, trade, price, quantity) = match form {
            Form::Aggregates(symbol) => {
                let (id, price, quantity) = (next()?, next()?, next()?);
                let (first, last, time, maker) = (next()?, next()?, next()?, next()?);
                let trade =
                    trade(id, first, last, time, price, quantity, maker.eq_ignore_ascii_case("true"))?;
                (symbol, trade, price, quantity)
            }
            Form::Trades => {
                let (name, time, _received, id) = (next()?, next()?, next()?, next()?);
                let (side, price, quantity) = (next()?, next()?, next()?);
                let trade = trade(id, id, id, time, price, quantity, side == "sell")?;
                (self.symbol(name), trade, price, quantity)
            }
        };
        let decimals = &mut self.decimals[symbol];
        decimals.0 = decimals.0.max(decimals_of(price));
        decimals.1 = decimals.1.max(decimals_of(quantity));
        self.trades.push((symbol, trade));
        Some(())
    }

    fn finish(self) -> Option<Recording> {
        let step = |decimals: u32| Fixed::from_units(10_i64.pow(8 - decimals.min(8)));
        let named = self.names.iter().zip(&self.decimals);
        let symbols =
            named.map(|(name, (price, quantity))| Symbol::from_name(name, step(*price), step(*quantity)));
        let recording = Recording { symbols: symbols.collect(), trades: self.trades };
        (!recording.trades.is_empty()).then_some(recording)
    }
}

fn trade(
    id: &str,
    first: &str,
    last: &str,
    time: &str,
    price: &str,
    quantity: &str,
    buyer_is_maker: bool,
) -> Option<Trade> {
    let time: i64 = time.parse().ok()?;
    let trade = Trade {
        id: id.parse().ok()?,
        price: price.parse().ok()?,
        quantity: quantity.parse().ok()?,
        first_trade: first.parse().ok()?,
        last_trade: last.parse().ok()?,
        // Binance's files are in milliseconds up to 2024 and in microseconds from 2025 on.
        time_us: if time < 100_000_000_000_000 { time * 1_000 } else { time },
        buyer_is_maker,
    };
    (trade.first_trade <= trade.last_trade).then_some(trade)
}

fn decimals_of(number: &str) -> u32 {
    let fraction = number.split_once('.').map_or("", |(_, fraction)| fraction).trim_end_matches('0');
    u32::try_from(fraction.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Recording, RecordingError> {
        let path = std::env::temp_dir().join(format!("bellwether-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let recording = Recording::read(&path, None);
        std::fs::remove_file(path).unwrap();
        recording
    }

    #[test]
    fn binances_own_file_is_read() {
        let recording =
            read("a-aggTrades", "7,121419.01,0.0023,40,42,1759881600097184,False,True\n").unwrap();
        let (_, trade) = recording.trades[0];
        assert_eq!((trade.id, trade.first_trade, trade.last_trade), (7, 40, 42));
        assert_eq!((trade.price.to_string().as_str(), trade.buyer_is_maker), ("121419.01000000", false));
        assert_eq!(recording.symbols[0].tick.to_string(), "0.01000000");
    }

    #[test]
    fn a_file_of_several_symbols_is_read() {
        let text = "symbol,timestamp,local_timestamp,id,side,price,amount\n\
                    TRXUSDT,1760054402625328,1760054402627697,378878979,buy,0.337,40.9\n\
                    WIFUSD_PERP,1760054403334083,1760054403336805,12,sell,0.7064,20\n";
        let recording = read("several", text).unwrap();
        let names: Vec<_> = recording.symbols.iter().map(|symbol| (&*symbol.base, &*symbol.quote)).collect();
        assert_eq!(names, [("TRX", "USDT"), ("WIF", "USD_PERP")]);
        assert!(recording.trades[1].1.buyer_is_maker);
    }

    #[test]
    fn what_cannot_be_played_says_why() {
        assert!(matches!(read("nameless", "1,2,3,4,4,5,True\n"), Err(RecordingError::NoSymbol(_))));
        assert!(matches!(
            read("b-aggTrades", "1,x,3,4,4,5,True\n"),
            Err(RecordingError::Line { line: 1, .. })
        ));
        assert!(matches!(read("c-aggTrades", ""), Err(RecordingError::Empty(_))));
    }
}
