//! `bellwether config`: what can be set, and whether what is set makes sense.

use clap::Subcommand;

use super::print_line;
use crate::config::{Config, commented_defaults};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Checks the configuration and prints it as it will be used, secrets masked
    Check,
    /// Prints every key with its default and what it means
    Default,
}

/// Checks or prints.
pub(super) fn run(
    command: ConfigCommand,
    load: impl FnOnce() -> anyhow::Result<Config>,
) -> anyhow::Result<()> {
    let text = match command {
        ConfigCommand::Check => toml::to_string(&load()?)?,
        ConfigCommand::Default => commented_defaults(),
    };
    print_line(text.trim_end());
    Ok(())
}
