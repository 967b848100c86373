-- What is deleted after its time is found by that time: without these every sweep read the whole table.
CREATE INDEX challenge_age ON challenge (created_at);
CREATE INDEX job_ended ON job (state, finished_at);
