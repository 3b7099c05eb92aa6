//! The command line as people meet it: what it prints, where, and its exit status.

#![expect(clippy::unwrap_used, reason = "a test ends where anything fails")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn bellwether(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
    command.current_dir(folder).args(args).env_clear();
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    bellwether(folder, args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn succeeds(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout)
}

#[track_caller]
fn fails(output: &Output, status: i32) -> &str {
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr)
}

#[test]
fn the_printed_defaults_are_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let defaults = run(folder.path(), &["config", "default"]);
    std::fs::write(folder.path().join("bellwether.toml"), succeeds(&defaults)).unwrap();
    let checked = run(folder.path(), &["config", "check"]);
    let printed = succeeds(&checked);
    assert!(printed.contains("listen = \"127.0.0.1:8080\""), "{printed}");
    assert!(printed.contains("url = \"***\""), "secrets are masked: {printed}");
}

#[test]
fn everything_that_is_wrong_with_a_configuration_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bellwether.toml"), "[server]\nlisten = 1\nlissten = 1\n").unwrap();
    let output = run(folder.path(), &["config", "check", "--set", "log.format=xml"]);
    let told = fails(&output, 2);
    for fault in
        ["3 faults", "server.listen ", "server.lissten is not a key", "log.format must be text or json"]
    {
        assert!(told.contains(fault), "{fault} in {told}");
    }
    let missing = run(folder.path(), &["config", "check", "--config", "nowhere.toml"]);
    assert!(fails(&missing, 2).contains("nowhere.toml"));
}

#[test]
fn a_command_line_that_makes_no_sense_exits_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for args in
        [&["frobnicate"][..], &[], &["users", "add", "no-address"], &["config", "check", "--set", "x"]]
    {
        assert_eq!(run(folder.path(), args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn the_document_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["openapi"]);
    let document: serde_json::Value = serde_json::from_str(succeeds(&output)).unwrap();
    assert!(document["paths"]["/api/alerts"].is_object());
}

#[test]
fn a_user_is_added_once_with_a_password_of_their_own_or_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = ["--store", "sqlite:data/b.db", "--set", "accounts.password_memory_kib=64"];
    let add = |args: &[&str]| bellwether(folder.path(), &[&["users", "add"], args, &store].concat());
    let made = add(&["ada@example.org", "--username", "ada"]).output().unwrap();
    let printed = succeeds(&made);
    assert!(printed.starts_with("Made the account of ada@example.org.\nIts password, shown this once: "));

    let again = add(&["ADA@example.org"]).output().unwrap();
    assert_eq!(fails(&again, 1), "bellwether: this address has an account\n");

    let mut given = add(&["eve@example.org", "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    given.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    assert_eq!(succeeds(&given.wait_with_output().unwrap()), "Made the account of eve@example.org.\n");

    let zone = add(&["zoe@example.org", "--time-zone", "Mars/Base"]).output().unwrap();
    assert!(fails(&zone, 1).contains("time_zone must be a time zone"));
}

#[test]
fn migrating_says_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = || run(folder.path(), &["migrate", "--store", "sqlite:data/b.db"]);
    assert!(succeeds(&migrate()).starts_with("Applied "));
    assert_eq!(succeeds(&migrate()), "The schema was up to date.\n");
    let wrong = run(folder.path(), &["migrate", "--store", "mysql://root:hunter2@x/y"]);
    let told = fails(&wrong, 2);
    assert!(told.contains("store.url must be sqlite:PATH") && !told.contains("hunter2"), "{told}");
}

#[test]
fn with_postgres_an_unset_key_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["serve"][..], &["config", "check"]] {
        let output = run(folder.path(), &[command, &["--store", "postgres://localhost/x"]].concat());
        let told = fails(&output, 2);
        assert!(told.contains("accounts.signing_key must be set"), "{told}");
        assert!(told.contains("accounts.encryption_key must be set"), "{told}");
    }
}
