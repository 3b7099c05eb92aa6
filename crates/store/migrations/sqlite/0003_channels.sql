-- Channels that users make, and deliveries that go over them.

CREATE TABLE channels (
    id                BLOB PRIMARY KEY NOT NULL,
    user_id           BLOB NOT NULL REFERENCES users (id),
    kind              TEXT NOT NULL
        CHECK (kind IN ('email', 'webhook', 'telegram', 'slack', 'discord', 'ntfy')),
    name              TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('unverified', 'active', 'disabled', 'deleted')),
    reason            TEXT,                       -- of a disabled one: what its receiver said
    target            BLOB NOT NULL,              -- sealed: the store cannot read it; empty once deleted
    version           INTEGER NOT NULL,           -- grows with each change of its user's
    failures          INTEGER NOT NULL DEFAULT 0, -- attempts that failed since the last one that did not
    last_delivered_at INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    deleted_at        INTEGER
) STRICT;
CREATE INDEX channels_by_user ON channels (user_id, id, status);

ALTER TABLE deliveries ADD COLUMN channel_id BLOB; -- NULL: the account's own address
ALTER TABLE deliveries ADD COLUMN notice TEXT;     -- JSON: what it says, where it tells of no fire
CREATE INDEX deliveries_by_channel ON deliveries (channel_id, status) WHERE channel_id IS NOT NULL;
