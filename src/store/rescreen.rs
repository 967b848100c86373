//! The whole book of customers, page by page, as far as lists are concerned: who is called what.

use crate::domain::ids::CustomerId;
use crate::domain::profile::Profile;
use crate::domain::time::Ts;
use crate::queries;

use super::engine::Store;
use super::error::StoreError;
use super::file::profile_cell;
use super::seal::Cell;

/// A customer whose names may be on a list; its profile is still sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NamedRow {
    /// Whose.
    pub id: CustomerId,
    /// The state's word.
    pub state: String,
    /// The live profile revision.
    pub rev: i64,
    /// The sealed profile.
    pub body: Vec<u8>,
    /// The key it is sealed with, wrapped.
    pub wrapped: Vec<u8>,
}

/// A finding that a listed name raised.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ListedFindingRow {
    /// Whose.
    pub customer_id: CustomerId,
    /// What it is about.
    pub subject: String,
}

queries! {
    /// A page of customers whose names are screened, erased ones and ended relationships aside.
    pub fn named(after: CustomerId, limit: i64) -> all<NamedRow> =
        "SELECT c.id, c.state, p.rev, p.body, k.wrapped FROM customer c
         JOIN profile_revision p ON p.customer_id = c.id AND p.rev = c.profile_rev
         JOIN customer_key k ON k.customer_id = c.id
         WHERE c.id > $1 AND c.state NOT IN ('REJECTED', 'TERMINATED') AND k.wrapped IS NOT NULL ORDER BY c.id LIMIT $2";

    /// How many customers there are, whatever their state.
    pub fn customers_count() -> one<(i64,)> = "SELECT count(*) FROM customer";

    /// Customers that changed at or after an instant.
    pub fn customers_since(at: Ts) -> all<(CustomerId,)> =
        "SELECT id FROM customer WHERE last_at >= $1 AND state NOT IN ('DRAFT', 'REJECTED', 'TERMINATED') ORDER BY id";

    /// Open findings about listed names.
    pub fn findings_listed() -> all<ListedFindingRow> =
        "SELECT customer_id, subject FROM finding
         WHERE state = 'OPEN' AND to_entry IS NULL AND code IN ('SANCTIONS_HIT', 'DEBARRED') ORDER BY customer_id";

    /// Customers of whom a check that needs no person runs out before an instant, and whose checks
    /// are not asked for and were not made since another.
    pub fn checks_to_renew(before: Ts, since: Ts, limit: i64) -> all<(CustomerId,)> =
        "SELECT DISTINCT r.customer_id FROM check_result r JOIN customer c ON c.id = r.customer_id
         WHERE r.to_entry IS NULL AND r.method IN ('LIST', 'REGISTRY') AND r.expires_at < $1
           AND c.state NOT IN ('DRAFT', 'REJECTED', 'TERMINATED')
           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.subject = r.customer_id AND j.kind = 'RUN_CHECKS'
             AND (j.state IN ('READY', 'RUNNING') OR j.finished_at >= $2)) LIMIT $3";

    /// How many numbers a customer claims.
    pub fn numbers_claimed(customer: CustomerId) -> one<(i64,)> =
        "SELECT count(*) FROM number_claim WHERE customer_id = $1 AND to_entry IS NULL";
}

impl Store {
    /// Opens the profile of a row outside of any transaction.
    pub fn open_named(&self, row: &NamedRow) -> Result<Profile, StoreError> {
        let place = profile_cell(row.id, row.rev);
        let cell = Cell { table: "profile_revision", column: "body", row: &place };
        let plain = self.0.sealer.data_key(row.id, &row.wrapped)?.open(cell, &row.body)?;
        serde_json::from_slice(&plain).map_err(|_shape| StoreError::Corrupt("profile_revision"))
    }
}
