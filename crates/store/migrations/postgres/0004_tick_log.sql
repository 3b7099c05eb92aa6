-- Ticks that nobody can repeat, polled or pushed: kept before they are evaluated, until a checkpoint is past
-- them.

CREATE TABLE tick_log (
    seq        BIGINT PRIMARY KEY,                -- the order in which they came, of all instruments together
    instrument TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    id         BIGINT,                            -- the source's own number: then it is the position
    price      TEXT NOT NULL,
    time       BIGINT NOT NULL
);
CREATE INDEX tick_log_by_instrument ON tick_log (instrument, position);
