//! Work done outside of any transaction: requested by a command, claimed by a worker, reported once.

use serde::{Deserialize, Serialize};

use crate::domain::ids::JobId;
use crate::domain::time::Ts;
use crate::queries;

/// A job that a worker holds until its lease ends.
#[derive(Clone, Debug, Serialize, Deserialize, sqlx::FromRow)]
pub struct JobRow {
    /// Its id; also the message id of what it sends.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// For whom or what.
    pub subject: Option<uuid::Uuid>,
    /// How often it was claimed.
    pub attempts: i64,
    /// Which claim this is: a worker that slept cannot report for one that took over.
    pub fence: i64,
}

queries! {
    /// A new job.
    pub fn job_add(id: JobId, kind: &str, subject: uuid::Uuid, run_at: Ts, now: Ts) -> exec = sql!(
        "INSERT INTO job (id, kind, subject, payload, state, run_at, attempts, fence, worker, lease_until, outcome, created_at,
           finished_at, from_entry)
         VALUES ($1, $2, $3, ", lite: "x''", pg: "''", ", 'READY', $4, 0, 0, NULL, NULL, NULL, $5, NULL, NULL)");

    /// Puts off a job of this kind that waits for this subject.
    pub fn job_defer(kind: &str, subject: uuid::Uuid, run_at: Ts) -> exec =
        "UPDATE job SET run_at = $3 WHERE subject = $2 AND kind = $1 AND state = 'READY'";

    /// Whether a job of this kind waits for this subject.
    pub fn job_waits(kind: &str, subject: uuid::Uuid) -> one<(i64,)> =
        "SELECT count(*) FROM job WHERE subject = $2 AND kind = $1 AND state = 'READY'";

    /// Claims the job of a lane that has waited longest, or one whose worker's lease ran out.
    pub fn job_claim(now: Ts, worker: &str, lease: Ts, lane: &str) -> opt<JobRow> = sql!(
        "UPDATE job SET state = 'RUNNING', worker = $2, lease_until = $3, fence = fence + 1, attempts = attempts + 1
         WHERE id = (SELECT id FROM job WHERE ((state = 'READY' AND run_at <= $1) OR (state = 'RUNNING' AND lease_until <= $1))
           AND CASE kind WHEN 'DELIVER_CODE' THEN 'DELIVERIES' WHEN 'ASK_SOURCES' THEN 'SOURCES' ELSE 'REST' END = $4
           ORDER BY run_at LIMIT 1", pg: " FOR UPDATE SKIP LOCKED", ") RETURNING id, kind, subject, attempts, fence");

    /// How many jobs of a lane could be claimed now.
    pub fn jobs_ready(now: Ts, lane: &str) -> one<(i64,)> =
        "SELECT count(*) FROM job WHERE ((state = 'READY' AND run_at <= $1) OR (state = 'RUNNING' AND lease_until <= $1))
           AND CASE kind WHEN 'DELIVER_CODE' THEN 'DELIVERIES' WHEN 'ASK_SOURCES' THEN 'SOURCES' ELSE 'REST' END = $2";

    /// Ends a job, unless another worker has taken it over.
    pub fn job_end(id: JobId, fence: i64, state: &str, outcome: &str, now: Ts) -> exec =
        "UPDATE job SET state = $3, outcome = $4, finished_at = $5, lease_until = NULL WHERE id = $1 AND fence = $2 AND state = 'RUNNING'";

    /// Puts a job back for a later try, unless another worker has taken it over.
    pub fn job_again(id: JobId, fence: i64, run_at: Ts, outcome: &str) -> exec =
        "UPDATE job SET state = 'READY', run_at = $3, outcome = $4, lease_until = NULL WHERE id = $1 AND fence = $2 AND state = 'RUNNING'";

    /// Deletes jobs that ended before a time; at most `limit` a call.
    pub fn jobs_sweep(before: Ts, limit: i64) -> exec =
        "DELETE FROM job WHERE id IN
         (SELECT id FROM job WHERE state IN ('DONE', 'FAILED') AND finished_at < $1 ORDER BY finished_at LIMIT $2)";
}
