//! Questions to a database in SQL that SQLite and PostgreSQL both understand, with `?1` for a value.

use super::Error;
use super::postgres::Client;
use crate::messages::why::store as why;
use std::rc::Rc;

/// A value of a column, or for a place in a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    /// Also truth, as 0 or 1.
    Integer(i64),
    Text(String),
}

/// A row of an answer, read whole.
#[derive(Debug)]
pub(super) struct Row {
    columns: Rc<[String]>,
    pub values: Vec<Value>,
}

/// A connection that can be asked.
pub(super) enum Sql<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(Client<'a>),
}

/// The values of a question, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::Value::from($value)),*] };
}
pub(super) use values;

impl Sql<'_> {
    /// The rows of an answer.
    pub fn rows(&self, question: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        match self {
            Self::Postgres(client) => client.rows(question, values),
            Self::Sqlite(connection) => {
                let mut query = connection.prepare_cached(question)?;
                let columns: Rc<[String]> = query.column_names().into_iter().map(String::from).collect();
                let mut found = query.query(rusqlite::params_from_iter(values))?;
                let mut rows = Vec::new();
                while let Some(row) = found.next()? {
                    let values = (0..columns.len()).map(|at| row.get(at));
                    rows.push(Row::new(columns.clone(), values.collect::<rusqlite::Result<_>>()?));
                }
                Ok(rows)
            }
        }
    }

    /// The first row of an answer.
    pub fn first(&self, question: &str, values: &[Value]) -> Result<Option<Row>, Error> {
        Ok(self.rows(question, values)?.into_iter().next())
    }

    /// The answer to a question that has one row of one column.
    pub fn one<T: FromValue>(&self, question: &str, values: &[Value]) -> Result<T, Error> {
        self.first(question, values)?.and_then(|row| row.at(0)).ok_or_else(|| unexpected(question))
    }

    /// Changes rows and returns how many they were.
    pub fn execute(&self, change: &str, values: &[Value]) -> Result<u64, Error> {
        match self {
            Self::Sqlite(connection) => {
                let mut change = connection.prepare_cached(change)?;
                Ok(change.execute(rusqlite::params_from_iter(values))? as u64)
            }
            Self::Postgres(client) => client.execute(change, values),
        }
    }

    /// The next number of a table. None is given twice, also after the row with it was deleted.
    pub fn next_number(&self, table: &str) -> Result<i64, Error> {
        let question = match self {
            Self::Sqlite(_) => "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = ?1",
            Self::Postgres(_) => {
                "INSERT INTO numbers (name, seq) VALUES (?1, 1) ON CONFLICT (name) DO UPDATE SET seq = numbers.seq + 1 RETURNING seq"
            }
        };
        self.one(question, values![table])
    }

    /// The last number that a table gave.
    pub fn last_number(&self, table: &str) -> Result<i64, Error> {
        self.one(
            &format!("SELECT coalesce(max(seq), 0) FROM {} WHERE name = ?1", self.numbers()),
            values![table],
        )
    }

    /// Makes a table go on after a number.
    pub fn set_last_number(&self, table: &str, last: i64) -> Result<(), Error> {
        let numbers = self.numbers();
        self.execute(&format!("DELETE FROM {numbers} WHERE name = ?1"), values![table])?;
        self.execute(&format!("INSERT INTO {numbers} (name, seq) VALUES (?1, ?2)"), values![table, last])?;
        Ok(())
    }

    fn numbers(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite_sequence",
            Self::Postgres(_) => "numbers",
        }
    }
}

impl Row {
    pub fn new(columns: Rc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The value of a column.
    ///
    /// # Errors
    /// Fails if it has another type, which this program cannot have written.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, Error> {
        let at = self.columns.iter().position(|column| column == name);
        at.and_then(|at| self.at(at)).ok_or_else(|| unexpected(name))
    }

    fn at<T: FromValue>(&self, at: usize) -> Option<T> {
        T::from_value(self.values.get(at)?)
    }
}

fn unexpected(what: &str) -> Error {
    Error::Sql(why::unexpected(what))
}

/// What a value can be read as.
pub(super) trait FromValue: Sized {
    /// `None` if it is of another type.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Integer(value) = value { Some(*value) } else { None }
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(|value| value != 0)
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(value) = value { Some(value.clone()) } else { None }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Null => Ok(rusqlite::types::Null.into()),
            Self::Integer(value) => value.to_sql(),
            Self::Text(value) => value.to_sql(),
        }
    }
}

impl rusqlite::types::FromSql for Value {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        use rusqlite::types::ValueRef;
        match value {
            ValueRef::Null => Ok(Self::Null),
            ValueRef::Integer(value) => Ok(Self::Integer(value)),
            ValueRef::Text(_) => value.as_str().map(|text| Self::Text(text.into())),
            _ => Err(rusqlite::types::FromSqlError::InvalidType),
        }
    }
}
