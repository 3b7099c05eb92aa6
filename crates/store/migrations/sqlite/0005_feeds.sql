-- Feeds of ticks that users push. The name belongs to the account that claims it first, for good.

CREATE TABLE push_feeds (
    name       TEXT PRIMARY KEY NOT NULL,
    user_id    BLOB NOT NULL REFERENCES users (id),
    published  INTEGER NOT NULL CHECK (published IN (0, 1)),  -- whether others may watch it
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_feeds_by_user ON push_feeds (user_id, name);

-- Which stretches of time each instrument was watched without a gap.
CREATE TABLE coverage (
    instrument TEXT NOT NULL,
    from_time  INTEGER NOT NULL,
    to_time    INTEGER NOT NULL CHECK (to_time >= from_time),
    PRIMARY KEY (instrument, from_time)
) STRICT, WITHOUT ROWID;
CREATE INDEX coverage_by_age ON coverage (to_time);
