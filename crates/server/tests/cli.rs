//! The command line as people meet it: what it prints, where, and its exit status.

#![expect(clippy::unwrap_used, reason = "a test ends where anything fails")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
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
fn administrators_are_made_and_unmade() {
    let folder = tempfile::tempdir().unwrap();
    let store = ["--store", "sqlite:data/b.db", "--set", "accounts.password_memory_kib=64"];
    let users = |args: &[&str]| run(folder.path(), &[&["users"], args, &store].concat());
    succeeds(&users(&["add", "ada@example.org", "--username", "ada", "--admin"]));
    assert_eq!(succeeds(&users(&["demote", "ADA"])), "ada@example.org is an ordinary user now.\n");
    assert_eq!(
        succeeds(&users(&["promote", "ada@example.org"])),
        "ada@example.org is an administrator now.\n"
    );
    assert_eq!(fails(&users(&["promote", "eve"]), 1), "bellwether: nobody has this address or name\n");
}

/// A venue that answers everything alike, and says what time it is.
fn venue(status: &'static str, date: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let head = format!("HTTP/1.1 {status}\r\ndate: {date}\r\ncontent-length: 2\r\nconnection: close");
            let _ = stream.write_all(format!("{head}\r\n\r\n{{}}").as_bytes());
        }
    });
    url
}

const OTHERS_OFF: [&str; 8] = [
    "--set",
    "venues.coinbase.enabled=false",
    "--set",
    "venues.kraken.enabled=false",
    "--set",
    "venues.uphold.enabled=false",
    "--set",
    "venues.coingecko.enabled=false",
];

#[test]
fn the_doctor_says_what_is_in_order_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let off = [&OTHERS_OFF[..], &["--set", "venues.binance.enabled=false"]].concat();
    let doctor = || {
        run(
            folder.path(),
            &[&["doctor", "--store", "sqlite:b.db", "--set", "mail.url=console:"], &off[..]].concat(),
        )
    };
    let output = doctor();
    let told = succeeds(&output);
    for line in [
        "ok    configuration: makes sense\n",
        "ok    signing key: b.signing-key is made by the first start\n",
        "ok    store: b.db is made by the first start\n",
        "ok    mail: mails are printed to the terminal\n",
        "look  venues: none is watched",
        "The service can run; one thing is worth a look.\n",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");

    succeeds(&run(folder.path(), &["migrate", "--store", "sqlite:b.db"]));
    let key = "0123456789abcdef0123456789abcdef";
    for name in ["b.signing-key", "b.encryption-key"] {
        std::fs::write(folder.path().join(name), key).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str, mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path().join(name), permissions).unwrap();
        };
        mode("b.signing-key", 0o644);
        mode("b.encryption-key", 0o600);
    }
    std::fs::remove_file(folder.path().join("b.encryption-key")).unwrap();
    let output = doctor();
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    for line in [
        "ok    store: SQLite answers, and its schema is up to date\n",
        "BAD   signing key: b.signing-key can be read or changed by others (mode 0644)\n      -> Run chmod 600",
        "BAD   encryption key: b.encryption-key is missing beside its database\n      -> Put the file back",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert_eq!(text(&output.stderr), "bellwether: 2 things are out of order\n");
    assert!(!told.contains(key));
}

#[test]
fn the_doctor_asks_venues_and_the_mail_server() {
    let folder = tempfile::tempdir().unwrap();
    let past = venue("200 OK", "Sat, 21 Nov 2020 10:00:00 GMT");
    let refusing = venue("451 Unavailable For Legal Reasons", "Sat, 21 Nov 2020 10:00:00 GMT");
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let sets = [
        format!("venues.binance.rest_url={past}"),
        format!("venues.uphold.rest_url={refusing}"),
        format!("venues.coinbase.rest_url=http://{closed}"),
        "venues.kraken.enabled=false".to_owned(),
        "venues.coingecko.enabled=false".to_owned(),
        format!("mail.url=smtp://ada:hunter2@{closed}?tls=none"),
    ];
    let mut args = vec!["doctor", "--store", "sqlite:b.db"];
    args.extend(sets.iter().flat_map(|set| ["--set", set.as_str()]));
    let output = run(folder.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = text(&output.stdout);
    for line in [
        "ok    venue binance: answers\n",
        "BAD   venue uphold: answers with status 451\n      -> Look whether this machine reaches",
        "BAD   venue coinbase: cannot be reached",
        "BAD   clock: is ",
        " s ahead of the venues'\n      -> Have it set by NTP",
        "BAD   mail: ",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn single_user_mode_starts_on_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (set, key) in [
        ("server.listen=0.0.0.0:0", "server.listen"),
        ("server.listen=[::]:0", "server.listen"),
        ("server.listen=192.0.2.7:80", "server.listen"),
        ("server.metrics_listen=0.0.0.0:0", "server.metrics_listen"),
        ("server.public_url=https://bells.example.org", "server.public_url"),
        ("server.public_url=http://localhost.example.org:8080", "server.public_url"),
        ("server.allowed_origins=https://app.example.org", "server.allowed_origins"),
        ("server.behind_proxy=true", "server.behind_proxy"),
        ("bus.url=nats://127.0.0.1:4222", "bus.url"),
    ] {
        let args = ["serve", "--single-user", "--store", "sqlite:b.db", "--set", set];
        let output = run(folder.path(), &args);
        let told = fails(&output, 2);
        assert!(told.contains(&format!("{key} single-user mode")), "{set}: {told}");
    }
    let output = run(folder.path(), &["config", "check", "--set", "accounts.owner=nobody"]);
    let told = fails(&output, 2);
    assert!(told.contains("accounts.owner must be an e-mail address"), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn single_user_mode_asks_which_of_several_accounts_is_the_owner_s() {
    let folder = tempfile::tempdir().unwrap();
    let off = [&OTHERS_OFF[..], &["--set", "venues.binance.enabled=false"]].concat();
    let with = |command: &[&str], owner: &str| {
        let owner = format!("accounts.owner={owner}");
        let common = ["--store", "sqlite:b.db", "--set", "accounts.single_user=true", "--set", &owner];
        run(folder.path(), &[command, &common, &["--set", "server.metrics_listen="], &off].concat())
    };
    let told = |output: &Output| text(&output.stdout).to_owned();
    assert!(told(&with(&["doctor"], "")).contains("the first start makes the owner's account"));
    for email in ["ada@example.org", "bob@example.org"] {
        succeeds(&run(folder.path(), &["users", "add", email, "--store", "sqlite:b.db"]));
    }
    let unclear = with(&["doctor"], "");
    assert!(
        told(&unclear).contains("BAD   single-user mode: is on, and its owner is not clear"),
        "{unclear:?}"
    );
    assert!(fails(&with(&["serve", "--listen", "127.0.0.1:0"], ""), 1).contains("set accounts.owner"));
    let unknown = with(&["serve", "--listen", "127.0.0.1:0"], "eve@example.org");
    assert!(fails(&unknown, 1).contains("nobody has the address"));
    let known = with(&["doctor"], "Bob@example.org");
    assert!(told(&known).contains("ok    single-user mode: is on: whoever is on this machine"), "{known:?}");
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

#[test]
fn what_serve_would_refuse_a_check_refuses_too() {
    let folder = tempfile::tempdir().unwrap();
    for (set, told) in [
        ("log.level=loud", "log.level must be a level"),
        ("mail.from=nobody", "mail.from must be a mail address"),
        ("outgoing.ca_file=nowhere.pem", "outgoing.ca_file cannot be read as certificates"),
    ] {
        for command in [&["config", "check"][..], &["serve", "--store", "sqlite:b.db"]] {
            let output = run(folder.path(), &[command, &["--set", set]].concat());
            assert!(fails(&output, 2).contains(told), "{output:?}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_flag_that_a_command_does_not_go_by_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = ["--config", "nowhere.toml"];
    let backtest = ["backtest", "--alerts", "a", "--ticks", "b"];
    for args in [
        [&["demo"][..], &file].concat(),
        [&["simulate"][..], &file].concat(),
        [&backtest[..], &file].concat(),
        [&backtest[..], &["--set", "log.level=warn"]].concat(),
        ["openapi", "--store", "sqlite:b.db"].to_vec(),
    ] {
        let output = run(folder.path(), &args);
        assert!(fails(&output, 2).contains("does not go by it"), "{output:?}");
    }
    // Said for every command at once, it is no mistake.
    let openapi =
        bellwether(folder.path(), &["openapi"]).env("BELLWETHER_CONFIG", "nowhere.toml").output().unwrap();
    succeeds(&openapi);
}

#[test]
fn what_is_wrong_with_a_database_names_it_and_nobody_looks_in_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let promoted = run(folder.path(), &["users", "promote", "ada@example.org"]);
    let told = fails(&promoted, 1);
    assert!(told.contains("there is no database at bellwether-data/bellwether.db"), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");

    std::fs::write(folder.path().join("notes.db"), "no database".repeat(1_000)).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for command in [&["serve"][..], &["migrate"], &["users", "add", "ada@example.org"]] {
        let damaged = run(folder.path(), &[command, &["--store", "sqlite:notes.db"]].concat());
        let told = fails(&damaged, 1);
        assert!(
            told.contains("the database notes.db cannot be opened: ") && told.contains("is damaged"),
            "{told}"
        );
        // A file is no folder.
        let refused = run(folder.path(), &[command, &["--store", "sqlite:file/b.db"]].concat());
        let told = fails(&refused, 1);
        assert!(told.contains("the database file/b.db cannot be opened: its file can be neither"), "{told}");
    }
}

#[test]
fn nobody_who_reads_what_is_printed_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let migrated = bellwether(folder.path(), &["migrate"]).stdout(full()).stderr(full()).status().unwrap();
    assert!(migrated.success(), "{migrated}");
    let args = ["backup", "x", "--store", "sqlite:nowhere.db"];
    let failed = bellwether(folder.path(), &args).stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(failed.code(), Some(1), "a failure that cannot be told is one all the same");
}
