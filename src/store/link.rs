//! Keyed tokens of what may link two customers.

use crate::domain::digest::Digest;
use crate::domain::ids::{CustomerId, EntryId};
use crate::domain::link::{Link, LinkToken};
use crate::domain::time::Ts;
use crate::queries;
use sqlx::types::Json;

use super::error::StoreError;
use super::tx::Tx;

/// A token of one customer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LinkRow {
    /// The kind's word.
    pub kind: String,
    /// The token.
    pub token: Vec<u8>,
    /// The field of the profile that it stands in.
    pub field: String,
    /// The entry that ended it, if the live profile no longer gives it.
    pub to_entry: Option<EntryId>,
}

/// Since when a customer gives a token.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GivenRow {
    /// The kind's word.
    pub kind: String,
    /// The token.
    pub token: Vec<u8>,
    /// When its live profile came to give it.
    pub given_at: Ts,
}

/// Another customer that gave the same.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LinkedRow {
    /// Who.
    pub customer_id: CustomerId,
    /// Where it stands, with all of its data.
    pub state_data: Json<serde_json::Value>,
    /// When it last changed.
    pub last_at: Ts,
}

queries! {
    /// Every token that a customer ever gave.
    pub fn links_of(customer: CustomerId) -> all<LinkRow> =
        "SELECT kind, token, field, to_entry FROM link_token WHERE customer_id = $1 ORDER BY kind, token";

    /// A token of the live profile.
    pub fn link_set(kind: &str, token: &[u8], customer: CustomerId, field: &str, entry: EntryId) -> exec =
        "INSERT INTO link_token (kind, token, customer_id, field, from_entry, to_entry) VALUES ($1, $2, $3, $4, $5, NULL)
         ON CONFLICT (kind, token, customer_id) DO UPDATE SET field = excluded.field, from_entry = excluded.from_entry, to_entry = NULL";

    /// A token that the live profile no longer gives.
    pub fn link_end(kind: &str, token: &[u8], customer: CustomerId, entry: EntryId) -> exec =
        "UPDATE link_token SET to_entry = $4 WHERE kind = $1 AND token = $2 AND customer_id = $3 AND to_entry IS NULL";

    /// The tokens of the live profile, and since when it gives them.
    pub fn links_given(customer: CustomerId) -> all<GivenRow> =
        "SELECT l.kind, l.token, j.at AS given_at FROM link_token l JOIN journal j ON j.id = l.from_entry
         WHERE l.customer_id = $1 AND l.to_entry IS NULL";

    /// Other customers that give the same and gave it no later than that, the first of them first: those
    /// who come later cannot hide them.
    pub fn linked(kind: &str, token: &[u8], but: CustomerId, given: Ts, limit: i64) -> all<LinkedRow> =
        "SELECT l.customer_id, c.state_data, c.last_at FROM link_token l JOIN customer c ON c.id = l.customer_id JOIN journal j ON j.id = l.from_entry
         WHERE l.kind = $1 AND l.token = $2 AND l.customer_id <> $3 AND l.to_entry IS NULL AND j.at <= $4 ORDER BY j.at, l.customer_id LIMIT $5";

    /// Other customers that ever gave the same and may be ones nobody should be linked to: those that were
    /// turned down or ended, then those that are stopped. Nobody else is counted, so nobody hides them.
    pub fn linked_stopped(kind: &str, token: &[u8], but: CustomerId, limit: i64) -> all<LinkedRow> =
        "SELECT l.customer_id, c.state_data, c.last_at FROM link_token l JOIN customer c ON c.id = l.customer_id
         WHERE l.kind = $1 AND l.token = $2 AND l.customer_id <> $3 AND c.state IN ('REJECTED', 'TERMINATED', 'SUSPENDED')
         ORDER BY CASE c.state WHEN 'SUSPENDED' THEN 1 ELSE 0 END, c.last_at DESC, l.customer_id LIMIT $4";

    /// Whether a customer gave this too.
    pub fn link_held(kind: &str, token: &[u8], customer: CustomerId) -> one<(i64,)> =
        "SELECT count(*) FROM link_token WHERE kind = $1 AND token = $2 AND customer_id = $3";
}

impl Tx {
    /// The token under which a link is found again; the key is not in the database.
    pub fn link_token(&self, link: &Link) -> Result<LinkToken, StoreError> {
        let purpose = format!("link {}", link.kind);
        let token = self.sealer.index(&purpose, link.text.expose().as_bytes());
        let token = Digest::try_from(token.as_slice());
        let token = token.map_err(|_length| StoreError::Defect("an index key has 32 bytes"))?;
        Ok(LinkToken { kind: link.kind, token, field: link.field.clone() })
    }

    /// Writes the tokens that the live profile gives, and ends those that it no longer does.
    pub(super) async fn write_links(
        &mut self,
        id: CustomerId,
        live: &[LinkToken],
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let known = self.links_of(id).await?;
        let is = |row: &LinkRow, link: &LinkToken| {
            row.kind == link.kind.as_str() && row.token == link.token.as_bytes()
        };
        for row in known.iter().filter(|row| row.to_entry.is_none()) {
            if !live.iter().any(|link| is(row, link)) {
                self.link_end(&row.kind, &row.token, id, entry).await?;
            }
        }
        for link in live {
            let there = known.iter().any(|row| is(row, link) && row.to_entry.is_none());
            if !there {
                let token = link.token.as_bytes();
                self.link_set(link.kind.as_str(), token, id, &link.field, entry).await?;
            }
        }
        Ok(())
    }
}
