-- Feeds of ticks that users push. The name belongs to the account that claims it first, for good.

CREATE TABLE push_feeds (
    name       TEXT COLLATE "C" PRIMARY KEY,
    user_id    UUID NOT NULL REFERENCES users (id),
    published  BOOLEAN NOT NULL,  -- whether others may watch it
    created_at BIGINT NOT NULL
);
CREATE INDEX push_feeds_by_user ON push_feeds (user_id, name);

-- Which stretches of time each instrument was watched without a gap.
CREATE TABLE coverage (
    instrument TEXT COLLATE "C" NOT NULL,
    from_time  BIGINT NOT NULL,
    to_time    BIGINT NOT NULL CHECK (to_time >= from_time),
    PRIMARY KEY (instrument, from_time)
);
CREATE INDEX coverage_by_age ON coverage (to_time);
