-- Addresses that mail comes back from, and keys under which a channel may be asked for again.

-- What is wrong with the account's own address; NULL: nothing. Until it is verified again, nothing goes there.
ALTER TABLE users ADD COLUMN email_problem TEXT;

CREATE TABLE channel_keys (
    user_id    UUID NOT NULL REFERENCES users (id),
    key        TEXT NOT NULL,
    body_hash  BYTEA NOT NULL,
    channel_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX channel_keys_by_age ON channel_keys (created_at);
