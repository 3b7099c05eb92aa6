-- Channels that users make, and deliveries that go over them.

CREATE TABLE channels (
    id                UUID PRIMARY KEY,
    user_id           UUID NOT NULL REFERENCES users (id),
    kind              TEXT NOT NULL
        CHECK (kind IN ('email', 'webhook', 'telegram', 'slack', 'discord', 'ntfy')),
    name              TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('unverified', 'active', 'disabled', 'deleted')),
    reason            TEXT,                      -- of a disabled one: what its receiver said
    target            BYTEA NOT NULL,            -- sealed: the store cannot read it; empty once deleted
    version           BIGINT NOT NULL,           -- grows with each change of its user's
    failures          BIGINT NOT NULL DEFAULT 0, -- attempts that failed since the last one that did not
    last_delivered_at BIGINT,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    deleted_at        BIGINT
);
CREATE INDEX channels_by_user ON channels (user_id, id, status);

ALTER TABLE deliveries ADD COLUMN channel_id UUID; -- NULL: the account's own address
ALTER TABLE deliveries ADD COLUMN notice TEXT;     -- JSON: what it says, where it tells of no fire
CREATE INDEX deliveries_by_channel ON deliveries (channel_id, status) WHERE channel_id IS NOT NULL;
