//! Many rows in one statement: arrays on `PostgreSQL`, lists of values on `SQLite`. What a statement
//! costs beside its rows is paid once, and the text stays one of few, so that it stays prepared.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo};
use sqlx::{Encode, Postgres, Sqlite, Type};

use super::error::StoreError;
use super::journal::NewEntry;
use super::number::{EvidenceAdd, InventoryAdd};
use super::statement::{Args, Sql};
use super::tx::Tx;
use crate::domain::ids::{CommandId, CustomerId, DocumentId, EntryId, EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::time::Ts;

/// Declares statements that insert many rows of one struct. What stands behind the rows, such as a
/// conflict clause, is the last text.
macro_rules! bulk {
    ($(
        $(#[$doc:meta])*
        $vis:vis fn $name:ident($row:ident { $first:ident: $fty:ty $(, $field:ident: $ty:ty)* $(,)? }) =
            $into:literal, $numbered:literal, $end:literal;
    )+) => {
        impl Tx {
            $(
                $(#[$doc])*
                $vis async fn $name(&mut self, rows: &[$row]) -> Result<u64, StoreError> {
                    if rows.is_empty() {
                        return Ok(0);
                    }
                    if let Args::Pg(_) = self.args() {
                        let mut args = self.args();
                        args.add_column(rows.iter().map(|row| row.$first.clone()).collect::<Vec<$fty>>())?;
                        $(args.add_column(rows.iter().map(|row| row.$field.clone()).collect::<Vec<$ty>>())?;)*
                        return self.execute(bulk!(@sql one [$($field)*] $into $numbered $end), args).await;
                    }
                    let mut done = 0;
                    let (many, rest) = rows.as_chunks::<MANY>();
                    let (some, rest) = rest.as_chunks::<SOME>();
                    for (rows, sql) in many
                        .iter()
                        .map(|rows| (rows.as_slice(), bulk!(@sql many [$($field)*] $into $numbered $end)))
                        .chain(some.iter().map(|rows| (rows.as_slice(), bulk!(@sql some [$($field)*] $into $numbered $end))))
                        .chain(rest.iter().map(|row| (std::slice::from_ref(row), bulk!(@sql one [$($field)*] $into $numbered $end))))
                    {
                        let mut args = self.args();
                        for row in rows {
                            let value: &$fty = &row.$first;
                            args.add(value)?;
                            $(
                                let value: &$ty = &row.$field;
                                args.add(value)?;
                            )*
                        }
                        done += self.execute(sql, args).await?;
                    }
                    Ok(done)
                }
            )+
        }

        /// The statements of this file, for the prepare test: on `SQLite` with one row.
        pub(crate) static STATEMENTS: &[super::statement::Statement] = &[
            $(super::statement::Statement {
                name: stringify!($name),
                sql: bulk!(@sql one [$($field)*] $into $numbered $end),
                pg_types: || vec![
                    <Vec<$fty> as Type<Postgres>>::type_info()
                    $(, <Vec<$ty> as Type<Postgres>>::type_info())*
                ],
                lite_types: || vec![
                    <$fty as Type<Sqlite>>::type_info() $(, <$ty as Type<Sqlite>>::type_info())*
                ],
            }),+
        ];
    };
    (@sql $size:ident [$($field:ident)*] $into:literal $numbered:literal $end:literal) => {
        Sql {
            lite: concat!($into, " VALUES ", bulk!(@$size [$($field)*]), $end),
            pg: concat!($into, " SELECT * FROM unnest(", $numbered, ") AS b", $end),
        }
    };
    (@one [$($field:ident)*]) => { concat!("(?", $(bulk!(@mark $field),)* ")") };
    (@mark $field:ident) => { ", ?" };
    (@some [$($field:ident)*]) => {
        concat!(bulk!(@one [$($field)*]), ", ", bulk!(@one [$($field)*]), ", ", bulk!(@one [$($field)*]), ", ",
            bulk!(@one [$($field)*]), ", ", bulk!(@one [$($field)*]), ", ", bulk!(@one [$($field)*]), ", ",
            bulk!(@one [$($field)*]), ", ", bulk!(@one [$($field)*]))
    };
    (@many [$($field:ident)*]) => {
        concat!(bulk!(@some [$($field)*]), ", ", bulk!(@some [$($field)*]), ", ", bulk!(@some [$($field)*]), ", ",
            bulk!(@some [$($field)*]), ", ", bulk!(@some [$($field)*]), ", ", bulk!(@some [$($field)*]), ", ",
            bulk!(@some [$($field)*]), ", ", bulk!(@some [$($field)*]))
    };
}

/// Rows of the longest list of values, and of the shorter one.
const MANY: usize = 64;
const SOME: usize = 8;

/// An entry that waits for its position.
#[derive(Clone, Debug)]
pub(super) struct PendingAdd {
    pub(super) entry: EntryId,
    pub(super) at: Ts,
    pub(super) command: CommandId,
    pub(super) subject: uuid::Uuid,
    pub(super) rev: i64,
}

/// An entry at its position.
#[derive(Clone, Debug)]
pub(super) struct OrderAdd {
    pub(super) seq: i64,
    pub(super) entry: EntryId,
    pub(super) at: Ts,
}

/// A hash of the tree.
#[derive(Clone, Debug)]
pub(super) struct HashAdd {
    pub(super) index: i64,
    pub(super) hash: Vec<u8>,
}

/// A number after a change, new or not.
#[derive(Clone, Debug)]
pub(super) struct NumberPut {
    pub(super) id: NumberId,
    pub(super) tn: Tn,
    pub(super) category: String,
    pub(super) foreign: bool,
    pub(super) cap: String,
    pub(super) facts: Vec<u8>,
    pub(super) revision: i64,
    pub(super) at: Ts,
    pub(super) entry: EntryId,
}

/// A new claim.
#[derive(Clone, Debug)]
pub(super) struct ClaimAdd {
    pub(super) number: NumberId,
    pub(super) customer: CustomerId,
    pub(super) at: Ts,
    pub(super) entry: EntryId,
}

bulk! {
    /// New entries of the journal.
    pub(super) fn add_entries(NewEntry { id: EntryId, subject_kind: i16, subject: uuid::Uuid, subject_rev: i64, at: Ts, kind: String,
        actor: String, command: CommandId, owner: Option<CustomerId>, facts: Option<Vec<u8>>, detail: Vec<u8>, leaf: Vec<u8> }) =
        "INSERT INTO journal (id, subject_kind, subject, subject_rev, at, kind, actor, command, owner, facts, detail, leaf)",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12", "";

    /// The same entries, waiting for their positions.
    pub(super) fn add_pendings(PendingAdd { entry: EntryId, at: Ts, command: CommandId, subject: uuid::Uuid, rev: i64 }) =
        "INSERT INTO journal_pending (entry, at, command, subject, subject_rev)", "$1, $2, $3, $4, $5", "";

    /// Positions.
    pub(super) fn add_order(OrderAdd { seq: i64, entry: EntryId, at: Ts }) =
        "INSERT INTO journal_order (seq, entry, sequenced_at)", "$1, $2, $3", "";

    /// Hashes of the tree.
    pub(super) fn add_hashes(HashAdd { index: i64, hash: Vec<u8> }) = "INSERT INTO merkle_hash (idx, hash)", "$1, $2", "";

    /// Numbers after a change. A new one that another command has made meanwhile meets the key of
    /// its digits; an old one has to be of the revision before.
    pub(super) fn put_numbers(NumberPut { id: NumberId, tn: Tn, category: String, foreign: bool, cap: String, facts: Vec<u8>,
        revision: i64, at: Ts, entry: EntryId }) =
        "INSERT INTO number_state (id, tn, category, is_foreign, cap, facts, revision, last_at, from_entry)",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        " ON CONFLICT (id) DO UPDATE SET category = excluded.category, is_foreign = excluded.is_foreign, cap = excluded.cap, facts = excluded.facts,
           revision = excluded.revision, last_at = excluded.last_at, from_entry = excluded.from_entry
         WHERE number_state.revision = excluded.revision - 1";

    /// New claims.
    pub(super) fn add_claims(ClaimAdd { number: NumberId, customer: CustomerId, at: Ts, entry: EntryId }) =
        "INSERT INTO number_claim (number_id, customer_id, claimed_at, from_entry)", "$1, $2, $3, $4", "";

    /// New evidence.
    pub(super) fn add_evidence_rows(EvidenceAdd { id: EvidenceId, number: NumberId, customer: CustomerId, kind: String, source: String,
        detail: Vec<u8>, document: Option<DocumentId>, at: Ts, expires: Ts, actor: String, entry: EntryId }) =
        "INSERT INTO evidence (id, number_id, customer_id, kind, source, detail, document_id, verified_at, expires_at, actor, from_entry)",
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11", "";

    /// New rows of the feed.
    pub(super) fn add_inventory(InventoryAdd { tn: Tn, customer: Option<CustomerId>, source: String, carrier: String, order: String,
        as_of: Ts, entry: EntryId }) =
        "INSERT INTO inventory (tn, customer_id, source, carrier, order_ref, as_of, from_entry)", "$1, $2, $3, $4, $5, $6, $7", "";
}

/// Keys of the rows that a statement is about: an array on `PostgreSQL`, a list in JSON on `SQLite`,
/// where bytes stand as hexadecimal text.
#[derive(Clone, Debug)]
pub(super) struct Keys<T>(pub(super) Vec<T>);

/// What stands in a list of keys.
pub(super) trait Key {
    /// Adds it to the list in JSON.
    fn write(&self, list: &mut String);
}

impl Key for Tn {
    fn write(&self, list: &mut String) {
        list.push_str(&self.digits());
    }
}

impl Key for EntryId {
    fn write(&self, list: &mut String) {
        list.push('"');
        list.push_str(&self.0.simple().to_string());
        list.push('"');
    }
}

impl<T> Type<Sqlite> for Keys<T> {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl<T: Key> Encode<'_, Sqlite> for Keys<T> {
    fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        let mut list = String::with_capacity(self.0.len() * 36 + 2);
        list.push('[');
        for (nth, key) in self.0.iter().enumerate() {
            if nth > 0 {
                list.push(',');
            }
            key.write(&mut list);
        }
        list.push(']');
        <String as Encode<Sqlite>>::encode(list, buf)
    }
}

impl<T: PgHasArrayType> Type<Postgres> for Keys<T> {
    fn type_info() -> PgTypeInfo {
        T::array_type_info()
    }
}

impl<'q, T> Encode<'q, Postgres> for Keys<T>
where
    Vec<T>: Encode<'q, Postgres>,
{
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(buf)
    }
}
