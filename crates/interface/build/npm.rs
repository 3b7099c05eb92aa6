//! Calls Node and npm. What they print is shown only where they fail.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The versions of Node that the web build runs on, in words.
const NODE: &str = "Node 20.19, 22.12 or newer";
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
/// Lines of npm's own words in an error; the last ones say what went wrong.
const LINES_MAX: usize = 12;

/// Whether there is a Node that is new enough.
///
/// # Errors
/// Where there is none, in words for the one who builds.
pub(crate) fn check_node() -> Result<(), String> {
    let version =
        run(Command::new("node").arg("--version")).map_err(|_| format!("{NODE} is not installed"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(20)), Some(Ok(19..))) | (Some(Ok(22)), Some(Ok(12..))) | (Some(Ok(23..)), _) => Ok(()),
        _ => Err(format!("{NODE} is needed, and this is {}", version.trim())),
    }
}

/// Installs the packages of the lock file, unless that was done for the same one.
///
/// # Errors
/// Where npm fails, which is mostly for want of the network.
pub(crate) fn install(work: &Path) -> Result<(), String> {
    let stamp = work.join("node_modules/.installed");
    let lock = fs::read(work.join("package-lock.json")).map_err(|error| error.to_string())?;
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let quiet =
        ["ci", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--fetch-retries=1"];
    run(Command::new(NPM).args(quiet).current_dir(work))?;
    fs::write(&stamp, lock).map_err(|error| error.to_string())
}

/// Makes the bundle, in `dist`.
///
/// # Errors
/// Where a source is wrong.
pub(crate) fn build(work: &Path) -> Result<(), String> {
    run(Command::new(NPM).args(["run", "build"]).current_dir(work)).map(drop)
}

fn run(command: &mut Command) -> Result<String, String> {
    // npm takes settings from variables of these names too, and a mirror that is set there stays.
    let output = command.env("NODE_ENV", "production").env("npm_config_include", "dev").output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(&output.stdout) + &text(&output.stderr);
    let is_telling = |line: &&str| !line.trim().is_empty() && !line.contains("    at ");
    let lines: Vec<_> = said.lines().filter(is_telling).collect();
    Err(format!("{command:?} failed: {}", lines[lines.len().saturating_sub(LINES_MAX)..].join(" | ")))
}
