//! What is asked, and what each kind of reply changes.

use super::*;

fn routes(symbols: &[&str]) -> Routes {
    let route = |symbol: &&str| {
        let instrument = format!("binance:{symbol}").parse().unwrap();
        (Box::from(*symbol), instrument)
    };
    Arc::new(symbols.iter().map(route).collect())
}

fn to(request: Option<u64>, outcome: Result<(), String>) -> Reply {
    Reply::To { request, outcome }
}

fn symbols(instruments: &[Instrument]) -> Vec<&str> {
    let mut symbols: Vec<&str> = instruments.iter().map(Instrument::symbol).collect();
    symbols.sort_unstable();
    symbols
}

fn accept_all(subscriptions: &mut Subscriptions) {
    while let Some(message) = subscriptions.next(Duration::ZERO) {
        subscriptions.answer(to(Some(message.request), Ok(())));
    }
    assert!(subscriptions.is_settled());
}

#[test]
fn a_change_asks_for_the_difference_only() {
    let mut subscriptions = Subscriptions::new(routes(&["A", "B"]), 10);
    accept_all(&mut subscriptions);
    subscriptions.want(routes(&["B", "C"]));
    let first = subscriptions.next(Duration::ZERO).unwrap();
    assert_eq!((first.ask, symbols(&first.instruments)), (Ask::Unsubscribe, vec!["A"]));
    let second = subscriptions.next(Duration::ZERO).unwrap();
    assert_eq!((second.ask, symbols(&second.instruments)), (Ask::Subscribe, vec!["C"]));
    assert_eq!(subscriptions.next(Duration::ZERO), None);
    assert!(!subscriptions.is_settled());
    subscriptions.answer(to(Some(first.request), Ok(())));
    subscriptions.answer(to(Some(second.request), Ok(())));
    accept_all(&mut subscriptions);
}

#[test]
fn requests_are_no_larger_than_the_venue_takes() {
    let names: Vec<String> = (0..25).map(|n| format!("S{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut subscriptions = Subscriptions::new(routes(&names), 10);
    let mut sizes = Vec::new();
    while let Some(message) = subscriptions.next(Duration::ZERO) {
        sizes.push(message.instruments.len());
    }
    assert_eq!(sizes, [10, 10, 5]);
}

#[test]
fn one_refused_instrument_is_found_and_harms_no_other() {
    let names = ["A", "B", "BAD", "C", "D"];
    let mut subscriptions = Subscriptions::new(routes(&names), 10);
    let (mut held, mut refused) = (Vec::new(), Vec::new());
    while let Some(message) = subscriptions.next(Duration::ZERO) {
        let bad = message.instruments.iter().any(|one| one.symbol() == "BAD");
        let outcome = if bad { Err("no such stream".to_owned()) } else { Ok(()) };
        match subscriptions.answer(to(Some(message.request), outcome)) {
            Answered::Held(instruments) => held.extend(instruments),
            Answered::Refused(instrument, reason) => refused.push((instrument, reason)),
            Answered::Nothing => {}
        }
    }
    assert_eq!(symbols(&held), ["A", "B", "C", "D"]);
    assert_eq!(refused, [("binance:BAD".parse().unwrap(), "no such stream".to_owned())]);
    assert!(subscriptions.is_settled());
}

#[test]
fn an_instrument_wanted_again_while_it_leaves_is_asked_for_afterwards() {
    let mut subscriptions = Subscriptions::new(routes(&["A"]), 10);
    accept_all(&mut subscriptions);
    subscriptions.want(routes(&[]));
    let leave = subscriptions.next(Duration::ZERO).unwrap();
    subscriptions.want(routes(&["A"]));
    assert_eq!(subscriptions.next(Duration::ZERO), None);
    subscriptions.answer(to(Some(leave.request), Ok(())));
    let back = subscriptions.next(Duration::ZERO).unwrap();
    assert_eq!((back.ask, symbols(&back.instruments)), (Ask::Subscribe, vec!["A"]));
}

#[test]
fn an_error_that_names_no_request_answers_the_oldest() {
    let mut subscriptions = Subscriptions::new(routes(&["A"]), 10);
    subscriptions.next(Duration::ZERO).unwrap();
    let answered = subscriptions.answer(to(None, Err("no".into())));
    assert_eq!(answered, Answered::Refused("binance:A".parse().unwrap(), "no".into()));
    assert_eq!(subscriptions.answer(to(None, Ok(()))), Answered::Nothing);
    assert_eq!(subscriptions.answer(to(Some(99), Ok(()))), Answered::Nothing);
}

#[test]
fn symbols_are_answered_one_by_one() {
    let mut subscriptions = Subscriptions::new(routes(&["A", "B"]), 10);
    subscriptions.next(Duration::ZERO).unwrap();
    let reply = |symbol: &str, outcome| Reply::For { symbol: symbol.to_owned(), outcome };
    let held = Answered::Held(vec!["binance:B".parse().unwrap()]);
    assert_eq!(subscriptions.answer(reply("B", Ok(()))), held);
    assert!(subscriptions.oldest_unanswered().is_some());
    let refused = Answered::Refused("binance:A".parse().unwrap(), "no".to_owned());
    assert_eq!(subscriptions.answer(reply("A", Err("no".to_owned()))), refused);
    assert_eq!(subscriptions.answer(reply("A", Ok(()))), Answered::Nothing, "nobody asks");
    assert_eq!(subscriptions.next(Duration::ZERO), None);
    assert!(subscriptions.is_settled());
}

#[test]
fn what_the_connection_carries_settles_what_was_asked() {
    let mut subscriptions = Subscriptions::new(routes(&["A", "B", "C"]), 2);
    let first = subscriptions.next(Duration::ZERO).unwrap();
    let second = subscriptions.next(Duration::ZERO).unwrap();
    let carried = |instruments: &[Instrument]| Reply::Carried {
        symbols: instruments.iter().map(|one| one.symbol().to_owned()).collect(),
    };
    let Answered::Held(held) = subscriptions.answer(carried(&first.instruments)) else { panic!() };
    assert_eq!(symbols(&held), symbols(&first.instruments));
    let all = [first.instruments, second.instruments.clone()].concat();
    let Answered::Held(held) = subscriptions.answer(carried(&all)) else { panic!() };
    assert_eq!(held, second.instruments);
    subscriptions.want(routes(&["A"]));
    let leave = subscriptions.next(Duration::ZERO).unwrap();
    assert_eq!((leave.ask, symbols(&leave.instruments)), (Ask::Unsubscribe, vec!["B", "C"]));
    // Said before the venue had read the request.
    assert_eq!(subscriptions.answer(carried(&all)), Answered::Nothing);
    assert!(subscriptions.oldest_unanswered().is_some());
    assert_eq!(subscriptions.answer(carried(&["binance:A".parse().unwrap()])), Answered::Nothing);
    assert_eq!(subscriptions.next(Duration::ZERO), None);
    assert!(subscriptions.is_settled());
}

#[test]
fn a_culprit_that_is_named_leaves_the_others_to_be_asked_for_again() {
    let mut subscriptions = Subscriptions::new(routes(&["A", "BAD", "C"]), 10);
    subscriptions.next(Duration::ZERO).unwrap();
    let refusal = || Reply::Refused { symbol: "BAD".to_owned(), reason: "no".to_owned() };
    let refused = Answered::Refused("binance:BAD".parse().unwrap(), "no".to_owned());
    assert_eq!(subscriptions.answer(refusal()), refused);
    assert_eq!(subscriptions.answer(refusal()), Answered::Nothing, "said once per channel");
    let others = subscriptions.next(Duration::ZERO).unwrap();
    assert_eq!((others.ask, symbols(&others.instruments)), (Ask::Subscribe, vec!["A", "C"]));
    // Had the venue taken them at once, it says so twice.
    let carried = || Reply::Carried { symbols: ["A", "C"].map(str::to_owned).into() };
    let Answered::Held(held) = subscriptions.answer(carried()) else { panic!() };
    assert_eq!(symbols(&held), ["A", "C"]);
    assert_eq!(subscriptions.answer(carried()), Answered::Nothing);
    assert_eq!(subscriptions.next(Duration::ZERO), None);
    assert!(subscriptions.is_settled());
}
