//! A PostgreSQL server of one's own, for tests.
//!
//! The server is private to the test process: a fresh cluster in a temporary folder, reached over a Unix
//! socket in that folder, so it needs no port and nobody else's. It is started once, and stopped when the
//! process ends, however it ends: a shell beside it waits for the end of a pipe that only this process
//! holds, and then stops exactly that server and removes the folder. Nothing here is durable (`fsync` is
//! off), so it must not serve for measurements.

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

/// Makes the cluster, or a copy of another that follows it, starts the server, says where, kills and starts it as
/// its input says until that ends, stops the server.
/// The server refuses to run as root, so root hands all of this to the user `postgres`.
const SCRIPT: &str = r#"
if [ "$(id -u)" = 0 ]; then exec runuser -u postgres -- sh -c "$SCRIPT"; fi
set -eu
cd /
dir=$(mktemp -d "${TMPDIR:-/tmp}/bellwether-postgres.XXXXXX")
trap '' INT TERM HUP
trap 'rm -rf "$dir"' EXIT
if [ -n "$PRIMARY" ]; then
    "$BIN/pg_basebackup" -h "$PRIMARY" -U postgres -D "$dir/data" -R -c fast --no-sync >"$dir/log" 2>&1
else
    "$BIN/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale -N >"$dir/log" 2>&1
fi || { cat "$dir/log" >&2; exit 1; }
"$BIN/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir $SETTINGS" start >/dev/null ||
    { cat "$dir/log" >&2; exit 1; }
echo "$dir"
while read -r word; do
    case $word in
        kill) "$BIN/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null ;;
        start) "$BIN/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir $SETTINGS" start >/dev/null ;;
    esac
    echo "$?"
done
"$BIN/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null
"#;

const FAST: &str = "-c listen_addresses= -c max_connections=300 -c shared_buffers=64MB -c autovacuum=off
    -c fsync=off -c full_page_writes=off";
const DURABLE: &str = "-c listen_addresses= -c max_connections=100 -c shared_buffers=256MB
    -c max_wal_size=4GB -c checkpoint_timeout=30min";

/// A running server.
#[derive(Debug)]
pub struct PostgresServer {
    folder: PathBuf,
    databases: AtomicU64,
    /// Beside the server. The end of its input stops both.
    shell: Child,
    output: BufReader<ChildStdout>,
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // It ends once the server has; whether it was content with that changes nothing here.
        let _ = self.shell.wait();
    }
}

impl PostgresServer {
    /// The process's own server, started at the first call. `None`, with a line that says so, where
    /// PostgreSQL is not installed.
    ///
    /// # Panics
    /// Where the server is there and does not start; and where it is missing although the variable `CI`
    /// says `true`, so that a pipeline cannot pass without it.
    #[must_use]
    pub fn shared() -> Option<&'static PostgresServer> {
        static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(FAST, None)).as_ref()
    }

    /// A server that keeps its word: commits reach the disk. For measurements.
    #[must_use]
    pub fn durable() -> Option<PostgresServer> {
        Self::start(DURABLE, None)
    }

    /// A server that may be killed without harm to other tests.
    #[must_use]
    pub fn own() -> Option<PostgresServer> {
        Self::start(FAST, None)
    }

    /// A server that follows this one.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn follower(&self) -> PostgresServer {
        Self::start(FAST, Some(&self.folder)).expect("where one server is installed, so is another")
    }

    /// The address at this server of a database that another one gave the address of.
    #[must_use]
    pub fn address_of(&self, database: &str) -> String {
        let (database, _) = database.split_once('?').unwrap_or((database, ""));
        format!("{database}?host={}", self.folder.display())
    }

    /// Ends every process of the server at once, as a crash would: connections break, and what is not committed is
    /// lost.
    ///
    /// # Panics
    /// Where it is not running.
    pub fn kill(&mut self) {
        self.tell("kill");
    }

    /// Starts it again after [`kill`](Self::kill), and waits until it takes connections.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_again(&mut self) {
        self.tell("start");
    }

    fn tell(&mut self, word: &str) {
        let input = self.shell.stdin.as_mut().expect("its input is closed with the server alone");
        writeln!(input, "{word}").expect("the shell reads");
        let mut said = String::new();
        self.output.read_line(&mut said).expect("the shell's output is text");
        assert_eq!(said.trim_end(), "0", "PostgreSQL did not {word}");
    }

    fn start(settings: &str, primary: Option<&Path>) -> Option<PostgresServer> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "PostgreSQL is not installed, and a pipeline must not pass without it"
            );
            skipped();
            return None;
        };
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .env("SCRIPT", SCRIPT)
            .env("BIN", programs)
            .env("PRIMARY", primary.unwrap_or(Path::new("")))
            .env("SETTINGS", settings.split_whitespace().collect::<Vec<_>>().join(" "))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let mut output = BufReader::new(shell.stdout.take().expect("the output was asked to be a pipe"));
        let mut folder = String::new();
        output.read_line(&mut folder).expect("the shell's output is text");
        assert!(!folder.is_empty(), "PostgreSQL did not start; it says why above");
        Some(Self { folder: folder.trim_end().into(), databases: AtomicU64::new(0), shell, output })
    }

    /// Has the server do something, as its administrator.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn run(&self, statement: String) {
        let mut connection = PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .username("postgres")
            .database("postgres")
            .connect()
            .await
            .expect("the server answers");
        connection.execute(AssertSqlSafe(statement)).await.expect("the server does so");
        connection.close().await.expect("the connection closes");
    }

    /// Makes an empty database; its address, as [`crate::Store::open`] takes it.
    ///
    /// # Panics
    /// Where the server does not do so.
    pub async fn fresh_database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run(format!("CREATE DATABASE {name}")).await;
        format!("postgres://postgres@localhost/{name}?host={}", self.folder.display())
    }
}

/// Where PostgreSQL's programs are: the newest of Debian's, or what `pg_config` says.
#[must_use]
pub fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            Some((folder.file_name()?.to_str()?.parse().ok()?, folder.join("bin")))
        })
        .collect();
    versions.sort();
    let told = || {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        Some(Path::new(String::from_utf8(output.stdout).ok()?.trim()).to_owned())
    };
    let newest = versions.pop().map(|(_, programs)| programs);
    newest.or_else(told).filter(|programs| programs.join("initdb").exists())
}

/// Says that PostgreSQL is not installed, past the test runner, which keeps what passing tests print to itself.
///
/// # Panics
/// Where nothing can be printed.
pub fn skipped() {
    let told = std::io::stdout().write_all(b"skipped: tests on PostgreSQL: it is not installed\n");
    told.expect("the output stands");
}
