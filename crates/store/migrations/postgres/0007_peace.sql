-- When a user wants to have their peace, in minutes of their day; NULL: never. And links that were used.

ALTER TABLE users ADD COLUMN quiet_from BIGINT;
ALTER TABLE users ADD COLUMN quiet_to BIGINT;

CREATE TABLE used_links (
    hash    BYTEA PRIMARY KEY,                    -- SHA-256 of the link's token and of what it did
    used_at BIGINT NOT NULL
);
CREATE INDEX used_links_by_age ON used_links (used_at);
