-- What happened to one person's alerts lately, for those who look on.

CREATE INDEX alert_changes_by_user ON alert_changes (user_id, seq);
