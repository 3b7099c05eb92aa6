-- Whether anything still tells of a fire that is old enough to be forgotten.
CREATE INDEX deliveries_by_fire ON deliveries (fire_id) WHERE fire_id IS NOT NULL;
