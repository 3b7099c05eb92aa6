-- Evaluation by several processes, as on PostgreSQL. One process has SQLite to itself, so these tables stay empty.

-- Which part of the instruments an alert's own one falls into, from 0 to 4095. NULL in rows of programs that
-- knew no parts: whoever loads a part gives them theirs first.
ALTER TABLE alerts ADD COLUMN shard INTEGER;

-- Whether the price is in force: nobody knows it after an interruption. Kept where evaluators take over from one
-- another; one process finds out at its start by asking the venue.
ALTER TABLE positions ADD COLUMN in_force INTEGER NOT NULL DEFAULT 1;

-- What one process at a time does: evaluate a partition, run a venue's feed. There is no instant in here: whoever
-- waits for a lease watches by a clock of their own whether its beat still grows, so clocks need not agree.
CREATE TABLE leases (
    name       TEXT PRIMARY KEY NOT NULL,
    holder     BLOB,               -- NULL: free
    epoch      INTEGER NOT NULL,    -- grows with each holder; what is committed for a partition names it
    beat       INTEGER NOT NULL,    -- grows while it is held
    log_number INTEGER              -- of a partition: up to which batch of the tick log everything is stored
) STRICT, WITHOUT ROWID;

-- What evaluators of partitions want from the markets, each with where to begin.
CREATE TABLE wants (
    share      TEXT NOT NULL,
    instrument TEXT NOT NULL,
    begins     TEXT NOT NULL CHECK (begins IN ('after', 'since', 'now')),
    at         INTEGER,             -- after: a position; since: an instant
    PRIMARY KEY (share, instrument)
) STRICT, WITHOUT ROWID;

-- Alerts on several instruments are evaluated in one place, which reads everything. How far it is with each
-- instrument is its own affair.
CREATE TABLE composite_positions (
    instrument TEXT PRIMARY KEY NOT NULL,
    position   INTEGER NOT NULL,
    numbered   INTEGER NOT NULL,
    price      TEXT NOT NULL,
    time       INTEGER NOT NULL,
    memory     BLOB NOT NULL,
    in_force   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
