-- Prices that were too far from the one before to be believed at once, and what became of each.

CREATE TABLE quarantine (
    instrument TEXT COLLATE "C" NOT NULL,
    time       BIGINT NOT NULL,                   -- the tick's own
    trade      BIGINT NOT NULL,                   -- the venue's number of it; -1: it has none
    venue      TEXT NOT NULL,
    price      TEXT NOT NULL,
    in_force   TEXT NOT NULL,                     -- the price that it is far from
    came_at    BIGINT NOT NULL,
    outcome    TEXT NOT NULL CHECK (outcome IN ('waiting', 'confirmed', 'contradicted', 'unanswered')),
    settled_at BIGINT,                            -- NULL: it waits
    PRIMARY KEY (instrument, time, trade),
    CHECK ((outcome = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX quarantine_by_instrument ON quarantine (instrument, came_at);
CREATE INDEX quarantine_by_age ON quarantine (came_at);
CREATE INDEX quarantine_by_settling ON quarantine (settled_at);
CREATE INDEX quarantine_waiting ON quarantine (venue) WHERE outcome = 'waiting';
