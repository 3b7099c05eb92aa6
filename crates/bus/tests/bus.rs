//! The bus against real servers: one, and a cluster of three of which one is killed.

#![expect(clippy::unwrap_used, reason = "what is missing here is a failure of the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bellwether_bus::testing::NatsServers;
use bellwether_bus::{Batch, Bus, BusError, BusOptions, From, Topic};
use bytes::Bytes;

fn options(servers: &NatsServers) -> BusOptions {
    BusOptions {
        url: servers.url(),
        name: "bellwether-test".to_owned(),
        keep: Duration::from_secs(600),
        replicas: None,
    }
}

/// Connects; a cluster takes a moment until it has a leader.
async fn connect(servers: &NatsServers) -> Bus {
    let mut last = None;
    for _ in 0..100 {
        match Bus::connect(options(servers)).await {
            Ok(bus) => return bus,
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no bus: {last:?}");
}

fn batch(topic: Topic, number: u32) -> Batch {
    Batch { topic, bytes: Bytes::copy_from_slice(&number.to_be_bytes()) }
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().unwrap())
}

const ONE: Topic = Topic::Partition(1);
const TWO: Topic = Topic::Partition(12);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_read_in_its_order_from_wherever_one_left_off() {
    let Some(servers) = NatsServers::start(1) else { return };
    let bus = connect(&servers).await;
    assert_eq!(bus.bounds().await.unwrap().1, 0, "nothing is in it yet");
    let log = bus.tick_log();
    for at in 0..300 {
        log.append(vec![batch(ONE, at), batch(TWO, 1_000 + at)]).await;
    }
    let mut reader = bus.read(Some(ONE), From::After(0));
    let mut middle = 0;
    for at in 0..300 {
        let entry = reader.next().await;
        assert_eq!((entry.topic, number(&entry.bytes)), (ONE, at));
        if at == 149 {
            middle = entry.number;
        }
    }
    let mut rest = bus.read(Some(ONE), From::After(middle));
    assert_eq!(number(&rest.next().await.bytes), 150);

    let mut all = bus.read(None, From::After(0));
    let (mut last, mut of_two) = (0, 0);
    for _ in 0..600 {
        let entry = all.next().await;
        assert!(entry.number > last);
        last = entry.number;
        if entry.topic == TWO {
            assert_eq!(number(&entry.bytes), 1_000 + of_two);
            of_two += 1;
        }
    }
    assert_eq!((of_two, bus.bounds().await.unwrap()), (300, (1, last)));

    // Nothing is there, until something comes.
    let waiting = tokio::spawn(async move { number(&all.next().await.bytes) });
    tokio::time::sleep(Duration::from_millis(50)).await;
    log.append(vec![batch(Topic::Feeds, 7)]).await;
    assert_eq!(waiting.await.unwrap(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn hints_reach_everybody_and_questions_are_answered() {
    let Some(servers) = NatsServers::start(1) else { return };
    let (one, other) = (connect(&servers).await, connect(&servers).await);
    let (mut here, mut there) = (one.hints().await.unwrap(), other.hints().await.unwrap());
    let mut questions = other.questions("partition-3").await.unwrap();
    // A subscription is made by the time that something comes back from the same server.
    other.bounds().await.unwrap();
    one.bounds().await.unwrap();
    one.hint("alerts", Bytes::from_static(b"x")).await;
    for hints in [&mut here, &mut there] {
        let hint = hints.next().await.unwrap();
        assert_eq!((hint.kind.as_str(), &hint.bytes[..]), ("alerts", &b"x"[..]));
    }
    let answering = tokio::spawn(async move {
        let question = questions.next().await.unwrap();
        let answer = [&question.bytes[..], b"!"].concat();
        question.answer(answer.into()).await;
    });
    assert_eq!(&one.ask("partition-3", Bytes::from_static(b"why")).await.unwrap()[..], b"why!");
    answering.await.unwrap();
    let nobody = one.ask("partition-4", Bytes::new()).await;
    assert!(matches!(nobody, Err(BusError::Unanswered(_))), "{nobody:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_loses_nothing_and_repeats_nothing() {
    let Some(mut servers) = NatsServers::start(3) else { return };
    let bus = connect(&servers).await;
    let log = bus.tick_log();
    let mut reader = bus.read(None, From::After(0));
    let read = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&read);
    let reading = tokio::spawn(async move {
        for at in 0..1_200 {
            assert_eq!(number(&reader.next().await.bytes), at, "each once, in order");
            seen.store(at, Ordering::Relaxed);
        }
    });
    for at in 0..1_200 {
        if at % 400 == 200 {
            // Each of the three once: the leader too, and the one that the reader reads from.
            let node = usize::try_from(at / 400).unwrap();
            servers.kill(node);
            let killed = std::time::Instant::now();
            log.append(vec![batch(ONE, at)]).await;
            let written = killed.elapsed();
            while read.load(Ordering::Relaxed) < at {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            println!("server {node} killed: written {written:?} later, read {:?} later", killed.elapsed());
            servers.revive(node);
            // The next one is killed only once this one is part of the cluster again.
            tokio::time::sleep(Duration::from_secs(4)).await;
        } else {
            log.append(vec![batch(ONE, at)]).await;
        }
    }
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("all is read").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_told() {
    let nobody = BusOptions {
        url: "nats://user:geheim@127.0.0.1:1".to_owned(),
        name: "x".to_owned(),
        keep: Duration::from_secs(60),
        replicas: None,
    };
    let error = Bus::connect(nobody.clone()).await.unwrap_err();
    assert!(matches!(error, BusError::Unreachable(_)), "{error}");
    assert!(!error.to_string().contains("geheim"), "{error}");
    let odd = BusOptions { url: "http://geheim@x y".to_owned(), ..nobody };
    let error = Bus::connect(odd).await.unwrap_err();
    assert!(!error.to_string().contains("geheim"), "{error}");
    let Some(servers) = NatsServers::start(1) else { return };
    let too_many = BusOptions { replicas: Some(3), ..options(&servers) };
    let error = Bus::connect(too_many).await.unwrap_err();
    assert!(matches!(error, BusError::Stream { .. }), "{error}");
    connect(&servers).await;
    let longer = BusOptions { keep: Duration::from_secs(900), ..options(&servers) };
    Bus::connect(longer).await.unwrap();
}
