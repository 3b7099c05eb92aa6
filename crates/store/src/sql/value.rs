//! What is bound to a statement.

use bellwether_model::{
    AlertId, AttemptId, ChannelId, DeliveryId, FireId, Instrument, KeyId, Price, ReportId, SearchId,
    SessionId, Timestamp, UserId,
};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, SqlStr, Sqlite, query::Query};
use uuid::Uuid;

/// A value of one of the few types that both databases keep. Absent values keep their type, which
/// PostgreSQL asks for.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Flag(bool),
    Text(Option<String>),
    Id(Option<Uuid>),
    Bytes(Option<Vec<u8>>),
}

pub(super) fn bind_sqlite(text: SqlStr, values: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    values.into_iter().fold(sqlx::query(text), |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Flag(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Id(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

pub(super) fn bind_postgres(text: SqlStr, values: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    values.into_iter().fold(sqlx::query(text), |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Flag(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Id(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(Some(value))
    }
}

/// Both databases keep signed numbers only. Counts fit; positions, which venues choose, keep their bits.
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Int(Some(value.cast_signed()))
    }
}

impl From<Option<u64>> for Value {
    fn from(value: Option<u64>) -> Self {
        Value::Int(value.map(u64::cast_signed))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Int(Some(value.into()))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Flag(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Value::Text(value)
    }
}

impl From<&Instrument> for Value {
    fn from(value: &Instrument) -> Self {
        value.as_str().into()
    }
}

impl From<Price> for Value {
    fn from(value: Price) -> Self {
        value.to_string().into()
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Bytes(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Value::Bytes(value)
    }
}

impl From<[u8; 32]> for Value {
    fn from(value: [u8; 32]) -> Self {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Value::Int(Some(value.micros()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Value::Int(value.map(Timestamp::micros))
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Value::Id(Some(value))
    }
}

impl From<Option<Uuid>> for Value {
    fn from(value: Option<Uuid>) -> Self {
        Value::Id(value)
    }
}

impl From<Option<ChannelId>> for Value {
    fn from(value: Option<ChannelId>) -> Self {
        Value::Id(value.map(|id| id.0))
    }
}

impl From<Option<DeliveryId>> for Value {
    fn from(value: Option<DeliveryId>) -> Self {
        Value::Id(value.map(|id| id.0))
    }
}

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Value::Id(Some(id.0))
            }
        }
    )*};
}

ids!(UserId, AlertId, FireId, DeliveryId, AttemptId, ChannelId, SessionId, KeyId, SearchId, ReportId);
