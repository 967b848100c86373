//! Domain types on both engines: `uuid` and 16 bytes, `timestamptz` and integer microseconds,
//! `bigint` telephone numbers, words as text.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Database, Decode, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

use crate::domain::ids;
use crate::domain::number::Tn;
use crate::domain::time::Ts;

/// 2000-01-01, from where `PostgreSQL` counts, in microseconds since 1970.
const PG_EPOCH: i64 = 946_684_800_000_000;

impl Type<Postgres> for Ts {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl PgHasArrayType for Ts {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_timestamptz")
    }
}

impl Encode<'_, Postgres> for Ts {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode(self.0.saturating_sub(PG_EPOCH), buf)
    }

    fn size_hint(&self) -> usize {
        size_of::<i64>()
    }
}

impl Decode<'_, Postgres> for Ts {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return Err("a timestamp came as text; use a prepared statement".into());
        }
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        Ok(Self(micros.saturating_add(PG_EPOCH)))
    }
}

impl Type<Sqlite> for Ts {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

impl Encode<'_, Sqlite> for Ts {
    fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode(self.0, buf)
    }
}

impl Decode<'_, Sqlite> for Ts {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Sqlite>>::decode(value).map(Self)
    }
}

/// A newtype that stands in a column as its inner type, on either engine.
macro_rules! stands_as {
    ($inner:ty: $($name:ty),* $(,)?) => {$(
        impl<DB: Database> Type<DB> for $name where $inner: Type<DB> {
            fn type_info() -> DB::TypeInfo {
                <$inner as Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <$inner as Type<DB>>::compatible(ty)
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $name where $inner: Encode<'q, DB> {
            fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                <$inner as Encode<'q, DB>>::encode(<$inner>::from(self), buf)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name where $inner: Decode<'r, DB> {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(Self::try_from(<$inner as Decode<'r, DB>>::decode(value)?)?)
            }
        }

        impl PgHasArrayType for $name where $inner: PgHasArrayType {
            fn array_type_info() -> PgTypeInfo {
                <$inner as PgHasArrayType>::array_type_info()
            }
        }
    )*};
}

macro_rules! uuid_columns {
    ($($name:ident),* $(,)?) => {
        $(
            impl From<&ids::$name> for Uuid {
                fn from(id: &ids::$name) -> Self {
                    id.0
                }
            }

            impl From<Uuid> for ids::$name {
                fn from(id: Uuid) -> Self {
                    Self(id)
                }
            }
        )*
        stands_as!(Uuid: $(ids::$name),*);
    };
}

uuid_columns!(
    ClientId,
    CustomerId,
    DocumentId,
    CheckId,
    FindingId,
    ContactId,
    ChallengeId,
    CallId,
    LoaReviewId,
    CertificateProofId,
    CertificateId,
    AgreementId,
    NumberId,
    EvidenceId,
    DisputeId,
    DelegationId,
    TrunkUid,
    PolicyId,
    ListVersionId,
    EntryId,
    CommandId,
    KeyId,
    UserId,
    OperationId,
    JobId,
    ProposalId,
    ObjectionId,
    EpochId,
    Origid,
);

impl From<&ids::TrunkId> for String {
    fn from(id: &ids::TrunkId) -> Self {
        id.as_str().to_owned()
    }
}

stands_as!(String: ids::TrunkId);

impl From<&Tn> for i64 {
    fn from(tn: &Tn) -> Self {
        // At most 15 digits: always fits.
        Self::try_from(tn.as_u64()).unwrap_or(Self::MAX)
    }
}

/// A stored number that is none.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a stored telephone number is not one")]
pub struct BadStoredTn;

impl TryFrom<i64> for Tn {
    type Error = BadStoredTn;

    fn try_from(digits: i64) -> Result<Self, BadStoredTn> {
        let digits = u64::try_from(digits).map_err(|_negative| BadStoredTn)?;
        Self::from_digits(digits).map_err(|_shape| BadStoredTn)
    }
}

stands_as!(i64: Tn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_plan_do_not_come_back() {
        assert!(Tn::try_from(-1).is_err());
        assert_eq!(
            Tn::try_from(12_125_551_234).map(|tn| i64::from(&tn)).ok(),
            Some(12_125_551_234)
        );
    }
}
