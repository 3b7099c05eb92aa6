-- Price history: candles, the stretches of them that are still to be fetched, and the candles that run.

CREATE TABLE candles (
    instrument TEXT COLLATE "C" NOT NULL,
    interval   TEXT NOT NULL CHECK (interval IN ('1m', '1h', '1d')),
    open_time  BIGINT NOT NULL,
    open       TEXT NOT NULL,
    high       TEXT NOT NULL,
    low        TEXT NOT NULL,
    close      TEXT NOT NULL,
    partial    BOOLEAN NOT NULL,  -- ticks may be missing from it
    PRIMARY KEY (instrument, interval, open_time)
);

-- From the first instant that is missing to the first one that is not.
CREATE TABLE holes (
    instrument TEXT COLLATE "C" NOT NULL,
    interval   TEXT NOT NULL CHECK (interval IN ('1m', '1h', '1d')),
    from_time  BIGINT NOT NULL,
    to_time    BIGINT NOT NULL CHECK (to_time > from_time),
    PRIMARY KEY (instrument, interval, from_time)
);

-- The candles that run at the position, as JSON text.
ALTER TABLE positions ADD COLUMN running TEXT NOT NULL DEFAULT '{}';
