-- What a load held, by name: the next one is measured against it.
ALTER TABLE list_version ADD COLUMN counts jsonb;

-- What runs out is found by its end, and made again before it.
CREATE INDEX check_result_renewal ON check_result (expires_at) WHERE to_entry IS NULL AND method IN ('LIST', 'REGISTRY');
