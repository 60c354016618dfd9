//! Collections of images for the classroom, in a folder of this computer: each zip archive, each `.npz` and each folder in it is one. They are
//! only read. A request never names a path: it names one of those that are there.

use super::app::{App, blocking};
use super::problem::Problem;
use crate::messages::fault::server as fault;
use crate::protocol::companion::{COLLECTIONS_LIMIT, Collection, CollectionList};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Bytes of the largest collection: a browser holds all of it.
const MOST_BYTES: u64 = 256 << 20;
/// Files of the largest one.
const MOST_FILES: usize = 20_000;
/// Folders within folders.
const MOST_DEPTH: usize = 4;
/// Ends of the names of files that are a collection each.
const ARCHIVES: [&str; 2] = ["zip", "npz"];
const ZIP: HeaderValue = HeaderValue::from_static("application/zip");

/// The last collection that was asked for, which a class of thirty asks for at the same time.
#[derive(Debug, Default)]
pub(super) struct LastCollection(Mutex<Option<(Found, Bytes)>>);

/// A collection as it lies there.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    name: String,
    /// With its path below the collection's folder; an archive has one, itself.
    files: Vec<(String, PathBuf)>,
    is_archive: bool,
    bytes: u64,
    /// When the newest of its files was written, so that what has changed is read anew.
    changed: Option<std::time::SystemTime>,
}

/// `GET /api/collections`
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<CollectionList>, Problem> {
    let found = blocking(move || found(app.settings.collections.as_deref())).await?;
    let one = |found: Found| Collection { name: found.name, bytes: found.bytes };
    Ok(Json(CollectionList { collections: found.into_iter().map(one).collect() }))
}

/// `GET /api/collections/{collection}`: a zip archive.
pub(super) async fn one(
    State(app): State<Arc<App>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<([(HeaderName, HeaderValue); 1], Bytes), Problem> {
    let missing = || Problem(StatusCode::NOT_FOUND, fault::NO_COLLECTION.into());
    let Path(name) = name.map_err(|_| missing())?;
    let read = blocking(move || {
        let all = found(app.settings.collections.as_deref());
        let own = all.into_iter().find(|found| found.name == name)?;
        let mut last = app.collection.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = last.as_ref().filter(|(known, _)| *known == own) {
            return Some(bytes.clone());
        }
        match archive(&own) {
            Ok(bytes) => {
                let bytes = Bytes::from(bytes);
                *last = Some((own, bytes.clone()));
                Some(bytes)
            }
            Err(error) => {
                tracing::warn!("{}: {error}", own.name);
                None
            }
        }
    });
    Ok(([(header::CONTENT_TYPE, ZIP)], read.await?.ok_or_else(missing)?))
}

/// All collections of a folder, by their names; those that are too large are left out, and said so.
fn found(folder: Option<&FilePath>) -> Vec<Found> {
    let Some(folder) = folder else { return Vec::new() };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!("{}: {error}", folder.display());
            return Vec::new();
        }
    };
    let mut all: Vec<Found> = entries.flatten().filter_map(|entry| look(&entry)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.truncate(COLLECTIONS_LIMIT);
    all
}

fn look(entry: &fs::DirEntry) -> Option<Found> {
    let name = visible(entry)?;
    // What a link leads to may lie anywhere: links are not followed.
    let kind = entry.file_type().ok()?;
    let is_archive = kind.is_file() && ARCHIVES.iter().any(|end| has_end(&name, end));
    let mut found = Found { name, files: Vec::new(), is_archive, bytes: 0, changed: None };
    if is_archive {
        found.add(String::new(), entry.path());
    } else if kind.is_dir() {
        found.add_folder(&entry.path(), "", 0);
    }
    if found.bytes > MOST_BYTES || found.files.len() > MOST_FILES {
        tracing::warn!("{}", fault::large_collection(&found.name, MOST_BYTES >> 20, MOST_FILES));
        return None;
    }
    (!found.files.is_empty()).then_some(found)
}

impl Found {
    fn add(&mut self, name: String, path: PathBuf) {
        let Ok(facts) = fs::symlink_metadata(&path) else { return };
        self.bytes += facts.len();
        self.changed = self.changed.max(facts.modified().ok());
        self.files.push((name, path));
    }

    /// All files below a folder, up to the limits.
    fn add_folder(&mut self, folder: &FilePath, before: &str, depth: usize) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let (Some(name), Ok(kind)) = (visible(&entry), entry.file_type()) else { continue };
            if self.files.len() > MOST_FILES || self.bytes > MOST_BYTES {
                return;
            }
            if kind.is_file() {
                self.add(format!("{before}{name}"), entry.path());
            } else if kind.is_dir() && depth < MOST_DEPTH {
                self.add_folder(&entry.path(), &format!("{before}{name}/"), depth + 1);
            }
        }
        self.files.sort();
    }
}

/// An entry's name, unless it is hidden or no text.
fn visible(entry: &fs::DirEntry) -> Option<String> {
    entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'))
}

fn has_end(name: &str, end: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(end))
}

/// The archive itself, or the folder's files as one, as they are: images are compressed already.
fn archive(found: &Found) -> io::Result<Vec<u8>> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, path) in &found.files {
        let mut bytes = Vec::new();
        // What has grown since it was looked at stays within the limit.
        File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
        if found.is_archive {
            return Ok(bytes);
        }
        written.start_file(format!("{}/{name}", found.name), stored)?;
        io::Write::write_all(&mut written, &bytes)?;
    }
    Ok(written.finish()?.into_inner())
}
