//! `bellwether channels`: where the messages of an account go, over the API of a running service.

use std::time::Duration;

use anyhow::bail;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::{by_hand, print_line};
use crate::remote::{Remote, ServiceArgs};

/// How long it is waited for what comes of a test: longer than any receiver may take to answer.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What can be done with channels.
#[derive(Debug, Args)]
pub(super) struct ChannelsArgs {
    #[command(flatten)]
    service: ServiceArgs,
    #[command(subcommand)]
    command: ChannelsCommand,
}

#[derive(Debug, Subcommand)]
enum ChannelsCommand {
    /// Sends a test message, and says what came of it
    Test {
        /// The channel's id, as GET /api/channels and the interface show it
        #[arg(value_name = "ID")]
        id: Uuid,
    },
}

/// Does what was asked.
pub(super) async fn run(args: ChannelsArgs) -> anyhow::Result<()> {
    let ChannelsArgs { service, command: ChannelsCommand::Test { id } } = args;
    let remote = super::remote(&service)?;
    test(&remote, id).await.map_err(by_hand)
}

#[derive(Deserialize)]
struct Test {
    delivery_id: Uuid,
}

#[derive(Deserialize)]
struct Delivery {
    status: String,
    attempt_count: u32,
    last_error: Option<String>,
}

async fn test(remote: &Remote, id: Uuid) -> anyhow::Result<()> {
    let Test { delivery_id } = remote.ask(Method::POST, &format!("/api/channels/{id}/test"), None).await?;
    let until = Instant::now() + WAIT_MAX;
    loop {
        let path = format!("/api/deliveries/{delivery_id}");
        let delivery: Delivery = remote.ask(Method::GET, &path, None).await?;
        let said = || delivery.last_error.as_deref().map_or_else(String::new, |said| format!(": {said}"));
        match delivery.status.as_str() {
            "delivered" => {
                print_line("The receiver accepted the message.");
                return Ok(());
            }
            "dead" | "expired" => bail!("the receiver refuses the message{}", said()),
            "cancelled" => bail!("the message was cancelled: the channel was deleted meanwhile"),
            "pending" if delivery.attempt_count > 0 => {
                bail!("the message was not taken, and is tried again later{}", said())
            }
            _ if Instant::now() > until => {
                bail!("nothing came of it within {} s: see /api/deliveries/{delivery_id}", WAIT_MAX.as_secs())
            }
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}
