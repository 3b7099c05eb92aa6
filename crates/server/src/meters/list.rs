//! Every metric of the service: the list that `docs/metrics.md` shows.
//!
//! Each stands here and nowhere else with its meaning; tests compare this list with the names in the code and
//! with the page.

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Grows, and begins at zero with the process.
    Counter,
    /// How something stands.
    Gauge,
    /// How often which durations came, in seconds.
    Histogram,
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) labels: &'static [&'static str],
    pub(super) meaning: &'static str,
}

const fn counter(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Meter {
    Meter { name, kind: Kind::Counter, labels, meaning }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Meter {
    Meter { name, kind: Kind::Gauge, labels, meaning }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Meter {
    Meter { name, kind: Kind::Histogram, labels, meaning }
}

/// All of them, in the order of the way from a venue to a reader.
#[rustfmt::skip]
pub(super) const METERS: &[Meter] = &[
    // feeds
    gauge("bellwether_feed_instruments", &["venue"], "Instruments that are wanted of a venue"),
    gauge("bellwether_instruments", &["venue", "coverage"], "Instruments by how they are watched: watched, catching_up, dark, disabled, refused"),
    counter("bellwether_feed_ticks_total", &["venue", "origin"], "Trades and prices handed on: live, refilled, or of a candle that stands in for trades"),
    histogram("bellwether_feed_lag_seconds", &["venue"], "From the venue's time of a trade until it is handed on"),
    counter("bellwether_feed_stale_total", &["venue"], "Trades that had been handed on before"),
    counter("bellwether_feed_malformed_total", &["venue"], "Messages that could not be read"),
    counter("bellwether_feed_unrouted_total", &["venue"], "Trades of instruments that are not wanted"),
    counter(
        "bellwether_feed_quarantined_total",
        &["venue", "outcome"],
        "Prices too far off to be believed at once, by what became of them: confirmed by the next one, contradicted, or \
         unanswered where none came right after it",
    ),
    counter("bellwether_feed_silent_total", &["venue"], "Instruments that were silent for longer than usual, and subscribed to anew"),
    counter("bellwether_feed_gaps_total", &["venue"], "Holes found in the live stream"),
    counter("bellwether_feed_postponed_total", &["venue"], "Live trades dropped during a refill, to be fetched later"),
    counter("bellwether_feed_pages_total", &["venue", "outcome"], "Pages of missed trades asked for"),
    counter("bellwether_feed_interruptions_total", &["venue", "why"], "Sequences begun anew"),
    counter("bellwether_feed_connects_total", &["venue", "outcome"], "Attempts to connect"),
    counter("bellwether_feed_disconnects_total", &["venue", "why"], "Connections that ended"),
    counter("bellwether_feed_polls_total", &["venue", "outcome"], "Requests for prices"),
    gauge("bellwether_feed_breakers_open", &["venue"], "Parts of a venue that are left alone since they fail"),
    counter("bellwether_candles_fetched_total", &[], "Candles of the past fetched from venues"),
    counter("bellwether_journal_failures_total", &[], "Attempts to keep polled or pushed prices that failed"),
    counter("bellwether_bus_retries_total", &[], "Batches of the tick log that were written again"),
    counter("bellwether_log_unreadable_total", &[], "Batches of the tick log that could not be read"),
    gauge("bellwether_store_replica_lag_seconds", &[], "How far the server is behind that follows the database; not a number where it does not say"),
    gauge("bellwether_store_replica_used", &[], "1 while what looks far back is read there, 0 while the database itself is asked"),
    gauge("bellwether_leases_held", &["role"], "Partitions or venues that this process has"),
    // marketplaces
    counter("bellwether_market_requests_total", &["source", "outcome"], "Requests to a marketplace"),
    counter("bellwether_market_tokens_total", &["source", "outcome"], "Access tokens that were asked for"),
    counter("bellwether_market_flaws_total", &["source", "why"], "Listings of searches with something wrong"),
    counter("bellwether_market_notices_total", &["source", "outcome"], "Notices of a marketplace"),
    counter("bellwether_polls_total", &["outcome"], "Polls of searches"),
    // evaluation
    gauge("bellwether_alerts_armed", &[], "Price alerts that the evaluator holds"),
    counter("bellwether_ticks_total", &[], "Ticks that reached the evaluator"),
    counter("bellwether_ticks_stale_total", &[], "Ticks that were not newer than what is known"),
    counter("bellwether_ticks_mixed_total", &[], "Ticks with an id where others have none, or without where others have one"),
    counter("bellwether_newcomers_too_late_total", &[], "Alerts that came after what they had to live through was forgotten"),
    counter("bellwether_fires_total", &[], "Fires that were committed"),
    counter("bellwether_fires_dropped_total", &[], "Fires that lost against a change of their alert"),
    histogram("bellwether_fire_evaluated_seconds", &["late"], "From the venue's time of a trade until its fire was found; late: whether the trade was fetched afterwards"),
    histogram("bellwether_fire_committed_seconds", &[], "From a fire until it is on the disk"),
    histogram("bellwether_commit_seconds", &[], "Duration of a commit of fires and states, retries included"),
    counter("bellwether_commit_failures_total", &[], "Commits that failed and were tried again"),
    counter("bellwether_checkpoints_put_off_total", &[], "Checkpoints that waited for an alert that was not heard of yet"),
    // delivery
    gauge("bellwether_deliveries", &["lane", "status"], "Messages: waiting, sending, held until an address is verified, dead"),
    gauge("bellwether_deliveries_due_seconds", &["lane"], "For how long the message has been due that waits longest"),
    counter("bellwether_delivery_attempts_total", &["outcome"], "Attempts to deliver"),
    counter("bellwether_delivery_ambiguous_total", &[], "Attempts that went out and whose answer was lost"),
    histogram("bellwether_delivery_seconds", &[], "From the commit that owes a message until the attempt that delivered it began"),
    counter("bellwether_deliveries_deferred_total", &["why"], "Messages put off by a receiver's pace or a reader's quiet hours"),
    counter("bellwether_claims_lost_total", &[], "Messages that another process had taken over when this one wanted to record them"),
    counter("bellwether_channels_disabled_total", &["kind"], "Channels switched off since their receiver is gone"),
    counter("bellwether_addresses_suppressed_total", &[], "Accounts' own addresses that the mail server knows no mailbox of"),
    counter("bellwether_mail_attempts_total", &["outcome"], "Mails handed to the mail server"),
    histogram("bellwether_mail_attempt_seconds", &[], "Duration of handing a mail to the mail server"),
    gauge("bellwether_mail_connections", &[], "Connections to the mail server"),
    counter("bellwether_mail_connections_opened_total", &[], "Connections to the mail server that were opened"),
    counter("bellwether_mails_returned_total", &["outcome"], "Bounces and complaints that came back later"),
    counter("bellwether_channel_attempts_total", &["channel", "outcome"], "Requests to receivers of webhooks and chats"),
    histogram("bellwether_channel_attempt_seconds", &["channel"], "Duration of such a request"),
    // the API
    counter("bellwether_http_requests_total", &["method", "route", "status"], "Requests to the API"),
    histogram("bellwether_http_request_seconds", &["route"], "Duration of a request to the API"),
    counter("bellwether_pictures_fetched_total", &["result"], "Pictures of listings asked for where their marketplace keeps them"),
    // traces
    counter(
        "bellwether_trace_spans_total",
        &["outcome"],
        "Spans of traces: sent, refused where the collector did not take them, overflow where too many waited for it",
    ),
    // the process
    gauge("bellwether_store_writable", &[], "1 while the store keeps what is written to it, 0 while it is full, read-only or out of reach"),
    gauge("bellwether_build_info", &["version"], "Always 1; the version is in its label"),
];
