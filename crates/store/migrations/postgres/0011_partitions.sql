-- Evaluation by several processes: which of them has what, how far it is, and what it wants from the markets.

-- Which part of the instruments an alert's own one falls into, from 0 to 4095. NULL in rows of programs that
-- knew no parts: whoever loads a part gives them theirs first.
ALTER TABLE alerts ADD COLUMN shard BIGINT;
CREATE INDEX alerts_by_shard ON alerts (shard, id) WHERE status = 'active';

-- Whether the price is in force: nobody knows it after an interruption. Kept where evaluators take over from one
-- another; one process finds out at its start by asking the venue.
ALTER TABLE positions ADD COLUMN in_force BOOLEAN NOT NULL DEFAULT TRUE;

-- What one process at a time does: evaluate a partition, run a venue's feed. There is no instant in here: whoever
-- waits for a lease watches by a clock of their own whether its beat still grows, so clocks need not agree.
CREATE TABLE leases (
    name       TEXT COLLATE "C" PRIMARY KEY,
    holder     UUID,               -- NULL: free
    epoch      BIGINT NOT NULL,    -- grows with each holder; what is committed for a partition names it
    beat       BIGINT NOT NULL,    -- grows while it is held
    log_number BIGINT              -- of a partition: up to which batch of the tick log everything is stored
);

-- What evaluators of partitions want from the markets, each with where to begin.
CREATE TABLE wants (
    share      TEXT COLLATE "C" NOT NULL,
    instrument TEXT COLLATE "C" NOT NULL,
    begins     TEXT NOT NULL CHECK (begins IN ('after', 'since', 'now')),
    at         BIGINT,             -- after: a position; since: an instant
    PRIMARY KEY (share, instrument)
);

-- Alerts on several instruments are evaluated in one place, which reads everything. How far it is with each
-- instrument is its own affair.
CREATE TABLE composite_positions (
    instrument TEXT COLLATE "C" PRIMARY KEY,
    position   BIGINT NOT NULL,
    numbered   BOOLEAN NOT NULL,
    price      TEXT NOT NULL,
    time       BIGINT NOT NULL,
    memory     BYTEA NOT NULL,
    in_force   BOOLEAN NOT NULL
);
