-- Instruments that an administrator has switched off, and since when; NULL: it may be watched. What venues say of
-- their instruments does not change it.

ALTER TABLE instruments ADD COLUMN disabled_at INTEGER;
CREATE INDEX instruments_disabled ON instruments (instrument) WHERE disabled_at IS NOT NULL;
