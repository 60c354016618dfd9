//! Searching cases.

use super::columns::{Columns, Index};
use super::{By, Error};
use crate::fingerprint::Sha256;
use crate::protocol::companion::{CaseList, DamagedCase};
use rusqlite::types::Value;
use rusqlite::{Connection, Params, params_from_iter};

/// A filter for cases. The default matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that must all occur in a case, also inside other words. Words of eight or more characters are
    /// also searched in fingerprints.
    pub text: String,
    /// The patient's fingerprint.
    pub patient: Option<Sha256>,
    /// The fingerprint of the image file.
    pub image: Option<Sha256>,
}

impl Search {
    /// Whether all words of a text in lower case occur in a case.
    fn is_in(text: &str, index: &Index) -> bool {
        let Index { words, image, patient } = index;
        let in_fingerprint = |word: &str| {
            word.chars().count() >= FINGERPRINT_PART
                && (image.contains(word) || patient.as_ref().is_some_and(|patient| patient.contains(word)))
        };
        text.split_whitespace().all(|word| words.contains(word) || in_fingerprint(word))
    }
}

/// Minimum length of a word that is searched in fingerprints too.
const FINGERPRINT_PART: usize = 8;

/// What a search asks of the columns: only what it names, so that SQLite can use the index on it.
#[derive(Default)]
struct Filter {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// `column`: an expression that ends in a comparison.
    fn and<T: Into<Value>>(mut self, column: &str, value: Option<T>) -> Self {
        if let Some(value) = value {
            self.values.push(value.into());
            self.conditions.push(format!("{column} ?{}", self.values.len()));
        }
        self
    }

    /// The WHERE clause, or nothing.
    fn sql(&self) -> String {
        if self.conditions.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", self.conditions.join(" AND "))
        }
    }

    fn values(&self) -> impl Params + '_ {
        params_from_iter(&self.values)
    }
}

/// The newest matching cases, at most `limit`; only those older than case `before` if given.
pub(super) fn matching(
    connection: &Connection,
    (by, columns): (&By, Columns),
    (limit, before): (u32, Option<i64>),
    search: &Search,
) -> Result<CaseList, Error> {
    let limit = limit as usize;
    let key = |fingerprint: Option<Sha256>| fingerprint.map(|one| columns.key(&one.to_string())).transpose();
    let (patient, image) = (key(search.patient)?, key(search.image)?);
    let filter = || {
        let fingerprints =
            Filter::default().and("patient =", patient.clone()).and("image_sha256 =", image.clone());
        fingerprints.and("owner =", by.only_of())
    };
    // One more than requested, to find out whether older ones exist.
    let (mut ids, total) = if search.text.trim().is_empty() {
        newest(connection, filter(), (limit + 1, before))?
    } else {
        with_text(connection, (&filter(), columns), (limit + 1, before), search)?
    };
    let has_more = ids.len() > limit;
    ids.truncate(limit);
    let next = if has_more { ids.last().copied() } else { None };
    let mut query = connection.prepare_cached("SELECT id, saved_at, kept FROM cases WHERE id = ?1")?;
    let (mut cases, mut damaged) = (Vec::new(), Vec::new());
    for id in ids {
        match query.query_row([id], |row| Ok(columns.case(row)))? {
            Ok(case) => cases.push(case),
            Err(error) => damaged.push(DamagedCase { id, what: what(error) }),
        }
    }
    Ok(CaseList { cases, damaged, total, next })
}

/// The numbers of the newest cases, at most `limit`, and how many there are in all.
fn newest(
    connection: &Connection,
    filter: Filter,
    (limit, before): (usize, Option<i64>),
) -> Result<(Vec<i64>, u64), Error> {
    let count = format!("SELECT count(*) FROM cases {}", filter.sql());
    let total: i64 = connection.prepare_cached(&count)?.query_row(filter.values(), |row| row.get(0))?;
    let page = filter.and("id <", before);
    let query = format!("SELECT id FROM cases {} ORDER BY id DESC LIMIT {limit}", page.sql());
    let mut query = connection.prepare_cached(&query)?;
    let ids = query.query_map(page.values(), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((ids, total.unsigned_abs()))
}

/// As [`newest`], of the cases that hold a text. It looks through all cases, because a sealed one can be searched only after it
/// was opened.
fn with_text(
    connection: &Connection,
    (filter, columns): (&Filter, Columns),
    (limit, before): (usize, Option<i64>),
    search: &Search,
) -> Result<(Vec<i64>, u64), Error> {
    let query =
        format!("SELECT id, image_sha256, patient, words FROM cases {} ORDER BY id DESC", filter.sql());
    let mut query = connection.prepare_cached(&query)?;
    let mut rows = query.query(filter.values())?;
    let text = search.text.to_lowercase();
    let (mut ids, mut total) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        // One that cannot be opened holds no text. It is reported where all cases are listed.
        if !columns.index(row).is_ok_and(|index| Search::is_in(&text, &index)) {
            continue;
        }
        total += 1;
        let id: i64 = row.get("id")?;
        if ids.len() < limit && before.is_none_or(|before| id < before) {
            ids.push(id);
        }
    }
    Ok((ids, total))
}

/// What is wrong with a damaged case, without its id.
fn what(error: Error) -> String {
    match error {
        Error::Damaged { what, .. } => what,
        other => other.to_string(),
    }
}
