-- Ticks that nobody can repeat, polled or pushed: kept before they are evaluated, until a checkpoint is past
-- them.

CREATE TABLE tick_log (
    seq        INTEGER PRIMARY KEY NOT NULL,      -- the order in which they came, of all instruments together
    instrument TEXT NOT NULL,
    position   INTEGER NOT NULL,
    id         INTEGER,                           -- the source's own number: then it is the position
    price      TEXT NOT NULL,
    time       INTEGER NOT NULL
) STRICT;
CREATE INDEX tick_log_by_instrument ON tick_log (instrument, position);
