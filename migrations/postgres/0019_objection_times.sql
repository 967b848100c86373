-- The first of two people's word on an objection lapses: since when it stands.
ALTER TABLE block_objection ADD COLUMN proposed_at timestamptz;
