//! The binary: it parses the command line and calls.

use std::process::ExitCode;

use bellwether_server::cli::{self, Cli};
use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
