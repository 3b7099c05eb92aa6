//! The demo as a cluster: two processes of each role, of which any may be killed.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::folder::Folder;
use super::private::{NatsNode, Private, free_port, has_nats, nats, nats_nodes, nats_url, postgres};
use super::{Settings, alerts, config, guide, loopback, populate, settings};
use crate::cli::print_line;
use crate::evaluate::Positions;
use crate::run::{open_store, told_to_stop};
use crate::simulate::Simulators;

const ROLES: [&str; 5] = ["api", "feed", "engine", "deliver", "schedule"];
const OF_EACH: usize = 2;
const NATS_SERVERS: usize = 3;
/// How long one that was killed stays away, so that it is seen that others take over.
const AWAY: Duration = Duration::from_secs(10);
/// How often it is looked who is gone.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a process may take to end.
const END_MAX: Duration = Duration::from_secs(40);

/// Runs until told to stop.
pub(super) async fn run(
    simulators: &Simulators,
    folder: &Folder,
    port: u16,
    set: Settings,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        has_nats().await,
        "NATS is not installed (the Debian package is called nats-server); without it there is `bellwether demo`"
    );
    print_line("Starting PostgreSQL and three NATS servers ...");
    let (database, server) = postgres().await?;
    let nodes = nats_nodes(NATS_SERVERS)?;
    let ports: Vec<u16> =
        (0..OF_EACH).map(|at| if at == 0 { Ok(port) } else { free_port() }).collect::<Result<_, _>>()?;
    let own = [
        ("store.url", database),
        ("store.connections", "6".to_owned()),
        ("bus.url", nats_url(&nodes)),
        ("accounts.signing_key", uuid::Uuid::new_v4().to_string()),
        ("accounts.encryption_key", uuid::Uuid::new_v4().to_string()),
        ("server.public_url", format!("http://{}", loopback(ports[0]))),
        ("server.metrics_listen", String::new()),
    ];
    let common = settings(simulators, set, own)?;
    let mut cluster =
        Cluster { folder, common, ports, nodes, members: BTreeMap::new(), away: BTreeMap::new() };

    let ran = cluster.run(simulators).await;
    print_line("\nStopping: what is on its way is finished first ...");
    cluster.stop().await;
    server.end().await;
    ran
}

/// What runs.
struct Cluster<'a> {
    folder: &'a Folder,
    common: Settings,
    /// Of the processes that serve the API.
    ports: Vec<u16>,
    nodes: Vec<NatsNode>,
    members: BTreeMap<String, Member>,
    /// Who is gone, and since when.
    away: BTreeMap<String, Instant>,
}

enum Member {
    Process(Child),
    Nats(Private),
}

impl Cluster<'_> {
    async fn run(&mut self, simulators: &Simulators) -> anyhow::Result<()> {
        let config = config(self.common.clone())?;
        crate::logging::start(&config.log);
        for name in self.names() {
            self.begin(&name).await?;
        }
        let store = open_store(&config).await?;
        let populated = populate(&config, &store, &Positions::default(), simulators).await;
        store.close().await;
        let populated = populated?;
        let api = format!("http://{}", loopback(self.ports[0]));
        self.until_up(&api).await?;
        print_line(&guide(&api, "", simulators, &populated.alerts, &populated.listing));
        print_line(&format!("  The same from another process: http://{}/app/\n", loopback(self.ports[1])));
        print_line(&self.table());
        print_line(
            "  Kill any of them: type its name here, or kill -9 its process. It comes back after a while.\n",
        );
        alerts::stir(&simulators.binance.control());
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        let (mut is_read, mut looks) = (true, tokio::time::interval(LOOK_EVERY));
        let told = told_to_stop();
        tokio::pin!(told);
        loop {
            tokio::select! {
                () = &mut told => return Ok(()),
                line = lines.next_line(), if is_read => match line {
                    Ok(Some(line)) => self.kill(line.trim()).await,
                    Ok(None) | Err(_) => is_read = false,
                },
                _ = looks.tick() => self.look().await?,
            }
        }
    }

    /// Everybody, servers first.
    fn names(&self) -> Vec<String> {
        let servers = self.nodes.iter().map(|node| node.name.clone());
        let processes =
            ROLES.iter().flat_map(|role| (1..=OF_EACH).map(move |number| format!("{role}-{number}")));
        servers.chain(processes).collect()
    }

    async fn begin(&mut self, name: &str) -> anyhow::Result<()> {
        let node = self.nodes.iter().find(|node| node.name == name);
        let member = match node {
            Some(node) => Member::Nats(nats(node, &self.nodes, self.folder.path()).await?),
            None => Member::Process(self.process(name)?),
        };
        self.members.insert(name.to_owned(), member);
        Ok(())
    }

    fn process(&self, name: &str) -> anyhow::Result<Child> {
        let (role, number) = name.rsplit_once('-').context("no such process")?;
        let number: usize = number.parse()?;
        let port = if role == "api" { self.ports[number - 1] } else { 0 };
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--roles", role, "--listen", &loopback(port).to_string()]);
        for (key, value) in &self.common {
            command.env(format!("BELLWETHER_{}", key.replace('.', "__").to_uppercase()), value);
        }
        let log = File::create(self.folder.path().join(format!("{name}.log")))?;
        // In the folder there is no file of settings; and a signal to the demo is the demo's to pass on.
        command.current_dir(self.folder.path()).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.spawn().context("a process of the demo")
    }

    async fn until_up(&self, api: &str) -> anyhow::Result<()> {
        let address = api.trim_start_matches("http://");
        let began = Instant::now();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            anyhow::ensure!(began.elapsed() < END_MAX, "the API does not come up; see {}", self.logs());
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    fn logs(&self) -> String {
        format!("{}/*.log", self.folder.path().display())
    }

    fn table(&self) -> String {
        let process = |(name, member): (&String, &Member)| match member {
            Member::Process(child) => format!("    {name:<12} {}", child.id().unwrap_or_default()),
            Member::Nats(server) => format!("    {name:<12} {}", server.said),
        };
        let lines: Vec<String> = self.members.iter().map(process).collect();
        format!("  The processes:\n\n{}\n", lines.join("\n"))
    }

    async fn kill(&mut self, name: &str) {
        match self.members.remove(name) {
            Some(Member::Process(mut child)) => {
                let _ = child.kill().await;
                self.gone(name);
            }
            Some(Member::Nats(server)) => {
                server.end().await;
                self.gone(name);
            }
            None if name.is_empty() => print_line(&self.table()),
            None => print_line(&format!("  There is no {name} now.")),
        }
    }

    fn gone(&mut self, name: &str) {
        print_line(&format!("  {name} is gone; it comes back in {} s.", AWAY.as_secs()));
        self.away.insert(name.to_owned(), Instant::now());
    }

    /// Notices who is gone, and starts again who was away for long enough.
    async fn look(&mut self) -> anyhow::Result<()> {
        let ended = |(name, member): (&String, &mut Member)| match member {
            Member::Process(child) => matches!(child.try_wait(), Ok(Some(_))).then(|| name.clone()),
            Member::Nats(_) => None,
        };
        let ended: Vec<String> = self.members.iter_mut().filter_map(ended).collect();
        for name in ended {
            self.members.remove(&name);
            self.gone(&name);
        }
        let back =
            self.away.iter().filter(|(_, since)| since.elapsed() >= AWAY).map(|(name, _)| name.clone());
        for name in back.collect::<Vec<_>>() {
            self.away.remove(&name);
            self.begin(&name).await?;
            print_line(&format!("  {name} is back."));
        }
        Ok(())
    }

    async fn stop(self) {
        let (mut processes, mut servers) = (Vec::new(), Vec::new());
        for member in self.members.into_values() {
            match member {
                Member::Process(child) => processes.push(child),
                Member::Nats(server) => servers.push(server),
            }
        }
        for child in &processes {
            if let Some(pid) = child.id() {
                // Politely: it gives back what it holds.
                let _ = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await;
            }
        }
        for mut child in processes {
            if tokio::time::timeout(END_MAX, child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
        }
        for server in servers {
            server.end().await;
        }
    }
}
