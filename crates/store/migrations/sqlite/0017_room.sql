-- A row that is written to see whether there is room, and removed again.
CREATE TABLE room (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    proof BLOB NOT NULL,
    proved_at INTEGER NOT NULL
) STRICT;
