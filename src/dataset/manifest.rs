//! The table beside the images: patients, lesions, duplicate groups.

use std::collections::BTreeMap;

/// The columns of each row, by its `path` column. An unreadable table counts as empty: it only refines the
/// split, and a recipe that names a missing column is refused later.
pub(super) fn read(csv: Option<&[u8]>) -> BTreeMap<String, BTreeMap<String, String>> {
    let Some(bytes) = csv else { return BTreeMap::new() };
    csv::Reader::from_reader(bytes)
        .deserialize::<BTreeMap<String, String>>()
        .filter_map(Result::ok)
        .filter_map(|row| Some((row.get("path")?.clone(), row)))
        .collect()
}
