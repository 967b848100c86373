-- An event is known by its time too: an operator's reference may be an account, under which a number is disconnected twice.
CREATE TABLE number_event_timed (
  number_id BLOB NOT NULL REFERENCES number_state (id),
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  reference TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  from_entry BLOB NOT NULL REFERENCES journal (id),
  PRIMARY KEY (number_id, kind, source, reference, occurred_at)
) STRICT;
INSERT INTO number_event_timed SELECT number_id, kind, source, reference, occurred_at, recorded_at, from_entry FROM number_event;
DROP TABLE number_event;
ALTER TABLE number_event_timed RENAME TO number_event;
