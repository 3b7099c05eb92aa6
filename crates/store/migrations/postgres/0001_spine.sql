-- Users, logins, alerts with their change log, fires, deliveries with their attempts, market positions,
-- and the catalogue of instruments.
--
-- Ids are UUIDs of version 7, so their order is the order of their making. Times are microseconds since
-- the Unix epoch, UTC. Prices are text. Specs, states and evidence are JSON text, kept byte for byte (JSONB
-- would sort keys, and nothing here looks inside); what is filtered or sorted by stands beside them in
-- columns of its own.
--
-- Fires and deliveries have no foreign keys to their alert and user: they are only ever written from rows
-- that the same transaction has just read, and those are never removed. A check per row would double the
-- time of a commit.

CREATE TABLE users (
    id            UUID PRIMARY KEY,
    email         TEXT NOT NULL,                  -- as its owner wrote it; empty once deleted
    email_key     TEXT UNIQUE,                    -- in lower case; NULL once deleted, so it is free again
    username      TEXT,
    username_key  TEXT UNIQUE,
    password_hash TEXT NOT NULL,
    verified      BOOLEAN NOT NULL,
    time_zone     TEXT NOT NULL,
    alerts        BIGINT NOT NULL DEFAULT 0,     -- how many that are not deleted
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    deleted_at    BIGINT
);

CREATE TABLE sessions (
    id         UUID PRIMARY KEY,
    user_id    UUID NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE refresh_tokens (
    hash       BYTEA PRIMARY KEY,         -- SHA-256 of the token
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT                            -- once it was exchanged for the next one
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- A fire that leaves its alert active rewrites the row within its page, where there is room, and then
-- touches no index.
CREATE TABLE alerts (
    id                UUID PRIMARY KEY,
    user_id           UUID NOT NULL REFERENCES users (id),
    status            TEXT NOT NULL CHECK (status IN ('active', 'triggered', 'paused', 'expired', 'deleted')),
    instrument        TEXT NOT NULL,
    other_instruments TEXT,                       -- of a composite: JSON list; NULL where there is none
    spec              TEXT NOT NULL,
    search_text       TEXT NOT NULL,              -- name, note, instrument, tags; in lower case, one a line
    expires_at        BIGINT,
    snoozed_until     BIGINT,
    version           BIGINT NOT NULL,           -- grows with what its owner can see of settings and status
    revision          BIGINT NOT NULL,           -- grows with what the evaluator must know of
    arming            BIGINT NOT NULL,           -- grows with each arming
    state             TEXT NOT NULL,
    fires             BIGINT NOT NULL,           -- in its whole life
    last_fired_at     BIGINT,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    armed_at          BIGINT NOT NULL
) WITH (fillfactor = 85);
-- Lists, their filters by status and their counts are answered from this index alone.
CREATE INDEX alerts_by_user ON alerts (user_id, id, status);
CREATE INDEX alerts_by_expiry ON alerts (expires_at)
    WHERE expires_at IS NOT NULL AND status IN ('active', 'paused');
CREATE INDEX alerts_by_instrument ON alerts (instrument) WHERE status = 'active';
CREATE INDEX alerts_composite ON alerts (other_instruments)
    WHERE other_instruments IS NOT NULL AND status = 'active';

-- Every change of an alert: the log that the evaluator follows, and the history that its owner reads.
CREATE TABLE alert_changes (
    seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    txid     BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    alert_id UUID NOT NULL,
    user_id  UUID NOT NULL,
    actor    UUID,                                -- NULL where the service itself did it
    action   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    status   TEXT NOT NULL,
    spec     TEXT NOT NULL
);
-- Transactions commit in another order than they take their numbers. A reader of (txid, seq) that stays
-- below the oldest transaction still running sees every row exactly once, in an order that never changes.
CREATE INDEX alert_changes_in_order ON alert_changes (txid, seq);
CREATE INDEX alert_changes_by_alert ON alert_changes (alert_id, seq);

CREATE TABLE idempotency_keys (
    user_id    UUID NOT NULL REFERENCES users (id),
    key        TEXT NOT NULL,
    body_hash  BYTEA NOT NULL,
    alert_id   UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE fires (
    id           UUID PRIMARY KEY,
    alert_id     UUID NOT NULL,
    user_id      UUID NOT NULL,
    number       BIGINT NOT NULL,                -- 1, 2, ... in the alert's life
    instrument   TEXT NOT NULL,                   -- of the tick
    time         BIGINT NOT NULL,                -- of the tick
    evidence     TEXT NOT NULL,
    trade_first  BIGINT,
    trade_last   BIGINT,
    spec         TEXT NOT NULL,                   -- the alert's configuration at that moment
    evaluated_at BIGINT NOT NULL,
    committed_at BIGINT NOT NULL,
    late         BOOLEAN NOT NULL,
    ends         BOOLEAN NOT NULL,
    UNIQUE (alert_id, number)
);
CREATE INDEX fires_by_user ON fires (user_id, id);

-- A queue is long at noon and empty at night: the planner's figures must keep up with it.
CREATE TABLE deliveries (
    id           UUID PRIMARY KEY,
    user_id      UUID NOT NULL,
    alert_id     UUID,
    fire_id      UUID,
    channel      TEXT NOT NULL,
    lane         TEXT NOT NULL CHECK (lane IN ('urgent', 'digest', 'insights')),
    status       TEXT NOT NULL
        CHECK (status IN ('held', 'pending', 'sending', 'delivered', 'dead', 'cancelled')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    due_at       BIGINT,                         -- pending: the next attempt; sending: the lease's end
    claim_token  UUID,                            -- of the claim that holds it, while it is being sent
    secret       TEXT,                            -- the token of an address check, until it was sent
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT,
    last_error   TEXT
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX deliveries_due ON deliveries (lane, due_at, status) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_user ON deliveries (user_id, id);
CREATE INDEX deliveries_by_alert ON deliveries (alert_id, delivered_at);
CREATE INDEX deliveries_stuck ON deliveries (lane, status) WHERE status IN ('held', 'dead');

CREATE TABLE attempts (
    id          UUID PRIMARY KEY,
    delivery_id UUID NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    took_us     BIGINT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('delivered', 'retry', 'dead', 'cancelled')),
    retry_at    BIGINT,
    detail      TEXT NOT NULL
);
CREATE INDEX attempts_by_delivery ON attempts (delivery_id, number);

CREATE TABLE positions (
    instrument TEXT COLLATE "C" PRIMARY KEY,
    position   BIGINT NOT NULL,                  -- the bits of an unsigned number
    numbered   BOOLEAN NOT NULL,
    price      TEXT NOT NULL,
    time       BIGINT NOT NULL,
    memory     BYTEA NOT NULL
);

CREATE TABLE instruments (
    instrument  TEXT COLLATE "C" PRIMARY KEY,
    venue       TEXT NOT NULL,
    base        TEXT NOT NULL,
    quote       TEXT NOT NULL,
    trading     BOOLEAN NOT NULL,
    tick_size   TEXT,
    search_text TEXT NOT NULL,                    -- symbol, base, quote; in lower case, one a line
    updated_at  BIGINT NOT NULL
);
CREATE INDEX instruments_by_venue ON instruments (venue, instrument);
