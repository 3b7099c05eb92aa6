-- What happened to what is each user's, for other services that follow it; links by which a forgotten password
-- is replaced; what a user may do besides.
--
-- Triggers write the log, so whatever makes a fire or changes an alert is in it, in the same transaction.
-- A row names what happened by exactly one of its last three columns; what it was stands there.

CREATE TABLE user_log (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    txid       BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    user_id    UUID NOT NULL,
    at         BIGINT NOT NULL,
    change_seq BIGINT,                            -- of alert_changes
    fire_id    UUID,
    news_id    BIGINT,                            -- of search_news
    CHECK (num_nonnulls(change_seq, fire_id, news_id) = 1)
);
-- Read like alert_changes: below the oldest transaction that still runs, so that none is ever missed.
CREATE INDEX user_log_by_user ON user_log (user_id, txid, seq);

-- Up to where the log was forgotten. One row.
CREATE TABLE user_log_floor (
    one  BOOLEAN PRIMARY KEY CHECK (one),
    txid BIGINT NOT NULL,
    seq  BIGINT NOT NULL
);
INSERT INTO user_log_floor (one, txid, seq) VALUES (TRUE, 0, 0);

-- What an observation found of a search that was not so before, as JSON text; once for all who watch it.
CREATE TABLE search_news (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    search_id UUID NOT NULL,
    at        BIGINT NOT NULL,
    content   TEXT NOT NULL
);

CREATE FUNCTION log_fires() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_log (user_id, at, fire_id)
        SELECT user_id, committed_at, id FROM made ORDER BY alert_id, number;
    RETURN NULL;
END $$;
CREATE TRIGGER fires_are_logged AFTER INSERT ON fires
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION log_fires();

CREATE FUNCTION log_alert_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_log (user_id, at, change_seq) SELECT user_id, at, seq FROM made ORDER BY seq;
    RETURN NULL;
END $$;
CREATE TRIGGER alert_changes_are_logged AFTER INSERT ON alert_changes
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION log_alert_changes();

-- Links that replace a forgotten password, until they are used or expire. They themselves are nowhere: they are
-- made anew, from a key that the database does not hold, when their mail is sent.
CREATE TABLE password_links (
    hash       BYTEA PRIMARY KEY,                         -- SHA-256 of the link's token
    user_id    UUID NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_links_by_user ON password_links (user_id);
CREATE INDEX password_links_by_age ON password_links (expires_at);

ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'administrator'));
