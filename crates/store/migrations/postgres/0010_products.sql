-- Products: searches of marketplaces, the listings that they find with their prices, what is to be done when,
-- and what product alerts told.
--
-- Listings have numbers of their own, since most rows name one. Prices are text, and stand beside their
-- currency. Days are counted from 1970-01-01, UTC.

CREATE TABLE searches (
    id            UUID PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,           -- the same for equal searches
    spec          TEXT NOT NULL,                  -- JSON
    site          TEXT NOT NULL,
    version       BIGINT NOT NULL DEFAULT 0,      -- grows with every observation
    listings      BIGINT NOT NULL DEFAULT 0,      -- how many are there, not gone
    wanted_s      BIGINT,                         -- the shortest time between two polls that an alert wants
    planned_s     BIGINT,                         -- the time between two polls that there are calls for
    polls         BIGINT NOT NULL DEFAULT 0,      -- that were answered
    changed_polls BIGINT NOT NULL DEFAULT 0,      -- those of them that brought something new
    failures      BIGINT NOT NULL DEFAULT 0,      -- since the last answer
    error         TEXT,                           -- what the last one met with
    created_at    BIGINT NOT NULL,
    polled_at     BIGINT,                         -- the last answer
    changed_at    BIGINT                          -- the last answer that brought something new
);

CREATE TABLE listings (
    number            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site              TEXT NOT NULL,
    listing_id        TEXT NOT NULL,              -- as the marketplace writes it
    title             TEXT NOT NULL,
    url               TEXT,
    image             TEXT,
    condition         TEXT,
    price             TEXT,
    currency          TEXT,                       -- with the price, and only with it
    shipping          TEXT,
    shipping_currency TEXT,
    availability      TEXT NOT NULL CHECK (availability IN ('available', 'out_of_stock', 'ended')),
    listed_at         BIGINT,
    ends_at           BIGINT,
    first_seen_at     BIGINT NOT NULL,
    observed_at       BIGINT NOT NULL,            -- of what stands here
    event_at          BIGINT,                     -- the time of the newest event that was applied
    UNIQUE (site, listing_id)
) WITH (fillfactor = 85);

-- What a listing cost from when on: a row for each change.
CREATE TABLE listing_prices (
    listing      BIGINT NOT NULL,
    observed_at  BIGINT NOT NULL,
    price        TEXT,
    currency     TEXT,
    availability TEXT NOT NULL CHECK (availability IN ('available', 'out_of_stock', 'ended')),
    PRIMARY KEY (listing, observed_at)
);

-- Which listings a search has found. Those that have ended, or are found no more, stay. What stands here of a
-- listing is what the search saw last: another search that finds it as well may have seen more since, and what
-- one search was told of must not be news that the other misses.
CREATE TABLE search_listings (
    search_id     UUID NOT NULL,
    listing       BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    gone_at       BIGINT,                         -- since when it is deleted, or not found any more
    price         TEXT,
    currency      TEXT,
    availability  TEXT NOT NULL CHECK (availability IN ('available', 'out_of_stock', 'ended')),
    PRIMARY KEY (search_id, listing)
) WITH (fillfactor = 85);
CREATE INDEX search_listings_by_listing ON search_listings (listing);
CREATE INDEX search_listings_present ON search_listings (search_id, listing) WHERE gone_at IS NULL;
CREATE INDEX search_listings_gone ON search_listings (gone_at) WHERE gone_at IS NOT NULL;

-- The cheapest offer of a search over each day, in the currency of the search. It follows from the prices.
CREATE TABLE search_days (
    search_id UUID NOT NULL,
    day       BIGINT NOT NULL,
    low       TEXT NOT NULL,                      -- the lowest that the cheapest offer cost on that day
    high      TEXT NOT NULL,                      -- the highest
    median    TEXT NOT NULL,                      -- of the offers' lowest prices
    count     BIGINT NOT NULL,                    -- offers that could be bought on that day
    PRIMARY KEY (search_id, day)
);

-- The price of a listing that an alert was told of last.
CREATE TABLE alert_listings (
    alert_id UUID NOT NULL,
    listing  BIGINT NOT NULL,
    price    TEXT NOT NULL,
    PRIMARY KEY (alert_id, listing)
);

-- What is to be done when, by whichever process comes first.
CREATE TABLE jobs (
    kind        TEXT NOT NULL CHECK (kind IN ('poll', 'digest', 'insights', 'rollup')),
    subject     UUID NOT NULL,                    -- of a poll or roll-up the search, of the others the alert
    next_at     BIGINT NOT NULL,
    anchor      BIGINT NOT NULL,                  -- from where its times are counted
    lease_until BIGINT,                           -- while somebody is at it
    token       UUID,                             -- of the claim
    last_at     BIGINT,                           -- when it was last done
    again_at    BIGINT,                           -- a poll or roll-up that was asked for while somebody is at it
    PRIMARY KEY (kind, subject)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX jobs_due ON jobs (kind, COALESCE(lease_until, next_at));

-- What product alerts told, with all that a message needs.
CREATE TABLE reports (
    id       UUID PRIMARY KEY,
    alert_id UUID NOT NULL,
    user_id  UUID NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('listings', 'digest', 'insights')),
    slot_at  BIGINT NOT NULL,                     -- the instant that it was made for, or of the observation
    made_at  BIGINT NOT NULL,
    spec     TEXT NOT NULL,                       -- the alert's configuration at that moment
    content  TEXT NOT NULL                        -- JSON
);
CREATE UNIQUE INDEX reports_by_slot ON reports (alert_id, slot_at) WHERE kind IN ('digest', 'insights');
CREATE INDEX reports_by_alert ON reports (alert_id, id);
CREATE INDEX reports_by_user ON reports (user_id, id);
CREATE INDEX reports_by_age ON reports (made_at);

-- Calls of a source's daily quota that were used.
CREATE TABLE source_days (
    source TEXT NOT NULL,
    day    BIGINT NOT NULL,
    calls  BIGINT NOT NULL,
    PRIMARY KEY (source, day)
);

-- A product alert has a search in the place of an instrument, which is empty.
ALTER TABLE alerts ADD COLUMN kind TEXT NOT NULL DEFAULT 'price'
    CHECK (kind IN ('price', 'search', 'digest', 'insights'));
ALTER TABLE alerts ADD COLUMN search_id UUID;         -- NULL: of a price
ALTER TABLE alerts ADD COLUMN baseline_at BIGINT;     -- kind search: the first observation since it was armed
CREATE INDEX alerts_by_search ON alerts (search_id) WHERE search_id IS NOT NULL AND status = 'active';
CREATE INDEX alerts_by_user_search ON alerts (user_id, search_id, kind) WHERE search_id IS NOT NULL;

ALTER TABLE fires ADD COLUMN kind TEXT NOT NULL DEFAULT 'price'
    CHECK (kind IN ('price', 'search', 'digest', 'insights'));
ALTER TABLE fires ADD COLUMN report_id UUID;          -- that told of it
ALTER TABLE deliveries ADD COLUMN report_id UUID;     -- that it brings, in the place of a fire
