//! The real binary, started against the simulated world, and killed.

use std::io::{BufRead, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bellwether_server::crash::Point;
use serde_json::Value;

use crate::client::{http, until};
use crate::stores::TestStore;
use crate::world::World;

/// What events of listings are signed with.
pub(crate) const EVENTS_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A running `bellwether serve`. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    base: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts the service and waits until it is up. With a crash point it will kill itself there, the
    /// given number of passages later; it may do so before it is up, and is then started once more.
    pub(crate) async fn start(world: &World, store: &TestStore, crash: Option<(Point, u32)>) -> Self {
        // Every fire is to come in a message of its own, so that they can be counted.
        let settings = [("BELLWETHER_PACE__EMAIL", "0/1s"), ("BELLWETHER_PACE__ALERT", "0/1s")];
        Self::start_with(world, store, crash, &settings).await
    }

    /// The same with these settings besides.
    pub(crate) async fn start_with(
        world: &World,
        store: &TestStore,
        crash: Option<(Point, u32)>,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut command = command(world, store, crash);
        command.envs(settings.iter().copied());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (up, is_up) = tokio::sync::oneshot::channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut up = Some(up);
            for line in lines.map_while(Result::ok) {
                if let Some(address) = address_in(&line)
                    && let Some(up) = up.take()
                {
                    let _ = up.send(address);
                }
                kept.lock().unwrap().push(line);
            }
        });
        let up = tokio::time::timeout(Duration::from_secs(20), is_up).await;
        match up {
            Ok(Ok(address)) => Self { child, base: format!("http://{address}"), log },
            _ => {
                let _ = child.kill();
                panic!("the service did not come up:\n{}", log.lock().unwrap().join("\n"));
            }
        }
    }

    /// Starts the service with a standard error from which nothing is read, and waits until it answers.
    pub(crate) async fn start_unheard(
        world: &World,
        store: &TestStore,
        settings: &[(&str, &str)],
        stderr: Stdio,
    ) -> Self {
        // It cannot say where it listens.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = command(world, store, None);
        command.env("BELLWETHER_SERVER__LISTEN", address.to_string()).envs(settings.iter().copied());
        let child = command.stderr(stderr).spawn().unwrap();
        let mut process = Self { child, base: format!("http://{address}"), log: Arc::default() };
        until("it answers", async || {
            assert!(!process.died(), "it has ended");
            let asked = http().get(format!("{}/healthz", process.base())).send().await;
            asked.map(drop).map_err(|error| error.to_string())
        })
        .await;
        process
    }

    /// Starts the service, which kills itself at a point that it passes by itself, and waits until it has.
    pub(crate) async fn run_to_death(world: &World, store: &TestStore, crash: (Point, u32)) {
        let mut child = command(world, store, Some(crash)).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..2_000 {
            if child.try_wait().unwrap().is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let _ = child.kill();
        panic!("it lives");
    }

    /// Runs a command that ends by itself with the service's settings. How it ended, and what it said on standard error.
    pub(crate) async fn run_to_its_end(
        world: &World,
        store: &TestStore,
        args: &[&str],
    ) -> (ExitStatus, String) {
        let mut command = command_of(args, world, store, None);
        let child = command.spawn().unwrap();
        let mut process = Self { child, base: String::new(), log: Arc::default() };
        assert!(process.died_within(Duration::from_secs(60)).await, "{args:?} does not end");
        let mut said = String::new();
        process.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (process.child.wait().unwrap(), said)
    }

    /// Where its API is.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// How many lines of its log have a text.
    #[cfg(feature = "otel")]
    pub(crate) fn said(&self, text: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }

    /// Whether it is gone.
    pub(crate) fn died(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Whether it is gone, or goes within a second: its last work may still be on the way.
    pub(crate) async fn died_within_a_moment(&mut self) -> bool {
        self.died_within(Duration::from_secs(1)).await
    }

    /// Whether it is gone, or goes within a while.
    pub(crate) async fn died_within(&mut self, while_: Duration) -> bool {
        let end = tokio::time::Instant::now() + while_;
        while !self.died() {
            if tokio::time::Instant::now() > end {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        true
    }

    /// How a process ended that has ended, and all that it said.
    pub(crate) async fn end(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        // What it said last may still be on the way through the pipe.
        until("its last word", async || {
            let said = self.log.lock().unwrap().join("\n");
            if said.contains("bellwether: ") { Ok(()) } else { Err(said) }
        })
        .await;
        (status, self.log.lock().unwrap().join("\n"))
    }

    /// Stops it without its knowing, as a machine does that freezes.
    pub(crate) fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn wake(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Stops it politely; it must end well.
    pub(crate) async fn stop(mut self) {
        self.signal(rustix::process::Signal::TERM);
        for _ in 0..3_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "it ended with {status}:\n{}", self.log.lock().unwrap().join("\n"));
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not stop:\n{}", self.log.lock().unwrap().join("\n"));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["message"] == "bellwether is up").then(|| line["api"].as_str().map(str::to_owned))?
}

/// The service in its world, with what it says on a pipe.
fn command(world: &World, store: &TestStore, crash: Option<(Point, u32)>) -> Command {
    command_of(&["serve"], world, store, crash)
}

fn command_of(args: &[&str], world: &World, store: &TestStore, crash: Option<(Point, u32)>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
    command
        .args(args)
        .current_dir(store.folder())
        .env_clear()
        .env("BELLWETHER_SERVER__LISTEN", "127.0.0.1:0")
        .env("BELLWETHER_SERVER__METRICS_LISTEN", "")
        .env("BELLWETHER_STORE__URL", store.url())
        .env("BELLWETHER_ACCOUNTS__SIGNING_KEY", "a key that only this test signs with, long enough")
        .env("BELLWETHER_ACCOUNTS__ENCRYPTION_KEY", "a key that only this test seals with, long enough")
        .env("BELLWETHER_OUTGOING__ALLOW", "127.0.0.1")
        .env("BELLWETHER_ACCOUNTS__REQUIRE_VERIFIED_EMAIL", "false")
        .env("BELLWETHER_ACCOUNTS__PASSWORD_MEMORY_KIB", "64")
        .env("BELLWETHER_VENUES__BINANCE__WS_URL", world.ws_url())
        .env("BELLWETHER_VENUES__BINANCE__REST_URL", world.rest_url())
        .env("BELLWETHER_VENUES__COINBASE__WS_URL", world.coinbase.ws_url())
        .env("BELLWETHER_VENUES__COINBASE__REST_URL", world.coinbase.rest_url())
        .env("BELLWETHER_VENUES__KRAKEN__WS_URL", world.kraken.ws_url())
        .env("BELLWETHER_VENUES__KRAKEN__REST_URL", world.kraken.rest_url())
        .env("BELLWETHER_VENUES__UPHOLD__REST_URL", world.uphold.rest_url())
        .env("BELLWETHER_VENUES__UPHOLD__INTERVAL", "1s")
        .env("BELLWETHER_VENUES__COINGECKO__REST_URL", world.coingecko.rest_url())
        .env("BELLWETHER_VENUES__COINGECKO__INTERVAL", "1s")
        // With a key it may be asked more often.
        .env("BELLWETHER_VENUES__COINGECKO__API_KEY", "CG-of-this-test")
        .env("BELLWETHER_EBAY__REST_URL", world.ebay.url())
        .env("BELLWETHER_EBAY__CLIENT_ID", &world.ebay_credentials.id)
        .env("BELLWETHER_EBAY__CLIENT_SECRET", &world.ebay_credentials.secret)
        .env("BELLWETHER_EBAY__EVENTS_SECRET", EVENTS_SECRET)
        .env("BELLWETHER_EBAY__SEARCH_EVERY", "1s")
        .env("BELLWETHER_EBAY__DAILY_CALLS", "1000000")
        .env("BELLWETHER_MAIL__URL", world.mail_url())
        .env("BELLWETHER_LOG__FORMAT", "json")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let Some((point, passage)) = crash {
        command.env("BELLWETHER_CRASH", format!("{}:{passage}", point.name()));
    }
    command
}
