//! Whether each venue that is watched answers, and whether our clock goes as theirs.

use std::time::Duration;

use bellwether_feeds::world::{Http, HttpClient, HttpReply, HttpRequest};
use bellwether_model::Timestamp;
use futures_util::future::join_all;

use super::finding::Finding;
use super::store::chain;
use crate::config::Config;

/// How long a venue may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const BODY_MAX: usize = 1 << 20;
/// How far the clock may be off: what venues tell of the time has whole seconds, and was underway.
const CLOCK_OFF_US: i64 = 5_000_000;

/// A question that costs a venue next to nothing.
struct Question {
    venue: &'static str,
    /// Where its address is set.
    key: &'static str,
    url: String,
    /// Whether anything that it answers will do: to be asked in earnest takes credentials.
    any_answer: bool,
}

/// What was found of the venues, and of the clock.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let questions = questions(config);
    if questions.is_empty() {
        let advice = "Enable one, such as venues.binance.enabled.";
        return vec![Finding::odd("venues", "none is watched: only pushed prices are", advice)];
    }
    let client = match HttpClient::new(concat!("bellwether/", env!("CARGO_PKG_VERSION"))) {
        Ok(client) => client,
        Err(error) => return vec![Finding::bad("venues", chain(&error), "This is a mistake of ours.")],
    };
    let asked = join_all(questions.iter().map(|question| ask(&client, question))).await;
    let (found, offsets): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
    let mut found: Vec<Finding> = found;
    found.push(clock(offsets.into_iter().flatten().collect()));
    found
}

fn questions(config: &Config) -> Vec<Question> {
    let venues = &config.venues;
    let question = |venue, key, base: &str, path: &str, any_answer| Question {
        venue,
        key,
        url: format!("{base}{path}"),
        any_answer,
    };
    // Each of them is public and light: Binance /api/v3/time (weight 1), Coinbase /time, Kraken Time, one of
    // Uphold's tickers, CoinGecko /ping. Their documentations, checked 2026-11-21.
    let known = [
        (
            venues.binance.enabled,
            "binance",
            "venues.binance.rest_url",
            &venues.binance.rest_url,
            "/api/v3/time",
        ),
        (venues.coinbase.enabled, "coinbase", "venues.coinbase.rest_url", &venues.coinbase.rest_url, "/time"),
        (
            venues.kraken.enabled,
            "kraken",
            "venues.kraken.rest_url",
            &venues.kraken.rest_url,
            "/0/public/Time",
        ),
        (
            venues.uphold.enabled,
            "uphold",
            "venues.uphold.rest_url",
            &venues.uphold.rest_url,
            "/v0/ticker/BTC-USD",
        ),
        (
            venues.coingecko.enabled,
            "coingecko",
            "venues.coingecko.rest_url",
            &venues.coingecko.rest_url,
            "/api/v3/ping",
        ),
    ];
    let known = known.into_iter().filter(|(enabled, ..)| *enabled);
    let mut questions: Vec<Question> =
        known.map(|(_, venue, key, base, path)| question(venue, key, base, path, false)).collect();
    if config.ebay.is_enabled() {
        questions.push(question("ebay", "ebay.rest_url", &config.ebay.rest_url, "/", true));
    }
    questions
}

/// What a venue answers, and by how many microseconds our clock is ahead of its.
async fn ask(client: &HttpClient, question: &Question) -> (Finding, Option<i64>) {
    let request =
        HttpRequest { url: question.url.clone(), headers: Vec::new(), form: None, body_limit: BODY_MAX };
    let what = format!("venue {}", question.venue);
    let advice = format!(
        "Look whether this machine reaches {} ({}), and whether the venue serves where it stands; or switch it off.",
        question.url, question.key
    );
    match tokio::time::timeout(PATIENCE, client.send(request)).await {
        Err(_) => {
            let said = format!("does not answer within {} s", PATIENCE.as_secs());
            (Finding::bad(what, said, advice), None)
        }
        Ok(Err(error)) => (Finding::bad(what, format!("cannot be reached: {}", chain(&error)), advice), None),
        Ok(Ok(reply)) if question.any_answer || (200..300).contains(&reply.status) => {
            (Finding::good(what, "answers"), ahead(&reply))
        }
        Ok(Ok(reply)) => {
            (Finding::bad(what, format!("answers with status {}", reply.status), advice), ahead(&reply))
        }
    }
}

/// By how many microseconds our clock is ahead of what an answer says (RFC 9110, 6.6.1).
fn ahead(reply: &HttpReply) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(reply.header("date")?).ok()?;
    let theirs = Timestamp::from_micros(date.timestamp().as_microsecond());
    Some(crate::clock::system().now().micros_since(theirs))
}

/// Judged by the venue that agrees best: a proxy on the way may be wrong, but not all of them.
fn clock(offsets: Vec<i64>) -> Finding {
    let Some(best) = offsets.into_iter().min_by_key(|offset| offset.unsigned_abs()) else {
        let advice = "Look at it yourself: timedatectl";
        return Finding::odd("clock", "nobody told the time, so it was not compared", advice);
    };
    if best.unsigned_abs() <= CLOCK_OFF_US.unsigned_abs() {
        return Finding::good("clock", "goes as the venues' do");
    }
    let (seconds, way) = (best.unsigned_abs() / 1_000_000, if best > 0 { "ahead of" } else { "behind" });
    let said = format!("is {seconds} s {way} the venues'");
    Finding::bad("clock", said, "Have it set by NTP: timedatectl set-ntp true")
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_the_venue_that_agrees_best() {
        assert_eq!(clock(vec![-3_600_000_000, 900_000]).state, State::Good);
        assert_eq!(clock(vec![]).state, State::Odd);
        let off = clock(vec![-3_600_000_000, -61_000_000]);
        assert_eq!(off.state, State::Bad);
        assert!(off.lines()[0].contains("61 s behind"), "{off:?}");
    }
}
