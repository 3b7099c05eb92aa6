-- Attempts after which nobody knows whether the receiver has the message.

ALTER TABLE attempts ADD COLUMN ambiguous BOOLEAN NOT NULL DEFAULT FALSE;
