//! Copies a whole history into an empty one, also of the other kind of database.

use super::audit_log::{self, Anchor, Event};
use super::sql::{Sql, values};
use super::{By, Error, Store};

/// The tables, each with its number and its other columns. Sessions and invitations stay behind: everybody logs in again.
const TABLES: [(&str, &str, &[&str]); 5] = [
    ("cases", "id", &["saved_at", "image_sha256", "patient", "words", "kept", "owner"]),
    ("users", "id", &["name", "role", "password", "created_at"]),
    ("vault", "id", &["kind", "salt", "sealed"]),
    ("follow_ups", "case_id", &["status", "due"]),
    ("audit_log", "number", &["at", "actor", "action", "target", "previous", "hash"]),
];
/// Tables whose numbers go on.
const NUMBERED: [&str; 2] = ["cases", "users"];
/// Rows that are read at once.
const BATCH: i64 = 1000;

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// How many cases.
    pub cases: u64,
    /// The last entry of the audit log before the copy.
    pub anchor: Anchor,
}

impl Store {
    /// Copies cases, follow-ups, accounts, key and audit log as they are at one moment into `to`, all of it or nothing, and follows the log
    /// there. An encrypted history stays encrypted, under the same key.
    ///
    /// # Errors
    /// Fails if `to` holds anything, if the audit log is not whole, or if a database fails.
    pub fn copy_to(&self, by: &By, to: &Self) -> Result<Copied, Error> {
        self.snapshot(|from| {
            to.write(|into| {
                for (table, ..) in TABLES {
                    if into.one(&format!("SELECT EXISTS (SELECT 1 FROM {table})"), &[])? {
                        return Err(Error::NotEmpty);
                    }
                }
                let mut cases = 0;
                for (table, number, columns) in TABLES {
                    let copied = copy(from, into, table, number, columns)?;
                    cases = if table == "cases" { copied } else { cases };
                }
                for table in NUMBERED {
                    into.set_last_number(table, from.last_number(table)?)?;
                }
                let anchor = audit_log::last(from)?;
                if audit_log::verify(into, Some(&anchor))? != Ok(anchor) {
                    return Err(Error::LogNotWhole);
                }
                audit_log::append(into, by, &Event::new("history.copied", anchor.to_string()))?;
                Ok(Copied { cases, anchor })
            })
        })
    }
}

/// Copies a table and returns how many rows it has.
fn copy(from: &Sql, into: &Sql, table: &str, number: &str, columns: &[&str]) -> Result<u64, Error> {
    let all = format!("{number}, {}", columns.join(", "));
    let read = format!("SELECT {all} FROM {table} WHERE {number} > ?1 ORDER BY {number} LIMIT ?2");
    let places: Vec<String> = (1..=columns.len() + 1).map(|place| format!("?{place}")).collect();
    let insert = format!("INSERT INTO {table} ({all}) VALUES ({})", places.join(", "));
    let (mut last, mut count) = (i64::MIN, 0);
    loop {
        let rows = from.rows(&read, values![last, BATCH])?;
        for row in &rows {
            into.execute(&insert, &row.values)?;
            count += 1;
        }
        match rows.last().map(|row| row.get(number)).transpose()? {
            Some(number) => last = number,
            None => return Ok(count),
        }
    }
}
