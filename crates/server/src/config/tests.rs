//! What is read, what is refused, and that the table, the readers and the printed defaults agree.

use std::path::PathBuf;

use super::*;

fn flags(pairs: &[(&str, &str)]) -> Sources {
    let flags = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Sources { flags, ..Sources::default() }
}

fn file(text: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.toml");
    std::fs::write(&path, text).unwrap();
    (folder, Sources { file: Some(path), ..Sources::default() })
}

#[track_caller]
fn faults(sources: &Sources) -> Vec<(String, String)> {
    let error = Config::load(sources).unwrap_err();
    error.faults.into_iter().map(|fault| (fault.key, fault.message)).collect()
}

fn shown(config: &Config) -> String {
    let all = (config.store.url.reveal(), config.accounts.signing_key.reveal(), config.mail.url.reveal());
    format!("{config:?} {all:?}")
}

#[test]
fn the_defaults_are_a_configuration() {
    let config = Config::load(&Sources::default()).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.store.sqlite_file(), Some(PathBuf::from("bellwether-data/bellwether.db")));
    assert_eq!(config.accounts.access_token_lasts.seconds(), 900);
}

#[test]
fn every_key_of_the_table_is_read_and_stands_in_a_section() {
    let mut reader = Reader::new(sources::Values::new(), Vec::new());
    assert!(Config::read(&mut reader, Use::Serving).is_some());
    let table: std::collections::BTreeSet<_> = keys::KEYS.iter().map(|key| key.name).collect();
    assert_eq!(*reader.asked(), table);
    for key in keys::KEYS {
        let in_section = |(section, _): &(&str, &str)| key.name.strip_prefix(section).is_some();
        assert!(keys::SECTIONS.iter().any(in_section), "{} is in no section", key.name);
    }
}

#[test]
fn the_printed_defaults_read_as_the_defaults() {
    let (_folder, sources) = file(&commented_defaults());
    let printed = Config::load(&sources).unwrap();
    assert_eq!(shown(&printed), shown(&Config::load(&Sources::default()).unwrap()));
}

#[test]
fn the_example_file_is_what_the_program_prints() {
    let committed = include_str!("../../../../deploy/bellwether.toml");
    let message = "deploy/bellwether.toml is out of date: write 'bellwether config default' to it";
    assert!(committed == commented_defaults(), "{message}");
}

/// Each is read as the service reads it, with what the files of its secrets would hold.
#[test]
fn the_examples_for_each_use_are_configurations() {
    let read = |name: &str, text: &str, secrets: &[(&str, &str)]| {
        let (_folder, mut sources) = file(text);
        sources.flags = flags(secrets).flags;
        let config = Config::load_to_serve(&sources);
        config.unwrap_or_else(|error| panic!("deploy/examples/{name}.toml: {error}"))
    };
    let key = "k".repeat(32);
    let secrets = [
        ("accounts.signing_key", key.as_str()),
        ("accounts.encryption_key", key.as_str()),
        ("mail.url", "smtp://me:hunter2@mail.example.org:587"),
        ("store.url", "postgres://me:hunter2@db.example.org/bellwether"),
        ("ebay.client_secret", "hunter2"),
        ("ebay.verification_token", "a-verification-token-of-40-letters-00001"),
    ];

    let text = include_str!("../../../../deploy/examples/development.toml");
    let development = read("development", text, &[]);
    assert!(development.server.listen.ip().is_loopback() && !development.accounts.require_verified_email);

    let text = include_str!("../../../../deploy/examples/staging.toml");
    let staging = read("staging", text, &secrets[..3]);
    assert!(staging.server.behind_proxy && staging.accounts.require_verified_email);
    assert!(!staging.store.is_shared() && !staging.ebay.is_enabled());

    let text = include_str!("../../../../deploy/examples/production.toml");
    let production = read("production", text, &secrets[..]);
    assert!(production.server.behind_proxy && production.accounts.require_verified_email);
    assert!(production.store.is_shared() && production.ebay.notices().is_some());
    let public_url = production.server.public_url.as_ref().map(PublicUrl::as_str);
    assert_eq!(public_url, Some("https://alerts.example.org"));
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let (_folder, mut sources) = file("[server]\nlisten = \"127.0.0.1:1\"\nbody_limit = 2048\n");
    let listen = |sources: &Sources| Config::load(sources).unwrap().server.listen.port();
    assert_eq!(listen(&sources), 1);
    sources.variables.push(("BELLWETHER_SERVER__LISTEN".into(), "127.0.0.1:2".into()));
    assert_eq!(listen(&sources), 2);
    sources.flags.push(("server.listen".into(), "127.0.0.1:3".into()));
    assert_eq!(listen(&sources), 3);
    assert_eq!(Config::load(&sources).unwrap().server.body_limit, 2048);
}

#[test]
fn all_faults_are_reported_together() {
    let (_folder, mut sources) = file("[server]\nlisten = \"here\"\nlissten = 1\n[mail]\nfrom = [\"a\"]\n");
    sources.variables.push(("BELLWETHER_LIMITS__ALERTS_PER_USER".into(), "-1".into()));
    sources.variables.push(("BELLWETHER_STORE_URL".into(), "sqlite:x".into()));
    sources.variables.push(("BELLWETHER_SEEDS".into(), "50".into()));
    let found = faults(&sources);
    let keys: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
    let expected =
        ["server.lissten", "BELLWETHER_STORE_URL", "server.listen", "limits.alerts_per_user", "mail.from"];
    assert_eq!(keys, expected, "{found:?}");
    assert_eq!(found[1].1, "is written BELLWETHER_STORE__URL");
    assert_eq!(found[3].1, "must be a whole number from 1 to 1000000000");
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let check = |key: &str, value: &str| {
        let found = faults(&flags(&[(key, value)]));
        assert_eq!(found.len(), 1, "{key} = {value}: {found:?}");
        assert_eq!(found[0].0, key);
    };
    check("server.listen", "localhost");
    check("server.public_url", "example.org");
    check("server.request_timeout", "0s");
    check("server.allowed_origins", "https://good.example,bad");
    check("server.allowed_origins", "https://app.example.org/");
    check("server.metrics_listen", "9464");
    check("server.behind_proxy", "maybe");
    check("store.url", "mysql://localhost/x");
    // SQLite has no server that follows.
    check("store.read_url", "postgres://localhost/x");
    check("accounts.signing_key", "swordfish");
    check("accounts.encryption_key", "swordfish");
    check("accounts.former_encryption_key", "swordfish");
    check("outgoing.allow", "10.0.0.0/8,intranet");
    check("outgoing.telegram_url", "api.telegram.org");
    check("mail.url", "carrier-pigeon:");
    check("venues.binance.ws_url", "https://example.org");
    check("venues.coinbase.enabled", "perhaps");
    check("venues.coinbase.ws_url", "wss://");
    check("venues.coinbase.rest_url", "ws://example.org");
    check("venues.kraken.rest_url", "api.kraken.com");
    check("venues.uphold.rest_url", "wss://api.uphold.com");
    check("venues.uphold.interval", "0s");
    check("venues.uphold.intervals", "BTC-USD");
    check("venues.uphold.intervals", "BTC-USD=1m,ETH-USD=0s");
    check("venues.coingecko.rest_url", "api.coingecko.com");
    check("venues.coingecko.interval", "0s");
    check("venues.coingecko.intervals", "bitcoin-usd");
    check("history.keep_minutes", "0d");
    check("history.keep_hours", "soon");
    check("history.keep_quarantine", "0s");
    check("history.keep_deliveries", "0s");
    check("history.keep_fires", "0d");
    check("history.keep_fires", "29d");
    check("feeds.glitch_factor", "1");
    check("feeds.glitch_factor", "-5");
    check("feeds.glitch_factor", "1.5");
    check("feeds.glitch_factor", "1000001");
    check("traces.endpoint", "127.0.0.1:4318");
    check("traces.endpoint", "http://me:hunter2@127.0.0.1:4318");
    check("traces.sample", "2");
    check("traces.headers", "hunter2");
    check("log.format", "xml");
    check("log.level", "info,=");
    check("log.level", "loud");
    check("mail.from", "nobody");
    check("outgoing.ca_file", "/nowhere/at/all.pem");
    check("nonsense", "1");
}

#[test]
fn deliveries_and_fires_may_be_kept_for_good() {
    let config = Config::load(&Sources::default()).unwrap();
    assert!(config.history.keep_deliveries.is_some() && config.history.keep_fires.is_some());
    let for_good = flags(&[("history.keep_deliveries", ""), ("history.keep_fires", "")]);
    let config = Config::load(&for_good).unwrap();
    assert_eq!((config.history.keep_deliveries, config.history.keep_fires), (None, None));
    let message = "must be 30d at least, as long as history.keep_changes";
    assert_eq!(faults(&flags(&[("history.keep_fires", "29d")]))[0].1, message);
}

#[test]
fn the_glitch_factor_may_be_turned_off() {
    let factor = |set: &[(&str, &str)]| {
        let config = Config::load(&flags(set)).unwrap();
        let written = serde_json::to_value(&config).unwrap()["feeds"]["glitch_factor"].as_u64();
        (config.feeds.glitch_factor.map(bellwether_feeds::Factor::times), written.unwrap())
    };
    assert_eq!(factor(&[]), (Some(100), 100));
    assert_eq!(factor(&[("feeds.glitch_factor", "2")]), (Some(2), 2));
    assert_eq!(factor(&[("feeds.glitch_factor", "0")]), (None, 0));
}

#[test]
fn a_secret_comes_from_a_file_and_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail-url");
    std::fs::write(&path, "smtp://me:hunter2@mail.example.org\n").unwrap();
    let config = Config::load(&flags(&[("mail.url_file", path.to_str().unwrap())])).unwrap();
    assert_eq!(config.mail.url.reveal(), "smtp://me:hunter2@mail.example.org");
    assert!(!format!("{config:?}{}", serde_json::to_string(&config).unwrap()).contains("hunter2"));
}

#[test]
fn traces_need_a_program_that_has_them_and_show_no_secret() {
    let set =
        [("traces.endpoint", "http://127.0.0.1:4318"), ("traces.headers", "authorization=Bearer hunter2")];
    if cfg!(feature = "otel") {
        let config = Config::load(&flags(&set)).unwrap();
        assert_eq!(config.traces.endpoint, "http://127.0.0.1:4318/v1/traces");
        assert_eq!(config.traces.headers()["authorization"], "Bearer hunter2");
        let shown = format!("{config:?}{}{:?}", toml::to_string(&config).unwrap(), config.traces.headers());
        assert!(!shown.contains("hunter2"), "{shown}");
    } else {
        let found = faults(&flags(&set));
        assert_eq!((found.len(), found[0].0.as_str()), (1, "traces.endpoint"));
        assert!(found[0].1.contains("--features bellwether-server/otel"), "{found:?}");
    }
}

#[test]
fn a_secret_and_its_file_are_one_setting() {
    let (_folder, mut sources) = file("[mail]\nurl = \"console:\"\nurl_file = \"/nowhere\"\n");
    assert_eq!(faults(&sources)[0].1, "cannot be set beside mail.url");
    sources.file = None;
    sources.variables = vec![("BELLWETHER_MAIL__URL_FILE".into(), "/nowhere".into())];
    assert_eq!(faults(&sources).len(), 1, "the file is missing");
    sources.flags = vec![("mail.url".into(), "console:".into())];
    assert!(Config::load(&sources).is_ok(), "the flag wins");
}

#[test]
fn a_broken_file_is_told_by_its_line_without_quoting_it() {
    let (_folder, sources) = file("[mail]\nurl = \"smtp://me:hunter2@example.org\n");
    let error = Config::load(&sources).unwrap_err().to_string();
    assert!(error.contains("line 2 is not TOML"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    let missing = Sources { file: Some("/nowhere/at-all.toml".into()), ..Sources::default() };
    assert!(faults(&missing)[0].1.starts_with("the file cannot be read"));
}

#[test]
fn with_postgres_a_service_needs_its_key_set() {
    let mut sources = flags(&[("store.url", "postgres://localhost/bellwether"), ("log.format", "xml")]);
    let keys = |result: Result<Config, ConfigError>| {
        let faults = result.err().map_or_else(Vec::new, |error| error.faults);
        faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
    };
    assert_eq!(
        keys(Config::load_to_serve(&sources)),
        ["accounts.signing_key", "accounts.encryption_key", "log.format"]
    );
    assert_eq!(keys(Config::load(&sources)), ["log.format"]);
    sources.flags[1] = ("accounts.signing_key".into(), "k".repeat(32));
    assert_eq!(keys(Config::load_to_serve(&sources)), ["accounts.encryption_key"]);
    sources.flags.push(("accounts.encryption_key".into(), "e".repeat(32)));
    assert!(keys(Config::load_to_serve(&sources)).is_empty());
}

#[test]
fn notices_of_ebay_need_a_token_an_address_and_an_application() {
    let check = |pairs: &[(&str, &str)], expected: &[&str]| {
        let keys: Vec<String> = faults(&flags(pairs)).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, expected, "{pairs:?}");
    };
    let (token, url) = ("a-verification-token-of-40-letters-00001", "https://example.org/api/ebay/notices");
    let (id, secret) = (("ebay.client_id", "x"), ("ebay.client_secret", "y"));
    check(&[id, secret, ("ebay.verification_token", token)], &["ebay.notification_url"]);
    check(&[id, secret, ("ebay.notification_url", url)], &["ebay.verification_token"]);
    check(
        &[("ebay.verification_token", "short"), ("ebay.notification_url", "ftp://example.org")],
        &["ebay.verification_token", "ebay.notification_url", "ebay.client_id"],
    );
    let whole = [id, secret, ("ebay.verification_token", token), ("ebay.notification_url", url)];
    let config = Config::load(&flags(&whole)).unwrap();
    assert!(config.ebay.notices().is_some() && !shown(&config).contains(token));
}

#[test]
fn mails_are_signed_by_the_senders_domain_where_there_is_a_key() {
    let key = include_str!("../../../notify/tests/suite/keys/dkim-ed25519.pem");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dkim.pem");
    std::fs::write(&path, key).unwrap();
    let path = path.to_str().unwrap();
    let signing =
        [("mail.dkim_key_file", path), ("mail.dkim_selector", "bells"), ("mail.from", "B <a@example.org>")];
    let config = Config::load(&flags(&signing)).unwrap();
    let dkim = config.mail.dkim.as_ref().unwrap();
    assert_eq!(dkim.record().0, "bells._domainkey.example.org");
    assert!(!format!("{config:?}").contains("MC4C"));
    assert!(Config::load(&Sources::default()).unwrap().mail.dkim.is_none());

    let check = |changed: (&str, &str), key: &str, message: &str| {
        let found = faults(&flags(&[&signing[..], &[changed]].concat()));
        assert!(matches!(&found[..], [(own, said)] if own == key && said.contains(message)), "{found:?}");
    };
    check(("mail.dkim_selector", ""), "mail.dkim_selector", "under which the domain publishes");
    check(("mail.dkim_domain", "example.org; x=1"), "mail.dkim_domain", "must be a domain");
    std::fs::write(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    check(("mail.from", "a@example.org"), "mail.dkim_key", "holds no private key in PEM");
    let alone = faults(&flags(&[("mail.dkim_selector", "bells")]));
    assert_eq!(alone[0].0, "mail.dkim_key");
    let nowhere = faults(&flags(&[("mail.dkim_key_file", "/nowhere/dkim.pem")]));
    assert!(nowhere[0].1.contains("cannot be read"), "{nowhere:?}");
}
