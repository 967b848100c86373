//! One SQL text a statement: [`queries!`](crate::queries) makes a method on [`Tx`](super::tx::Tx) and
//! an entry of the list that the prepare test runs on both engines with the argument types.

use sqlx::postgres::{PgArguments, PgRow, PgTypeInfo};
use sqlx::sqlite::{SqliteArguments, SqliteRow, SqliteTypeInfo};
use sqlx::{Arguments, Encode, FromRow, Postgres, Sqlite, Type};

use super::error::StoreError;

/// The text of a statement for each engine; mostly the same.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    /// What `SQLite` is given.
    pub lite: &'static str,
    /// What `PostgreSQL` is given.
    pub pg: &'static str,
}

/// A statement as the prepare test sees it.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// The method's name.
    pub name: &'static str,
    /// The texts.
    pub sql: Sql,
    /// The types of the arguments on `PostgreSQL`.
    pub pg_types: fn() -> Vec<PgTypeInfo>,
    /// The types of the arguments on `SQLite`.
    pub lite_types: fn() -> Vec<SqliteTypeInfo>,
}

/// What can be bound on both engines.
pub trait Arg<'q>:
    Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
{
}

impl<'q, T> Arg<'q> for T where
    T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
{
}

/// What a row of either engine can become; `#[derive(sqlx::FromRow)]` and tuples do.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

/// Arguments for the engine of one transaction.
#[derive(Debug)]
pub enum Args {
    /// For `SQLite`.
    Lite(SqliteArguments),
    /// For `PostgreSQL`.
    Pg(PgArguments),
}

impl Args {
    /// Adds the next argument.
    pub fn add<'q, T: Arg<'q>>(&mut self, value: T) -> Result<(), StoreError> {
        let added = match self {
            Self::Lite(args) => Arguments::add(args, value),
            Self::Pg(args) => Arguments::add(args, value),
        };
        added.map_err(|_cause| StoreError::Defect("an argument cannot be encoded"))
    }

    /// Adds a column of many rows as an array, which `SQLite` has not.
    pub(super) fn add_column<'q, T>(&mut self, column: T) -> Result<(), StoreError>
    where
        T: Encode<'q, Postgres> + Type<Postgres>,
    {
        let Self::Pg(args) = self else {
            return Err(StoreError::Defect("a column was given to an engine without arrays"));
        };
        Arguments::add(args, column)
            .map_err(|_cause| StoreError::Defect("an argument cannot be encoded"))
    }
}

/// Text with the rare difference inside: `sql!("UPDATE ..", pg: " FOR UPDATE", " RETURNING id")`.
#[macro_export]
#[doc(hidden)]
macro_rules! sql_text {
    (sql!($($piece:tt)*)) => { $crate::sql_text!(@ [] [] $($piece)*) };
    ($text:literal) => { $crate::store::statement::Sql { lite: $text, pg: $text } };
    (@ [$($l:literal)*] [$($p:literal)*]) => {
        $crate::store::statement::Sql { lite: concat!($($l),*), pg: concat!($($p),*) }
    };
    (@ [$($l:literal)*] [$($p:literal)*] pg: $text:literal $(, $($rest:tt)*)?) => {
        $crate::sql_text!(@ [$($l)*] [$($p)* $text] $($($rest)*)?)
    };
    (@ [$($l:literal)*] [$($p:literal)*] lite: $text:literal $(, $($rest:tt)*)?) => {
        $crate::sql_text!(@ [$($l)* $text] [$($p)*] $($($rest)*)?)
    };
    (@ [$($l:literal)*] [$($p:literal)*] $text:literal $(, $($rest:tt)*)?) => {
        $crate::sql_text!(@ [$($l)* $text] [$($p)* $text] $($($rest)*)?)
    };
}

/// Declares statements: each becomes a method on [`Tx`](crate::store::tx::Tx), and all together the
/// list `STATEMENTS` of the file. See the example in [`crate::store`].
#[macro_export]
macro_rules! queries {
    ($(
        $(#[$doc:meta])*
        $vis:vis fn $name:ident($($args:tt)*) -> $kind:ident $(<$row:ty>)? = $($sql:literal)? $(sql!($($piece:tt)+))?;
    )+) => {
        impl $crate::store::tx::Tx {
            $($crate::queries! {
                @method [$(#[$doc])*] $vis $name [$($args)*] $kind [$($row)?] [$($sql)? $(sql!($($piece)+))?]
            })+
        }

        /// The statements of this file, for the prepare test.
        pub(crate) static STATEMENTS: &[$crate::store::statement::Statement] = &[
            $($crate::queries! { @entry $name [$($args)*] [$($sql)? $(sql!($($piece)+))?] }),+
        ];
    };

    // Arguments that are columns of one struct: `row: CustomerRow { id: CustomerId, state: String }`.
    (@method [$($doc:tt)*] $vis:vis $name:ident [$arg:ident: $of:ident $(<$life:lifetime>)? { $($field:ident: $ty:ty),+ $(,)? } $(,)?]
        $kind:ident [$($row:ty)?] [$($sql:tt)+]) => {
        $($doc)*
        $vis async fn $name(&mut self, $arg: &$of $(<$life>)?) -> $crate::queries!(@answer $kind $($row)?) {
            const SQL: $crate::store::statement::Sql = $crate::sql_text!($($sql)+);
            let mut args = self.args();
            $(
                let field: &$ty = &$arg.$field;
                args.add(field)?;
            )+
            $crate::queries!(@run self args SQL $kind $($row)?)
        }
    };
    (@method [$($doc:tt)*] $vis:vis $name:ident [] $kind:ident [$($row:ty)?] [$($sql:tt)+]) => {
        $($doc)*
        $vis async fn $name(&mut self) -> $crate::queries!(@answer $kind $($row)?) {
            const SQL: $crate::store::statement::Sql = $crate::sql_text!($($sql)+);
            let args = self.args();
            $crate::queries!(@run self args SQL $kind $($row)?)
        }
    };
    (@method [$($doc:tt)*] $vis:vis $name:ident [$($arg:ident: $ty:ty),+ $(,)?] $kind:ident [$($row:ty)?] [$($sql:tt)+]) => {
        $($doc)*
        $vis async fn $name(&mut self, $($arg: $ty),+) -> $crate::queries!(@answer $kind $($row)?) {
            const SQL: $crate::store::statement::Sql = $crate::sql_text!($($sql)+);
            let mut args = self.args();
            $(args.add($arg)?;)+
            $crate::queries!(@run self args SQL $kind $($row)?)
        }
    };

    (@answer opt $row:ty) => { Result<Option<$row>, $crate::store::error::StoreError> };
    (@answer one $row:ty) => { Result<$row, $crate::store::error::StoreError> };
    (@answer all $row:ty) => { Result<Vec<$row>, $crate::store::error::StoreError> };
    (@answer exec) => { Result<u64, $crate::store::error::StoreError> };

    (@run $me:ident $args:ident $text:ident opt $row:ty) => { $me.fetch_opt::<$row>($text, $args).await };
    (@run $me:ident $args:ident $text:ident one $row:ty) => { $me.fetch_one::<$row>($text, $args).await };
    (@run $me:ident $args:ident $text:ident all $row:ty) => { $me.fetch_all::<$row>($text, $args).await };
    (@run $me:ident $args:ident $text:ident exec) => { $me.execute($text, $args).await };

    (@entry $name:ident [$arg:ident: $of:ident $(<$life:lifetime>)? { $($field:ident: $ty:ty),+ $(,)? } $(,)?] [$($sql:tt)+]) => {
        $crate::queries!(@listed $name [$($ty),+] [$($sql)+])
    };
    (@entry $name:ident [$($arg:ident: $ty:ty),* $(,)?] [$($sql:tt)+]) => {
        $crate::queries!(@listed $name [$($ty),*] [$($sql)+])
    };
    (@listed $name:ident [$($ty:ty),*] [$($sql:tt)+]) => {
        $crate::store::statement::Statement {
            name: stringify!($name),
            sql: $crate::sql_text!($($sql)+),
            pg_types: || vec![$(<$ty as sqlx::Type<sqlx::Postgres>>::type_info()),*],
            lite_types: || vec![$(<$ty as sqlx::Type<sqlx::Sqlite>>::type_info()),*],
        }
    };
}
