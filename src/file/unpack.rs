//! Unpacking of zip archives in memory.

use crate::imaging::{Error, ErrorKind};
use crate::messages::fault::file as fault;
use crate::messages::why::file as why;
use crate::sniff::{Kind, sniff};
use std::collections::HashSet;
use std::io::{Cursor, Read, Seek};
use zip::read::read_zipfile_from_stream;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Maximum unpacked size of an archive in bytes: what a browser can hold beside the archive itself.
pub const MAX_UNPACKED: u64 = 1 << 30;
/// Maximum number of entries: more than any study has.
const MAX_ENTRIES: usize = 20_000;
/// An entry is a zip bomb if it is larger than the first number, in bytes, and its compression ratio exceeds
/// the second.
const TRAP: (u64, u64) = (64 << 20, 500);

/// The contents of an archive.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// Paths in the archive, and the files.
    pub files: Vec<(String, Vec<u8>)>,
    /// Entries that could not be unpacked, with the reason.
    pub problems: Vec<(String, Error)>,
}

/// Unpacks an archive. Folders and the operating systems' own files are skipped; nested archives are not
/// unpacked.
///
/// # Errors
/// Fails if it is not a zip archive or has too many entries.
pub fn unpack(bytes: &[u8]) -> Result<Unpacked, Error> {
    let unreadable = |error| match error {
        ZipError::UnsupportedArchive(_) => refused(ErrorKind::NotAnImage, fault::ZIP_RARE),
        _ => refused(ErrorKind::Damaged, fault::ZIP_DAMAGED),
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    let listed = directory(&archive, bytes);
    let entries = archive.len().max(listed.len());
    if entries > MAX_ENTRIES {
        let message = fault::many_entries(entries, MAX_ENTRIES);
        return Err(refused(ErrorKind::TooLarge, message));
    }
    let mut unpacked = Unpacked::default();
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let name = match archive.name_for_index(index) {
            Some(Ok(name)) => name.chars().filter(|c| !c.is_control()).collect::<String>(),
            _ => why::unnamed(index + 1),
        };
        if is_bookkeeping(&name) {
            continue;
        }
        match entry(&mut archive, index, &mut left) {
            Ok(file) => {
                unpacked.files.push((name, file));
            }
            Err(error) => unpacked.problems.push((name, error)),
        }
    }
    let hidden = repeated(&listed);
    for (number, entry) in &hidden {
        let name = String::from_utf8_lossy(&entry.name);
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        if is_bookkeeping(&name) {
            continue;
        }
        let name = why::entry(&name, number + 1);
        match hidden_entry(bytes, entry.at, &mut left) {
            Ok(file) => unpacked.files.push((name, file)),
            Err(error) => unpacked.problems.push((name, error)),
        }
    }
    if unpacked.files.is_empty() && unpacked.problems.is_empty() {
        return Err(refused(ErrorKind::Empty, fault::NO_FILE));
    }
    Ok(unpacked)
}

/// The names of entries that a later one of the same name hides: of those the library keeps the last.
pub(crate) fn repeated_names(archive: &ZipArchive<impl Read + Seek>, bytes: &[u8]) -> Vec<String> {
    let listed = directory(archive, bytes);
    let name = |(_, entry): (usize, &Listed)| String::from_utf8_lossy(&entry.name).into_owned();
    repeated(&listed).into_iter().map(name).collect()
}

/// Those entries with their numbers, from 0.
fn repeated(listed: &[Listed]) -> Vec<(usize, &Listed)> {
    let mut seen = HashSet::new();
    let mut hidden: Vec<_> =
        listed.iter().enumerate().rev().filter(|(_, entry)| !seen.insert(&entry.name)).collect();
    hidden.reverse();
    hidden
}

fn refused(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::Elsewhere { kind, message: message.into() }
}

/// An entry in the archive's directory.
struct Listed {
    /// As it is written: entries are told apart by these bytes.
    name: Vec<u8>,
    /// Where it begins.
    at: u64,
}

/// The entries of the archive's directory where several have one name, of which the library gives only one (APPNOTE 4.3.12); else none.
fn directory(archive: &ZipArchive<impl Read + Seek>, bytes: &[u8]) -> Vec<Listed> {
    if !archive.has_duplicate_names() {
        return Vec::new();
    }
    let number = |at: usize, size: usize| {
        let value = bytes.get(at..at.checked_add(size)?)?;
        Some(value.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)) as usize)
    };
    // Entries are counted from the archive's beginning, which need not be the file's.
    let (mut place, before) = (archive.central_directory_start() as usize, archive.offset() as usize);
    let mut listed = Vec::new();
    while bytes.get(place..place.saturating_add(4)) == Some(b"PK\x01\x02") {
        let sizes = [28, 30, 32].map(|offset| number(place + offset, 2).unwrap_or_default());
        let [length, ..] = sizes;
        let name = bytes.get(place + 46..place + 46 + length).unwrap_or_default().to_vec();
        listed.push(Listed { name, at: (number(place + 42, 4).unwrap_or_default() + before) as u64 });
        place += 46 + sizes.iter().sum::<usize>();
    }
    listed
}

/// An entry that the library does not find by its name.
fn hidden_entry(bytes: &[u8], at: u64, left: &mut u64) -> Result<Vec<u8>, Error> {
    let refused = || refused(ErrorKind::NotAnImage, fault::SAME_NAME);
    let mut place = Cursor::new(bytes);
    place.set_position(at);
    let entry = read_zipfile_from_stream(&mut place).ok().flatten().ok_or_else(refused)?;
    within(entry, left, refused)
}

/// What an entry unpacks to. Whatever was unpacked counts against `left`, also where it turns out to be broken: a hostile archive would
/// otherwise cost nothing.
fn within(entry: impl Read, left: &mut u64, broken: impl Fn() -> Error) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    let read = entry.take(*left + 1).read_to_end(&mut file);
    let size = file.len() as u64;
    if size > *left {
        // Nothing more is unpacked: each further file would take as long again.
        *left = 0;
        return Err(refused(ErrorKind::TooLarge, fault::TOO_LARGE));
    }
    *left -= size;
    read.map_err(|_| broken())?;
    Ok(file)
}

/// Folders, and files that macOS and Windows add on their own.
fn is_bookkeeping(name: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.starts_with("__MACOSX/")
        || last.is_empty()
        || [".DS_Store", "Thumbs.db", "desktop.ini"].contains(&last)
        || last.starts_with("._")
}

fn entry(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, left: &mut u64) -> Result<Vec<u8>, Error> {
    let packed_rarely = || refused(ErrorKind::NotAnImage, fault::PACKED_RARELY);
    let is_encrypted = archive.by_index_raw(index).is_ok_and(|entry| entry.encrypted());
    if is_encrypted {
        return Err(refused(ErrorKind::NotAnImage, fault::ENCRYPTED));
    }
    let entry = archive.by_index(index).map_err(|error| match error {
        ZipError::UnsupportedArchive(_) => packed_rarely(),
        _ => refused(ErrorKind::Damaged, fault::UNPACKED_NOT),
    })?;
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(packed_rarely());
    }
    let (large, times) = TRAP;
    if entry.size() > large && entry.size() / entry.compressed_size().max(1) > times {
        return Err(refused(ErrorKind::TooLarge, fault::TRAP));
    }
    // The declared size is not trusted.
    let file = within(entry, left, || refused(ErrorKind::Damaged, fault::UNPACKED_NOT))?;
    if sniff(&file) == Kind::Archive {
        return Err(refused(ErrorKind::NotAnImage, fault::NESTED));
    }
    Ok(file)
}
