//! Ticks through JetStream: written in rounds by one writer, read by two readers, each with half of the partitions.
//!
//! Target: 200,000 ticks a second into two engines on two cores, the server among them. A tick is 24 bytes, as a
//! batch of Binance trades has it; what engines make of it is measured elsewhere (5 to 30 ns a quiet tick).
//!
//! `cargo bench -p bellwether-bus --bench log`; needs `nats-server`. `BELLWETHER_BENCH_ROUND` sets how many ticks a
//! round has (2,000 where unset): beside it stand rounds of 100, as in a quiet market, and of 10,000.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement ends where anything fails")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

use std::time::{Duration, Instant};

use bellwether_bus::testing::NatsServers;
use bellwether_bus::{Batch, Bus, BusOptions, From, Topic};
use bytes::Bytes;

const TICK_BYTES: usize = 24;
const PARTITIONS: u16 = 8;
const SPELL: Duration = Duration::from_secs(4);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let asked = std::env::var("BELLWETHER_BENCH_ROUND").ok().and_then(|round| round.parse().ok());
    for servers in [1, 3] {
        for round in [100, asked.unwrap_or(2_000), 10_000] {
            measure(servers, round).await;
        }
    }
}

async fn measure(servers: usize, round: usize) {
    let Some(nats) = NatsServers::start(servers) else { return };
    let bus = connect(&nats).await;
    let readers = [0, 1].map(|half| {
        let bus = bus.clone();
        tokio::spawn(async move {
            let mut topics: Vec<_> = (0..PARTITIONS)
                .filter(|partition| partition % 2 == half)
                .map(|partition| bus.read(Some(Topic::Partition(partition)), From::After(0)))
                .collect();
            let mut bytes = 0usize;
            loop {
                // A round has a batch of every partition.
                for reader in &mut topics {
                    let entry = reader.next().await;
                    if entry.bytes.is_empty() {
                        return bytes / TICK_BYTES;
                    }
                    bytes += entry.bytes.len();
                }
            }
        })
    });
    let log = bus.tick_log();
    let batch = Bytes::from(vec![7; round * TICK_BYTES / usize::from(PARTITIONS)]);
    let of_each = |bytes: &Bytes| -> Vec<Batch> {
        (0..PARTITIONS).map(|at| Batch { topic: Topic::Partition(at), bytes: bytes.clone() }).collect()
    };
    let (began, mut rounds, mut waits) = (Instant::now(), 0u32, Vec::new());
    while began.elapsed() < SPELL {
        let sent = Instant::now();
        log.append(of_each(&batch)).await;
        waits.push(sent.elapsed());
        rounds += 1;
    }
    log.append(of_each(&Bytes::new())).await;
    let mut read = 0;
    for reader in readers {
        read += reader.await.unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |percent: usize| waits[waits.len() * percent / 100].as_secs_f64() * 1_000.0;
    println!(
        "{servers} server(s), rounds of {round:>6} ticks: {:>9.0} ticks/s written and read, {rounds} rounds, \
         a round durable in {:.2} ms (p50), {:.2} ms (p99)",
        read as f64 / seconds,
        at(50),
        at(99),
    );
}

async fn connect(nats: &NatsServers) -> Bus {
    let options = BusOptions {
        url: nats.url(),
        name: "bench".to_owned(),
        keep: Duration::from_secs(600),
        replicas: None,
    };
    loop {
        match Bus::connect(options.clone()).await {
            Ok(bus) => return bus,
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
