//! Origids: those in use stand with their customer or trunk, those before them here.

use crate::domain::ids::{CustomerId, EntryId, Origid, TrunkId};
use crate::domain::time::Ts;
use crate::queries;

/// Whose an origid is, or was.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrigidRow {
    /// The customer.
    pub customer_id: Option<CustomerId>,
    /// The trunk.
    pub trunk_id: Option<TrunkId>,
    /// The trunk's owner.
    pub owner: Option<CustomerId>,
    /// When another one took its place.
    pub retired_at: Option<Ts>,
}

queries! {
    /// Whose an origid is: in use with a customer.
    pub fn origid_of_customer(origid: Origid) -> opt<OrigidRow> = sql!(
        "SELECT id AS customer_id, NULL", pg: "::text", " AS trunk_id, NULL", pg: "::uuid", " AS owner, NULL", pg: "::timestamptz",
        " AS retired_at FROM customer WHERE origid = $1");

    /// Whose an origid is: in use with a trunk.
    pub fn origid_of_trunk(origid: Origid) -> opt<OrigidRow> = sql!(
        "SELECT NULL", pg: "::uuid", " AS customer_id, id AS trunk_id, owner, NULL", pg: "::timestamptz",
        " AS retired_at FROM trunk WHERE origid = $1");

    /// Whose an origid was.
    pub fn origid_retired(origid: Origid) -> opt<OrigidRow> =
        "SELECT r.customer_id, r.trunk_id, t.owner, r.retired_at
         FROM origid_retired r LEFT JOIN trunk t ON t.id = r.trunk_id WHERE r.origid = $1";

    /// Keeps the origid that a customer had.
    pub fn origid_retire_customer(origid: Origid, customer: CustomerId, at: Ts, entry: EntryId) -> exec =
        "INSERT INTO origid_retired (origid, customer_id, trunk_id, retired_at, from_entry) VALUES ($1, $2, NULL, $3, $4)";

    /// Keeps the origid that a trunk had.
    pub fn origid_retire_trunk(origid: Origid, trunk: &TrunkId, at: Ts, entry: EntryId) -> exec =
        "INSERT INTO origid_retired (origid, customer_id, trunk_id, retired_at, from_entry) VALUES ($1, NULL, $2, $3, $4)";

    /// A customer's new origid.
    pub fn origid_set_customer(customer: CustomerId, origid: Origid) -> exec =
        "UPDATE customer SET origid = $2 WHERE id = $1";

    /// A trunk's new origid.
    pub fn origid_set_trunk(trunk: &TrunkId, origid: Origid) -> exec =
        "UPDATE trunk SET origid = $2 WHERE id = $1";
}
