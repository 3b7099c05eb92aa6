-- Attempts after which nobody knows whether the receiver has the message.

ALTER TABLE attempts ADD COLUMN ambiguous INTEGER NOT NULL DEFAULT 0;
