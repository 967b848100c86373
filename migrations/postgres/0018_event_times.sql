-- An event is known by its time too: an operator's reference may be an account, under which a number is disconnected twice.
ALTER TABLE number_event DROP CONSTRAINT number_event_pkey;
ALTER TABLE number_event ADD PRIMARY KEY (number_id, kind, source, reference, occurred_at);
