-- What happened to what is each user's, for other services that follow it; links by which a forgotten password
-- is replaced; what a user may do besides.
--
-- Triggers write the log, so whatever makes a fire or changes an alert is in it, in the same transaction.
-- A row names what happened by exactly one of its last three columns; what it was stands there.

CREATE TABLE user_log (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    txid       INTEGER NOT NULL DEFAULT 0,        -- one writer: the order of seq is the order of commits
    user_id    BLOB NOT NULL,
    at         INTEGER NOT NULL,
    change_seq INTEGER,                           -- of alert_changes
    fire_id    BLOB,
    news_id    INTEGER,                           -- of search_news
    CHECK ((change_seq IS NOT NULL) + (fire_id IS NOT NULL) + (news_id IS NOT NULL) = 1)
) STRICT;
CREATE INDEX user_log_by_user ON user_log (user_id, seq);

-- Up to where the log was forgotten. One row.
CREATE TABLE user_log_floor (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    txid INTEGER NOT NULL,
    seq  INTEGER NOT NULL
) STRICT;
INSERT INTO user_log_floor (one, txid, seq) VALUES (1, 0, 0);

-- What an observation found of a search that was not so before, as JSON text; once for all who watch it.
CREATE TABLE search_news (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    search_id BLOB NOT NULL,
    at        INTEGER NOT NULL,
    content   TEXT NOT NULL
) STRICT;

CREATE TRIGGER fires_are_logged AFTER INSERT ON fires BEGIN
    INSERT INTO user_log (user_id, at, fire_id) VALUES (new.user_id, new.committed_at, new.id);
END;

CREATE TRIGGER alert_changes_are_logged AFTER INSERT ON alert_changes BEGIN
    INSERT INTO user_log (user_id, at, change_seq) VALUES (new.user_id, new.at, new.seq);
END;

-- Links that replace a forgotten password, until they are used or expire. They themselves are nowhere: they are
-- made anew, from a key that the database does not hold, when their mail is sent.
CREATE TABLE password_links (
    hash       BLOB PRIMARY KEY NOT NULL,         -- SHA-256 of the link's token
    user_id    BLOB NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX password_links_by_user ON password_links (user_id);
CREATE INDEX password_links_by_age ON password_links (expires_at);

ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'administrator'));
