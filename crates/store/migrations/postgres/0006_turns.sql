-- Deliveries wait in one of two places: `ready_at`, from which claims take them in turn among their receivers,
-- or `due_at`, until the time of their next attempt or the end of their lease.

ALTER TABLE deliveries DROP CONSTRAINT deliveries_status_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_status_check
    CHECK (status IN ('held', 'pending', 'sending', 'delivered', 'dead', 'expired', 'cancelled'));
ALTER TABLE deliveries ADD COLUMN ready_at BIGINT;    -- pending, and its time has come: since when
ALTER TABLE deliveries ADD COLUMN deferred TEXT;      -- why it waited although nothing had failed
ALTER TABLE deliveries ADD COLUMN combined_in UUID;   -- the message that told of it and of others, once delivered
CREATE INDEX deliveries_ready ON deliveries (lane, user_id, channel, ready_at) WHERE ready_at IS NOT NULL;
DROP INDEX deliveries_stuck;
CREATE INDEX deliveries_stuck ON deliveries (lane, status) WHERE status IN ('held', 'dead', 'expired');

ALTER TABLE attempts DROP CONSTRAINT attempts_outcome_check;
ALTER TABLE attempts ADD CONSTRAINT attempts_outcome_check
    CHECK (outcome IN ('delivered', 'retry', 'dead', 'expired', 'cancelled'));
ALTER TABLE attempts ADD COLUMN combined_in UUID;     -- the message that was sent for several deliveries at once

-- When its owner was last told that it fires more often than its messages are sent.
ALTER TABLE alerts ADD COLUMN throttle_told_at BIGINT;
