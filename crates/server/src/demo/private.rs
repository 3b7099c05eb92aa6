//! PostgreSQL and NATS of the demo's own, where they are installed: on the loopback interface, in the demo's
//! folder, and ended with the demo, however it ends. A shell beside each server waits for the end of a pipe that only
//! this process holds, and then ends exactly that server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The server refuses to run as root, so root has the user `postgres` do all of this, in a folder of its own.
const POSTGRES: &str = r#"
if [ "$(id -u)" = 0 ]; then exec runuser -u postgres -- sh -c "$SCRIPT"; fi
set -eu
cd /
dir=$(mktemp -d "${TMPDIR:-/tmp}/bellwether-demo-postgres.XXXXXX")
trap '' INT TERM HUP
trap 'rm -rf "$dir"' EXIT
"$BIN/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$BIN/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c max_connections=200" start \
    >/dev/null || { cat "$dir/log" >&2; exit 1; }
"$BIN/createdb" -h "$dir" -U postgres bellwether
echo "$dir"
cat >/dev/null
"$BIN/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null
"#;

const NATS: &str = r#"
trap '' INT TERM HUP
"$@" &
server=$!
echo $server
cat >/dev/null
kill -9 $server 2>/dev/null
wait $server 2>/dev/null
"#;

/// A server, and the shell beside it.
pub(super) struct Private {
    shell: Child,
    /// What the shell said first: where it is, or its process.
    pub(super) said: String,
}

impl Private {
    async fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = shell.stdout.take().context("the shell has no output")?;
        let said = BufReader::new(output).lines().next_line().await?;
        let said = said.context("it did not start; it says why above")?;
        Ok(Self { shell, said })
    }

    /// Ends it.
    pub(super) async fn end(mut self) {
        drop(self.shell.stdin.take());
        // Whatever it ends with, it has ended.
        let _ = self.shell.wait().await;
    }
}

/// A PostgreSQL with an empty database; its address, and the server.
pub(super) async fn postgres() -> anyhow::Result<(String, Private)> {
    let programs = postgres_programs().context(
        "PostgreSQL is not installed (the Debian package is called postgresql); without it there is `bellwether demo`",
    )?;
    let mut command = Command::new("sh");
    command.args(["-c", POSTGRES]).env("SCRIPT", POSTGRES).env("BIN", programs);
    let server = Private::start(command).await.context("PostgreSQL")?;
    Ok((format!("postgres://postgres@localhost/bellwether?host={}", server.said), server))
}

fn postgres_programs() -> Option<PathBuf> {
    let of_debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = of_debian.map(|version| version.path().join("bin")).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

/// Where one server of a cluster listens, and what it is called.
#[derive(Debug, Clone)]
pub(super) struct NatsNode {
    pub(super) name: String,
    port: u16,
    route: u16,
}

/// The servers of a cluster, not yet started.
pub(super) fn nats_nodes(count: usize) -> anyhow::Result<Vec<NatsNode>> {
    let node = |number| -> anyhow::Result<NatsNode> {
        Ok(NatsNode { name: format!("nats-{number}"), port: free_port()?, route: free_port()? })
    };
    (1..=count).map(node).collect()
}

/// The addresses of a cluster, as `bus.url` has them.
pub(super) fn nats_url(nodes: &[NatsNode]) -> String {
    let addresses: Vec<String> = nodes.iter().map(|node| format!("nats://127.0.0.1:{}", node.port)).collect();
    addresses.join(",")
}

/// Starts a server of a cluster. What it says first is its process.
pub(super) async fn nats(node: &NatsNode, all: &[NatsNode], folder: &Path) -> anyhow::Result<Private> {
    let routes: Vec<String> = all.iter().map(|node| format!("nats://127.0.0.1:{}", node.route)).collect();
    let mut command = Command::new("sh");
    command
        .args(["-c", NATS, "sh", "nats-server", "-a", "127.0.0.1", "-js", "-n", &node.name])
        .args(["-p", &node.port.to_string()])
        .arg("-sd")
        .arg(folder.join(&node.name))
        .args(["--cluster_name", "bellwether-demo", "--cluster", &format!("nats://127.0.0.1:{}", node.route)])
        .args(["--routes", &routes.join(",")])
        .stderr(Stdio::null());
    Private::start(command).await.context("nats-server")
}

/// Whether NATS is installed.
pub(super) async fn has_nats() -> bool {
    let asked = Command::new("nats-server").arg("--version").stdout(Stdio::null()).status().await;
    asked.is_ok_and(|status| status.success())
}

/// A port that nobody listens on.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
