//! The audit log: who did or saw what, and when. Entries are only ever added, in the transaction of what they
//! record, and each holds the hash of the one before.

use super::sql::{Row, Sql, values};
use super::{By, Error, Store};
use crate::fingerprint::Sha256;
use crate::messages::why::audit_log as why;
use crate::protocol::companion::{AuditEntry, AuditLog};
use std::fmt;
use std::str::FromStr;

/// What an entry records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What was done, as `noun.verb`.
    pub action: &'static str,
    /// To what: numbers of cases, names of accounts. Nothing that names a patient.
    pub target: String,
}

impl Event {
    pub(super) fn new(action: &'static str, target: impl Into<String>) -> Self {
        Self { action, target: target.into() }
    }
}

/// The number and hash of an entry, to be kept elsewhere: it proves later that the log up to it is still
/// there and unchanged. Written as `NUMBER:HASH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The entry's number, from 1; 0 for an empty log.
    pub number: i64,
    /// Its hash.
    pub hash: Sha256,
}

impl Anchor {
    /// The anchor of an empty log.
    pub(super) fn start() -> Self {
        Self { number: 0, hash: Sha256::of(b"") }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

impl FromStr for Anchor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.trim().split_once(':');
        let anchor = parts
            .and_then(|(number, hash)| Some(Self { number: number.parse().ok()?, hash: hash.parse().ok()? }));
        anchor.filter(|anchor| anchor.number >= 1).ok_or_else(|| why::NO_ANCHOR.into())
    }
}

/// The first fault of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// The entry with this number is missing, or entries were reordered.
    Missing(i64),
    /// The entry with this number is not the one that was written.
    Edited(i64),
    /// The log ends before the anchor.
    Cut(i64),
    /// The entry of the anchor has another hash: the log was written anew.
    Rewritten(i64),
}

/// The result of [`Store::verify_audit_log`]: the last entry, or the first fault.
pub type Verified = Result<Anchor, Break>;

/// Adds an entry to the log and returns its anchor. Must run in the transaction of what it records.
pub(super) fn append(sql: &Sql, by: &By, event: &Event) -> Result<Anchor, Error> {
    let last = last(sql)?;
    let (number, previous) = (last.number + 1, last.hash.to_string());
    let entry = AuditEntry {
        number,
        at: by.at.clone(),
        actor: by.name.clone(),
        action: event.action.into(),
        target: event.target.clone(),
    };
    let hash = hash(&entry, &previous)?;
    sql.execute(
        "INSERT INTO audit_log (number, at, actor, action, target, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        values![number, entry.at, entry.actor, entry.action, entry.target, previous, hash.to_string()],
    )?;
    Ok(Anchor { number, hash })
}

/// The hash of an entry: over a JSON array of the hash before it and of its own fields, which no other fields
/// give.
fn hash(entry: &AuditEntry, previous: &str) -> Result<Sha256, Error> {
    let AuditEntry { number, at, actor, action, target } = entry;
    let text = serde_json::to_string(&(previous, number, at, actor, action, target))?;
    Ok(Sha256::of(text.as_bytes()))
}

/// The anchor of the last entry.
pub(super) fn last(sql: &Sql) -> Result<Anchor, Error> {
    match sql.first("SELECT number, hash FROM audit_log ORDER BY number DESC LIMIT 1", &[])? {
        None => Ok(Anchor::start()),
        Some(row) => {
            let (number, hash): (i64, String) = (row.get("number")?, row.get("hash")?);
            let hash = hash.parse().map_err(|_| Error::AuditLog { number })?;
            Ok(Anchor { number, hash })
        }
    }
}

/// Entries that are followed at once.
const BATCH: u32 = 1000;

/// See [`Store::verify_audit_log`].
pub(super) fn verify(sql: &Sql, anchor: Option<&Anchor>) -> Result<Verified, Error> {
    let mut last = Anchor::start();
    loop {
        let question = "SELECT * FROM audit_log WHERE number > ?1 ORDER BY number LIMIT ?2";
        // Of numbers below the first one too.
        let after = if last.number == 0 { i64::MIN } else { last.number };
        let rows = sql.rows(question, values![after, BATCH])?;
        for row in &rows {
            last = match follow(row, &last)? {
                Ok(entry)
                    if anchor.is_some_and(|anchor| anchor.number == entry.number && *anchor != entry) =>
                {
                    return Ok(Err(Break::Rewritten(entry.number)));
                }
                Ok(entry) => entry,
                Err(fault) => return Ok(Err(fault)),
            };
        }
        if rows.len() < BATCH as usize {
            let cut = anchor.is_some_and(|anchor| anchor.number > last.number);
            return Ok(if cut { Err(Break::Cut(last.number)) } else { Ok(last) });
        }
    }
}

/// The entry after `last`, if the row is it.
fn follow(row: &Row, last: &Anchor) -> Result<Verified, Error> {
    let number = last.number + 1;
    // A value of another type than was written is an edit too.
    let Ok(entry) = entry(row) else { return Ok(Err(Break::Edited(number))) };
    let (previous, written): (String, String) = match (row.get("previous"), row.get("hash")) {
        (Ok(previous), Ok(written)) => (previous, written),
        _ => return Ok(Err(Break::Edited(number))),
    };
    if entry.number != number {
        return Ok(Err(Break::Missing(number)));
    }
    let computed = hash(&entry, &previous)?;
    if previous != last.hash.to_string() || written != computed.to_string() {
        return Ok(Err(Break::Edited(number)));
    }
    Ok(Ok(Anchor { number, hash: computed }))
}

fn entry(row: &Row) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        number: row.get("number")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        target: row.get("target")?,
    })
}

impl Store {
    /// The newest entries, at most `limit`; only those before entry `before` if given. That somebody read the
    /// log is an entry too.
    pub fn audit_log(&self, by: &By, limit: u32, before: Option<i64>) -> Result<AuditLog, Error> {
        self.transaction(by, |sql| {
            let question = "SELECT * FROM audit_log WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
            let entries = sql.rows(question, values![before.unwrap_or(i64::MAX), limit])?;
            let entries: Vec<AuditEntry> = entries.iter().map(entry).collect::<Result<_, _>>()?;
            let next = entries.last().map(|entry| entry.number).filter(|number| *number > 1);
            let seen = entries.first().zip(entries.last());
            let seen =
                seen.map_or(String::new(), |(first, last)| format!("{}-{}", last.number, first.number));
            let anchor = last(sql)?.to_string();
            Ok((AuditLog { entries, anchor, next }, Some(Event::new("audit-log.read", seen))))
        })
    }

    /// Follows the whole log. `anchor`: kept elsewhere, to find out whether the log's end was cut.
    ///
    /// # Errors
    /// Fails if the database cannot be read; a fault of the log itself is in the result.
    pub fn verify_audit_log(&self, anchor: Option<&Anchor>) -> Result<Verified, Error> {
        self.ask(|sql| verify(sql, anchor))
    }

    /// The anchor of the log as it is now.
    pub fn anchor(&self) -> Result<Anchor, Error> {
        self.ask(last)
    }

    /// Records an event that changes nothing in the database.
    pub fn record(&self, by: &By, action: &'static str, target: &str) -> Result<(), Error> {
        self.transaction(by, |_| Ok(((), Some(Event::new(action, target)))))
    }
}
