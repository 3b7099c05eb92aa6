//! Going back to a moment with PostgreSQL, as docs/operating.md describes it: a base backup, the log that was archived
//! since, and a service that goes on from what was true then.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bellwether_store::testing::{programs, skipped};
use serde_json::json;

use crate::client::{Client, until};
use crate::process::Process;
use crate::spine::Stage;
use crate::stores::TestStore;

/// A server that archives its log, and does what is read from the input, a line each. It ends with that input.
const SCRIPT: &str = r#"
if [ "$(id -u)" = 0 ]; then exec runuser -u postgres -- sh -c "$SCRIPT"; fi
set -eu
cd /
dir=$(mktemp -d "${TMPDIR:-/tmp}/bellwether-moment.XXXXXX")
running=
stop() { [ -z "$running" ] || "$BIN/pg_ctl" -D "$running" -w -m immediate stop >/dev/null; running=; }
start() { "$BIN/pg_ctl" -D "$1" -l "$dir/log" -w start >/dev/null || { cat "$dir/log" >&2; exit 1; }; running=$1; }
ask() { "$BIN/psql" -h "$dir" -U postgres -d postgres -Atqc "$1"; }
trap '' INT TERM HUP
trap 'stop; rm -rf "$dir"' EXIT
mkdir "$dir/archive"
"$BIN/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale -N >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
wal_level = replica
archive_mode = on
archive_command = 'test ! -f $dir/archive/%f && cp %p $dir/archive/part && mv $dir/archive/part $dir/archive/%f'
CONF
start "$dir/data"
ask 'CREATE DATABASE bellwether'
echo "$dir"
while read -r step rest; do
    case $step in
    backup) "$BIN/pg_basebackup" -h "$dir" -U postgres -D "$dir/restored" -X stream -c fast; echo done ;;
    now) ask 'SELECT clock_timestamp()' ;;
    lose)
        last=$(ask 'SELECT pg_walfile_name(pg_switch_wal())')
        until [ -f "$dir/archive/$last" ]; do sleep 0.1; done
        stop
        rm -rf "$dir/data"
        echo done ;;
    restore)
        cat >>"$dir/restored/postgresql.conf" <<CONF
restore_command = 'cp $dir/archive/%f %p'
recovery_target_time = '$rest'
recovery_target_action = 'promote'
CONF
        touch "$dir/restored/recovery.signal"
        start "$dir/restored"
        until [ "$(ask 'SELECT pg_is_in_recovery()')" = f ]; do sleep 0.1; done
        echo done ;;
    esac
done
"#;

struct Archiving {
    shell: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    folder: String,
}

impl Archiving {
    fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "PostgreSQL is not installed");
            skipped();
            return None;
        };
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .env("SCRIPT", SCRIPT)
            .env("BIN", bin)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (shell.stdin.take(), BufReader::new(shell.stdout.take().unwrap()));
        let mut server = Self { shell, input, output, folder: String::new() };
        server.folder = server.line();
        Some(server)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the server is gone; it says why above");
        line.trim_end().to_owned()
    }

    fn told(&mut self, step: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{step}").unwrap();
        self.line()
    }

    fn url(&self) -> String {
        format!("postgres://postgres@localhost/bellwether?host={}", self.folder)
    }
}

impl Drop for Archiving {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}

async fn names(user: &Client) -> Vec<String> {
    let alerts = user.all("/api/alerts").await;
    let mut names: Vec<_> = alerts.iter().map(|alert| alert["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

async fn prices(user: &Client, count: usize) -> Vec<String> {
    let fires = until("the fires", async || {
        let fires = user.all("/api/fires").await;
        if fires.len() == count { Ok(fires) } else { Err(format!("{} fires", fires.len())) }
    })
    .await;
    let mut prices: Vec<_> =
        fires.iter().map(|fire| fire["evidence"]["price"].as_str().unwrap().to_owned()).collect();
    prices.sort();
    prices
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_put_back_to_a_moment_and_the_service_goes_on_from_it() {
    let Some(mut server) = Archiving::start() else { return };
    let stage = Stage::set(TestStore::at(server.url(), "PostgreSQL with an archive")).await;
    stage.price("BTCUSDT", "32000").await;
    let crossing = |name: &str| {
        json!({"name": name, "instrument": "binance:BTCUSDT", "repeat": {"mode": "every"},
               "condition": {"type": "crossing", "price": "33000"}})
    };
    stage.user.alert(crossing("before the backup")).await;
    server.told("backup");
    // What stands in the archived log alone.
    stage.trade("BTCUSDT", "33000").await;
    assert_eq!(prices(&stage.user, 1).await, ["33000"]);
    stage.user.alert(crossing("after the backup")).await;
    let moment = server.told("now");
    // What a mistake did afterwards: it shall not have been.
    for alert in stage.user.all("/api/alerts").await {
        stage
            .user
            .ok(reqwest::Method::DELETE, &format!("/api/alerts/{}", alert["id"].as_str().unwrap()), None)
            .await;
    }
    stage.user.alert(crossing("after the moment")).await;
    stage.world.trade("BTCUSDT", "32500");
    stage.world.trade("BTCUSDT", "33500");

    let Stage { store, world, process, mut user } = stage;
    process.stop().await;
    server.told("lose");
    server.told(&format!("restore {moment}"));
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    assert_eq!(names(&user).await, ["after the backup", "before the backup", "keeps it watched"]);
    // What the market did since the moment is asked of the venue, and fires both alerts.
    assert_eq!(prices(&user, 3).await, ["33000", "33500", "33500"]);
    world.trade("BTCUSDT", "32000");
    assert_eq!(prices(&user, 5).await, ["32000", "32000", "33000", "33500", "33500"], "it goes on");
    process.stop().await;
}
