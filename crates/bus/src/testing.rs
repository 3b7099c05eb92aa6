//! NATS servers of one's own, for tests: behind the feature `testing`.
//!
//! They listen on free ports of the loopback interface, keep their streams in a temporary folder, and are stopped
//! when they are dropped, or when the test process ends, however it ends: a shell beside each waits for the end of
//! a pipe that only this process holds.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Runs a server until the end of its own input, and then ends exactly that one.
const SCRIPT: &str = r#"
"$@" &
server=$!
cat >/dev/null
kill -9 $server 2>/dev/null
wait $server 2>/dev/null
"#;

/// How long servers may take to come up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Running servers: one, or several as one cluster.
#[derive(Debug)]
pub struct NatsServers {
    nodes: Vec<Node>,
    /// Where the nodes keep their streams; removed in the end.
    _folder: TempDir,
}

#[derive(Debug)]
struct Node {
    arguments: Vec<String>,
    port: u16,
    shell: Option<Child>,
}

impl NatsServers {
    /// Starts so many servers. `None`, with a line that says so, where `nats-server` is not installed.
    ///
    /// # Panics
    /// Where it is installed and does not come up; and in a pipeline (`CI=true`) where it is not installed.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "a test that was skipped says so")]
    pub fn start(count: usize) -> Option<Self> {
        let found = Command::new("nats-server").arg("--version").stdout(Stdio::null()).status();
        if found.is_err() {
            assert!(
                std::env::var_os("CI").is_none(),
                "nats-server is not installed, and a pipeline needs it"
            );
            println!("skipped: nats-server is not installed");
            return None;
        }
        let folder = TempDir::new().expect("a temporary folder");
        let ports: Vec<(u16, u16)> = (0..count).map(|_| (free_port(), free_port())).collect();
        let routes: Vec<String> =
            ports.iter().map(|(_, route)| format!("nats://127.0.0.1:{route}")).collect();
        let nodes = ports.iter().enumerate().map(|(number, (port, route))| {
            let streams = folder.path().join(number.to_string());
            let mut arguments: Vec<String> = ["-a", "127.0.0.1", "-js", "-p"].map(str::to_owned).into();
            arguments.extend([port.to_string(), "-sd".to_owned(), streams.display().to_string()]);
            arguments.extend(["-n".to_owned(), format!("node-{number}")]);
            if count > 1 {
                arguments.extend(["--cluster_name".to_owned(), "bellwether".to_owned()]);
                arguments.extend(["--cluster".to_owned(), format!("nats://127.0.0.1:{route}")]);
                arguments.extend(["--routes".to_owned(), routes.join(",")]);
            }
            Node { arguments, port: *port, shell: None }
        });
        let mut servers = Self { nodes: nodes.collect(), _folder: folder };
        (0..count).for_each(|node| servers.revive(node));
        Some(servers)
    }

    /// The addresses of all servers.
    #[must_use]
    pub fn url(&self) -> String {
        let addresses: Vec<String> =
            self.nodes.iter().map(|node| format!("nats://127.0.0.1:{}", node.port)).collect();
        addresses.join(",")
    }

    /// Kills a server.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node].end();
    }

    /// Starts a server again, over what it kept.
    ///
    /// # Panics
    /// Where it does not come up.
    pub fn revive(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        node.end();
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh", "nats-server"])
            .args(&node.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        node.shell = Some(shell.expect("a shell"));
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", node.port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "nats-server does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Node {
    fn end(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            // It ends once the server has.
            let _ = shell.wait();
        }
    }
}

impl Drop for NatsServers {
    fn drop(&mut self) {
        self.nodes.iter_mut().for_each(Node::end);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
