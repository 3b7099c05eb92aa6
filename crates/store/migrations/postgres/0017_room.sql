-- A row that is written to see whether there is room, and removed again.
CREATE TABLE room (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    proof BYTEA NOT NULL,
    proved_at BIGINT NOT NULL
);
