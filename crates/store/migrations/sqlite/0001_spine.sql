-- Users, logins, alerts with their change log, fires, deliveries with their attempts, market positions,
-- and the catalogue of instruments.
--
-- Ids are UUIDs of version 7 as 16 bytes, so their order is the order of their making. Times are
-- microseconds since the Unix epoch, UTC. Prices are text. Specs, states and evidence are JSON text; what
-- is filtered or sorted by stands beside them in columns of its own.
--
-- Tables with long rows keep SQLite's own row number: without it a B-tree holds whole rows in its inner
-- pages too, and grows deep. Those with short rows do without it, and save an index. Fires and deliveries have no foreign keys to their alert and user: they are
-- only ever written from rows that the same transaction has just read, and those are never removed.

CREATE TABLE users (
    id            BLOB PRIMARY KEY NOT NULL,
    email         TEXT NOT NULL,                  -- as its owner wrote it; empty once deleted
    email_key     TEXT UNIQUE,                    -- in lower case; NULL once deleted, so it is free again
    username      TEXT,
    username_key  TEXT UNIQUE,
    password_hash TEXT NOT NULL,
    verified      INTEGER NOT NULL CHECK (verified IN (0, 1)),
    time_zone     TEXT NOT NULL,
    alerts        INTEGER NOT NULL DEFAULT 0,     -- how many that are not deleted
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER
) STRICT;

CREATE TABLE sessions (
    id         BLOB PRIMARY KEY NOT NULL,
    user_id    BLOB NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE refresh_tokens (
    hash       BLOB PRIMARY KEY NOT NULL,         -- SHA-256 of the token
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER                            -- once it was exchanged for the next one
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE alerts (
    id                BLOB PRIMARY KEY NOT NULL,
    user_id           BLOB NOT NULL REFERENCES users (id),
    status            TEXT NOT NULL CHECK (status IN ('active', 'triggered', 'paused', 'expired', 'deleted')),
    instrument        TEXT NOT NULL,
    other_instruments TEXT,                       -- of a composite: JSON list; NULL where there is none
    spec              TEXT NOT NULL,
    search_text       TEXT NOT NULL,              -- name, note, instrument, tags; in lower case, one a line
    expires_at        INTEGER,
    snoozed_until     INTEGER,
    version           INTEGER NOT NULL,           -- grows with what its owner can see of settings and status
    revision          INTEGER NOT NULL,           -- grows with what the evaluator must know of
    arming            INTEGER NOT NULL,           -- grows with each arming
    state             TEXT NOT NULL,
    fires             INTEGER NOT NULL,           -- in its whole life
    last_fired_at     INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    armed_at          INTEGER NOT NULL
) STRICT;
-- Lists, their filters by status and their counts are answered from this index alone.
CREATE INDEX alerts_by_user ON alerts (user_id, id, status);
CREATE INDEX alerts_by_expiry ON alerts (expires_at)
    WHERE expires_at IS NOT NULL AND status IN ('active', 'paused');
CREATE INDEX alerts_by_instrument ON alerts (instrument) WHERE status = 'active';
CREATE INDEX alerts_composite ON alerts (other_instruments)
    WHERE other_instruments IS NOT NULL AND status = 'active';

-- Every change of an alert: the log that the evaluator follows, and the history that its owner reads.
CREATE TABLE alert_changes (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    txid     INTEGER NOT NULL DEFAULT 0,          -- one writer: the order of seq is the order of commits
    alert_id BLOB NOT NULL,
    user_id  BLOB NOT NULL,
    actor    BLOB,                                -- NULL where the service itself did it
    action   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    status   TEXT NOT NULL,
    spec     TEXT NOT NULL
) STRICT;
CREATE INDEX alert_changes_by_alert ON alert_changes (alert_id, seq);

CREATE TABLE idempotency_keys (
    user_id    BLOB NOT NULL REFERENCES users (id),
    key        TEXT NOT NULL,
    body_hash  BLOB NOT NULL,
    alert_id   BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE fires (
    id           BLOB PRIMARY KEY NOT NULL,
    alert_id     BLOB NOT NULL,
    user_id      BLOB NOT NULL,
    number       INTEGER NOT NULL,                -- 1, 2, ... in the alert's life
    instrument   TEXT NOT NULL,                   -- of the tick
    time         INTEGER NOT NULL,                -- of the tick
    evidence     TEXT NOT NULL,
    trade_first  INTEGER,
    trade_last   INTEGER,
    spec         TEXT NOT NULL,                   -- the alert's configuration at that moment
    evaluated_at INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    late         INTEGER NOT NULL CHECK (late IN (0, 1)),
    ends         INTEGER NOT NULL CHECK (ends IN (0, 1)),
    UNIQUE (alert_id, number)
) STRICT;
CREATE INDEX fires_by_user ON fires (user_id, id);

CREATE TABLE deliveries (
    id           BLOB PRIMARY KEY NOT NULL,
    user_id      BLOB NOT NULL,
    alert_id     BLOB,
    fire_id      BLOB,
    channel      TEXT NOT NULL,
    lane         TEXT NOT NULL CHECK (lane IN ('urgent', 'digest', 'insights')),
    status       TEXT NOT NULL
        CHECK (status IN ('held', 'pending', 'sending', 'delivered', 'dead', 'cancelled')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER,                         -- pending: the next attempt; sending: the lease's end
    claim_token  BLOB,                            -- of the claim that holds it, while it is being sent
    secret       TEXT,                            -- the token of an address check, until it was sent
    created_at   INTEGER NOT NULL,
    delivered_at INTEGER,
    last_error   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (lane, due_at, status) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_user ON deliveries (user_id, id);
CREATE INDEX deliveries_by_alert ON deliveries (alert_id, delivered_at);
CREATE INDEX deliveries_stuck ON deliveries (lane, status) WHERE status IN ('held', 'dead');

CREATE TABLE attempts (
    id          BLOB PRIMARY KEY NOT NULL,
    delivery_id BLOB NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    took_us     INTEGER NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('delivered', 'retry', 'dead', 'cancelled')),
    retry_at    INTEGER,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_by_delivery ON attempts (delivery_id, number);

CREATE TABLE positions (
    instrument TEXT PRIMARY KEY NOT NULL,
    position   INTEGER NOT NULL,                  -- the bits of an unsigned number
    numbered   INTEGER NOT NULL CHECK (numbered IN (0, 1)),
    price      TEXT NOT NULL,
    time       INTEGER NOT NULL,
    memory     BLOB NOT NULL
) STRICT;

CREATE TABLE instruments (
    instrument  TEXT PRIMARY KEY NOT NULL,
    venue       TEXT NOT NULL,
    base        TEXT NOT NULL,
    quote       TEXT NOT NULL,
    trading     INTEGER NOT NULL CHECK (trading IN (0, 1)),
    tick_size   TEXT,
    search_text TEXT NOT NULL,                    -- symbol, base, quote; in lower case, one a line
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX instruments_by_venue ON instruments (venue, instrument);
