//! Every key that may be set, with what it means and what it is where nobody sets it.
//!
//! This table is the one place for names, defaults and their documentation: the readers ask for keys by
//! these names, `config default` prints the table, and a key that is not in it is refused.

/// A key of the configuration.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name: `section.key`.
    pub(super) name: &'static str,
    /// What it is where nobody sets it.
    pub(super) default: Default,
    /// What it means, in sentences; printed above it by `config default`.
    pub(super) about: &'static str,
}

/// What a key is where nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    /// A string.
    Text(&'static str),
    /// A whole number.
    Number(u32),
    /// `true` or `false`.
    Flag(bool),
    /// An empty list of strings.
    Nothing,
    /// A string that is never printed, and may be read from the file that `<key>_file` names.
    Secret(&'static str),
}

impl Key {
    /// Whether its value is never printed and may come from a file.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.default, Default::Secret(_))
    }
}

/// The key of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

const fn key(name: &'static str, default: Default, about: &'static str) -> Key {
    Key { name, default, about }
}

/// The sections, in the order in which they are printed.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("server", "Where the service listens and what it accepts."),
    ("store", "Where everything that must survive is kept."),
    (
        "bus",
        "How several processes share the work: they need PostgreSQL and NATS with JetStream. One process needs \
         neither.",
    ),
    ("accounts", "Who may sign up, and how long logins last."),
    ("limits", "What one person or client may use."),
    ("mail", "How mail leaves."),
    ("outgoing", "Where messages over HTTP may go: webhooks and chats."),
    (
        "pace",
        "How fast messages may go to one receiver: so many within so long, as many at once. What is beyond is \
         combined into one message. 0 messages: no limit.",
    ),
    ("feeds", "How prices are watched, whatever their venue."),
    ("venues.binance", "Binance spot prices."),
    ("venues.coinbase", "Coinbase Exchange prices."),
    ("venues.kraken", "Kraken spot prices."),
    ("venues.uphold", "Uphold prices, which are polled."),
    (
        "venues.coingecko",
        "CoinGecko prices, which are polled: of nearly every coin, made anew about once a minute. What lies between \
         two of them nobody knows.",
    ),
    (
        "ebay",
        "Searches of eBay. Its developer programme gives an application its client id and secret; without them \
         there are no alerts on products.",
    ),
    ("history", "How long history is kept. Candles of days are kept for good."),
    ("log", "What is written to standard error."),
    (
        "traces",
        "Whether the way of fires, from tick to delivery, is told to a collector of OpenTelemetry traces. It needs a \
         program that was built with --features bellwether-server/otel.",
    ),
];

/// Every key, section by section.
pub(super) const KEYS: &[Key] = &[
    key("server.listen", Default::Text("127.0.0.1:8080"), "Address and port of the API and the interface."),
    key(
        "server.roles",
        Default::Nothing,
        "What this process does, where there are several: of \"api\", \"feed\", \"engine\", \"deliver\" and \
         \"schedule\". Empty: everything.",
    ),
    key(
        "server.public_url",
        Default::Text(""),
        "The service's address as its users see it, for the links in messages. Empty: http:// and the \
         address that it listens on.",
    ),
    key(
        "server.metrics_listen",
        Default::Text("127.0.0.1:9464"),
        "Address and port of the Prometheus metrics. Empty: none. They need no login: keep them private.",
    ),
    key("server.body_limit", Default::Number(65_536), "Bytes that the body of a request may have."),
    key("server.request_timeout", Default::Text("30s"), "After this long a request is given up."),
    key(
        "server.head_timeout",
        Default::Text("30s"),
        "After this long a connection is closed that has not said what it wants.",
    ),
    key(
        "server.connections",
        Default::Number(10_000),
        "Connections that are open at once; further ones wait for room. Each needs a file handle of the system.",
    ),
    key(
        "server.concurrent_requests",
        Default::Number(1_024),
        "Requests that are worked on at once. More are answered with 503.",
    ),
    key(
        "server.allowed_origins",
        Default::Nothing,
        "Other sites whose pages may call the API from a browser (CORS), such as \
         \"https://app.example.org\". Empty: none.",
    ),
    key(
        "server.behind_proxy",
        Default::Flag(false),
        "Whether a reverse proxy stands in front and appends the client's address to X-Forwarded-For. Only \
         then is that header believed.",
    ),
    key(
        "store.url",
        Default::Secret("sqlite:bellwether-data/bellwether.db"),
        "sqlite:PATH (made where missing) or postgres://user:password@host/database.",
    ),
    key(
        "store.read_url",
        Default::Secret(""),
        "postgres://user:password@host/database of a server that follows that of store.url (streaming replication). \
         What looks far back is read there while it is at most 10 seconds behind. Empty: none.",
    ),
    key("store.connections", Default::Number(8), "Connections that are kept to the database."),
    key(
        "bus.url",
        Default::Secret(""),
        "nats://host:port or tls://host:port, with user:password@ or token@ where the server asks for one; several \
         servers of a cluster with commas between. Empty: one process does everything.",
    ),
    key(
        "bus.name",
        Default::Text("bellwether"),
        "The word that everything on the bus begins with: several installations can share one server.",
    ),
    key(
        "bus.partitions",
        Default::Number(8),
        "How many parts the alerts are in. At most as many engines have work. The same in all processes; stop all \
         engines and feeds before changing it.",
    ),
    key("bus.keep", Default::Text("1h"), "How long the tick log is kept on the bus."),
    key(
        "bus.replicas",
        Default::Number(0),
        "On how many servers the tick log stands. 0: three where the cluster has as many, or else one.",
    ),
    key(
        "accounts.signing_key",
        Default::Secret(""),
        "The key that login tokens are signed with, 32 bytes or more. Empty: with SQLite one is made on the \
         first start and kept beside the database; with PostgreSQL the service does not start.",
    ),
    key(
        "accounts.former_signing_key",
        Default::Secret(""),
        "The key that was in force before, while logins and links in mails that it signed shall still count: 90 \
         days at most. Empty: none.",
    ),
    key(
        "accounts.encryption_key",
        Default::Secret(""),
        "The key that tokens and addresses of channels are sealed with in the store, 32 bytes or more. \
         Empty: as with signing_key. Without it they cannot be read: keep a copy, apart from the backups.",
    ),
    key(
        "accounts.former_encryption_key",
        Default::Secret(""),
        "The key that was in force before, while channels are still sealed with it. Empty: none.",
    ),
    key(
        "accounts.single_user",
        Default::Flag(false),
        "Whether the service is for one person on this machine, who needs no login: whoever can use this machine's \
         loopback interface is taken for them. It listens there alone then.",
    ),
    key(
        "accounts.owner",
        Default::Text(""),
        "The address of that person, for their mails; their account is made by the first start. Empty: the only \
         account there is, or one whose address is owner@localhost until another is set here.",
    ),
    key("accounts.sign_up", Default::Flag(true), "Whether anybody may make an account."),
    key(
        "accounts.require_verified_email",
        Default::Flag(true),
        "Whether messages wait until their receiver has shown that the address is theirs.",
    ),
    key("accounts.access_token_lasts", Default::Text("15m"), "How long an access token is good for."),
    key(
        "accounts.refresh_token_lasts",
        Default::Text("30d"),
        "How long a login lasts without being used. Each use begins it anew.",
    ),
    key(
        "accounts.verification_lasts",
        Default::Text("2d"),
        "How long the link that verifies an address works.",
    ),
    key(
        "accounts.password_memory_kib",
        Default::Number(19_456),
        "Memory of one argon2id password hash, in KiB.",
    ),
    key("accounts.password_hashes_at_once", Default::Number(2), "Password hashes that are computed at once."),
    key("limits.alerts_per_user", Default::Number(10_000), "Alerts that one user may have."),
    key("limits.channels_per_user", Default::Number(50), "Channels that one user may have."),
    key("limits.feeds_per_user", Default::Number(20), "Feeds that one user may push ticks to."),
    key("limits.instruments_per_feed", Default::Number(1_000), "Instruments that one such feed may have."),
    key("limits.ticks_per_minute", Default::Number(60_000), "Ticks that one user may push within a minute."),
    key("limits.ticks_body", Default::Number(8_388_608), "Bytes that a request with pushed ticks may have."),
    key(
        "limits.failed_logins_per_minute",
        Default::Number(10),
        "Wrong passwords per account and minute. Ten times as many are allowed per client address.",
    ),
    key("limits.sign_ups_per_minute", Default::Number(600), "New accounts per client address and minute."),
    key(
        "limits.requests_per_minute",
        Default::Number(6_000),
        "Requests to the API per key, or per user by their logins, and minute. 0: without a limit.",
    ),
    key(
        "limits.client_requests_per_minute",
        Default::Number(60_000),
        "Requests to the API per client address and minute; set server.behind_proxy where a proxy stands before it. \
         0: without a limit.",
    ),
    key(
        "mail.url",
        Default::Secret("console:"),
        "smtp://user:password@host:port (STARTTLS), smtps://user:password@host:port, console: (printed) or \
         file:DIRECTORY.",
    ),
    key("mail.from", Default::Text("Bellwether <bellwether@localhost>"), "The sender of every mail."),
    key(
        "mail.dkim_key",
        Default::Secret(""),
        "The private key in PEM that mails are signed with (DKIM): Ed25519, or RSA of 2048 bits and more. Empty: \
         they are not signed. `bellwether doctor` says what the domain has to publish.",
    ),
    key(
        "mail.dkim_selector",
        Default::Text(""),
        "Under which name the domain publishes that key: NAME._domainkey.DOMAIN.",
    ),
    key("mail.dkim_domain", Default::Text(""), "The domain that signs. Empty: that of mail.from."),
    key(
        "mail.bounces_secret",
        Default::Secret(""),
        "The secret, 24 bytes or more, with which whoever reads the sender's mailbox tells of mails that came back: \
         POST /api/bounces. Empty: none are taken.",
    ),
    key(
        "outgoing.allow",
        Default::Nothing,
        "Networks that may be called although they are not public, such as \"10.0.0.0/8\" or \
         \"127.0.0.1\". Empty: none.",
    ),
    key(
        "outgoing.ca_file",
        Default::Text(""),
        "A file of certificate authorities in PEM that are believed besides the public ones. Empty: none.",
    ),
    key("outgoing.telegram_url", Default::Text("https://api.telegram.org/"), "Where Telegram's Bot API is."),
    key("pace.email", Default::Text("30/5m"), "Mails to one mailbox."),
    key(
        "pace.webhook",
        Default::Text("100/1s"),
        "Posts to one webhook. Each tells of at most 25 fires: where those do not do, the rest waits.",
    ),
    key(
        "pace.telegram",
        Default::Text("5/5s"),
        "Messages to one chat of Telegram, which asks for one a second.",
    ),
    key(
        "pace.slack",
        Default::Text("5/5s"),
        "Messages to one webhook of Slack, which asks for one a second.",
    ),
    key("pace.discord", Default::Text("5/2s"), "Messages to one webhook of Discord."),
    key("pace.ntfy", Default::Text("30/150s"), "Messages to one topic of ntfy, which asks for one in 5 s."),
    key(
        "pace.alert",
        Default::Text("60/1h"),
        "Messages of one alert to people. Of one that fires more often they are combined, and its owner is told.",
    ),
    key(
        "pace.useful_for",
        Default::Text("15m"),
        "Messages to people that could not be sent for longer than this are combined, where there are several.",
    ),
    key(
        "feeds.glitch_factor",
        Default::Number(100),
        "A price that is so many times the one before, or the one before so many times it, waits until the next one \
         confirms it, and is left out where that does not. Pushed prices are believed at once. 2 or more; 0: every \
         price is.",
    ),
    key("venues.binance.enabled", Default::Flag(true), "Whether Binance is watched."),
    key(
        "venues.binance.ws_url",
        Default::Text("wss://data-stream.binance.vision"),
        "The address of its market streams.",
    ),
    key(
        "venues.binance.rest_url",
        Default::Text("https://data-api.binance.vision"),
        "The address of its REST API.",
    ),
    key("venues.coinbase.enabled", Default::Flag(true), "Whether Coinbase is watched."),
    key(
        "venues.coinbase.ws_url",
        Default::Text("wss://ws-feed.exchange.coinbase.com"),
        "The address of its market feed.",
    ),
    key(
        "venues.coinbase.rest_url",
        Default::Text("https://api.exchange.coinbase.com"),
        "The address of its REST API.",
    ),
    key("venues.kraken.enabled", Default::Flag(true), "Whether Kraken is watched."),
    key("venues.kraken.ws_url", Default::Text("wss://ws.kraken.com"), "The address of its market streams."),
    key("venues.kraken.rest_url", Default::Text("https://api.kraken.com"), "The address of its REST API."),
    key("venues.uphold.enabled", Default::Flag(true), "Whether Uphold is watched."),
    key("venues.uphold.rest_url", Default::Text("https://api.uphold.com"), "The address of its REST API."),
    key("venues.uphold.interval", Default::Text("5s"), "How often a pair is asked for."),
    key(
        "venues.uphold.intervals",
        Default::Nothing,
        "Pairs that are asked for more seldom or more often, such as \"XAU-USD=1m\". Empty: none.",
    ),
    key("venues.coingecko.enabled", Default::Flag(true), "Whether CoinGecko is watched."),
    key(
        "venues.coingecko.rest_url",
        Default::Text("https://api.coingecko.com"),
        "The address of its REST API; https://pro-api.coingecko.com with the key of a paid plan.",
    ),
    key(
        "venues.coingecko.api_key",
        Default::Secret(""),
        "The key of a free or paid plan. Empty: it is asked without one, and seldom.",
    ),
    key("venues.coingecko.interval", Default::Text("1m"), "How often a coin is asked for."),
    key(
        "venues.coingecko.intervals",
        Default::Nothing,
        "Coins that are asked for more seldom or more often, such as \"bitcoin-usd=5m\". Empty: none.",
    ),
    key("ebay.client_id", Default::Text(""), "The application's client id. Empty: eBay is not searched."),
    key("ebay.client_secret", Default::Secret(""), "The application's client secret."),
    key(
        "ebay.events_secret",
        Default::Secret(""),
        "The secret (whsec_...) that events of listings are signed with, which POST /api/listings/events takes. \
         Empty: none are taken.",
    ),
    key(
        "ebay.verification_token",
        Default::Secret(""),
        "What eBay's challenge is answered with before it sends notices of deleted accounts: 32 to 80 letters, \
         digits, _ and -, the same as in eBay's developer portal. Empty: none are taken.",
    ),
    key(
        "ebay.notification_url",
        Default::Text(""),
        "The address of those notices exactly as it stands in eBay's developer portal, leading to \
         /api/ebay/notices: https://alerts.example.org/api/ebay/notices. Empty: none are taken.",
    ),
    key("ebay.rest_url", Default::Text("https://api.ebay.com"), "The address of its API."),
    key(
        "ebay.daily_calls",
        Default::Number(5_000),
        "Calls that the application may make in a day. Polls are planned so that they last.",
    ),
    key(
        "ebay.search_every",
        Default::Text("5m"),
        "How often a search is asked that is watched for events; digests and insights say so themselves.",
    ),
    key(
        "ebay.items_max",
        Default::Number(200),
        "The cheapest items of a search that are looked at. Each 200 of them take a call.",
    ),
    key("history.keep_minutes", Default::Text("90d"), "How long candles of minutes are kept."),
    key("history.keep_hours", Default::Text("800d"), "How long candles of hours are kept."),
    key(
        "history.keep_changes",
        Default::Text("30d"),
        "How long what happened can be read from GET /api/changes.",
    ),
    key(
        "history.keep_deliveries",
        Default::Text("400d"),
        "How long deliveries are kept with their attempts, once they are delivered or given up. What is still owed \
         stays. Empty: for good.",
    ),
    key(
        "history.keep_fires",
        Default::Text("800d"),
        "How long fires are kept that no delivery tells of any more; as long as history.keep_changes at least. \
         Empty: for good.",
    ),
    key(
        "history.keep_quarantine",
        Default::Text("90d"),
        "How long it is kept which prices were too far off; of one instrument the newest 1,000 at most.",
    ),
    key(
        "log.level",
        Default::Text("info"),
        "error, warn, info, debug or trace, or one per module such as \"info,bellwether_feeds=debug\".",
    ),
    key("log.format", Default::Text("text"), "text or json."),
    key(
        "traces.endpoint",
        Default::Text(""),
        "Where the collector takes OTLP over HTTP, such as http://127.0.0.1:4318; /v1/traces is added. Empty: no \
         traces.",
    ),
    key(
        "traces.sample",
        Default::Text("0.01"),
        "Of how many fires, from 0 to 1. Which ones follows from their ids, so that all processes choose the same.",
    ),
    key(
        "traces.requests",
        Default::Flag(false),
        "Whether requests to the API whose traceparent header says that their trace is sampled have a span in it. Only \
         where strangers cannot send that header.",
    ),
    key(
        "traces.headers",
        Default::Secret(""),
        "Headers that the collector asks for, as name=value with commas between: Authorization=Bearer abc. Empty: \
         none.",
    ),
];
