-- When a user wants to have their peace, in minutes of their day; NULL: never. And links that were used.

ALTER TABLE users ADD COLUMN quiet_from INTEGER;
ALTER TABLE users ADD COLUMN quiet_to INTEGER;

CREATE TABLE used_links (
    hash    BLOB PRIMARY KEY NOT NULL,            -- SHA-256 of the link's token and of what it did
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_links_by_age ON used_links (used_at);
